"""A whole run: inventory in, files out."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from specdrift.fleet.board import Board
from specdrift.fleet.conduct import Conductor
from specdrift.fleet.crew import Crew
from specdrift.fleet.here import Here
from specdrift.fleet.inventory import Inventory
from specdrift.fleet.merging import Merger, write
from specdrift.fleet.overview import Overview, as_html, as_json
from specdrift.fleet.parts import Parts
from specdrift.fleet.past import MEMORY, Extent, Past, past
from specdrift.fleet.plan import Choice, Plan, chosen, plan
from specdrift.fleet.service import FleetSettings
from specdrift.fleet.summary import Summary, worst_first
from specdrift.fleet.task import Outcome
from specdrift.reports.summary import plural


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
    fleet = order.inventory.fleet
    planned = plan(
        order.inventory,
        chosen(order.inventory, order.choice),
        cwd=order.cwd,
        elsewhere=bool(fleet.scheduler),
    )
    file = fleet.history_file if order.remember else Path(MEMORY)
    with past(file, fleet=fleet.name, keep=fleet.keep) as history:
        crew = _crew(fleet, len(planned.tasks), warn)
        found = _worked_through(order, planned, crew, history, _Reporter(planned.services, note, warn))
    write(order.output / "fleet.json", as_json(found))
    write(order.output / "index.html", as_html(found))
    return found


def _crew(fleet: FleetSettings, tasks: int, warn: Callable[[str], None]) -> Crew:
    if fleet.scheduler:
        from specdrift.fleet.cluster import Cluster

        return Cluster(fleet, warn=warn)
    return Here(min(fleet.workers or os.cpu_count() or 1, tasks))


def _worked_through(
    order: Order, planned: Plan, crew: Crew, history: Past, reporter: "_Reporter"
) -> Overview:
    started, name = datetime.now(UTC), secrets.token_hex(6)
    fleet = order.inventory.fleet
    merger = Merger(run=name, output=order.output, past=history, locate=order.locate)
    parts = Parts(planned.tasks)

    def keep(outcome: Outcome) -> None:
        whole = parts.joined(outcome)
        if whole is not None:
            reporter.kept(merger.keep(whole), whole)

    history.begin(name, at=started.isoformat())
    conductor = Conductor(
        board=Board(planned.tasks, attempts=fleet.attempts),
        crew=crew,
        keep=keep,
        tell=reporter.tell,
        grace=fleet.grace,
        patience=fleet.patience,
    )
    interrupted = True
    with suppress(KeyboardInterrupt):
        conductor.run()
        interrupted = False
    found = Overview(
        run=name,
        fleet=fleet.name,
        started_at=started.isoformat(),
        finished_at=datetime.now(UTC).isoformat(),
        services=worst_first(merger.summaries),
        interrupted=interrupted,
        forgiven=planned.forgiven,
    )
    whole = not interrupted and planned.services == len(order.inventory.services)
    history.end(
        name,
        at=found.finished_at,
        exit_status=found.exit_status,
        extent=Extent.WHOLE if whole else Extent.PART,
    )
    return replace(found, totals=history.totals())


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
