"""Further listeners of the owner: one that shares its session ticket keys with the target, and one that administers."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

import pytest

from specdrift.settings import Identity, NetworkSettings, ServerSettings, Settings
from tests.scan.running import run
from tests.servers.cases import FOLDER, case_named
from tests.servers.go.launch import available, build
from tests.servers.harness import Launch, Tls
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

reason = available()
pytestmark = [pytest.mark.servers, pytest.mark.skipif(reason is not None, reason=str(reason))]
DUMP = b'{"configs": [{"bootstrap": {"node": {"id": "edge-1"}}}]}'
BOTH = pytest.mark.parametrize("tls", [Tls.TLS12, Tls.TLS13])
PATHS = ("/items/{id}", "/optional", "/public", "/secure")


def checked(variant: str, tls: Tls, pki: TestPki, folder: Path) -> tuple[Result, str]:
    """Run a check that includes the other listener; return the result and the listener's URL."""
    launch = Launch(pki=pki, workdir=folder, tls=tls, variant=variant, settings={})
    name, *options = launch.arguments()
    with announced([str(build()), "--other-listener", "--variant", name, *options], workdir=folder) as server:
        found = re.search(r"^other listener at (\d+)$", (folder / "server.log").read_text(), re.MULTILINE)
        assert found
        other_listener = f"https://127.0.0.1:{found[1]}"
        alice = Identity(name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key)
        result = run(
            Settings(
                spec=str(FOLDER / "all-required.yaml"),
                base_url=server.base_url,
                server=ServerSettings(ca_file=pki.server_ca, listeners=(other_listener,)),
                identities=(alice,),
                network=NetworkSettings(retries=2),
            )
        )
    return result, other_listener


@BOTH
def test_a_session_of_the_other_listener_is_a_finding(tls: Tls, pki: TestPki, tmp_path: Path) -> None:
    """The guarded listener creates no sessions for anonymous clients, so the other listener's session is resumed."""
    result, other_listener = checked("two-sites-checks-once", tls, pki, tmp_path)
    found = sorted((d.rule, d.operation.path) for d in result.drifts if d.operation)
    assert found == [("resumption-bypass", path) for path in PATHS]
    assert {f"with a TLS session of {other_listener}:" in drift.message for drift in result.drifts} == {True}


@BOTH
def test_a_server_that_verifies_every_connection_has_no_finding(
    tls: Tls, pki: TestPki, tmp_path: Path
) -> None:
    """The session is resumed as well, and it contains no certificate."""
    result, _ = checked("two-sites-checks-always", tls, pki, tmp_path)
    assert [f"{d.rule} {d.operation}" for d in result.drifts] == []


class Administers(BaseHTTPRequestHandler):
    """An administration interface without a guard."""

    opens: ClassVar[frozenset[str]] = frozenset({"/config_dump"})

    def do_GET(self) -> None:
        """Answer what is there."""
        there = self.path in self.opens
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", str(len(DUMP) if there else 0))
        self.end_headers()
        self.wfile.write(DUMP if there else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
        """Keep quiet."""


class TellsHealth(Administers):
    """A listener for a load balancer."""

    opens = frozenset({"/health"})


@pytest.mark.parametrize(("handler", "paths"), [(Administers, ["/config_dump"]), (TellsHealth, [])])
def test_an_administration_listener_is_a_finding(
    handler: type[BaseHTTPRequestHandler], paths: list[str], pki: TestPki, tmp_path: Path
) -> None:
    """The owner names the listener; a health check at it is none."""
    case = case_named("python-cert-optional")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        thread = Thread(target=other.serve_forever)
        thread.start()
        try:
            with case.start(pki, tmp_path / "server") as server:
                result = run(
                    Settings(
                        spec=str(case.document),
                        base_url=server.base_url,
                        server=ServerSettings(
                            ca_file=pki.server_ca, listeners=(f"http://127.0.0.1:{other.server_port}",)
                        ),
                        identities=(
                            Identity(name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key),
                        ),
                    )
                )
        finally:
            other.shutdown()
            thread.join()
    place = f"http://127.0.0.1:{other.server_port}"
    assert [(d.rule, d.identity, d.severity.value) for d in result.drifts] == [
        ("undocumented-endpoint", "anonymous", "error") for _ in paths
    ]
    assert [each.path for each in result.undocumented] == [place + path for path in paths]
