"""Stores the outcomes of tasks: files, history, and the numbers for the overview."""

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift import reports
from specdrift.contained import beneath
from specdrift.errors import UsageError
from specdrift.fleet.artifacts import FORMATS, service_report
from specdrift.fleet.history.database import HistoryDb
from specdrift.fleet.history.summary import Summary, failed
from specdrift.fleet.scheduler.outcome import ServiceReport, TaskOutcome, unpack
from specdrift.whole_file import write_whole

PAGES = "services"
"""The folder of one page, one result and one SARIF log for each service."""


class ResultWriter(Struct, kw_only=True):
    """Stores results one service at a time; only their ``Summary`` stays in memory."""

    run: str
    output: Path
    history: HistoryDb
    locate: Callable[[str], str] = str
    summaries: list[Summary] = field(default_factory=list)

    def store(self, outcome: TaskOutcome) -> Summary:
        """Store the outcome of a service."""
        if outcome.failure is not None:
            return self._record(failed(outcome.service, outcome.failure, outcome.reason), None)
        report = outcome.report or self._report(outcome)
        for name, content in report.files.items():
            write(page(self.output, outcome.service, name), unpack(content))
        return self._record(report.summary, report)

    def clear(self, services: Iterable[str]) -> None:
        """Remove an earlier run's files of services without a result in this run. Raises UsageError."""
        written = {summary.service for summary in self.summaries if summary.result}
        for service in services:
            for name in FORMATS if service not in written else ():
                remove(page(self.output, service, name))

    def _report(self, outcome: TaskOutcome) -> ServiceReport:
        """Make the report of a service that was joined from parts."""
        result = reports.read(unpack(outcome.result))
        return service_report(outcome.service, result, self.history.prior_state(outcome.service), self.locate)

    def _record(self, summary: Summary, report: ServiceReport | None) -> Summary:
        self.history.add(self.run, summary, report)
        noted = replace(summary, trend=self.history.trend(summary.service))
        self.summaries.append(noted)
        return noted


def page(output: Path, service: str, form: str) -> Path:
    """Return the file of a service in one format. Raises OutsideFolderError for a name with a path in it."""
    return beneath(output / PAGES, f"{service}.{form}")


def remove(path: Path) -> None:
    """Remove a file that may be missing. Raises UsageError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot remove {path}, which an earlier run wrote: {error.strerror}") from None


def write(path: Path, content: bytes) -> None:
    """Write a file atomically. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
