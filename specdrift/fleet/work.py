"""Performs one task on a worker: reads the inventory there, scans the service, packs the result."""

import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from specdrift import reports
from specdrift.app.check import prepare_check
from specdrift.app.output import prepare_folder
from specdrift.app.running.event_loop import consume, run_alone
from specdrift.app.workers.share import share_of
from specdrift.errors import SpecdriftError
from specdrift.events import Event, PhaseStarted, ProbeFinished, ScanFinished, Warned
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.inventory import inventory
from specdrift.fleet.inventory.merged_tables import ValueSources, settings_of
from specdrift.fleet.scheduler.outcome import TaskOutcome, pack
from specdrift.fleet.scheduler.task import WRITING, Failure, Progress, Task
from specdrift.model.result.result import Result
from specdrift.redaction.known import secrets_of_one_run, without_secrets
from specdrift.settings import Settings

Report = Callable[[Progress], None]
PROGRESS_INTERVAL_S = 5.0
"""Seconds between two progress reports of a service."""


class _CancelledError(Exception):
    """The task was cancelled."""


def perform(task: Task, report: Report, *, is_wanted: Callable[[], bool] = lambda: True) -> TaskOutcome:
    """Scan the service of a task. It never raises: errors become the outcome's ``failure``.

    It stops sending when ``is_wanted`` returns False.
    """
    with secrets_of_one_run():
        return _performed(task, report, is_wanted)


def _performed(task: Task, report: Report, is_wanted: Callable[[], bool]) -> TaskOutcome:
    notes: list[str] = []
    try:
        settings = _settings(task, notes)
        if settings.recording.record is not None:
            prepare_folder(settings.recording.record)
        check = prepare_check(settings, cwd=task.cwd)
        reporter = _ProgressReporter(task.name, notes, report, is_wanted)
        result = check.conclude(run_alone(consume(check.events(), reporter)))
        check.discard_checkpoint()
        report(Progress(task=task.name, phase=WRITING, done=0, total=0))
        outcome = _outcome(task, result, notes)
    except SpecdriftError as error:
        return _failed(task, Failure.REFUSED, str(error), notes)
    except _CancelledError:
        return _failed(task, Failure.LOST, "it was cancelled", notes)
    except Exception as error:  # noqa: BLE001 - a worker's outermost edge: one service must not end the others
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return _failed(task, Failure.CRASHED, reason, notes)
    return outcome


def _outcome(task: Task, result: Result, notes: Sequence[str]) -> TaskOutcome:
    notes = [without_secrets(note) for note in notes]
    if task.part:
        packed = pack(reports.render(result, "json"))
        return TaskOutcome(service=task.service, part=task.part, result=packed, notes=tuple(notes))
    report = service_report(task.service, result, task.prior, task.locate)
    return TaskOutcome(service=task.service, report=report, notes=tuple(notes))


def _failed(task: Task, failure: Failure, reason: str, notes: Sequence[str]) -> TaskOutcome:
    # A result is redacted where it is made; these texts are not part of one.
    return TaskOutcome(
        service=task.service,
        part=task.part,
        failure=failure,
        reason=without_secrets(reason),
        notes=tuple(map(without_secrets, notes)),
    )


@lru_cache(maxsize=2)
def _read(path: Path, digest: str, cwd: Path) -> inventory.Inventory:
    """Read the inventory, once per worker."""
    found = inventory.read(path, cwd=cwd)
    if found.digest != digest:
        raise SpecdriftError(f"{path} is not the same file here")
    return found


def _settings(task: Task, notes: list[str]) -> Settings:
    fleet = _read(task.inventory, task.digest, task.cwd)
    service = next((one for one in fleet.services if one.id == task.service), None)
    if service is None:
        raise SpecdriftError(f"{task.inventory} finds no {task.service} here: a pattern fits other files")
    sources = ValueSources(cwd=task.cwd, environ=os.environ, variables=task.variables)
    layers = [replace(layer, trusted=layer.digest in task.trusted) for layer in service.layers]
    settings = settings_of(layers, sources, warn=notes.append)
    own = settings.network.overall_timeout
    most = min(own, task.timeout) if own else task.timeout
    whole = replace(settings, network=replace(settings.network, overall_timeout=most))
    return share_of(whole, task.part, origin="parts") if task.part else whole


class _ProgressReporter:
    """Reports progress every ``PROGRESS_INTERVAL_S`` seconds, and collects warnings."""

    def __init__(self, task: str, notes: list[str], report: Report, is_wanted: Callable[[], bool]) -> None:
        self._task, self._notes, self._report, self._is_wanted = task, notes, report, is_wanted
        self._phase, self._total, self._done, self._reported_at = "", 0, 0, time.monotonic()

    def __call__(self, event: Event) -> None:
        match event:
            case Warned(message=message) | ScanFinished(unrecorded=message) if message:
                self._notes.append(message)
            case PhaseStarted(phase=phase, probes=probes):
                self._phase, self._total, self._done = phase.name.lower(), probes, 0
            case ProbeFinished():
                if not self._is_wanted():
                    raise _CancelledError
                self._done += 1
                now = time.monotonic()
                if now - self._reported_at >= PROGRESS_INTERVAL_S:
                    self._reported_at = now
                    self._report(
                        Progress(task=self._task, phase=self._phase, done=self._done, total=self._total)
                    )
            case _:
                return
