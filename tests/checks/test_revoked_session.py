"""What a certificate made before its revocation: what follows from its answers, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import Conclusions
from specdrift.checks.credentials import revoked, revoked_session
from specdrift.checks.credentials.revoked_session import AT_ONCE, AT_THE_END, MadeBefore
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import TlsRange
from specdrift.model.result.drift import Severity
from specdrift.model.result.reasons import SkipReason
from tests.checks.plan_builders import ALICE, BOB, context, http, observation_of, planned, play

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.probe import Probe

Answer = HttpFacts | Ending | str
OK, DENIED, MISSING, BROKEN = http(200, shape="secret"), http(401), http(404), http(503)
GUARDED = planned()
CONTEXT = context(
    GUARDED,
    planned("/public", Demand.NOT_REQUIRED),
    identities=(ALICE, BOB),
    rules=frozenset(revoked_session.CHECK.rules),
    tls=(TlsRange.ANY, TlsRange.ONLY_1_2),
    revoked_within={BOB.name: 30.0},
)


def before() -> ExchangeLog:
    """Play the run before the revocation."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if "nonce" in probe.request.target:
            return MISSING
        return DENIED if probe.identity == "anonymous" and probe.request.target != "/public" else OK

    return play((unknown_path.CHECK, certificate.CHECK), CONTEXT, server)


def after(
    answers: Mapping[tuple[MadeBefore, int], Answer], *, polls: tuple[Answer, ...] = (DENIED, DENIED, DENIED)
) -> Conclusions:
    """Add what follows the revocation; what has no answer was refused."""
    log = before()
    for number, answer in enumerate(polls, start=1):
        poll = revoked.probe_of(CONTEXT, GUARDED, BOB, number)
        log.add(poll, observation_of(poll, answer))
    for probe in revoked_session.probes(CONTEXT, GUARDED, BOB):
        key = (revoked_session.way_of(probe), probe.attempt)
        log.add(probe, observation_of(probe, answers.get(key, DENIED)))
    return revoked_session.CHECK.judge(CONTEXT, log.classifier())


def both(way: MadeBefore, answer: Answer = OK) -> dict[tuple[MadeBefore, int], Answer]:
    """The same answer at once and at the end."""
    return {(way, AT_ONCE): answer, (way, AT_THE_END): answer}


def test_a_kept_connection_is_a_warning_and_a_resumed_session_an_error() -> None:
    """The rule's severity is that of sessions."""
    findings = after(both(MadeBefore.KEPT) | both(MadeBefore.RESUMED) | both(MadeBefore.RESUMED_1_2)).findings
    assert [(finding.severity, finding.identity) for finding in findings] == [
        (Severity.WARNING, BOB.name),
        (None, BOB.name),
    ]
    assert "30 s after the revocation" in findings[0].message


@pytest.mark.parametrize("way", [MadeBefore.RESUMED, MadeBefore.RESUMED_1_2])
def test_one_tls_version_suffices(way: MadeBefore) -> None:
    """Sessions of TLS 1.2 and 1.3 are kept in different places."""
    (finding,) = after(both(way)).findings
    assert "resumed" in finding.message


@pytest.mark.parametrize("answer", [DENIED, Ending.CLOSED, "certificate_revoked"])
def test_a_server_that_ends_or_refuses_them_is_correct(answer: Answer) -> None:
    """However it does."""
    answers = (
        both(MadeBefore.KEPT, answer)
        | both(MadeBefore.RESUMED, answer)
        | both(MadeBefore.RESUMED_1_2, answer)
    )
    assert after(answers) == Conclusions()


def test_a_server_that_learns_of_it_in_time_is_correct() -> None:
    """One of several may be later than the one that refused new connections first."""
    assert after({(MadeBefore.RESUMED, AT_ONCE): OK, (MadeBefore.KEPT, AT_ONCE): OK}) == Conclusions()


@pytest.mark.parametrize(
    "answers",
    [
        both(MadeBefore.RESUMED, BROKEN),
        {(MadeBefore.KEPT, AT_ONCE): OK, (MadeBefore.KEPT, AT_THE_END): BROKEN},
    ],
)
def test_what_decides_nothing_is_reported_as_such(answers: Mapping[tuple[MadeBefore, int], Answer]) -> None:
    """A server error is neither an admission nor a refusal."""
    conclusions = after(answers)
    assert conclusions.findings == ()
    (skipped,) = conclusions.skipped
    assert skipped.kind is SkipReason.UNDECIDABLE
    assert "is not established" in skipped.reason


def test_an_attempt_that_was_not_repeated_is_not_established() -> None:
    """The run was stopped before the time for the revocation had passed."""
    log = before()
    for number in (1, 2, 3):
        poll = revoked.probe_of(CONTEXT, GUARDED, BOB, number)
        log.add(poll, observation_of(poll, DENIED))
    for probe in revoked_session.probes(CONTEXT, GUARDED, BOB):
        if probe.attempt == AT_ONCE and revoked_session.way_of(probe) is MadeBefore.KEPT:
            log.add(probe, observation_of(probe, OK))
    assert revoked_session.to_repeat(log.classifier(), BOB.name) == {MadeBefore.KEPT}
    conclusions = revoked_session.CHECK.judge(CONTEXT, log.classifier())
    assert (conclusions.findings, len(conclusions.skipped)) == ((), 1)


def test_nothing_follows_while_new_connections_are_admitted() -> None:
    """That is another finding; the last control decides, too: of several servers one may admit it still."""
    for polls in ((DENIED, DENIED, OK), (DENIED, DENIED, DENIED, OK)):
        assert after(both(MadeBefore.RESUMED), polls=polls) == Conclusions()


def test_connections_that_were_not_kept_show_nothing() -> None:
    """The request went over a new connection, before a server that admits it still."""
    log = before()
    for probe in revoked_session.probes(CONTEXT, GUARDED, BOB):
        log.add(probe, replace(observation_of(probe, OK), reused_connection=False))
    assert MadeBefore.KEPT not in revoked_session.to_repeat(log.classifier(), BOB.name)


def test_each_request_has_a_connection_or_session_of_its_own() -> None:
    """One connection and one session of each TLS version, twice, and nothing before the end of the run."""
    probes = revoked_session.probes(CONTEXT, GUARDED, BOB)
    assert len({probe.id for probe in probes}) == len(probes) == 2 * 3
    assert all(probe.priming == probe.request for probe in probes)
    assert list(revoked_session.CHECK.plan(CONTEXT)) == []
