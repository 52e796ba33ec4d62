"""A whole run on a real server, and runs in which something is missing."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.errors import ConfigError, ExitStatus, UsageError
from specdrift.events import Event, PhaseStarted, ProbeFinished, ScanFinished, Warned
from specdrift.model.contract.selector import Selector
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.verdict import Basis, Enforcement, Outcome, Verdict
from specdrift.reports import render
from specdrift.settings import NetworkSettings, Resolve, ServerSettings
from tests.changed_settings import changed
from tests.scan.running import run, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki


def by_path(result: Result) -> dict[str, tuple[Verdict, Enforcement]]:
    """Verdict and enforcement of each operation."""
    return {r.operation.key.path: (r.verdict, r.enforcement) for r in result.operations}


@pytest.fixture(scope="module")
def checked(pki: TestPki, optional_server: str) -> tuple[Result, list[Event]]:
    """The result and the events of one run on a correct server with the default settings."""
    events: list[Event] = []
    return run(settings_for(pki, optional_server, battery={}), events.append), events


@pytest.mark.slow
def test_a_correct_server_is_consistent(checked: tuple[Result, list[Event]]) -> None:
    """Each operation is judged, the open ones included."""
    result, _ = checked
    assert by_path(result) == {
        "/public": (Verdict.CONSISTENT, Enforcement.NOT_ENFORCED),
        "/secure": (Verdict.CONSISTENT, Enforcement.ENFORCED),
        "/items/{id}": (Verdict.CONSISTENT, Enforcement.ENFORCED),
        "/optional": (Verdict.CONSISTENT, Enforcement.NOT_ENFORCED),
    }
    assert (result.exit_status, result.drifts, result.problem) == (ExitStatus.OK, (), None)
    assert result.target.tls_versions == ("TLSv1.3", "TLSv1.2")


def test_events_contain_every_probe_and_end_with_the_result(checked: tuple[Result, list[Event]]) -> None:
    """A progress bar needs the number of probes first, and each completed one."""
    result, events = checked
    assert isinstance(events[-1], ScanFinished)
    finished = [event for event in events if isinstance(event, ProbeFinished)]
    announced = sum(event.probes for event in events if isinstance(event, PhaseStarted))
    assert {event.probe.id for event in finished} == {record.probe.id for record in result.probes}
    assert announced >= len(finished)


@pytest.mark.slow
def test_without_a_valid_identity_nothing_is_concluded(pki: TestPki, optional_server: str) -> None:
    """A refusal is inconclusive if no identity was admitted."""
    result = run(settings_for(pki, optional_server, identities=()))
    assert result.exit_status == ExitStatus.INCOMPLETE
    assert result.problem is not None
    assert result.problem.kind is ProblemKind.NO_IDENTITY
    assert by_path(result)["/secure"] == (Verdict.UNDECIDED, Enforcement.INDETERMINATE)


@pytest.mark.slow
def test_a_valid_identity_that_is_admitted_nowhere_is_reported_first(
    pki: TestPki, required_server: str
) -> None:
    """A certificate of the wrong CA: one sentence with operation and layer instead of many warnings."""
    untrusted = replace(
        settings_for(pki, required_server).identities[0],
        cert_file=pki.untrusted.cert,
        key_file=pki.untrusted.key,
    )
    result = run(settings_for(pki, required_server, identities=(untrusted,)))
    assert result.exit_status == ExitStatus.INCOMPLETE
    assert result.problem is not None
    assert result.problem.kind is ProblemKind.NO_CONTROL
    assert result.problem.text.startswith(
        'No valid certificate was admitted. "alice" on GET /public and 3 other operations, in TLS: '
    )
    assert "unknown_ca" in result.problem.text
    assert result.drifts == ()


def test_a_selection_without_operations_is_reported(pki: TestPki, optional_server: str) -> None:
    """A misspelt path must not look like a consistent run."""
    selector = Selector(paths=("/pubic",))
    heard: list[str] = []
    settings = settings_for(pki, optional_server, include=selector, checks=("mtls-not-enforced",))
    result = run(settings, lambda event: heard.append(event.message) if isinstance(event, Warned) else None)
    (note,) = heard
    assert note.startswith('include-path "/pubic" matches no operation of the document')
    assert 'did you mean "/public"?' in note
    assert (result.operations, result.exit_status) == ((), ExitStatus.INCOMPLETE)
    assert render(result, "text").decode().startswith("? INCOMPLETE  There was no operation to judge.")


def test_a_target_that_does_not_answer_is_not_secure(pki: TestPki) -> None:
    """Port 9 of loopback has no listener."""
    result = run(settings_for(pki, "https://127.0.0.1:9"))
    assert result.exit_status == ExitStatus.INCOMPLETE
    assert "cannot be reached, so that nothing was tested: connection refused" in str(result.problem)
    assert {entry.reason for entry in result.undecided} == {f"not sent: {result.problem}"}
    assert "Server down, or wrong port?" in str(result.problem)
    assert {verdict for verdict, _ in by_path(result).values()} == {Verdict.UNDECIDED}


def test_a_name_that_does_not_resolve_is_reported(pki: TestPki) -> None:
    """RFC 6761: .invalid never resolves."""
    result = run(settings_for(pki, "https://nowhere.invalid"))
    assert result.problem == Problem(
        kind=ProblemKind.UNREACHABLE, text="nowhere.invalid does not resolve to an address"
    )


def test_an_untrusted_server_is_reported(pki: TestPki, optional_server: str) -> None:
    """The client refuses, which is no verdict about the server."""
    settings = settings_for(pki, optional_server, server=ServerSettings(ca_file=pki.client_ca))
    result = run(settings)
    assert result.problem is not None
    assert result.problem.kind is ProblemKind.UNTRUSTED_SERVER
    assert "--cacert" in result.problem.text
    assert result.exit_status == ExitStatus.INCOMPLETE


@pytest.mark.slow
def test_insecure_probes_an_untrusted_server_and_reports_it(pki: TestPki, optional_server: str) -> None:
    """With --insecure the server's certificate does not matter; the result remembers."""
    server = ServerSettings(ca_file=pki.client_ca, insecure=True)
    result = run(settings_for(pki, optional_server, server=server))
    assert result.exit_status == ExitStatus.OK
    assert result.target.insecure


@pytest.mark.slow
def test_resolve_connects_to_the_given_address(pki: TestPki, optional_server: str) -> None:
    """As curl's --resolve: the name stays in SNI and Host, the connection goes to the address."""
    port = int(optional_server.rpartition(":")[2])
    settings = settings_for(
        pki,
        f"https://localhost:{port}",
        network=NetworkSettings(
            timeout=5, resolve=(Resolve(host="localhost", port=port, address="127.0.0.1"),)
        ),
    )
    result = run(settings)
    assert result.target.addresses == ("127.0.0.1",)
    assert result.exit_status == ExitStatus.OK


@pytest.mark.slow
def test_a_used_up_budget_leaves_operations_undecided(pki: TestPki, optional_server: str) -> None:
    """Operations without a probe have no verdict."""
    result = run(settings_for(pki, optional_server, network=NetworkSettings(timeout=5, max_requests=12)))
    assert 0 < result.counts.probed <= result.counts.requests <= 12
    assert result.exit_status == ExitStatus.INCOMPLETE
    assert Verdict.UNDECIDED in {verdict for verdict, _ in by_path(result).values()}


def test_a_budget_that_ends_before_the_controls_is_not_the_fault_of_a_certificate(
    pki: TestPki, optional_server: str
) -> None:
    """No request was sent with it, so the advice is more requests, not another certificate."""
    result = run(settings_for(pki, optional_server, network=NetworkSettings(timeout=5, max_requests=1)))
    assert result.problem == Problem(
        kind=ProblemKind.STOPPED,
        text="the request budget is used up (--max-requests): no valid certificate was presented before, and without "
        "one nothing can be concluded",
    )
    assert result.stop_reason is StopReason.REQUEST_BUDGET
    assert {entry.reason for entry in result.undecided} == {f"not sent: {result.problem}"}
    assert result.exit_status == ExitStatus.INCOMPLETE


@pytest.mark.slow
def test_a_budget_that_ends_after_the_first_controls_is_a_problem(pki: TestPki, optional_server: str) -> None:
    """Every operation has a verdict, and what was not sent might have changed it."""
    enough = run(settings_for(pki, optional_server)).counts.requests
    result = run(
        settings_for(pki, optional_server, network=NetworkSettings(timeout=5, max_requests=enough - 1))
    )
    assert result.problem is not None
    assert result.problem.kind is ProblemKind.STOPPED
    assert result.problem.text.endswith("requests were not sent")
    assert result.exit_status == ExitStatus.INCOMPLETE


def test_the_overall_timeout_ends_a_run_with_a_result(pki: TestPki, optional_server: str) -> None:
    """The run reports the timeout and is incomplete."""
    network = NetworkSettings(timeout=5, overall_timeout=0.35, rate_limit=20)
    result = run(settings_for(pki, optional_server, network=network))
    assert "--overall-timeout" in str(result.problem)
    assert result.stop_reason is StopReason.OVERALL_TIMEOUT
    assert result.exit_status == ExitStatus.INCOMPLETE


def test_cancelling_a_run_still_brings_a_result(pki: TestPki, optional_server: str) -> None:
    """Ctrl-C cancels the task that consumes the events; the last event comes all the same, and what was
    not asked is said to be just that.
    """
    settings = settings_for(pki, optional_server, network=NetworkSettings(timeout=5, rate_limit=30))

    async def consume(under_way: asyncio.Event) -> Result | None:
        result, seen = None, 0
        async for event in scan.scan(scan.prepare(settings)):
            seen += isinstance(event, ProbeFinished)
            if seen == 4:
                under_way.set()
            if isinstance(event, ScanFinished):
                result = event.result
        return result

    async def interrupted() -> Result | None:
        under_way = asyncio.Event()
        task = asyncio.create_task(consume(under_way))
        await under_way.wait()
        task.cancel()
        return await task

    result = asyncio.run(interrupted())
    assert result is not None
    assert result.interrupted
    unasked = {one.operation.key for one in result.operations if not one.outcomes}
    assert unasked
    assert unasked == {
        entry.operation for entry in result.undecided if entry.reason == "not sent: the run was interrupted"
    }
    assert result.exit_status == ExitStatus.INTERRUPTED
    assert 0 < len(result.probes) < 100


@pytest.mark.slow
def test_a_refusing_listener_gets_fewer_probes_and_the_same_verdicts(
    pki: TestPki, required_server: str
) -> None:
    """The counts show which outcomes were inferred from the listener."""
    many = settings_for(pki, required_server, skip_checks=())
    few, all_of_them = run(many), run(changed(many, exhaustive=True))
    assert by_path(few) == by_path(all_of_them)
    assert {(d.rule, d.operation) for d in few.drifts} == {(d.rule, d.operation) for d in all_of_them.drifts}
    assert few.counts.requests < all_of_them.counts.requests
    assert all_of_them.counts.by_listener == 0


@pytest.mark.slow
def test_only_selected_operations_are_probed(pki: TestPki, optional_server: str) -> None:
    """Both options list what they leave out."""
    settings = settings_for(pki, optional_server, include=Selector(paths=("/items/*", "/secure")))
    result = run(changed(settings, exclude=Selector(paths=("/secure",))))
    assert set(by_path(result)) == {"/items/{id}"}
    left_out = {str(entry.operation) for entry in result.skipped if entry.operation}
    assert left_out == {"GET /public", "GET /secure", "GET /optional"}


def test_probes_record_that_the_certificate_was_sent(checked: tuple[Result, list[Event]]) -> None:
    """Without it every refusal would look correct."""
    result, _ = checked
    sent = {r.probe.identity for r in result.probes if r.observation.tls.certificate_sent}
    assert "anonymous" not in sent
    assert {i.name for i in result.identities} - {"anonymous"} <= sent


def test_outcomes_name_their_basis(checked: tuple[Result, list[Event]]) -> None:
    """Every cell names its probes, and whether the operation itself was probed."""
    result, _ = checked
    secure = next(r for r in result.operations if r.operation.key.path == "/secure")
    outcomes = {o.identity: o for o in secure.outcomes}
    assert outcomes["alice"].outcome is Outcome.ADMITTED
    assert outcomes["anonymous"].outcome is Outcome.REFUSED_BY_APPLICATION
    known = {record.probe.id: record.probe.operation for record in result.probes}
    for outcome in secure.outcomes:
        here = {known[name] for name in outcome.probes} == {secure.operation.key}
        assert outcome.basis is (Basis.PROBED if here else Basis.LISTENER)
    assert all(outcomes[name].basis is Basis.PROBED for name in ("alice", "anonymous", "untrusted-issuer"))


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://127.0.0.1:1", "mutual TLS needs an https URL"),
        ("https://user:secret@127.0.0.1", "credentials in a URL"),
        ("https://127.0.0.1:99999", "is not a URL"),
        ("https://127.0.0.1/?x=1", "has no query"),
        ("https:///path", "has no host"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_a_usage_error(pki: TestPki, base_url: str, words: str) -> None:
    """Before anything is sent."""
    with pytest.raises(UsageError, match=words):
        scan.prepare(settings_for(pki, base_url))


def test_a_ca_file_without_a_certificate_is_reported_before_anything_is_sent(
    pki: TestPki, tmp_path: Path
) -> None:
    """With the name of the setting."""
    server = ServerSettings(ca_file=tmp_path / "ca.pem")
    (tmp_path / "ca.pem").write_text("openapi: 3.1.0\n")
    with pytest.raises(ConfigError, match=r"server\.ca-file: .*ca\.pem holds no PEM certificate"):
        scan.prepare(settings_for(pki, "https://127.0.0.1:9", server=server))


def test_hosts_that_are_not_allowed_are_never_contacted(pki: TestPki) -> None:
    """network.allow-hosts protects against a wrong base URL."""
    network = NetworkSettings(allow_hosts=("staging.example.test",))
    with pytest.raises(UsageError, match="allow-hosts"):
        scan.prepare(settings_for(pki, "https://127.0.0.1:9", network=network))


def test_an_unreachable_target_is_a_warning_at_once(pki: TestPki) -> None:
    """Before the report."""
    events: list[Event] = []
    run(settings_for(pki, "https://127.0.0.1:9"), events.append)
    assert any(isinstance(event, Warned) and "cannot be reached" in event.message for event in events)


@pytest.mark.slow
def test_the_failure_of_the_first_connection_gives_the_advice(pki: TestPki) -> None:
    """A port for plain HTTP, and one that accepts connections and sends nothing."""
    for answer, advice in (
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "A port for plain HTTP?"),
        (b"", "or a firewall?"),
    ):
        with accepting(answer) as url:
            problem = run(settings_for(pki, url, network=NetworkSettings(timeout=0.5, retries=0))).problem
        assert problem is not None
        assert problem.text.endswith(advice), problem.text


@contextmanager
def accepting(answer: bytes) -> Iterator[str]:
    """A listener without TLS; the URL of its port. Without an answer it stays silent."""
    kept = []

    def answered(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                kept.append(connection)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answered, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for connection in kept:
        connection.close()
