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
    help="Exit with 0 although NEW judged less than OLD, or was interrupted or incomplete itself.",
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
    again. A weaker requirement is a new drift, as between two documents. The exit status is 1 if a new or more severe
    drift reaches --fail-on, else 2 if NEW could not use its document, else 3 if NEW judged less than OLD (operations,
    identities, rules or drifts), or was interrupted or incomplete itself, else 0. A result that contradicts itself is
    refused.
    """
    from specdrift.app.output import named, write_result
    from specdrift.app.results import compare_saved
    from specdrift.cli.terminal.notices import NoticePrinter

    if old == new == STDIN:
        raise UsageError("only one of OLD and NEW can be standard input")
    terminal = terminal_of(params)
    output = output_of(params, terminal, changes=True, reads=named(OLD=old, NEW=new))
    compared, status = compare_saved(new, old, FailOn(fail_on), allow_incomplete=allow_incomplete)
    write_result(compared, output, NoticePrinter(terminal))
    return status
