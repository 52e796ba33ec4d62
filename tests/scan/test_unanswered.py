"""Requests that were not answered leave their operations undecided, and so do last controls without an answer."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.observation import Ending, HttpFacts, NotSentReason, Observation
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.model.result.problem import ProblemKind
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.verdict import Verdict
from specdrift.scan.conclusion.unanswered import (
    server_lost,
    unanswered,
    undecided_by_silence,
    without_unanswered,
)
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

PATHS = ("/secure", "/orders")
CHECKS = (unknown_path.CHECK, certificate.CHECK)
Judged = tuple[list[Verdict], list[UndecidedReason], list[Remedy], bool]


def judged(server: Callable[[Probe], HttpFacts], mark: Callable[[Probe], bool] = lambda _: False) -> Judged:
    """Return verdicts, reasons, remedies, and whether the run has a problem.

    ``mark`` selects what establishes nothing.
    """
    ctx = context(*map(planned, PATHS))
    log = play(CHECKS, ctx, server)
    for entry in [*log.by_id.values()]:
        if mark(entry.probe):
            log.add(entry.probe, replace(entry.observation, unanswered=True))
    results = certificate.CHECK.judge(ctx, log.classifier()).operations
    found = unanswered(log.by_id.values(), ctx.identities)
    entries = undecided_by_silence(found, results, log.by_id.values())
    problem = server_lost(log.by_id.values(), found)
    assert problem is None or problem.kind is ProblemKind.STOPPED
    verdicts = [result.verdict for result in without_unanswered(results, found)]
    return verdicts, [each.kind for each in entries], [each.remedy for each in entries], problem is not None


def correct(probe: Probe) -> HttpFacts:
    """Admit the valid certificate only."""
    target = probe.request.target if probe.request else ""
    if target not in PATHS:
        return answer(404, '{"viga": "ei leitud"}')
    if probe.identity != "alice":
        return answer(401, '{"viga": "luba puudub"}')
    return answer(200, f'{{"iban": "FI21123456000007{len(target)}", "owner": "Oksanen{target[1:]}"}}')


def test_a_server_that_answers_stays_consistent() -> None:
    """No request is marked."""
    assert judged(correct) == ([Verdict.CONSISTENT] * 2, [], [], False)


def test_a_marked_request_leaves_its_operation_undecided() -> None:
    """Also where everything else was refused."""

    def is_marked(probe: Probe) -> bool:
        return probe.identity == "anonymous" and bool(probe.operation and probe.operation.path == "/orders")

    verdicts, reasons, remedies, lost = judged(correct, is_marked)
    assert verdicts == [Verdict.CONSISTENT, Verdict.UNDECIDED]
    assert (reasons, remedies, lost) == ([UndecidedReason.UNANSWERED], [Remedy.REPEAT], False)


@pytest.mark.parametrize("status", [429, 503])
def test_the_last_controls_decide_over_the_whole_run(status: int) -> None:
    """The first ones were answered."""

    def server(probe: Probe) -> HttpFacts:
        return answer(status, "{}") if probe.phase is Phase.AFTER else correct(probe)

    expected = [Verdict.UNDECIDED] * 2, [UndecidedReason.UNANSWERED] * 2, [Remedy.PACE] * 2, True
    assert judged(server) == expected


def test_one_last_control_decides_over_its_operation() -> None:
    """Those of others were answered."""

    def server(probe: Probe) -> HttpFacts:
        fails = probe.phase is Phase.AFTER and probe.operation and probe.operation.path == "/secure"
        return answer(502, "{}") if fails else correct(probe)

    verdicts, reasons, _, lost = judged(server)
    assert verdicts == [Verdict.UNDECIDED, Verdict.CONSISTENT]
    assert (reasons, lost) == ([UndecidedReason.UNANSWERED], False)


def test_a_request_that_was_given_up_is_a_problem_of_the_run() -> None:
    """Whatever its operation."""
    ctx = context(*map(planned, PATHS))
    log = play(CHECKS, ctx, correct)
    entry = next(iter(log.by_id.values()))
    given_up: Observation = replace(
        entry.observation,
        ending=Ending.NOT_SENT,
        http=None,
        not_sent=NotSentReason.UNANSWERED,
        detail="the server no longer answers GET /secure as alice, which it answered before",
    )
    log.add(entry.probe, given_up)
    problem = server_lost(log.by_id.values(), unanswered(log.by_id.values(), ctx.identities))
    assert problem is not None
    assert problem.text.endswith("which it answered before: 1 request was not sent")
