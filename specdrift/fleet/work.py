"""Does one task, wherever it is: reads the inventory there, scans the service, packs the result."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from specdrift import reports
from specdrift.app.check import prepare_check
from specdrift.app.output import prepare_folder
from specdrift.app.running import consume
from specdrift.errors import SpecdriftError
from specdrift.events import Event, PhaseStarted, ProbeFinished, ScanFinished, Warned
from specdrift.fleet.artifacts import bind
from specdrift.fleet.inventory import inventory
from specdrift.fleet.inventory.layers import Surroundings, settings_of
from specdrift.fleet.scheduler.outcome import Outcome, pack
from specdrift.fleet.scheduler.task import WRITING, Failure, Part, Progress, Task, file_of
from specdrift.model.result.result import Result
from specdrift.settings import RecordingSettings, Settings

Tell = Callable[[Progress], None]
EVERY = 5.0
"""Seconds between two words about the same service."""


class _UnwantedError(Exception):
    """Nobody waits for the outcome any more."""


def perform(task: Task, tell: Tell, *, wanted: Callable[[], bool] = lambda: True) -> Outcome:
    """Scan the service of ``task``. Never raises: what goes wrong is the outcome's ``failure``. It sends nothing more
    once it is no longer ``wanted``.
    """
    notes: list[str] = []
    try:
        settings = _settings(task, notes)
        if settings.recording.record is not None:
            prepare_folder(settings.recording.record)
        check = prepare_check(settings, cwd=task.cwd)
        watch = _Watcher(task.name, notes, tell, wanted)
        result = check.conclude(asyncio.run(consume(check.events(), watch)))
        check.discard_checkpoint()
        tell(Progress(task=task.name, phase=WRITING, done=0, total=0))
        outcome = _outcome(task, result, notes)
    except SpecdriftError as error:
        return _failed(task, Failure.REFUSED, str(error), notes)
    except _UnwantedError:
        return _failed(task, Failure.LOST, "nobody waited for it any more", notes)
    except Exception as error:  # noqa: BLE001 - a worker's outermost edge: one service must not end the others
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return _failed(task, Failure.CRASHED, reason, notes)
    return outcome


def _outcome(task: Task, result: Result, notes: Sequence[str]) -> Outcome:
    if task.part:
        packed = pack(reports.render(result, "json"))
        return Outcome(service=task.service, part=task.part, result=packed, notes=tuple(notes))
    kept = bind(task.service, result, task.before, task.locate)
    return Outcome(service=task.service, kept=kept, notes=tuple(notes))


def _failed(task: Task, failure: Failure, reason: str, notes: Sequence[str]) -> Outcome:
    return Outcome(service=task.service, part=task.part, failure=failure, reason=reason, notes=tuple(notes))


@lru_cache(maxsize=2)
def _read(path: Path, digest: str, cwd: Path) -> inventory.Inventory:
    """The inventory of a run, once for each worker."""
    found = inventory.read(path, cwd=cwd)
    if found.digest != digest:
        raise SpecdriftError(f"{path} is not the same file here")
    return found


def _settings(task: Task, notes: list[str]) -> Settings:
    fleet = _read(task.inventory, task.digest, task.cwd)
    service = next((one for one in fleet.services if one.id == task.service), None)
    if service is None:
        raise SpecdriftError(f"{task.inventory} finds no {task.service} here: a pattern fits other files")
    around = Surroundings(cwd=task.cwd, environ=os.environ)
    settings = settings_of(service.layers, around, warn=notes.append)
    own = settings.network.overall_timeout
    most = min(own, task.timeout) if own else task.timeout
    whole = replace(settings, network=replace(settings.network, overall_timeout=most))
    return _part_of(whole, task.part) if task.part else whole


def _part_of(settings: Settings, part: Part) -> Settings:
    """One part of the operations, with its share of what the target can bear."""
    network, recording, count = settings.network, settings.recording, part[1]
    rate, budget = network.rate_limit, network.max_requests
    return replace(
        settings,
        selection=replace(settings.selection, shard=part),
        origins={**settings.origins, "shard": "parts"},
        recording=RecordingSettings(
            record=file_of(recording.record, part) if recording.record else None,
            resume=file_of(recording.resume, part) if recording.resume else None,
        ),
        network=replace(
            network,
            rate_limit=rate / count if rate else None,
            max_requests=budget // count if budget is not None else None,
            concurrency=max(1, network.concurrency // count),
        ),
    )


class _Watcher:
    """Tells how far it is, now and then."""

    def __init__(self, task: str, notes: list[str], tell: Tell, wanted: Callable[[], bool]) -> None:
        self._task, self._notes, self._tell, self._wanted = task, notes, tell, wanted
        self._phase, self._total, self._done, self._told = "", 0, 0, time.monotonic()

    def __call__(self, event: Event) -> None:
        match event:
            case Warned(message=message) | ScanFinished(unrecorded=message) if message:
                self._notes.append(message)
            case PhaseStarted(phase=phase, probes=probes):
                self._phase, self._total, self._done = phase.name.lower(), probes, 0
            case ProbeFinished():
                if not self._wanted():
                    raise _UnwantedError
                self._done += 1
                now = time.monotonic()
                if now - self._told >= EVERY:
                    self._told = now
                    self._tell(
                        Progress(task=self._task, phase=self._phase, done=self._done, total=self._total)
                    )
            case _:
                return
