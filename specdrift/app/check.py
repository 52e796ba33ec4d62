"""Checks a server: reads prior findings, prepares, scans, compares, writes the reports."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from specdrift.app.notices import Notify, ServerUnverified
from specdrift.app.output import Output, publish
from specdrift.app.prior_findings import PriorFindings, read_prior_findings, with_status
from specdrift.app.running.event_loop import Watch, run_to_end
from specdrift.app.running.watchdog import Watchdog
from specdrift.errors import ExitStatus, OutOfTimeError, UsageError
from specdrift.events import Event, ScanFinished
from specdrift.interruption import Interruption
from specdrift.model.result.result import Result
from specdrift.result.status import is_forgiven
from specdrift.settings import Identity, PriorSettings, RecordingSettings, Settings

if TYPE_CHECKING:
    from specdrift.scan import Run

Prompt = Callable[[str], str]
"""Asks for a passphrase; takes the question, returns the answer."""
NO_RESULT = "the time for the whole run is used up (--overall-timeout), and the run has no result yet"
Confirm = Callable[[str], bool]
"""Asks whether to send to a server that only the document names; takes the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCheck:
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
        from specdrift.scan.execution.checkpoint import discard

        if self.prior.settings.recording.resume is not None:
            discard(self.prior.settings.recording.resume)


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
    watch: Watch,
    notify: Notify,
    prompt: Prompt | None = None,
    confirm: Confirm | None = None,
    beside: Settings | None = None,
) -> Result:
    """Check and write the reports, also those of an interrupted run.

    ``beside`` has the settings of another target, which is checked too: the result has what differs there.

    Raises UsageError with every file that could not be written, after writing all others; the checkpoint is then kept.
    Raises OutOfTimeError or KeyboardInterrupt if the run has to be ended without its result.
    """
    if settings.server.insecure:
        notify(ServerUnverified())
    with Watchdog(settings.network.overall_timeout) as watchdog:
        try:
            own = replace(settings, identities=_unrevoked(settings)) if beside else settings
            check = prepare_check(own, prompt=prompt, confirm=confirm)
            other = prepare_check(beside, prompt=prompt, confirm=confirm) if beside else None
            finished = run_to_end(check.events(), watch, watchdog)
            if other and not finished.result.interrupted:
                there = run_to_end(other.events(), watch, watchdog).result
                finished = replace(finished, result=_beside(finished.result, there, settings))
            result = check.conclude(finished)
            problems = publish(result, check.prior, output, notify)
        except Interruption:
            if not watchdog.is_out_of_time:
                raise KeyboardInterrupt from None
            raise OutOfTimeError(NO_RESULT) from None
        if finished.unrecorded:
            problems.append(finished.unrecorded)
        if problems:
            raise UsageError("\n".join(problems))
        check.discard_checkpoint()
    return result


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
