"""Says what a run did not establish: what it judged before it stopped early, and why, and unknown effects. Pure."""

from collections.abc import Collection, Mapping

from specdrift.errors import ExitStatus
from specdrift.model.plural import plural
from specdrift.model.result.problem import ProblemKind, StopReason
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Basis, Layer, Outcome, Verdict
from specdrift.reports.content.summary import drifting, with_verdict

STOPPED: Mapping[StopReason, str] = {
    StopReason.INTERRUPTED: "the run was interrupted",
    StopReason.OVERALL_TIMEOUT: "the overall timeout elapsed",
    StopReason.REQUEST_BUDGET: "the request budget is spent",
    StopReason.LISTENER_GIVEN_UP: "a listener stopped answering",
}
"""Why a run stopped early, as a clause."""


def is_problem(result: Result) -> bool:
    """Return whether the run has a problem because it stopped early."""
    return result.problem is not None and result.problem.kind is ProblemKind.STOPPED


def judged_so_far(result: Result, statement: str, *, names: tuple[str, ...]) -> str:
    """Return what a run found that stopped early. Drift is proven; its absence is not: requests were not sent.

    ``statement`` is ``openapi.yaml says``, ``names`` the documents in it.
    """
    total = plural(len(result.operations), "operation")
    if with_verdict(result, Verdict.DRIFT):
        found = drifting(result, statement)
        return f"So far {found[0].lower()}{found[1:]}."
    kept = with_verdict(result, Verdict.CONSISTENT)
    shown = f"So far {kept:,} of {total} {'shows' if kept == 1 else 'show'} no drift"
    return f"{shown} from {' and '.join(names)}, and not all requests were sent."


def unfinished(result: Result) -> str:
    """Return why a run that judged some operations did not judge all."""
    if result.problem and not is_problem(result):
        return f" {result.problem.text.rstrip('.')}."
    reason = why(result)
    if not reason:
        return ""
    counts = result.counts
    total = counts.planned + counts.follow_ups
    unsent = total - counts.spared - len(result.probes)
    # An upper bound: the listener might have made some of them unnecessary.
    left = f"; up to {unsent:,} of {plural(total, 'planned probe')} were not sent" if unsent > 0 else ""
    return f" Stopped early: {reason}{left}."


def why(result: Result) -> str:
    """Return why the run stopped early, as a clause; empty if it did not."""
    if result.problem and is_problem(result):
        return result.problem.text
    return STOPPED[reason] if (reason := _stop_reason(result)) else ""


def _stop_reason(result: Result) -> StopReason | None:
    interrupted = result.exit_status == ExitStatus.INTERRUPTED
    return StopReason.INTERRUPTED if interrupted else result.stop_reason


def unknown_effects(result: Result, kept: int) -> str:
    """Return for how many of the consistent operations it is not known whether refused requests change something."""
    consistent = {each.operation.key for each in result.operations if each.verdict is Verdict.CONSISTENT}
    unknown = {item.operation for item in result.skipped if item.kind is SkipReason.EFFECT_UNKNOWN}
    count = len(unknown & consistent)
    of_them = f"for {count:,} of them " if kept > 1 else ""
    return f"; {of_them}it is not established that refused requests change nothing" if count else ""


def by_handshakes_alone(result: Result) -> str:
    """Return for how many of the consistent operations no request of a valid client was answered with the data."""
    valid = {each.name for each in result.identities if each.is_control}
    count = sum(_only_handshakes(each, valid) for each in result.operations)
    which = "That" if count == with_verdict(result, Verdict.CONSISTENT) else f"For {count:,} of them that"
    return (
        f" {which} rests on the TLS handshakes alone: no request with a valid certificate got the data."
        if count
        else ""
    )


def _only_handshakes(operation: OperationResult, valid: Collection[str]) -> bool:
    """Return whether requests with a valid certificate were sent and none was admitted, where TLS refuses others."""
    sent = [
        each.outcome for each in operation.outcomes if each.identity in valid and each.basis is Basis.PROBED
    ]
    enforced = operation.verdict is Verdict.CONSISTENT and operation.layer is Layer.TLS
    return enforced and bool(sent) and Outcome.ADMITTED not in sent
