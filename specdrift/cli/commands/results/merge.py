"""``specdrift merge``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from specdrift.app.saved import STDIN
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    output_of,
    output_options,
    prior_options,
    terminal_of,
    terminal_options,
)
from specdrift.errors import UsageError


@command_with(
    "merge",
    Example(
        about="three shards of one check, and the joined result",
        line="specdrift check --shard 1/3 -o shard-1.json\n"
        "specdrift check --shard 2/3 -o shard-2.json\n"
        "specdrift check --shard 3/3 -o shard-3.json\n"
        "specdrift merge shard-*.json -o report.html",
    ),
    Example(
        about="three shards of a fleet",
        line="specdrift merge shard-*/fleet.json -o specdrift-fleet",
    ),
    Example(
        about="compared with a baseline and the last run",
        line="specdrift merge shard-*.json --baseline baseline.json --previous last.json",
    ),
)
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("specdrift-history.sqlite"),
    show_default=True,
    metavar="FILE",
    help="For a fleet: SQLite file of earlier runs.",
)
@click.option("--no-history", is_flag=True, help="For a fleet: do not read or write the history.")
@click.argument("results", nargs=-1, required=True, metavar="RESULT...", type=click.Path(path_type=Path))
@prior_options
@output_options
@terminal_options
def command(
    results: tuple[Path, ...],
    baseline: Path | None,
    previous: Path | None,
    **params: Any,  # noqa: ANN401 - click's
) -> int:
    """Join the JSON results of all shards (`check --shard I/N`) into one result. Needs no network.

    A missing or repeated shard is an error, and so is one of another document, target or configuration. The exit
    status is that of the joined result.

    It also joins the fleet.json files of `fleet --shard I/N`: -o is then the folder of the overview.
    """
    if _are_overviews(results):
        if baseline or previous or params["format"] not in (None, "text", "json"):
            raise UsageError("for fleets only --format text and json, without --baseline and --previous")
        return _joined(results, params)
    from specdrift.app.output import named, write_result
    from specdrift.app.results import merge_results
    from specdrift.cli.terminal.notices import NoticePrinter

    beside = named(**{"--baseline": baseline, "--previous": previous})
    reads = (*beside, *(file for path in results for file in named(RESULT=path)))
    terminal = terminal_of(params)
    output = output_of(params, terminal, reads=reads)
    merged = merge_results(results, baseline=baseline, previous=previous)
    write_result(merged, output, NoticePrinter(terminal))
    return merged.exit_status


def _are_overviews(results: Sequence[Path]) -> bool:
    """Whether all files are fleet overviews. Raises UsageError for a mix, and for a missing file."""
    from specdrift.fleet.history.joining import is_overview

    # Pipes can be read only once, so they are not inspected.
    kinds = {path: path != STDIN and not path.is_fifo() and is_overview(path) for path in results}
    if len(set(kinds.values())) > 1:
        fleet, single = (
            next(path for path, kind in kinds.items() if kind is wanted) for wanted in (True, False)
        )
        raise UsageError(
            f"{fleet} is the overview of a fleet and {single} is a result: "
            "give the fleet.json files of all shards, or the results of `check --shard`"
        )
    return all(kinds.values())


def _joined(results: tuple[Path, ...], params: dict[str, Any]) -> int:
    """Join the shards of a fleet; returns the exit status."""
    from specdrift.app.repository import locator
    from specdrift.cli.commands.fleets.fleet import OUTPUT, print_overview
    from specdrift.fleet.history.database import MEMORY
    from specdrift.fleet.history.joining import join

    output = (params["output"] or OUTPUT).absolute()
    history = Path(MEMORY) if params["no_history"] else params["history"]
    found = join(results, output=output, history=history, locate=locator(Path.cwd()))
    return print_overview(found, output, params)
