"""``specdrift compare``: what has changed from one saved result to the next."""

from pathlib import Path
from typing import Any

import click

from specdrift.app.saved import STDIN, read_result
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import output_options, talking_options, terminal_of
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.settings import FailOn


@command_with(
    "compare",
    Example(line="specdrift compare yesterday.json today.json"),
    Example(
        line="specdrift compare main.json branch.json --fail-on warning -o changes.html",
        about="any format: the report of the second, with what is new and fixed",
    ),
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in FailOn]),
    default=FailOn.ERROR.value,
    show_default=True,
    help="The least severity of something new that makes the exit status 1.",
)
@output_options
@talking_options
def command(old: Path, new: Path, fail_on: str, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Say what NEW has and OLD had not, what is fixed, and what cannot be told any more. Needs no network.

    OLD and NEW are JSON results of check or lint (- for standard input). A drift is fixed only where NEW looked for
    it again. The exit status is 1 when something new reaches --fail-on, else 0.
    """
    from specdrift.app.output import named, planned_output, write_result
    from specdrift.differ.compare import since

    if old == new == STDIN:
        raise UsageError("only one of OLD and NEW can be standard input")
    output = planned_output(params, terminal_of(params), changes=True, reads=named(OLD=old, NEW=new))
    earlier, later = read_result(old), read_result(new)
    compared = since(later, earlier, source=str(old))
    write_result(compared, output)
    return ExitStatus.DRIFT if _got_worse(compared, FailOn(fail_on)) else ExitStatus.OK


def _got_worse(result: Result, fail_on: FailOn) -> bool:
    return any(
        drift.status is DriftStatus.NEW and fail_on.reached_by(drift.severity) for drift in result.drifts
    )
