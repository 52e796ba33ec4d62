"""``python -m specdrift.ci``."""

import os
import sys
from pathlib import Path

import click

from specdrift.ci.job import Job, Mode, run
from specdrift.ci.unfinished import JobEnd
from specdrift.cli.terminal.ending import begin, ended

PROGRAM = "specdrift.ci"


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> object:
    """Keep where a failure of the job is reported; another argument may be what is wrong."""
    if isinstance(context.obj, JobEnd):
        setattr(context.obj, str(parameter.name), value)
    return value


@click.command(context_settings={"max_content_width": 100})
@click.option("--against", default="", metavar="REV", help="Revision before the change, such as origin/main.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.AUTO.value,
    help="lint contacts no server; auto checks if a base URL is configured.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("specdrift-report"),
    metavar="DIR",
    is_eager=True,
    callback=_remember,
    help="Folder for results, reports and summary.md.  [default: specdrift-report]",
)
@click.option(
    "--name",
    default="",
    is_eager=True,
    callback=_remember,
    help="Name of this job, if a repository has several: one comment each.",
)
@click.option(
    "--allow-gate-changes",
    is_flag=True,
    envvar="SPECDRIFT_ALLOW_GATE_CHANGES",
    help="Judge by the configuration and baseline of the change, although it changes them.",
)
def main(against: str, mode: str, output: Path, name: str, allow_gate_changes: bool) -> int:  # noqa: FBT001
    """Lint the document against an older revision, and check the changed operations on the server.

    Document, base URL, identities and limits come from specdrift.toml and SPECDRIFT_* variables; `fail-on` and the
    baseline of REV judge. The exit status is that of `specdrift check`: 0 no drift, 1 drift or downgrade, 2 unusable,
    3 incomplete.
    """
    job = Job(
        against=against,
        mode=Mode(mode),
        output=output,
        environ=os.environ,
        name=name,
        allow_gate_changes=allow_gate_changes,
    )
    job_end = click.get_current_context().obj
    return run(job, begun=job_end.begun) if isinstance(job_end, JobEnd) else run(job)


def _end() -> None:
    """Run the job and exit; every end writes the outputs that later steps read."""
    begin()
    arguments = sys.argv[1:]
    job_end = JobEnd(environ=os.environ)

    def invoked() -> int:
        with main.make_context(PROGRAM, list(arguments), obj=job_end) as context:
            status = int(main.invoke(context))
        job_end.finished = True
        return status

    status = ended(invoked, (PROGRAM, *arguments), report=job_end.report)
    job_end.write(status)
    sys.exit(status)


if __name__ == "__main__":
    _end()
