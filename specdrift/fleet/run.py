"""A whole run: inventory in, files out."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from specdrift.fleet.history.database import MEMORY, Extent, past
from specdrift.fleet.history.overview import Overview, Share
from specdrift.fleet.history.run_writer import RunWriter
from specdrift.fleet.history.summary import Summary
from specdrift.fleet.inventory.inventory import Inventory
from specdrift.fleet.inventory.parts import Parts
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.plan import Choice, Plan, plan
from specdrift.fleet.scheduler.local_pool import LocalPool
from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.scheduler import Scheduler
from specdrift.fleet.scheduler.task_queue import TaskQueue
from specdrift.fleet.scheduler.worker_pool import WorkerPool
from specdrift.reports.content.summary import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks for. ``history`` ``None``: what the inventory says, or the usual place."""

    inventory: Inventory
    output: Path
    cwd: Path
    choice: Choice = field(default_factory=Choice)
    remember: bool = True
    locate: Callable[[str], str] = str


def run(order: Order, *, note: Callable[[str], None], warn: Callable[[str], None]) -> Overview:
    """Work through the fleet and write its files into ``order.output``; what the last line of them says.

    ``note`` is given a line for whatever happens, ``warn`` one for what should be read. Ctrl-C ends it early, with
    what is known by then. Raises SpecdriftError before anything is sent.
    """
    fleet, choice = order.inventory.fleet, order.choice
    planned = plan(order.inventory, choice, cwd=order.cwd, elsewhere=bool(fleet.scheduler))
    for text in planned.notes:
        warn(text)
    # Shards are compared and remembered once they are joined.
    file = fleet.history_file if order.remember and choice.shard is None else Path(MEMORY)
    with past(file, fleet=fleet.name, keep=fleet.keep) as history:
        crew = _crew(fleet, len(planned.tasks), warn)
        book = RunWriter(
            fleet.name,
            share=Share(inventory=order.inventory.digest, choice=choice.narrowed, shard=choice.shard),
            output=order.output,
            history=history,
            locate=order.locate,
        )
        return _worked_through(planned, fleet, crew, book, _Reporter(len(planned.names), note, warn))


def _crew(fleet: FleetSettings, tasks: int, warn: Callable[[str], None]) -> WorkerPool:
    if fleet.scheduler:
        from specdrift.fleet.scheduler.dask_pool import DaskPool

        return DaskPool(fleet, warn=warn)
    return LocalPool(min(fleet.workers or os.cpu_count() or 1, tasks))


def _worked_through(
    planned: Plan, fleet: FleetSettings, crew: WorkerPool, book: RunWriter, reporter: "_Reporter"
) -> Overview:
    parts = Parts(planned.tasks)

    def keep(outcome: Outcome) -> None:
        whole = parts.joined(outcome)
        if whole is not None:
            reporter.kept(book.keep(whole), whole)

    conductor = Scheduler(
        board=TaskQueue(planned.tasks, attempts=fleet.attempts),
        crew=crew,
        keep=keep,
        tell=reporter.tell,
        brief=book.brief,
        grace=fleet.grace,
        patience=fleet.patience,
    )
    interrupted = True
    with suppress(KeyboardInterrupt):
        conductor.run()
        interrupted = False
    return book.close(
        interrupted=interrupted,
        forgiven=planned.forgiven,
        extent=Extent.WHOLE if planned.whole and not interrupted else Extent.PART,
        asked=planned.names,
    )


class _Reporter:
    """Says what happens, each warning once however many services have it."""

    def __init__(self, total: int, note: Callable[[str], None], warn: Callable[[str], None]) -> None:
        self._total, self._done, self.tell, self._warn = total, 0, note, warn
        self._said: set[str] = set()

    def kept(self, summary: Summary, outcome: Outcome) -> None:
        """One more service has its outcome."""
        self._done += 1
        for text in outcome.notes:
            if text not in self._said:
                self._said.add(text)
                self._warn(f"{summary.service}: {text}")
        self.tell(f"[{self._done} of {self._total}] {summary.service}: {_told(summary)}")


def _told(summary: Summary) -> str:
    if not summary.judged:
        return summary.reason
    drifts = summary.drifts
    return (
        f"{plural(drifts.error, 'error')}, {plural(drifts.warning, 'warning')}, {summary.undecided:,} undecided; "
        f"{plural(summary.requests, 'request')} in {summary.seconds:.1f} s"
    )
