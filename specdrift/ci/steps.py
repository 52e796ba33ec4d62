"""Runs specdrift's commands and renders their results."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from specdrift.ci.older import Older
from specdrift.cli.main import run
from specdrift.cli.terminal.streams import print_stderr
from specdrift.errors import ExitStatus
from specdrift.model.result.drift import Drift
from specdrift.reports import FORMATS, read
from specdrift.reports.content.summary import active

NOT_WRITTEN = frozenset({"json", "text", "github", "openmetrics"})
"""Formats without a file of their own: the result itself, formats for the log, and for the collector of a host."""
ORDER = (
    ExitStatus.INTERRUPTED,
    ExitStatus.INTERNAL,
    ExitStatus.USAGE,
    ExitStatus.DRIFT,
    ExitStatus.INCOMPLETE,
    ExitStatus.OK,
)
"""Exit status of a job: the first of these that a step ended with."""


class Step(Struct, frozen=True, kw_only=True):
    """A command that was run."""

    name: str
    status: int
    result: Path
    """File of its result; missing if the command failed."""
    errors: tuple[str, ...] = ()
    """Its error messages."""

    @property
    def judged(self) -> int:
        """The exit status by what the result has: that of the command, unless exit-zero changed it to 0."""
        forgiven = self.status == ExitStatus.OK and self.result.is_file()
        return read(self.result.read_bytes()).exit_status if forgiven else self.status

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """Drifts that no baseline accepts, worst first."""
        return active(read(self.result.read_bytes())) if self.result.is_file() else ()

    def report(self, form: str) -> Path:
        """File of the report in that format."""
        return self.result.with_suffix(f".{FORMATS[form].extension}")


def lint(older: Older, output: Path, *, options: tuple[str, ...] = ()) -> Step:
    """Lint the document, against the older one if there is one; print the result to the log."""
    result = output / "lint.json"
    against = (part for one in older.documents for part in ("--against", one))
    gate = ("--gate-from", older.judge) if older.judge else ()
    written = ("--format", "json", "-o", str(result), "--quiet")
    step = _step("lint", *against, *gate, *options, *written, result=result)
    show(result, "text")
    return step


def check(older: str, output: Path) -> Step:
    """Check the server; with an older document only changed operations."""
    result = output / "check.json"
    since = ("--changed-since", older) if older else ()
    return _step("check", *since, "--report", f"json={result}", "--format", "text", result=result)


def _step(name: str, *arguments: str, result: Path) -> Step:
    """Run a command; its errors go to the log and the summary."""
    errors: list[str] = []

    def report(line: str) -> None:
        errors.append(line)
        print_stderr(line)

    status = run((name, *arguments), report=report)
    return Step(name=name, status=status, result=result, errors=tuple(errors))


def render(step: Step) -> None:
    """Write every report of a result beside it."""
    for form in sorted(FORMATS.keys() - NOT_WRITTEN):
        if step.result.is_file():
            specdrift("report", str(step.result), "--format", form, "-o", str(step.report(form)), "--quiet")


def show(result: Path, form: str) -> None:
    """Print a result, if there is one, to the log."""
    if result.is_file():
        specdrift("report", str(result), "--format", form, "--quiet")


def combined(statuses: Iterable[int]) -> ExitStatus:
    """Combine exit statuses. A foreign one (a signal) is an internal error."""
    ended = {ExitStatus(s) if s in set(ExitStatus) else ExitStatus.INTERNAL for s in statuses}
    return next(status for status in ORDER if status in ended)


def specdrift(*arguments: str) -> int:
    """Run one command line; returns its exit status, 4 after a crash."""
    return run(arguments)
