"""Findings from before the run: the baseline and an earlier result. Reads and writes their files."""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift.app.notices import BaselineNotUpdated, BaselineUpdated
from specdrift.app.saved import display_path, read_result
from specdrift.differ import baseline_file
from specdrift.differ.baseline import Baseline, accept, updated
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.result import Result
from specdrift.result.status import status_of
from specdrift.settings import Settings
from specdrift.whole_file import write_whole


class PriorFindings(Struct, frozen=True, kw_only=True):
    settings: Settings
    baseline: Baseline | None = None
    earlier: Result | None = None
    """The result of ``settings.prior.previous``."""

    def apply(self, result: Result) -> Result:
        """Mark accepted and earlier drifts, and derive the exit status again."""
        compared = accept(result, self.baseline) if self.baseline else result
        if self.earlier and self.settings.prior.previous:
            from specdrift.differ.compare import since

            compared = since(compared, self.earlier, source=display_path(self.settings.prior.previous))
        return with_status(compared, self.settings) if self.baseline else compared


def read_prior_findings(settings: Settings, *, baseline: Baseline | None = None) -> PriorFindings:
    """Read the files that the settings name. ``baseline``, that of the base revision, replaces the present one.

    Raises UsageError for a file that cannot be used.
    """
    prior = settings.prior
    if prior.update_baseline and prior.baseline is None:
        raise UsageError(
            "--update-baseline needs a file: --baseline FILE, or baseline = FILE in the configuration"
        )
    if prior.update_baseline and settings.selection.shard is not None:
        raise UsageError(
            "--update-baseline needs all operations, and --shard probes some of them; use one of the two"
        )
    if baseline is None and prior.baseline is not None:
        baseline = _read(prior.baseline, writing=prior.update_baseline)
    return PriorFindings(
        settings=settings,
        baseline=baseline,
        earlier=read_result(prior.previous) if prior.previous else None,
    )


def update_baseline(result: Result, prior: PriorFindings) -> BaselineUpdated | BaselineNotUpdated | None:
    """With ``--update-baseline``: add open drifts to the file and remove fixed ones. None without it."""
    settings, before = prior.settings, prior.baseline
    if not settings.prior.update_baseline or before is None or settings.prior.baseline is None:
        return None
    if result.problem or result.interrupted or result.exit_status == ExitStatus.USAGE:
        return BaselineNotUpdated(source=before.source)
    after = updated(before, result)
    _write(settings.prior.baseline, baseline_file.write(after))
    fingerprints = {entry.fingerprint for entry in before.entries}
    return BaselineUpdated(
        source=before.source,
        entries=len(after.entries),
        added=sum(entry.fingerprint not in fingerprints for entry in after.entries),
        removed=result.baseline.fixed if result.baseline else (),
        without_reason=sum(not entry.reason for entry in after.entries),
    )


def with_status(result: Result, settings: Settings) -> Result:
    """Return the result with the exit status that its drifts and undecided operations give it."""
    gate = settings.gate
    status = status_of(
        result,
        gate.fail_on,
        allow_incomplete=gate.allow_incomplete,
        not_deployed_ok=gate.not_deployed_ok,
    )
    return replace(result, exit_status=status)


def _read(path: Path, *, writing: bool) -> Baseline:
    source = display_path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if writing:
            return Baseline(source=source)
        raise UsageError(f"there is no baseline {source}; `check --update-baseline` writes it") from None
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}") from None
    return baseline_file.read(content, source=source, unfinished=writing)


def _write(path: Path, content: bytes) -> None:
    """Replace the file as a whole: its reasons exist nowhere else."""
    real = path.resolve()
    try:
        if real.exists() and real.read_bytes() == content:
            return
        real.parent.mkdir(parents=True, exist_ok=True)
        write_whole(real, content)
    except OSError as error:
        raise UsageError(f"cannot write {display_path(path)}: {error.strerror}") from None
