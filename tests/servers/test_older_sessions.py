"""Sessions from before a revocation: made with openssl, as the documentation describes, and resumed after it."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from specdrift.model.policy import Expect
from specdrift.settings import Identity, NetworkSettings, ServerSettings, Settings
from tests.scan.running import run
from tests.servers.client import client_context, get
from tests.servers.harness import Launch, Tls
from tests.servers.odd.revoking import REVOKE
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
DOCUMENT = "tests/servers/openapi.yaml"
VERSIONS = {Tls.TLS12: "-tls1_2", Tls.TLS13: "-tls1_3"}
BOTH = pytest.mark.parametrize("tls", VERSIONS)


def make_session(pki: TestPki, base_url: str, file: Path, version: str) -> None:
    """Create a session as the documentation describes, before the certificate is revoked."""
    where = urlsplit(base_url).netloc
    command = ["openssl", "s_client", "-connect", where, version, "-CAfile", str(pki.server_ca)]
    command += ["-cert", str(pki.revoked.cert), "-key", str(pki.revoked.key)]
    command += ["-sess_out", str(file), "-ign_eof"]
    request = f"GET /public HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n"
    # The exit status shows how the connection ended; many servers just close it.
    subprocess.run(command, input=request.encode(), capture_output=True, timeout=20, check=False)


def checked(variant: str, tls: Tls, pki: TestPki, folder: Path) -> Result:
    """Create a session, revoke its certificate, and run a check with the session."""
    launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant=variant, settings={})
    command = [sys.executable, "-m", "tests.servers.odd.serve", *launch.arguments()]
    file = folder / "carol.session"
    with announced(command, workdir=folder) as server:
        make_session(pki, server.base_url, file, VERSIONS[tls])
        before = file.read_bytes()
        assert get(server.base_url, REVOKE, client_context(pki, ssl.TLSVersion.TLSv1_3)).status == 200
        carol = Identity(
            name="carol",
            cert_file=pki.revoked.cert,
            key_file=pki.revoked.key,
            expect=Expect.REFUSED,
            session_file=file,
        )
        alice = Identity(name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key)
        result = run(
            Settings(
                spec=DOCUMENT,
                base_url=server.base_url,
                server=ServerSettings(ca_file=pki.server_ca),
                identities=(alice, carol),
                network=NetworkSettings(retries=2),
            )
        )
    assert file.read_bytes() == before
    return result


@BOTH
def test_a_session_that_outlives_its_certificate_is_a_finding(tls: Tls, pki: TestPki, tmp_path: Path) -> None:
    """Only full handshakes check the list; each operation is reported with a command that reproduces it."""
    result = checked("revokes", tls, pki, tmp_path)
    found = {(d.rule, str(d.operation), d.identity) for d in result.drifts}
    assert found == {("resumption-bypass", f"GET {path}", "carol") for path in ("/secure", "/items/{id}")}
    drift = result.drifts[0]
    assert "with a TLS session from before it had to be refused: HTTP 200" in drift.message
    assert f"-sess_in {tmp_path / 'carol.session'}" in drift.reproduce
    assert "-cert" not in drift.reproduce
    assert str(pki.revoked.key) not in drift.reproduce


@BOTH
def test_a_server_that_dropped_the_session_has_no_finding(tls: Tls, pki: TestPki, tmp_path: Path) -> None:
    """It does a full handshake, without a certificate; the run reports that nothing was resumed."""
    result = checked("revokes-with-new-keys", tls, pki, tmp_path)
    assert [f"{d.rule} {d.operation}" for d in result.drifts] == []
    reasons = [skipped.reason for skipped in result.skipped if skipped.check == "resumption"]
    assert reasons == ['the server did not resume the session of "carol": it has expired or was removed']
