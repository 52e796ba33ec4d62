"""Makes the result of the exchanges. Pure: the same input and exchanges give the same result."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from specdrift import __version__
from specdrift.checks.core.base import Conclusions
from specdrift.checks.core.evidence import with_evidence
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.differ.diff import drift_of, ordered, settle
from specdrift.errors import ExitStatus
from specdrift.model.contract.operation import Operation
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, NotSentReason
from specdrift.model.exchange.probe import Phase
from specdrift.model.plural import plural, with_verb
from specdrift.model.result.drift import Drift
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import Counts, OperationResult, ProbeRecord, Result, UndecidedOperation
from specdrift.model.result.verdict import Basis, Classification, IdentityOutcome, Layer, Outcome, Verdict
from specdrift.result.status import status_of
from specdrift.rules.ids import VALID_CERTIFICATE_REFUSED
from specdrift.scan.conclusion.changed_answers import (
    OF_REFUSALS,
    problem_of,
    undecided_by_change,
    without_consistent,
)
from specdrift.scan.conclusion.counting import answers
from specdrift.scan.conclusion.judge_input import JudgeInput, RunEnd
from specdrift.scan.conclusion.leaking_refusals import leaking_refusals
from specdrift.scan.conclusion.tracing import raised, standard_of
from specdrift.scan.conclusion.unanswered import (
    server_lost,
    unanswered,
    undecided_by_silence,
    without_unanswered,
)
from specdrift.scan.conclusion.witnesses import (
    undecided_by,
    unexplained,
    without_unclear,
    without_unexplained,
)
from specdrift.scan.steadiness import ChangedAnswer, change

AGAIN = "put that right and run it again"
INTERRUPTED = "the run was interrupted"


def judge(judge_input: JudgeInput, exchanges: ExchangeLog) -> Conclusions:
    """Let every check judge the exchanges."""
    classifier = exchanges.classifier()
    operations = {planned.key: planned.operation for planned in judge_input.context.operations}
    parts = [check.judge(judge_input.context, classifier) for check in judge_input.checks]
    results = tuple(operation for part in parts for operation in part.operations)
    found = [each for part in parts for each in part.findings if each.rule in judge_input.context.rules]
    found += leaking_refusals(results, found, exchanges.by_id.values(), classifier, judge_input.context)
    return Conclusions(
        findings=tuple(with_evidence(finding, classifier, operations) for finding in found),
        operations=results,
        undecided=tuple(entry for part in parts for entry in part.undecided),
        undocumented=tuple(endpoint for part in parts for endpoint in part.undocumented),
        skipped=tuple(entry for part in parts for entry in part.skipped),
    )


def assemble(
    judge_input: JudgeInput, exchanges: ExchangeLog, end: RunEnd, conclusions: Conclusions
) -> Result:
    """Make the whole result, with its secrets: pass it through a ``Redactor``."""
    classifier = exchanges.classifier()
    without = no_control(judge_input, conclusions, exchanges)
    silent = unanswered(exchanges.by_id.values(), judge_input.context.identities)
    changed = change(exchanges, judge_input.context.identities)
    stopped = problem_of(changed) or server_lost(exchanges.by_id.values(), silent) or _lost(exchanges)
    problem = end.problem or judge_input.no_requirement or without or stopped
    # A valid certificate may be admitted in another shard.
    without_control = without is not None and not judge_input.part
    drifts = _drifts(judge_input, conclusions, exchanges, _dropped(changed, without_control=without_control))
    settled = without_unclear(settle(conclusions.operations, drifts), conclusions.undecided)
    witnesses = unexplained(settled, exchanges.by_id.values(), classifier, judge_input.context)
    explained = without_unexplained(settled, witnesses)
    results = without_consistent(changed, without_unanswered(explained, silent))
    entries = (
        *judge_input.undecided,
        *conclusions.undecided,
        *undecided_by(witnesses, classifier, drifts),
        *undecided_by_change(changed, explained),
        *undecided_by_silence(silent, explained, exchanges.by_id.values()),
    )
    why = _not_sent_because(end, problem)
    undecided = _still_undecided(entries, results, _sent(exchanges), why)
    all_drifts = ordered((*drifts, *judge_input.document_drifts))
    skipped = tuple(dict.fromkeys((*judge_input.skipped, *conclusions.skipped)))
    result = Result(
        tool_version=__version__,
        run_id=judge_input.run_id,
        started_at=judge_input.started_at,
        finished_at=end.finished_at,
        exit_status=ExitStatus.OK,
        document=judge_input.document,
        target=judge_input.target,
        identities=tuple(judge_input.context.identities.values()),
        operations=results,
        drifts=all_drifts,
        rules=tuple(sorted(judge_input.context.rules)),
        undocumented=conclusions.undocumented,
        skipped=skipped,
        undecided=undecided,
        probes=tuple(_record(exchange, classifier, judge_input) for exchange in exchanges.by_id.values()),
        counts=_counts(results, exchanges, len(undecided), len(skipped), end),
        settings=judge_input.settings,
        problem=problem,
        stop_reason=end.stop_reason or _crawler_stop(exchanges),
    )
    return _with_status(result, judge_input)


def _with_status(result: Result, judge_input: JudgeInput) -> Result:
    status = status_of(
        result,
        judge_input.fail_on,
        allow_incomplete=judge_input.allow_incomplete,
        not_deployed_ok=judge_input.not_deployed_ok,
    )
    return replace(result, exit_status=status)


def _dropped(changed: ChangedAnswer | None, *, without_control: bool) -> Collection[str]:
    """Return the rules that are not reported: if no valid certificate was admitted anywhere, one problem says so."""
    if changed is not None:
        return OF_REFUSALS
    return (VALID_CERTIFICATE_REFUSED,) if without_control else ()


def _drifts(
    judge_input: JudgeInput, conclusions: Conclusions, exchanges: ExchangeLog, dropped: Collection[str]
) -> tuple[Drift, ...]:
    """Return the drifts of all findings, without those of the rules that are dropped."""
    operations = {s.operation.key: s.operation for s in judge_input.context.operations}
    probes = {name: exchange.probe for name, exchange in exchanges.by_id.items()}
    found = (
        drift_of(finding, operations=operations, probes=probes, repeater=judge_input.repeater)
        for finding in conclusions.findings
        if finding.rule not in dropped
    )
    return raised(found, standard_of(judge_input.settings))


def no_control(judge_input: JudgeInput, conclusions: Conclusions, exchanges: ExchangeLog) -> Problem | None:
    """The problem of a run in which no probed operation admitted a valid certificate."""
    context = judge_input.context
    if not conclusions.operations:
        return None
    if not context.accepted:
        return _without_identity(context.operations[0].operation if context.operations else None)
    names = {identity.name for identity in context.accepted}
    outcomes = [o for result in conclusions.operations for o in result.outcomes if o.identity in names]
    probed = [o for o in outcomes if o.basis is Basis.PROBED]
    if not probed or any(o.outcome is Outcome.ADMITTED for o in probed):
        return None
    # Sets: with 1,000 operations, the comparison of each outcome with all others took four times as long as judging.
    different = frozenset(probed)
    decided = [r for r in conclusions.operations if not different.isdisjoint(r.outcomes)]
    if all(r.layer is Layer.TLS for r in decided):
        return None  # the handshakes decide
    sent = _sent(exchanges)
    sent_outcomes = frozenset(outcome for outcome in probed if not sent.isdisjoint(outcome.probes))
    if not sent_outcomes:
        return _none_sent(probed, exchanges)
    return Problem(kind=ProblemKind.NO_CONTROL, text=_none_admitted(conclusions, sent_outcomes))


def _none_admitted(conclusions: Conclusions, outcomes: frozenset[IdentityOutcome]) -> str:
    """Name the commonest reason for which operations admitted no valid certificate, its first one, and their number."""
    alike: dict[str, list[tuple[OperationResult, IdentityOutcome]]] = {}
    for result in conclusions.operations:
        if outcome := next((each for each in result.outcomes if each in outcomes), None):
            alike.setdefault(outcome.reason, []).append((result, outcome))
    (first, worst), *others = max(alike.values(), key=len)
    layer = "TLS" if worst.outcome is Outcome.REFUSED_IN_TLS else "the application"
    more = f" and {plural(len(others), 'other operation')}" if others else ""
    return (
        f'No valid certificate was admitted. "{worst.identity}" on {first.operation.key}{more}, in {layer}: '
        f"{worst.reason}. Rejections are inconclusive until one is admitted."
    )


def _none_sent(outcomes: Sequence[IdentityOutcome], exchanges: ExchangeLog) -> Problem:
    """The problem of a run that sent no probe with a valid certificate. It says nothing about the certificates: the
    request budget was spent, or the listener given up.
    """
    observations = (exchanges.by_id[probe].observation for outcome in outcomes for probe in outcome.probes)
    why = next((each.detail for each in observations if each.not_sent is not None), "nothing was sent")
    return Problem(
        kind=ProblemKind.STOPPED,
        text=f"{why}: no valid certificate was presented before, and without one nothing can be concluded",
    )


def _lost(exchanges: ExchangeLog) -> Problem | None:
    """The problem of a run that ended early: the request budget was spent, or the listener did not answer the last
    controls. Then other requests were not sent either, and what the operations seem to show was not confirmed.
    """
    lost = next((e.observation for e in exchanges.by_id.values() if _ended_early(e)), None)
    if lost is None:
        return None
    unsent = sum(entry.observation.not_sent in _STOPS for entry in exchanges.by_id.values())
    return Problem(
        kind=ProblemKind.STOPPED,
        text=f"{lost.detail or 'the listener accepts no connection any more'}: "
        f"{with_verb(unsent, 'request', 'was', 'were')} not sent",
    )


def _ended_early(entry: Exchange) -> bool:
    probe, observation = entry.probe, entry.observation
    if observation.not_sent is NotSentReason.REQUEST_BUDGET:
        return True
    last_control = probe.control and probe.check == CERTIFICATE and probe.phase is Phase.AFTER
    return last_control and observation.ending in (Ending.NOT_SENT, Ending.NO_CONNECTION)


def _without_identity(operation: Operation | None) -> Problem | None:
    if operation is None:
        return None
    return Problem(
        kind=ProblemKind.NO_IDENTITY,
        text="No valid certificate is configured, so that a rejection may mean a server that rejects every client: "
        "add one with --cert and --key, or --identity NAME=CERT,KEY",
    )


def _not_sent_because(end: RunEnd, problem: Problem | None) -> str:
    """Why probes were not sent; empty if all were."""
    if problem is not None and problem.kind not in _SENT_NEVERTHELESS:
        return problem.text
    return INTERRUPTED if end.stop_reason is StopReason.INTERRUPTED else ""


_SENT_NEVERTHELESS = frozenset({ProblemKind.NO_CONTROL, ProblemKind.NO_IDENTITY, ProblemKind.NO_REQUIREMENT})
"""Problems of runs that sent all probes."""


def _crawler_stop(exchanges: ExchangeLog) -> StopReason | None:
    """Why the crawler stopped sending by itself."""
    not_sent = {exchange.observation.not_sent for exchange in exchanges.by_id.values()}
    return next((stop for cause, stop in _STOPS.items() if cause in not_sent), None)


_STOPS: Mapping[NotSentReason, StopReason] = {
    NotSentReason.REQUEST_BUDGET: StopReason.REQUEST_BUDGET,
    NotSentReason.LISTENER_GIVEN_UP: StopReason.LISTENER_GIVEN_UP,
}


def _still_undecided(
    undecided: Iterable[UndecidedOperation],
    results: Sequence[OperationResult],
    sent: Collection[str],
    stopped: str,
) -> tuple[UndecidedOperation, ...]:
    """Without those operations that a drift has decided; what concerns no operation stays.

    Where the run ended early (``stopped`` says why), that is the reason for those it did not come to, and no advice
    about their parameters helps.
    """
    open_keys = {r.operation.key for r in results if r.verdict is Verdict.UNDECIDED}
    not_sent = {r.operation.key for r in results if stopped and not answers([r], sent)}
    return tuple(
        replace(
            entry,
            kind=UndecidedReason.STOPPED,
            reason=f"not sent: {stopped}",
            how_to_decide=AGAIN,
            remedy=Remedy.REPEAT,
        )
        if entry.operation in not_sent
        else entry
        for entry in undecided
        if entry.operation is None or entry.operation in open_keys
    )


def _record(exchange: Exchange, classifier: Classifier, judge_input: JudgeInput) -> ProbeRecord:
    classification = _classify(exchange, classifier, judge_input)
    return ProbeRecord(
        probe=exchange.probe,
        observation=exchange.observation,
        outcome=classification.outcome,
        reason=classification.reason,
    )


def _classify(exchange: Exchange, classifier: Classifier, judge_input: JudgeInput) -> Classification:
    """For the list of probes: a control by itself, and so what has no operation to be compared with."""
    identity = judge_input.context.identities.get(exchange.probe.identity, ANONYMOUS)
    if identity.is_control or exchange.probe.operation is None:
        return classifier.control(exchange)
    return classifier.compared(exchange)


def _counts(
    results: tuple[OperationResult, ...], exchanges: ExchangeLog, undecided: int, skipped: int, end: RunEnd
) -> Counts:
    cells = answers(results, _sent(exchanges))
    return replace(
        end.sent,
        operations=len(results),
        probed=cells[Basis.PROBED],
        by_listener=cells[Basis.LISTENER],
        undecided=undecided,
        skipped=skipped,
    )


def _sent(exchanges: ExchangeLog) -> frozenset[str]:
    """The ids of probes that really left: the others are without attempts."""
    return frozenset(name for name, exchange in exchanges.by_id.items() if exchange.observation.attempts)
