"""The exit status of a run, and the settings that it depends on. Pure."""

from collections.abc import Iterable

from specdrift.errors import ExitStatus
from specdrift.model.contract.operation import OperationKey
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.rules import rule_of

SHARD = "shard"
"""The setting of a run that judges a part of the operations."""


def exit_status(
    drifts: Iterable[Drift], fail_on: FailOn, *, incomplete: bool, interrupted: bool = False
) -> ExitStatus:
    """Return 130 if interrupted, else 1 for drift at or above ``fail_on``, else 3 if incomplete, else 0."""
    if interrupted:
        return ExitStatus.INTERRUPTED
    if any(counts(drift, fail_on) for drift in drifts):
        return ExitStatus.DRIFT
    return ExitStatus.INCOMPLETE if incomplete else ExitStatus.OK


def counts(drift: Drift, fail_on: FailOn) -> bool:
    """Return whether a drift makes the exit status 1. Suppressed drifts do not; known ones do."""
    open_drift = rule_of(drift.rule).is_drift and drift.status is not DriftStatus.SUPPRESSED
    return open_drift and fail_on.reached_by(drift.severity)


def is_incomplete(result: Result, *, not_deployed_ok: bool = False) -> bool:
    """Return whether something declared was not judged, operations that may be not deployed aside.

    A document without operations is incomplete, except in a shard, and where only the source was read. Source that was
    read in part is incomplete even if responses decide every operation.
    """
    accepted = not_deployed(result) if not_deployed_ok else frozenset[OperationKey]()
    unjudged = [item for item in result.undecided if item.operation is None or item.operation not in accepted]
    if result.problem or unjudged or source_incomplete(result):
        return True
    if not result.operations:
        source_only = (result.source is not None or result.gateways) and not result.target.base_url
        return not source_only and result.setting(SHARD) is None
    return not result.nothing_sent and any(
        item.verdict is Verdict.UNDECIDED and item.operation.key not in accepted for item in result.operations
    )


def not_deployed(result: Result) -> frozenset[OperationKey]:
    """Return the operations that the server does not have yet, and that nothing else leaves undecided."""
    kinds: dict[OperationKey | None, set[UndecidedReason]] = {}
    for item in result.undecided:
        kinds.setdefault(item.operation, set()).add(item.kind)
    alone = {UndecidedReason.NOT_DEPLOYED}
    return frozenset(key for key, found in kinds.items() if key is not None and found == alone)


def source_incomplete(result: Result) -> bool:
    """Return whether source was to be read, and nothing was, or a served router was not followed."""
    return any(view.incomplete for view in (result.source, *result.gateways) if view is not None)


def status_of(
    result: Result, fail_on: FailOn, *, allow_incomplete: bool, not_deployed_ok: bool = False
) -> ExitStatus:
    """Return the exit status of a result, by its drifts and by what it could not judge.

    A result whose document cannot be used keeps its status.
    """
    if result.exit_status == ExitStatus.USAGE:
        return ExitStatus.USAGE
    return exit_status(
        result.drifts,
        fail_on,
        incomplete=is_incomplete(result, not_deployed_ok=not_deployed_ok) and not allow_incomplete,
        interrupted=result.interrupted,
    )


def is_forgiven(status: int) -> bool:
    """Return whether ``--exit-zero`` makes this exit status 0."""
    return status in (ExitStatus.DRIFT, ExitStatus.INCOMPLETE)


def fail_on_of(result: Result) -> FailOn:
    """Return ``--fail-on`` of a result's run."""
    value = str(result.setting("fail-on", FailOn.ERROR))
    return next((level for level in FailOn if level.value == value), FailOn.ERROR)


def incomplete_allowed(result: Result) -> bool:
    """Return ``--allow-incomplete`` of a result's run."""
    return result.setting("allow-incomplete") is True


def not_deployed_allowed(result: Result) -> bool:
    """Return ``--not-deployed-ok`` of a result's run."""
    return result.setting("not-deployed-ok") is True


def exit_zero_of(result: Result) -> bool:
    """Return ``--exit-zero`` of a result's run."""
    return result.setting("exit-zero") is True
