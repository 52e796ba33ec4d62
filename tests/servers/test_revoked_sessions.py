"""nginx reloads a revocation list: what survives of connections and sessions depends on where it keeps sessions."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.drift import Severity
from specdrift.settings import Identity
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.servers.harness import Launch, Tls
from tests.servers.nginx import launch as nginx

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(nginx.available() is not None, reason="nginx is not installed"),
]
WRITE_AND_RELOAD = (
    "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2]);"
    "os.kill(int(pathlib.Path(sys.argv[3]).read_text()), signal.SIGHUP)"
)
"""What an owner's command does: change the configuration, and have it read."""
CACHE, TICKETS = (
    "ssl_session_cache shared:s:1m; ssl_session_tickets off;",
    "ssl_session_ticket_key @WORKDIR@/tickets.key;",
)
INCLUDE = " include @WORKDIR@/list*.conf;"
NEITHER = "ssl_session_cache off; ssl_session_tickets off;"


def revoked(
    sessions: str, pki: TestPki, folder: Path, *, tls: Tls = Tls.BOTH, issuer: bool = False
) -> Result:
    """Check a server that keeps sessions so, and gets a list, or loses the issuer, at the end of the run."""
    (folder / "tickets.key").write_bytes(secrets.token_bytes(80))
    trusted = folder / "trusted.pem"
    trusted.write_bytes(pki.client_ca.read_bytes())
    listed = (folder / "list.conf", f"ssl_crl {pki.crl};")
    written = (trusted, pki.server_ca.read_text(encoding="utf-8")) if issuer else listed
    command = (sys.executable, "-c", WRITE_AND_RELOAD, *map(str, written), str(folder / "nginx.pid"))
    canary = Identity(
        name="canary",
        cert_file=pki.revoked.cert,
        key_file=pki.revoked.key,
        revoke_command=command,
        revoke_within=4,
    )
    settings = {"verify": "on", "master": "on", "ca": str(trusted), "extra": sessions + INCLUDE}
    launch = Launch(pki=pki, workdir=folder, tls=tls, variant="revokes", settings=settings)
    with nginx.start(launch) as server:
        usual = settings_for(pki, server.base_url, checks=("certificate", "revoked", "revoked-session"))
        return run(changed(usual, identities=(*usual.identities, canary)))


def found(result: Result) -> list[tuple[str, Severity, str]]:
    """Return rule, severity and identity of what is reported of the identity."""
    assert [each.reason for each in result.skipped if each.check.startswith("revoked")] == []
    return [(each.rule, each.severity, each.identity) for each in result.drifts if each.identity == "canary"]


OUTLIVED = [("session-outlives-revocation", Severity.ERROR, "canary")]


@pytest.mark.parametrize(
    ("sessions", "tls"), [(CACHE, Tls.TLS12), (CACHE, Tls.TLS13), (TICKETS, Tls.TLS12), (TICKETS, Tls.TLS13)]
)
def test_sessions_that_survive_a_reload_outlive_the_revocation(
    sessions: str, tls: Tls, pki: TestPki, tmp_path: Path
) -> None:
    """The list is read in full handshakes only. The old worker closes connections that are kept alive."""
    assert found(revoked(sessions, pki, tmp_path, tls=tls)) == OUTLIVED


def test_a_server_without_sessions_is_correct(pki: TestPki, tmp_path: Path) -> None:
    """As the page of the rule advises."""
    assert found(revoked(NEITHER, pki, tmp_path)) == []


def test_sessions_end_with_the_issuer(pki: TestPki, tmp_path: Path) -> None:
    """nginx binds sessions to the names of the CAs that it trusts, so a removed one ends them."""
    assert found(revoked(f"ssl_session_cache shared:s:1m; {TICKETS}", pki, tmp_path, issuer=True)) == []
