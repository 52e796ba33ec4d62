"""``specdrift compare``."""

from pathlib import Path
from typing import Any

import click

from specdrift.app.saved import STDIN
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import output_of, output_options, terminal_of, terminal_options
from specdrift.errors import UsageError
from specdrift.model.policy import FailOn


@command_with(
    "compare",
    Example(line="specdrift compare yesterday.json today.json"),
    Example(
        line="specdrift compare main.json branch.json --fail-on warning -o changes.html",
        about="in any format: the report of the second, with new and fixed drifts",
    ),
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in FailOn]),
    default=FailOn.ERROR.value,
    show_default=True,
    help="Lowest severity of a new drift that makes the exit status 1.",
)
@click.option(
    "--allow-incomplete",
    is_flag=True,
    help="Exit with 0 although operations are newly undecided, or NEW was interrupted.",
)
@output_options
@terminal_options
def command(
    old: Path,
    new: Path,
    fail_on: str,
    *,
    allow_incomplete: bool,
    **params: Any,  # noqa: ANN401 - click's parameters
) -> int:
    """List new, fixed and newly undecided drifts between two results. Needs no network.

    OLD and NEW are JSON results of check or lint (- for standard input). A drift is fixed only if NEW probed for it
    again. The exit status is 1 if a new drift reaches --fail-on, else 3 if operations are newly undecided or
    NEW was interrupted, else 0.
    """
    from specdrift.app.output import named, write_result
    from specdrift.app.results import compare_results, comparison_status
    from specdrift.app.saved import read_result
    from specdrift.cli.terminal.notices import NoticePrinter

    if old == new == STDIN:
        raise UsageError("only one of OLD and NEW can be standard input")
    terminal = terminal_of(params)
    output = output_of(params, terminal, changes=True, reads=named(OLD=old, NEW=new))
    compared = compare_results(read_result(new), old)
    write_result(compared, output, NoticePrinter(terminal))
    return comparison_status(compared, FailOn(fail_on), allow_incomplete=allow_incomplete)
