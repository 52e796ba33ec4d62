"""One run on its way into files and history, whoever did the work: outcomes in, an overview out."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from specdrift.fleet.history.database import Extent, HistoryDb
from specdrift.fleet.history.merging import Merger, write
from specdrift.fleet.history.overview import Overview, Share, as_html, as_json
from specdrift.fleet.history.summary import Summary, worst_first
from specdrift.fleet.scheduler.outcome import Outcome
from specdrift.fleet.scheduler.task import Task


class RunWriter:
    """Takes in the one outcome of each service. ``share`` says which part of which inventory they are."""

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
        self._merger = Merger(run=self._run, output=output, past=history, locate=locate)
        history.begin(self._run, at=self._started.isoformat())

    def prepare_task(self, task: Task) -> Task:
        """The task with what is known of its service, and how files are called here."""
        if task.part:
            return task
        return replace(task, before=self._history.before(task.service), locate=self._locate)

    def store(self, outcome: Outcome) -> Summary:
        """Write its files, remember it, and say how it stands."""
        return self._merger.store(outcome)

    def close(
        self, *, interrupted: bool, forgiven: frozenset[str], extent: Extent, asked: Iterable[str] = ()
    ) -> Overview:
        """End the run, and write the overview and the merged result. Of the services that were ``asked`` for no file of
        an earlier run remains.
        """
        found = Overview(
            run=self._run,
            fleet=self._fleet,
            started_at=self._started.isoformat(),
            finished_at=datetime.now(UTC).isoformat(),
            services=worst_first(self._merger.summaries),
            interrupted=interrupted,
            forgiven=forgiven,
            share=self._share,
        )
        self._history.end(self._run, at=found.finished_at, exit_status=found.exit_status, extent=extent)
        found = replace(found, totals=self._history.totals())
        write(self._output / "fleet.json", as_json(found))
        write(self._output / "index.html", as_html(found))
        self._merger.clear(asked)
        return found
