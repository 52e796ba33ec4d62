"""Takes in what workers bring, one service at a time: files, history, and the numbers for the overview."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from specdrift import reports
from specdrift.errors import UsageError
from specdrift.fleet.artifacts import FORMATS, bind
from specdrift.fleet.history.database import HistoryDb
from specdrift.fleet.history.summary import Summary, failed
from specdrift.fleet.scheduler.outcome import Outcome, ServiceReport, unpack

PAGES = "services"
"""The folder of one page, one result and one SARIF log for each service."""


@dataclass(slots=True, kw_only=True)
class Merger:
    """Nothing of a result stays in memory but its ``Summary``."""

    run: str
    output: Path
    past: HistoryDb
    locate: Callable[[str], str] = str
    summaries: list[Summary] = field(default_factory=list)

    def store(self, outcome: Outcome) -> Summary:
        """Take in the one outcome of a service."""
        if outcome.failure is not None:
            return self._note(failed(outcome.service, outcome.failure, outcome.reason), None)
        kept = outcome.kept or self._bound(outcome)
        for name, content in kept.files.items():
            write(page(self.output, outcome.service, name), unpack(content))
        return self._note(kept.summary, kept)

    def clear(self, asked: Iterable[str]) -> None:
        """Remove what an earlier run wrote of the services that were ``asked`` for and have no result in this one: it
        would pass for what this run found. Raises UsageError.
        """
        written = {summary.service for summary in self.summaries if summary.result}
        for service in asked:
            for name in FORMATS if service not in written else ():
                remove(page(self.output, service, name))

    def _bound(self, outcome: Outcome) -> ServiceReport:
        """Of what was joined here."""
        result = reports.read(unpack(outcome.result))
        return bind(outcome.service, result, self.past.before(outcome.service), self.locate)

    def _note(self, summary: Summary, kept: ServiceReport | None) -> Summary:
        self.past.add(self.run, summary, kept)
        noted = replace(summary, trend=self.past.trend(summary.service))
        self.summaries.append(noted)
        return noted


def page(output: Path, service: str, form: str) -> Path:
    """The file of a service in one format."""
    return output / PAGES / f"{service}.{form}"


def remove(path: Path) -> None:
    """A file that may not be there. Raises UsageError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot remove {path}, which an earlier run wrote: {error.strerror}") from None


def write(path: Path, content: bytes) -> None:
    """All of a file or nothing. Raises UsageError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
