"""``python -m specdrift.ci``."""

import os
from pathlib import Path

import click

from specdrift.ci.job import Job, Mode, run
from specdrift.cli.terminal.ending import end


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
    help="Folder for results, reports and summary.md.  [default: specdrift-report]",
)
@click.option("--name", default="", help="Name of this job, if a repository has several: one comment each.")
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
    return run(job)


if __name__ == "__main__":
    end(main, "specdrift.ci")
