"""What a listener shows to a client that has no configuration yet."""

import asyncio
import socket
from pathlib import Path

from specdrift.scan.listener_survey import survey
from tests.servers.pki import TestPki


def test_a_listener_that_requires_certificates(required_server: str, pki: TestPki) -> None:
    """Versions, the request for a certificate, how it refuses, and the one CA that verifies it."""
    seen = asyncio.run(survey(required_server, [pki.client_ca, pki.server_ca]))
    assert (seen.problem, seen.versions) == ("", ("TLSv1.3", "TLSv1.2"))
    assert (seen.requests_certificate, seen.status) == (True, 0)
    assert seen.alert or seen.closed
    assert (seen.trusted_by, seen.system_trust) == (pki.server_ca, False)


def test_a_listener_with_optional_certificates(optional_server: str) -> None:
    """It answers a client without one; no CA at hand verifies it."""
    seen = asyncio.run(survey(optional_server, []))
    assert (seen.requests_certificate, seen.alert) == (True, "")
    assert seen.status >= 200
    assert len(seen.certificate_sha256) == 64
    assert (seen.trusted_by, seen.system_trust) == (None, False)


def test_a_closed_port_and_an_unknown_name(tmp_path: Path) -> None:
    """Each is explained, and nothing is raised."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        closed = asyncio.run(survey(f"https://127.0.0.1:{port}", [tmp_path / "none.pem"]))
    assert "Nothing listens there. Server down, or wrong port?" in closed.problem
    assert "does not resolve to an address" in asyncio.run(survey("https://nothing.invalid", [])).problem
