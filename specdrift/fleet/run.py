"""Runs a fleet: reads the inventory, scans its services, writes the files."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

from specdrift.fleet.history.database import MEMORY, Extent, open_history
from specdrift.fleet.history.overview import FleetOverview, Share
from specdrift.fleet.history.run_writer import RunWriter
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.inventory.inventory import Inventory
from specdrift.fleet.inventory.part_joiner import PartJoiner
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.plan import Choice, Plan, plan
from specdrift.fleet.scheduler.local_pool import LocalPool
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.scheduler import Scheduler
from specdrift.fleet.scheduler.task_queue import TaskQueue
from specdrift.fleet.scheduler.worker_pool import WorkerPool
from specdrift.model.plural import plural


class RunOptions(Struct, frozen=True, kw_only=True):
    """The options of one fleet run."""

    inventory: Inventory
    output: Path
    """Folder of the written files."""
    cwd: Path
    choice: Choice = field(default_factory=Choice)
    remember: bool = True
    """Whether the run is added to the history."""
    variables: frozenset[str] | None = None
    """Environment variables that files may expand, as in ``ValueSources``."""


class RunCallbacks(Struct, frozen=True, kw_only=True):
    """Functions that a fleet run calls."""

    note: Callable[[str], None]
    """Receives one line for each event."""
    warn: Callable[[str], None]
    """Receives one line for each warning."""
    locate: Callable[[str], str] = str
    """Makes paths in reports relative, as in ``RenderOptions``. Sent to workers."""


def run(options: RunOptions, callbacks: RunCallbacks) -> FleetOverview:
    """Scan the services and write the files into ``options.output``; return the overview.

    Ctrl-C ends the run early and keeps its outcomes. Raises SpecdriftError before anything is sent.
    """
    fleet, choice = options.inventory.fleet, options.choice
    planned = plan(
        options.inventory,
        choice,
        cwd=options.cwd,
        elsewhere=bool(fleet.scheduler),
        variables=options.variables,
    )
    for text in planned.notes:
        callbacks.warn(text)
    # Shards are compared and added to the history after they are joined.
    file = fleet.history_file if options.remember and choice.shard is None else Path(MEMORY)
    with open_history(file, fleet=fleet.name, keep=fleet.keep) as history:
        pool = _worker_pool(fleet, len(planned.tasks), callbacks)
        writer = RunWriter(
            fleet.name,
            share=Share(inventory=options.inventory.digest, choice=choice.narrowed, shard=choice.shard),
            output=options.output,
            history=history,
            locate=callbacks.locate,
        )
        return _run_tasks(planned, fleet, pool, writer, _Reporter(len(planned.names), callbacks))


def _worker_pool(fleet: FleetSettings, tasks: int, callbacks: RunCallbacks) -> WorkerPool:
    if fleet.scheduler:
        from specdrift.fleet.scheduler.dask_pool import DaskPool

        return DaskPool(fleet, warn=callbacks.warn)
    return LocalPool(min(fleet.workers or os.cpu_count() or 1, tasks))


def _run_tasks(
    planned: Plan, fleet: FleetSettings, pool: WorkerPool, writer: RunWriter, reporter: "_Reporter"
) -> FleetOverview:
    parts = PartJoiner(planned.tasks)

    def store(outcome: TaskOutcome) -> None:
        whole = parts.joined(outcome)
        if whole is not None:
            reporter.finished(writer.store(whole), whole)

    scheduler = Scheduler(
        queue=TaskQueue(planned.tasks, attempts=fleet.attempts),
        pool=pool,
        store=store,
        report=reporter.report,
        prepare_task=writer.prepare_task,
        grace=fleet.grace,
        patience=fleet.patience,
    )
    interrupted = True
    with suppress(KeyboardInterrupt):
        scheduler.run()
        interrupted = False
    return writer.close(
        interrupted=interrupted,
        forgiven=planned.forgiven,
        owners=planned.owners,
        extent=Extent.WHOLE if planned.whole and not interrupted else Extent.PART,
        services=planned.names,
    )


class _Reporter:
    """Reports progress, and each warning once."""

    def __init__(self, total: int, callbacks: RunCallbacks) -> None:
        self._total, self._done = total, 0
        self.report, self._warn = callbacks.note, callbacks.warn
        self._warned: set[str] = set()

    def finished(self, summary: Summary, outcome: TaskOutcome) -> None:
        """Report the outcome of a service."""
        self._done += 1
        for text in outcome.notes:
            if text not in self._warned:
                self._warned.add(text)
                self._warn(f"{summary.service}: {text}")
        self.report(f"[{self._done} of {self._total}] {summary.service}: {_status_line(summary)}")


def _status_line(summary: Summary) -> str:
    if not summary.judged:
        return summary.reason
    drifts = summary.drifts
    return (
        f"{plural(drifts.error, 'error')}, {plural(drifts.warning, 'warning')}, {summary.undecided:,} undecided; "
        f"{plural(summary.requests, 'request')} in {summary.seconds:.1f} s"
    )
