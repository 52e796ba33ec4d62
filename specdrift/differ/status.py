"""The exit status of a run. Pure."""

from collections.abc import Iterable

from specdrift.errors import ExitStatus
from specdrift.model.drift import Drift, DriftStatus
from specdrift.settings import FailOn


def exit_status(
    drifts: Iterable[Drift], fail_on: FailOn, *, incomplete: bool, interrupted: bool = False
) -> ExitStatus:
    """130 interrupted, else 1 for new drift at or above ``fail_on``, else 3 for what could not be judged, else 0."""
    if interrupted:
        return ExitStatus.INTERRUPTED
    if any(drift.status is DriftStatus.NEW and fail_on.reached_by(drift.severity) for drift in drifts):
        return ExitStatus.DRIFT
    return ExitStatus.INCOMPLETE if incomplete else ExitStatus.OK
