"""Writes one fleet run into files and history, and returns its overview."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from specdrift.fleet.history.database import Extent, HistoryDb
from specdrift.fleet.history.overview import FleetOverview, Share, as_html, as_json
from specdrift.fleet.history.result_writer import ResultWriter, write
from specdrift.fleet.history.summary import Summary, worst_first
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Task


class RunWriter:
    """Writes the outcome of each service. ``share`` names the inventory and the selected part of it."""

    def __init__(
        self,
        fleet: str,
        *,
        share: Share,
        output: Path,
        history: HistoryDb,
        locate: Callable[[str], str] = str,
    ) -> None:
        self._fleet, self._share, self._output, self._history = fleet, share, output, history
        self._run, self._started = secrets.token_hex(6), datetime.now(UTC)
        self._locate = locate
        self._results = ResultWriter(run=self._run, output=output, history=history, locate=locate)
        history.begin(self._run, at=self._started.isoformat())

    def prepare_task(self, task: Task) -> Task:
        """Add the prior state of the service and the names of files to a task."""
        if task.part:
            return task
        return replace(task, prior=self._history.prior_state(task.service), locate=self._locate)

    def store(self, outcome: TaskOutcome) -> Summary:
        """Store an outcome in files and history; return its summary."""
        return self._results.store(outcome)

    def close(
        self,
        *,
        interrupted: bool,
        forgiven: frozenset[str],
        extent: Extent,
        owners: Mapping[str, str] = MappingProxyType({}),
        services: Iterable[str] = (),
    ) -> FleetOverview:
        """End the run, and write the overview and the merged result.

        Removes files of an earlier run if one of the selected ``services`` has no result.
        """
        found = FleetOverview(
            run=self._run,
            fleet=self._fleet,
            started_at=self._started.isoformat(),
            finished_at=datetime.now(UTC).isoformat(),
            services=worst_first(
                replace(one, owner=owners.get(one.service, "")) for one in self._results.summaries
            ),
            interrupted=interrupted,
            forgiven=forgiven,
            share=self._share,
        )
        self._history.end(self._run, at=found.finished_at, exit_status=found.exit_status, extent=extent)
        found = replace(found, totals=self._history.totals())
        write(self._output / "fleet.json", as_json(found))
        write(self._output / "index.html", as_html(found))
        self._results.clear(services)
        return found
