"""A checkpoint resumes an interrupted run, belongs to one run, and contains no secrets."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.errors import UsageError
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import (
    BodyShape,
    Ending,
    HttpFacts,
    Observation,
    TlsFacts,
    WirePhase,
)
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, Request
from specdrift.scan.execution.checkpoint import Checkpoint, discard, opened
from specdrift.settings import NetworkSettings, SchemeSettings, Secret, ServerSettings
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.scan.small_api import api_of, listening

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki
    from tests.servers.python.tls import Handler

pytestmark = pytest.mark.slow

CHECKS = ("mtls-not-enforced",)
SENT = 20
"""The handshakes of the preflight are extra: they carry no request."""
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def settings(pki: TestPki, optional_server: str, tmp_path: Path) -> Settings:
    """A short run with a checkpoint."""
    return settings_for(pki, optional_server, checks=CHECKS, skip_checks=(), resume=tmp_path / "run.ckpt")


def stopped(settings: Settings, after: int = SENT) -> Result:
    """A run that its budget ends early."""
    return run(replace(settings, network=NetworkSettings(timeout=5, max_requests=after)))


def test_a_resumed_run_keeps_its_budget_and_reports_it_as_it_was_set(settings: Settings) -> None:
    """The requests of the stopped run count against the budget; the setting stays as configured."""
    stopped(settings)
    given = replace(
        settings,
        network=NetworkSettings(timeout=5, max_requests=SENT + 3),
        origins={"network.max-requests": "--max-requests"},
    )
    result = run(given)
    assert result.settings["network.max-requests"].value == SENT + 3
    assert SENT < result.counts.requests <= SENT + 3


def file_of(settings: Settings) -> Path:
    """The checkpoint."""
    assert settings.recording.resume is not None
    return settings.recording.resume


def told(result: Result) -> dict[str, tuple[str, str]]:
    """What each probe brought, whatever the run is called."""
    return {
        r.probe.id.replace(result.run_id, "RUN"): (r.outcome.value, r.observation.ending.value)
        for r in result.probes
    }


def is_sent_again(probe: Probe) -> bool:
    """Whether it is the anonymous client's first request of an operation."""
    return (
        probe.id.startswith("certificate/")
        and "/anonymous/any/main/1" in probe.id
        and probe.operation is not None
    )


def test_a_server_that_has_become_open_meanwhile_is_found(pki: TestPki, tmp_path: Path) -> None:
    """Old answers say nothing about the server that answers now."""
    is_open = False

    def admits(handler: Handler) -> bool | None:
        return None if "specdrift" in handler.path else handler.caller is not None or is_open

    with listening(api_of(admits), pki) as url:
        given = settings_for(pki, url, checks=CHECKS, skip_checks=(), resume=tmp_path / "run.ckpt")
        needed = run(changed(given, resume=None)).counts.requests
        assert not stopped(given, after=needed - 1).drifts
        is_open = True
        found = {drift.rule for drift in run(given).drifts}
    assert found & {"mtls-not-enforced", "enforcement-inconsistent"}


def test_a_run_resumes_where_its_budget_ended(settings: Settings) -> None:
    """Requests of both processes add up to those of one and what is sent again, and the result is the same."""
    whole = run(changed(settings, resume=None))
    part = stopped(settings)
    resumed = run(settings)
    again = {r.probe.id for r in part.probes if r.observation.http and is_sent_again(r.probe)}
    assert again
    assert (part.counts.requests, resumed.counts.requests) == (SENT, whole.counts.requests + len(again))
    assert told(resumed) == told(whole)
    assert [o.verdict for o in resumed.operations] == [o.verdict for o in whole.operations]
    assert (resumed.run_id, resumed.started_at) == (part.run_id, part.started_at)


def test_a_spent_budget_stays_spent(settings: Settings) -> None:
    """A budget applies to the run, not to each process; each process repeats the preflight."""
    stopped(settings)
    assert stopped(settings, after=30).counts.requests == 30


def test_the_checkpoint_of_a_complete_run_is_deleted(settings: Settings) -> None:
    """That of an incomplete run is kept."""
    stopped(settings)
    discard(file_of(settings))
    assert file_of(settings).exists()
    run(settings)
    discard(file_of(settings))
    assert not file_of(settings).exists()
    discard(file_of(settings))  # where there is none, there is nothing to do


def test_a_completed_run_without_a_result_is_concluded_again_without_sending(settings: Settings) -> None:
    """Killed between the last answer and the report, it sends only the preflight."""
    first = run(settings)
    again = run(settings)
    assert again.counts.requests == first.counts.requests
    assert told(again) == told(first)


@pytest.mark.slow
@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_truncated_last_line_is_removed(settings: Settings, cut: int) -> None:
    """A killed process may leave half a line."""
    stopped(settings)
    file = file_of(settings)
    file.write_bytes(file.read_bytes()[:-cut])
    resumed = run(settings)
    assert told(resumed) == told(run(changed(settings, resume=None)))
    assert all(isinstance(json.loads(line), dict) for line in file.read_bytes().splitlines())


@pytest.mark.parametrize("content", [b"", b'{"specdr', b'{"specdrift_checkpoint":1,"run":"ab'])
def test_a_truncated_first_line_starts_a_new_checkpoint(settings: Settings, content: bytes) -> None:
    """The file has no outcome yet."""
    file_of(settings).write_bytes(content)
    assert stopped(settings).counts.requests == SENT


def test_a_file_that_is_no_checkpoint_is_not_changed(settings: Settings) -> None:
    """The option may name the wrong file."""
    file = file_of(settings)
    file.write_text("# Notes\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(UsageError, match="is no checkpoint"):
        run(settings)
    assert (file.read_text(encoding="utf-8"), stat.S_IMODE(file.stat().st_mode)) == ("# Notes\n", 0o644)


@pytest.mark.parametrize("line", [b"torn\n", b'{"exchange":{}}\n', b'{"exchange":1,"sent":[1,2]}\n', b"[]\n"])
def test_a_damaged_line_in_the_middle_is_an_error(settings: Settings, line: bytes) -> None:
    """No outcome is lost silently."""
    stopped(settings)
    first, *rest = file_of(settings).read_bytes().splitlines(keepends=True)
    file_of(settings).write_bytes(b"".join((first, line, *rest)))
    with pytest.raises(UsageError, match="damaged"):
        run(settings)


def test_a_checkpoint_of_another_run_is_refused(settings: Settings, pki: TestPki, tmp_path: Path) -> None:
    """Document, target, options and certificates: each is named."""
    stopped(settings)
    other = tmp_path / "openapi.yaml"
    other.write_text(
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {/x: {get: {responses: {'200': {description: x}}}}}\n",
        encoding="utf-8",
    )
    (alice,) = settings.identities
    cases = {
        "another document": replace(settings, spec=str(other)),
        "the target": replace(settings, base_url=settings.base_url + "/v2"),
        'certificate of "alice"': replace(
            settings, identities=(replace(alice, cert_file=pki.bob.cert, key_file=pki.bob.key),)
        ),
        "value of checks": changed(settings, checks=("path-variant",), origins={"checks": "option --checks"}),
    }
    for words, other_run in cases.items():
        with pytest.raises(UsageError, match=words):
            run(other_run)
    faster = replace(settings, network=NetworkSettings(concurrency=2), origins={"network.concurrency": "x"})
    assert run(faster).counts.requests > SENT


def test_a_checkpoint_of_another_listener_is_refused(settings: Settings) -> None:
    """Answers of two servers are not evidence of one."""
    stopped(replace(settings, server=replace(settings.server, tls_max="1.2")))
    with pytest.raises(UsageError, match="another listener"):
        run(settings)


def test_two_runs_do_not_share_a_checkpoint(settings: Settings) -> None:
    """The second reports that at once."""
    with (
        opened(file_of(settings), scan.prepare(settings), now=NOW),
        pytest.raises(UsageError, match="in use"),
    ):
        run(settings)


def test_a_checkpoint_that_cannot_be_written_is_a_usage_error(settings: Settings, tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(UsageError, match="cannot write"):
        run(changed(settings, resume=tmp_path))


def asked(*, token: str) -> Probe:
    """A request that carries a secret."""
    return Probe(
        check="certificate",
        operation=None,
        identity="alice",
        connection=Connection(endpoint=Endpoint(host="h", port=1, server_name="h", address="127.0.0.1")),
        request=Request(method="GET", target="/", headers=(("Authorization", f"Bearer {token}"),)),
        phase=Phase.MAIN,
    )


def answered(probe: Probe, *, body: str, ending: Ending = Ending.RESPONSE, attempts: int = 1) -> Observation:
    """An answer that echoes."""
    http = HttpFacts(
        status=200,
        http_version="HTTP/1.1",
        headers=(("set-cookie", "session=cookie-secret"),),
        body_sha256="0" * 64,
        body_excerpt=body,
        length=len(body),
        truncated=False,
        shape=BodyShape(),
    )
    return Observation(
        probe=probe.id,
        ending=ending,
        phase=WirePhase.RESPONSE,
        tls=TlsFacts(),
        http=http if ending is Ending.RESPONSE else None,
        attempts=attempts,
    )


def made(settings: Settings) -> Checkpoint:
    """A new checkpoint, or that of before."""
    return opened(file_of(settings), scan.prepare(settings), now=NOW)


def test_a_checkpoint_is_private_and_contains_no_secret(settings: Settings) -> None:
    """Neither the owner's token, wherever a server repeats it, nor a cookie; only its owner can read it."""
    configured = {"bearer": SchemeSettings(token=Secret("token-secret"))}
    probe = asked(token="token-secret")
    with made(changed(settings, schemes=configured)) as kept:
        kept.keep(probe, answered(probe, body="you are token-secret"), requests=1, connections=1)
    content = file_of(settings).read_text(encoding="ascii")
    assert "you are" in content
    assert "secret" not in content.partition("\n")[2].replace("specdrift", "")
    assert stat.S_IMODE(file_of(settings).stat().st_mode) == 0o600


def test_a_probe_is_identified_by_all_its_values(settings: Settings) -> None:
    """The name alone is not enough; a new token for the same request is the same probe."""
    probe = asked(token="token-secret")
    with made(settings) as kept:
        kept.keep(probe, answered(probe, body=""), requests=1, connections=1)
    elsewhere = replace(probe, request=Request(method="GET", target="/elsewhere"))
    with made(settings) as kept:
        assert [pair[0] for pair in kept.split([asked(token="another-one")])[0]] == [
            asked(token="another-one")
        ]
        assert kept.split([elsewhere]) == ([], [elsewhere])


def test_an_answer_of_an_operation_that_hands_out_a_credential_is_requested_again(settings: Settings) -> None:
    """The checkpoint does not have the credential, which a follow-up sends without the certificate."""
    probe = replace(asked(token="token-secret"), operation=OperationKey(path="/", method="GET"))
    seen = answered(probe, body="")
    assert seen.http is not None
    for name, known in (("X-Auth-Token", False), ("x-session-token", False), ("x-colour", True)):
        with made(settings) as kept:
            http = replace(seen.http, headers=((name.lower(), "7f3a9c20b51e8d46"),))
            kept.keep(probe, replace(seen, http=http), requests=1, connections=1)
        with made(settings) as kept:
            assert bool(kept.split([probe])[0]) is known


@pytest.mark.parametrize(("ending", "attempts"), [(Ending.NOT_SENT, 0), (Ending.NO_CONNECTION, 3)])
def test_a_probe_that_was_not_sent_is_sent_again(settings: Settings, ending: Ending, attempts: int) -> None:
    """It has no outcome."""
    probe = asked(token="x")
    with made(settings) as kept:
        kept.keep(
            probe, answered(probe, body="", ending=ending, attempts=attempts), requests=0, connections=0
        )
    with made(settings) as kept:
        assert kept.split([probe]) == ([], [probe])


def test_a_run_without_a_server_leaves_a_checkpoint_to_resume(settings: Settings) -> None:
    """The server may answer the next time."""
    gone = replace(settings, base_url="https://127.0.0.1:9", server=ServerSettings())
    assert run(gone).problem
    discard(file_of(settings))
    assert file_of(settings).exists()


def test_a_redirect_that_sets_a_cookie_is_requested_again(settings: Settings) -> None:
    """The checkpoint has no cookies, so the redirect could not be followed; other redirects are replayed."""
    probe = asked(token="token-secret")
    seen = answered(probe, body="")
    assert seen.http is not None
    cookie, location = seen.http.headers, ("location", "/")
    for headers, known in (((*cookie, location), False), ((location,), True), (cookie, True)):
        http = replace(seen.http, status=302 if location in headers else 200, headers=headers)
        with made(settings) as kept:
            kept.keep(probe, replace(seen, http=http), requests=1, connections=1)
        with made(settings) as kept:
            replayed, rest = kept.split([probe])
        assert ([pair[0] for pair in replayed], rest) == (([probe], []) if known else ([], [probe]))
