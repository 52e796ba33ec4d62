"""Makes the result of what was seen. Pure: the same dossier and evidence give the same result."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from specdrift import __version__
from specdrift.checks.core.base import Conclusions
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.differ.diff import drift_of, ordered, settle
from specdrift.differ.status import exit_status
from specdrift.model.contract.operation import Operation
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import NotSentReason
from specdrift.model.result.drift import Drift
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Counts, OperationResult, ProbeRecord, Result, UndecidedOperation
from specdrift.model.result.verdict import Basis as EvidenceKind
from specdrift.model.result.verdict import Classification, IdentityOutcome, Outcome, Verdict
from specdrift.rules.ids import VALID_CERTIFICATE_REFUSED
from specdrift.scan.conclusion.counting import answers
from specdrift.scan.conclusion.judge_input import JudgeInput, RunEnd

AGAIN = "put that right and run it again"
INTERRUPTED = "the run was interrupted"


def judge(dossier: JudgeInput, evidence: ExchangeLog) -> Conclusions:
    """Let every check judge the exchanges."""
    reader = evidence.reader()
    parts = [check.judge(dossier.context, reader) for check in dossier.checks]
    return Conclusions(
        findings=tuple(f for part in parts for f in part.findings if f.rule in dossier.context.rules),
        operations=tuple(operation for part in parts for operation in part.operations),
        undecided=tuple(entry for part in parts for entry in part.undecided),
        undocumented=tuple(endpoint for part in parts for endpoint in part.undocumented),
        skipped=tuple(entry for part in parts for entry in part.skipped),
    )


def assemble(dossier: JudgeInput, evidence: ExchangeLog, ending: RunEnd, conclusions: Conclusions) -> Result:
    """Make the whole result, with its secrets: pass it through a ``Redactor``."""
    reader = evidence.reader()
    no_control = _no_control(dossier, conclusions, evidence)
    problem = ending.problem or no_control
    without_control = (
        no_control is not None and not dossier.part
    )  # a good certificate may get in at another shard
    drifts = _drifts(dossier, conclusions, evidence, without_control=without_control)
    results = settle(conclusions.operations, drifts)
    undecided = _still_undecided(
        conclusions.undecided, results, _sent(evidence), _not_sent_because(ending, problem)
    )
    everything = ordered((*drifts, *dossier.document_drifts))
    skipped = tuple(dict.fromkeys((*dossier.skipped, *conclusions.skipped)))
    incomplete = bool(problem or undecided or not (results or dossier.part))
    return Result(
        tool_version=__version__,
        run_id=dossier.run_id,
        started_at=dossier.started_at,
        finished_at=ending.finished_at,
        exit_status=exit_status(
            everything,
            dossier.fail_on,
            incomplete=incomplete and not dossier.allow_incomplete,
            interrupted=ending.stop_reason is StopReason.INTERRUPTED,
        ),
        document=dossier.document,
        target=dossier.target,
        identities=tuple(dossier.context.identities.values()),
        operations=results,
        drifts=everything,
        rules=tuple(sorted(dossier.context.rules)),
        undocumented=conclusions.undocumented,
        skipped=skipped,
        undecided=undecided,
        probes=tuple(_record(seen, reader, dossier) for seen in evidence.seen.values()),
        counts=_counts(results, evidence, len(undecided), len(skipped), ending),
        settings=dossier.settings,
        problem=problem,
        stop_reason=ending.stop_reason or _ran_out(evidence),
    )


def _drifts(
    dossier: JudgeInput, conclusions: Conclusions, evidence: ExchangeLog, *, without_control: bool
) -> tuple[Drift, ...]:
    """The drifts of all findings. Where no good certificate got in anywhere, that is the news: a warning for each
    operation that refused it would only hide it.
    """
    operations = {s.operation.key: s.operation for s in dossier.context.subjects}
    probes = {name: seen.probe for name, seen in evidence.seen.items()}
    return tuple(
        drift_of(finding, operations=operations, probes=probes, repeater=dossier.repeater)
        for finding in conclusions.findings
        if not (without_control and finding.rule == VALID_CERTIFICATE_REFUSED)
    )


def _no_control(dossier: JudgeInput, conclusions: Conclusions, evidence: ExchangeLog) -> Problem | None:
    """The problem of a run in which no probed operation admitted a valid certificate."""
    context = dossier.context
    if not conclusions.operations:
        return None
    if not context.accepted:
        return _without_identity(context.subjects[0].operation if context.subjects else None)
    names = {identity.name for identity in context.accepted}
    outcomes = [o for result in conclusions.operations for o in result.outcomes if o.identity in names]
    probed = [o for o in outcomes if o.basis is EvidenceKind.PROBED]
    if not probed or any(o.outcome is Outcome.ADMITTED for o in probed):
        return None
    sent = _sent(evidence)
    asked = [outcome for outcome in probed if any(probe in sent for probe in outcome.probes)]
    if not asked:
        return _none_asked(probed, evidence)
    first = next(r for r in conclusions.operations if any(o in r.outcomes for o in asked))
    worst = next(o for o in first.outcomes if o in asked)
    layer = "TLS" if worst.outcome is Outcome.REFUSED_IN_TLS else "the application"
    return Problem(
        kind=ProblemKind.NO_CONTROL,
        text=f'No valid certificate was admitted. "{worst.identity}" on {first.operation.key}, in {layer}: '
        f"{worst.reason}. Rejections prove nothing until one is admitted.",
    )


def _none_asked(outcomes: Sequence[IdentityOutcome], evidence: ExchangeLog) -> Problem:
    """The problem of a run that sent no probe with a valid certificate. It says nothing about the certificates: the
    request budget was spent, or the listener given up.
    """
    observations = (evidence.seen[probe].observation for outcome in outcomes for probe in outcome.probes)
    why = next((seen.detail for seen in observations if seen.not_sent is not None), "nothing was sent")
    return Problem(
        kind=ProblemKind.STOPPED,
        text=f"{why}: no valid certificate was presented before, and without one nothing can be concluded",
    )


def _without_identity(operation: Operation | None) -> Problem | None:
    if operation is None:
        return None
    return Problem(
        kind=ProblemKind.NO_IDENTITY,
        text="No valid certificate is configured, so that a rejection may mean a server that rejects every client: "
        "add one with --cert and --key, or --identity NAME=CERT,KEY",
    )


def _not_sent_because(ending: RunEnd, problem: Problem | None) -> str:
    """Why probes were not sent; empty if all were."""
    if problem is not None and problem.kind not in (ProblemKind.NO_CONTROL, ProblemKind.NO_IDENTITY):
        return problem.text
    return INTERRUPTED if ending.stop_reason is StopReason.INTERRUPTED else ""


def _ran_out(evidence: ExchangeLog) -> StopReason | None:
    """Why the crawler stopped sending by itself."""
    reasons = {seen.observation.not_sent for seen in evidence.seen.values()}
    return next((stop for reason, stop in _STOPS.items() if reason in reasons), None)


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
    """Without those operations that a drift has decided. Where the run ended early (``stopped`` says why), that is the
    reason for those it did not come to, and no advice about their parameters helps.
    """
    open_keys = {r.operation.key for r in results if r.verdict is Verdict.UNDECIDED}
    unasked = {r.operation.key for r in results if stopped and not answers([r], sent)}
    return tuple(
        replace(entry, kind=UndecidedReason.STOPPED, reason=f"not asked: {stopped}", how_to_decide=AGAIN)
        if entry.operation in unasked
        else entry
        for entry in undecided
        if entry.operation in open_keys
    )


def _record(seen: Exchange, reader: Classifier, dossier: JudgeInput) -> ProbeRecord:
    reading = _reading(seen, reader, dossier)
    return ProbeRecord(
        probe=seen.probe, observation=seen.observation, outcome=reading.outcome, reason=reading.reason
    )


def _reading(seen: Exchange, reader: Classifier, dossier: JudgeInput) -> Classification:
    """For the list of probes: a control by itself, and so what has no operation to be compared with."""
    identity = dossier.context.identities.get(seen.probe.identity, ANONYMOUS)
    if identity.is_control or seen.probe.operation is None:
        return reader.control(seen)
    return reader.compared(seen)


def _counts(
    results: tuple[OperationResult, ...], evidence: ExchangeLog, undecided: int, skipped: int, ending: RunEnd
) -> Counts:
    cells = answers(results, _sent(evidence))
    return replace(
        ending.sent,
        operations=len(results),
        probed=cells[EvidenceKind.PROBED],
        by_listener=cells[EvidenceKind.LISTENER],
        undecided=undecided,
        skipped=skipped,
    )


def _sent(evidence: ExchangeLog) -> frozenset[str]:
    """The ids of probes that really left: the others are without attempts."""
    return frozenset(name for name, seen in evidence.seen.items() if seen.observation.attempts)
