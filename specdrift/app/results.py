"""Works on saved results and recordings: compare, merge, rejudge. Sends nothing."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from specdrift.app.prior_findings import read_prior_findings
from specdrift.app.saved import display_path, read_result
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.contract.operation import OperationKey
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.problem import StopReason
from specdrift.model.result.result import Result
from specdrift.settings import GateSettings, PriorSettings, Settings


def compare_results(new: Result, old: Path) -> Result:
    """``new``, with the drifts that are new, known and fixed since the saved result ``old``."""
    from specdrift.differ.compare import since

    return since(new, read_result(old), source=str(old))


def has_new_drift(result: Result, fail_on: FailOn) -> bool:
    """Whether a compared result has a new drift of at least this severity."""
    return any(
        drift.status is DriftStatus.NEW and fail_on.reached_by(drift.severity) for drift in result.drifts
    )


def compare_saved(
    new: Path, old: Path, fail_on: FailOn, *, allow_incomplete: bool
) -> tuple[Result, ExitStatus]:
    """Compare two saved results, and return the newer one, with the changes, and the exit status.

    The status is 1 for a new drift at or above ``fail_on``, else 2 if the newer run could not use its document, else
    3 if that run judged less than the older one or is incomplete itself, else 0. Raises UsageError for a result that
    contradicts itself.
    """
    from specdrift.differ.compare import compared

    newer, older = _consistent(new), _consistent(old)
    found = compared(newer, older, source=str(old))
    status = _comparison_status(found, fail_on, allow_incomplete=allow_incomplete)
    # What the report says first follows from this status.
    worse = status in (ExitStatus.DRIFT, ExitStatus.INCOMPLETE) and newer.exit_status == ExitStatus.OK
    return (replace(found, exit_status=status) if worse else found), status


def _consistent(path: Path) -> Result:
    """Read a result. Raises UsageError if its members contradict each other."""
    from specdrift.result.contradictions import contradictions

    result = read_result(path)
    if why := next(contradictions(result), None):
        raise UsageError(f"{path}: this specdrift result contradicts itself: {why}")
    return result


def _comparison_status(compared: Result, fail_on: FailOn, *, allow_incomplete: bool) -> ExitStatus:
    if has_new_drift(compared, fail_on):
        return ExitStatus.DRIFT
    if compared.exit_status == ExitStatus.USAGE:
        return ExitStatus.USAGE
    less = _is_broken(compared) or _judges_less(compared, fail_on)
    return ExitStatus.INCOMPLETE if less and not allow_incomplete else ExitStatus.OK


_CUT_SHORT = frozenset({StopReason.OVERALL_TIMEOUT, StopReason.REQUEST_BUDGET})
"""Of runs that did not judge everything, whatever else their results state."""


def _is_broken(result: Result) -> bool:
    """Return whether the newer run was stopped, or is incomplete by its own settings."""
    from specdrift.result.status import (
        incomplete_allowed,
        is_incomplete,
        not_deployed_allowed,
        source_incomplete,
    )

    states_it = result.exit_status == ExitStatus.INCOMPLETE or result.stop_reason in _CUT_SHORT
    if result.interrupted or result.problem is not None or source_incomplete(result) or states_it:
        return True
    incomplete = is_incomplete(result, not_deployed_ok=not_deployed_allowed(result))
    return incomplete and not incomplete_allowed(result)


def _judges_less(compared: Result, fail_on: FailOn) -> bool:
    """Return whether operations are newly undecided, or drifts that count were not looked for again.

    Operations that the run allowed to be absent are left out.
    """
    from specdrift.differ.not_established import is_lacking
    from specdrift.result.status import counts, not_deployed, not_deployed_allowed

    absent = not_deployed(compared) if not_deployed_allowed(compared) else frozenset[OperationKey]()
    before = compared.previous
    return before is not None and (
        any(one.operation not in absent for one in before.undecided)
        or any(counts(drift, fail_on) and is_lacking(drift) for drift in before.unjudged)
    )


def merge_results(paths: Sequence[Path], *, baseline: Path | None, previous: Path | None) -> Result:
    """Join the results of all shards of one run. Raises UsageError for a missing or repeated shard."""
    from specdrift.scan.conclusion.merging import merge

    merged = merge([(display_path(path), read_result(path)) for path in paths])
    return _applied(merged, baseline=baseline, previous=previous)[0]


def rejudge_recording(path: Path, *, baseline: Path | None, previous: Path | None) -> tuple[Result, Settings]:
    """Judge a recording again; also returns the settings that its exit status depends on."""
    from specdrift import scan

    return _applied(scan.rejudge(path), baseline=baseline, previous=previous)


def _applied(result: Result, *, baseline: Path | None, previous: Path | None) -> tuple[Result, Settings]:
    """The result compared with its prior findings, judged by the levels of the run that it comes from."""
    from specdrift.result.status import exit_zero_of, fail_on_of, incomplete_allowed, not_deployed_allowed

    settings = Settings(
        prior=PriorSettings(baseline=baseline, previous=previous),
        gate=GateSettings(
            fail_on=fail_on_of(result),
            allow_incomplete=incomplete_allowed(result),
            not_deployed_ok=not_deployed_allowed(result),
            exit_zero=exit_zero_of(result),
        ),
    )
    return read_prior_findings(settings).apply(result), settings
