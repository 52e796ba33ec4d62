"""Runs specdrift's own commands as a user would, and renders what they found."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from specdrift.cli.main import run
from specdrift.cli.terminal.streams import print_stderr
from specdrift.errors import ExitStatus
from specdrift.model.result.drift import Drift
from specdrift.reports import FORMATS, read
from specdrift.reports.content.summary import active

NOT_WRITTEN = frozenset({"json", "text", "github"})
"""Formats that are no file of the job: the result itself, and what goes to its log."""
ORDER = (
    ExitStatus.INTERRUPTED,
    ExitStatus.INTERNAL,
    ExitStatus.USAGE,
    ExitStatus.DRIFT,
    ExitStatus.INCOMPLETE,
    ExitStatus.OK,
)
"""What a job that did several things ends with: the first of these that one of them ended with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command that was run. ``result`` is the file of its result, which need not be there; ``said`` are the lines in
    which it told why.
    """

    name: str
    status: int
    result: Path
    said: tuple[str, ...] = ()

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """Drifts of the result that no baseline accepts, worst first."""
        return active(read(self.result.read_bytes())) if self.result.is_file() else ()

    def report(self, form: str) -> Path:
        """The file of its report in that format."""
        return self.result.with_suffix(f".{FORMATS[form].extension}")


def lint(older: str, output: Path) -> Step:
    """Lint the document, against the older one where there is one; the log shows it as text."""
    result = output / "lint.json"
    against = ("--against", older) if older else ()
    step = _step("lint", *against, "--format", "json", "-o", str(result), "--quiet", result=result)
    show(result, "text")
    return step


def check(older: str, output: Path) -> Step:
    """Check the server, what has changed where there is an older document."""
    result = output / "check.json"
    since = ("--changed-since", older) if older else ()
    return _step("check", *since, "--report", f"json={result}", "--format", "text", result=result)


def _step(name: str, *arguments: str, result: Path) -> Step:
    """Run a command that tells the log, and the summary, what is wrong."""
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        print_stderr(line)

    status = run((name, *arguments), report=report)
    return Step(name=name, status=status, result=result, said=tuple(said))


def render(step: Step) -> None:
    """Every report of a result, beside it."""
    for form in sorted(FORMATS.keys() - NOT_WRITTEN):
        if step.result.is_file():
            specdrift("report", str(step.result), "--format", form, "-o", str(step.report(form)), "--quiet")


def show(result: Path, form: str) -> None:
    """A result on the log, where there is one."""
    if result.is_file():
        specdrift("report", str(result), "--format", form, "--quiet")


def combined(statuses: Iterable[int]) -> ExitStatus:
    """The one exit status of several. What is none of ours (a signal) is an internal error."""
    known = {ExitStatus(s) if s in set(ExitStatus) else ExitStatus.INTERNAL for s in statuses}
    return next(status for status in ORDER if status in known)


def specdrift(*arguments: str) -> int:
    """Run one command line; its exit status, 4 where it crashed."""
    return run(arguments)
