"""Outputs and summary of a job that ended before it had results: later steps would take no outputs for a crash."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from specdrift.ci.job import NAME, prepared
from specdrift.ci.steps import combined
from specdrift.ci.summary import outputs_of_failure, summary_of_failure, write_outputs
from specdrift.cli.terminal.streams import print_stderr
from specdrift.errors import SpecdriftError, UsageError


class JobEnd(Struct, kw_only=True):
    """How a job ends, and where that is reported."""

    environ: Mapping[str, str]
    output: Path | None = None
    """Folder of the results; None until it is read from the arguments."""
    name: str = ""
    folder: Path | None = None
    """The output folder, once it is ready."""
    finished: bool = False
    """Whether the job wrote its own outputs, or had none to write (``--help``)."""
    errors: list[str] = field(default_factory=list)

    def report(self, line: str) -> None:
        """Print a line of an error, and keep it for the summary."""
        self.errors.append(line)
        print_stderr(line)

    def begun(self, folder: Path) -> None:
        """Note that the job writes to its folder: what is there is its own."""
        self.folder = folder

    def write(self, status: int) -> None:
        """Write outputs and summary of a job that did not."""
        if self.finished or not status:
            return
        judged = combined([status])
        name = self.name if NAME.fullmatch(self.name) else ""
        text = summary_of_failure(judged, self.errors, name=name)
        try:
            write_outputs(text, outputs_of_failure(judged), output=self._folder(), environ=self.environ)
        except SpecdriftError as error:
            print_stderr(f"error: {error}")

    def _folder(self) -> Path | None:
        """The folder, without what an earlier job left there; None if the job may not write to it."""
        if self.folder or self.output is None:
            return self.folder
        try:
            return prepared(self.output)
        except UsageError:
            return None
