"""The demo: its server over real TLS, and the check of it."""

import http.client
import json
import shlex
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from specdrift.demo import api
from specdrift.demo import main as demo
from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from tests.cli.conftest import Run, finished, start


class Server(NamedTuple):
    """A demo server that runs."""

    folder: Path
    port: int

    def context(self, who: str = "") -> ssl.SSLContext:
        """A client context, with the certificate of ``who`` or none."""
        context = ssl.create_default_context(cafile=str(self.folder / "server-ca.pem"))
        if who:
            context.load_cert_chain(self.folder / f"{who}.pem", self.folder / f"{who}.key")
        return context

    def status(self, path: str, context: ssl.SSLContext, method: str = "GET") -> int:
        """The status of one request on a connection of its own."""
        with closing(
            http.client.HTTPSConnection("localhost", self.port, context=context, timeout=10)
        ) as client:
            client.request(method, path)
            return client.getresponse().status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One demo server for all tests of this file."""
    folder = tmp_path_factory.mktemp("demo")
    write_certificates(folder)
    with running(folder) as port:
        yield Server(folder, port)


@pytest.mark.parametrize(
    ("path", "anonymous", "alice", "bob", "old_partner"),
    [
        ("/status", 200, 200, 200, 200),
        ("/help", 401, 200, 200, 403),
        ("/greeting", 200, 200, 200, 200),
        ("/accounts", 401, 200, 200, 403),
        ("/accounts/7?full=1", 401, 200, 200, 403),
        ("/transfers", 200, 200, 200, 200),
        ("/partners/orders", 401, 200, 200, 200),
        ("/audit", 401, 403, 200, 403),
        ("/debug/config", 200, 200, 200, 200),
        ("/metrics", 200, 200, 200, 200),
        ("/nothing", 404, 404, 404, 404),
    ],
)
def test_the_routes_answer_as_their_table_states(
    server: Server, path: str, anonymous: int, alice: int, bob: int, old_partner: int
) -> None:
    """The faults are where the table of routes has them, and nowhere else."""
    callers = ("", "alice", "bob", "old-partner")
    statuses = tuple(server.status(path, server.context(who)) for who in callers)
    assert statuses == (anonymous, alice, bob, old_partner)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_self_signed_certificate_is_refused_with_an_alert(
    server: Server, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """The alert arrives, also in TLS 1.3, where the client has finished its handshake before."""
    write_certificates(tmp_path)
    context = server.context()
    context.load_cert_chain(tmp_path / "alice.pem", tmp_path / "alice.key")
    context.minimum_version = context.maximum_version = version
    with pytest.raises(ssl.SSLError, match=r"(?i)alert"):
        server.status("/accounts", context)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_found(server: Server, method: str) -> None:
    """And are refused without an answer of their own."""
    assert server.status("/accounts", server.context("alice"), method) == 405


def test_a_head_has_no_body(server: Server) -> None:
    """HEAD answers like GET, so that the connection stays in step."""
    with closing(
        http.client.HTTPSConnection("localhost", server.port, context=server.context("alice"))
    ) as client:
        for method in ("HEAD", "GET", "HEAD"):
            client.request(method, "/accounts")
            answer = client.getresponse()
            assert (answer.status, bool(answer.read())) == (200, method == "GET")


def test_a_silent_client_delays_no_other_client(server: Server) -> None:
    """The handshake is the worker's business."""
    with socket.create_connection(("127.0.0.1", server.port)):
        assert server.status("/status", server.context()) == 200


def test_many_clients_at_once(server: Server) -> None:
    """As the check does it."""
    statuses: list[int] = []
    context = server.context("alice")
    workers = [
        threading.Thread(target=lambda: statuses.append(server.status("/accounts", context)))
        for _ in range(20)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert statuses == [200] * 20


def test_every_rule_of_the_main_check_has_a_fault() -> None:
    """At least one; correct routes exist as well."""
    rules = {rule for rule, _ in api.PLANTED}
    assert rules == {
        "mtls-not-enforced",
        "mtls-over-enforced",
        "invalid-certificate-accepted",
        "valid-certificate-refused",
        "undocumented-endpoint",
    }
    assert len([route for route in api.ROUTES if not route.drift]) >= 4


@pytest.mark.slow
def test_the_demo_finds_its_faults(tmp_path: Path) -> None:
    """As its user runs it: exit 0, the table, the reports, and no private key left behind."""
    outcome = finished(start("demo", "--color", "never", cwd=tmp_path))
    folder = tmp_path / "specdrift-demo"
    result = json.loads((folder / "result.json").read_text())
    assert outcome.status == 0, outcome.err
    assert "found each of 6 planted drifts, and nothing else" in outcome.err
    assert "html report: specdrift-demo/report.html" in outcome.err
    assert all(rule in outcome.out for rule, _ in api.PLANTED)
    page = (folder / "report.html").read_text()
    assert "The server of this report has ended" in page
    assert "specdrift demo --keep makes the report again" in page
    assert {drift["location"]["file"] for drift in result["drifts"] if drift["location"]} == {
        "specdrift-demo/openapi.yaml"
    }
    assert not list(folder.glob("*.key"))


@pytest.mark.slow
def test_a_check_that_misses_a_finding_has_its_own_status(
    command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 1 and the difference, in both directions."""
    wanted = {("mtls-not-enforced", "GET /nowhere"), *api.PLANTED} - {("mtls-over-enforced", "GET /help")}
    monkeypatch.setattr(demo, "PLANTED", frozenset(wanted))
    outcome = command("demo")
    assert outcome.status == 1
    assert "missed: mtls-not-enforced at GET /nowhere" in outcome.err
    assert "not planted: mtls-over-enforced at GET /help" in outcome.err


def test_a_folder_that_cannot_be_written_is_reported(command: Run, tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / "specdrift-demo").touch()
    outcome = command("demo")
    assert outcome.status == 2
    assert "-o" in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_can_be_kept(tmp_path: Path, number: signal.Signals) -> None:
    """--keep prints command lines that work; a signal ends it with the demo's status, and without keys."""
    process: subprocess.Popen[bytes] = start("demo", "--keep", cwd=tmp_path)
    assert process.stderr is not None
    folder = ""
    for line in process.stderr:
        folder = line.split()[1].decode() if line.startswith(b"  cd ") else folder
        if b"alice.key" in line:
            break
    report = (tmp_path / "specdrift-demo" / "report.html").read_text()
    assert "The commands of this report work until specdrift demo --keep" in report
    assert "has ended" not in report
    drifts = json.loads((tmp_path / "specdrift-demo" / "result.json").read_text())["drifts"]
    commands = [shlex.split(drift["reproduce"]) for drift in drifts if drift["identity"] == "anonymous"]
    assert commands
    for words in commands:
        assert subprocess.run(words, capture_output=True, check=True).stdout.startswith(b"HTTP/1.1 ")
    again = finished(start("check", "-q", "--config", "specdrift.toml", cwd=Path(folder)))
    process.send_signal(number)
    assert (again.status, finished(process).status) == (1, 0)
    assert not Path(folder).exists()
