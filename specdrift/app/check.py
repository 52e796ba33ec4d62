"""Checks a server: reads prior findings, prepares, scans, compares, writes the reports."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specdrift.app.notices import Notify, ServerUnverified
from specdrift.app.output import Output, publish, write_reports
from specdrift.app.prior_findings import PriorFindings, read_prior_findings, with_status
from specdrift.app.running.time_limit import Stage, TimeLimit
from specdrift.app.running.watchdog import Watchdog
from specdrift.app.workers.alone import Alone, process_count, why_alone
from specdrift.app.workers.share import Part, file_of
from specdrift.errors import ExitStatus, OutOfTimeError, UsageError
from specdrift.events import Event, ScanFinished, Warned
from specdrift.interruption import Interruption
from specdrift.model.result.result import Result
from specdrift.result.status import is_forgiven
from specdrift.settings import Identity, PriorSettings, RecordingSettings, Settings

if TYPE_CHECKING:
    from specdrift.app.running.event_loop import Watch
    from specdrift.app.workers.processes import Processes
    from specdrift.scan import Run

Prompt = Callable[[str], str]
"""Asks for a passphrase; takes the question, returns the answer."""
NO_RESULT = "the time for the whole run is used up (--overall-timeout), and the run has no result yet"
Confirm = Callable[[str], bool]
"""Asks whether to send to a server that only the document names; takes the question."""


class PreparedCheck(Struct, frozen=True, kw_only=True):
    """Everything read and selected; nothing is sent before ``events`` is iterated."""

    run: "Run"
    prior: PriorFindings

    def events(self) -> AsyncIterator[Event]:
        """Scan. The last event is ScanFinished."""
        from specdrift import scan

        return scan.scan(self.run)

    def conclude(self, finished: ScanFinished) -> Result:
        """The result compared with the prior findings."""
        return self.prior.apply(finished.result)

    def discard_checkpoint(self) -> None:
        """Remove the checkpoint of ``--resume``: the result is complete and written."""
        _discard_checkpoint(self.prior.settings.recording, None)


def prepare_check(
    settings: Settings,
    *,
    prompt: Prompt | None = None,
    confirm: Confirm | None = None,
    cwd: Path | None = None,
) -> PreparedCheck:
    """Read documents, keys and prior findings. Raises SpecdriftError for what cannot be used."""
    from specdrift import scan

    prior = read_prior_findings(settings)
    return PreparedCheck(run=scan.prepare(settings, prompt=prompt, confirm=confirm, cwd=cwd), prior=prior)


def run_check(
    settings: Settings,
    output: Output,
    *,
    watch: "Watch",
    notify: Notify,
    prompt: Prompt | None = None,
    confirm: Confirm | None = None,
    beside: Settings | None = None,
) -> Result:
    """Check and write the reports, also those of an interrupted run.

    ``beside`` has the settings of another target, which is checked too: the result has what differs there.

    Raises UsageError with every file that could not be written, after writing all others; the checkpoint is then kept.
    Where ``overall-timeout`` ends the run before it has a result, the reports say so. Raises OutOfTimeError if there is
    no time to write them, and KeyboardInterrupt if a signal ends the run without its result.
    """
    from specdrift import scan

    if settings.server.insecure:
        notify(ServerUnverified())

    prior = read_prior_findings(settings)
    with (
        _shared(settings, watch, alone=beside is not None) as processes,
        Watchdog(settings.network.overall_timeout) as watchdog,
    ):
        finished = None
        try:
            if processes is not None:
                finished = processes.run_to_end(watch, watchdog)
            else:
                targets = _targets(settings, beside)
                runs = [scan.prepare(target, prompt=prompt, confirm=confirm) for target in targets]
                finished = _one_by_one(runs, settings, watch, watchdog)
            result = prior.apply(finished.result)
            problems = publish(result, prior, output, notify)
        except Interruption:
            if finished is not None:
                raise _ended(watchdog) from None
            return _published_without_result(prior, output, notify, watchdog)
        if problems := [*problems, *filter(None, [finished.unrecorded])]:
            raise UsageError("\n".join(problems))
        for part in processes.parts if processes else (None,):
            _discard_checkpoint(settings.recording, part)
    return result


def _targets(settings: Settings, beside: Settings | None) -> list[Settings]:
    return [replace(settings, identities=_unrevoked(settings)), beside] if beside else [settings]


def _ended(watchdog: Watchdog) -> OutOfTimeError | KeyboardInterrupt:
    """Return what an interrupted run without reports raises."""
    return OutOfTimeError(NO_RESULT) if watchdog.is_out_of_time else KeyboardInterrupt()


def _published_without_result(
    prior: PriorFindings, output: Output, notify: Notify, watchdog: Watchdog
) -> Result:
    """Write the reports of a run that ended before it had a result: older ones must not be taken for its own.

    Raises KeyboardInterrupt if a signal ends it.
    """
    from specdrift.offline.out_of_time import out_of_time

    if not watchdog.is_out_of_time:
        raise KeyboardInterrupt from None
    watchdog.begin(Stage.CONCLUDING)
    try:
        result = out_of_time(prior.settings, datetime.now(UTC))
        problems = write_reports(result, output, notify)
    except Interruption:
        raise _ended(watchdog) from None
    if problems:
        raise UsageError("\n".join(problems))
    return result


@contextmanager
def _shared(settings: Settings, watch: "Watch", *, alone: bool) -> "Iterator[Processes | None]":
    """Start the processes that share the run; None if this one does it all. Before it has another thread."""
    wanted = process_count(settings)
    why = Alone.BESIDE if alone else why_alone(settings)
    if wanted == 1 or why is not None:
        if why is not None and wanted > 1:
            watch(Warned(message=f"one process checks, not {wanted} (--workers): {why}"))
        yield None
        return
    from specdrift.app.workers.processes import started

    with started(settings, wanted) as processes:
        yield processes


def _one_by_one(runs: "Sequence[Run]", settings: Settings, watch: "Watch", limit: TimeLimit) -> ScanFinished:
    """Scan one target, and the one that it is compared with."""
    from specdrift import scan
    from specdrift.app.running.event_loop import run_to_end

    finished = run_to_end(scan.scan(runs[0]), watch, limit)
    for other in () if finished.result.interrupted else runs[1:]:
        there = run_to_end(scan.scan(other), watch, limit).result
        finished = replace(finished, result=_beside(finished.result, there, settings))
    return finished


def _discard_checkpoint(recording: RecordingSettings, part: Part | None) -> None:
    """Remove the checkpoint of ``--resume``: the result is complete and written."""
    from specdrift.scan.execution.checkpoint import discard

    if recording.resume is not None:
        discard(file_of(recording.resume, part))


def other_target(settings: Settings) -> Settings:
    """Return the settings of ``--beside``: nothing is written or revoked, and findings of before belong to the other
    target.
    """
    prior = PriorSettings()
    return replace(
        settings, prior=prior, reports=(), recording=RecordingSettings(), identities=_unrevoked(settings)
    )


def _unrevoked(settings: Settings) -> tuple[Identity, ...]:
    """Return the identities without commands that revoke them: the second target would refuse what the first lost."""
    return tuple(replace(one, revoke_command=()) for one in settings.identities)


def _beside(here: Result, there: Result, settings: Settings) -> Result:
    from specdrift.differ.targets import beside

    if there.interrupted:
        return replace(here, stop_reason=there.stop_reason, exit_status=there.exit_status)
    return with_status(beside(here, there), settings)


def exit_status(status: int, settings: Settings, *, interrupted: bool = False) -> int:
    """The exit status of the process: the result's, unless it was interrupted or ``--exit-zero`` applies."""
    if interrupted:
        return ExitStatus.INTERRUPTED
    forgiven = settings.gate.exit_zero and is_forgiven(status)
    return ExitStatus.OK if forgiven else status
