"""The exit status of a run. Pure."""

from collections.abc import Iterable

from specdrift.errors import ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import Result
from specdrift.rules import rule_of


def exit_status(
    drifts: Iterable[Drift], fail_on: FailOn, *, incomplete: bool, interrupted: bool = False
) -> ExitStatus:
    """Return 130 if interrupted, else 1 for drift at or above ``fail_on``, else 3 if incomplete, else 0.

    Suppressed drifts do not count; known ones do. A document without operations is incomplete.
    """
    if interrupted:
        return ExitStatus.INTERRUPTED
    if any(_counts(drift) and fail_on.reached_by(drift.severity) for drift in drifts):
        return ExitStatus.DRIFT
    return ExitStatus.INCOMPLETE if incomplete else ExitStatus.OK


def _counts(drift: Drift) -> bool:
    return rule_of(drift.rule).is_drift and drift.status is not DriftStatus.SUPPRESSED


def status_again(result: Result, fail_on: FailOn, *, allow_incomplete: bool) -> ExitStatus:
    """Return the exit status of a result whose drifts have changed status."""
    if result.exit_status == ExitStatus.USAGE:
        return ExitStatus.USAGE
    incomplete = bool(result.problem or result.undecided or not result.operations)
    return exit_status(
        result.drifts,
        fail_on,
        incomplete=incomplete and not allow_incomplete,
        interrupted=result.interrupted,
    )
