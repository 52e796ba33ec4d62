"""Works on saved results and recordings: compare, merge, rejudge. Sends nothing."""

from collections.abc import Sequence
from pathlib import Path

from specdrift.app.prior_findings import read_prior_findings
from specdrift.app.saved import display_path, read_result
from specdrift.errors import ExitStatus
from specdrift.model.contract.operation import OperationKey
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import DriftStatus
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


def comparison_status(compared: Result, fail_on: FailOn, *, allow_incomplete: bool) -> ExitStatus:
    """Return 1 for a new drift at or above ``fail_on``, else 3 if the newer run judged less, else 0.

    What both runs leave undecided is no change. A newer run that was interrupted, or had a problem as a whole, shows
    nothing of what it did not reach.
    """
    from specdrift.result.status import source_incomplete

    if has_new_drift(compared, fail_on):
        return ExitStatus.DRIFT
    broken = compared.interrupted or compared.problem is not None or source_incomplete(compared)
    return (
        ExitStatus.INCOMPLETE
        if (broken or _judges_less(compared)) and not allow_incomplete
        else ExitStatus.OK
    )


def _judges_less(compared: Result) -> bool:
    """Return whether operations are newly undecided, those aside that the run allowed to be absent."""
    from specdrift.result.status import not_deployed, not_deployed_allowed

    absent = not_deployed(compared) if not_deployed_allowed(compared) else frozenset[OperationKey]()
    before = compared.previous
    return before is not None and any(one.operation not in absent for one in before.undecided)


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
