"""``specdrift merge``: the results of shards, joined."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from specdrift.app.saved import STDIN, read_result, shown
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import output_options, talking_options, terminal_of
from specdrift.errors import UsageError


@command_with(
    "merge",
    Example(
        about="three runs, on three machines or one after the other, and the whole of it",
        line="specdrift check --shard 1/3 -o shard-1.json\n"
        "specdrift check --shard 2/3 -o shard-2.json\n"
        "specdrift check --shard 3/3 -o shard-3.json\n"
        "specdrift merge shard-*.json -o report.html",
    ),
    Example(
        about="what three jobs did of a fleet",
        line="specdrift merge shard-*/fleet.json -o specdrift-fleet",
    ),
    Example(
        about="held against the baseline and the last run, as check does",
        line="specdrift merge shard-*.json --baseline baseline.json --previous last.json",
    ),
)
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("specdrift-history.sqlite"),
    show_default=True,
    metavar="FILE",
    help="Of a fleet: the SQLite file of earlier runs.",
)
@click.option(
    "--no-history", is_flag=True, help="Of a fleet: neither compare with earlier runs nor remember it."
)
@click.argument("results", nargs=-1, required=True, metavar="RESULT...", type=click.Path(path_type=Path))
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Drifts that are accepted, each for a reason and until a day.",
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    metavar="RESULT",
    help="An earlier result: say what is new, fixed, unchanged and newly undecided.",
)
@output_options
@talking_options
def command(
    results: tuple[Path, ...],
    baseline: Path | None,
    previous: Path | None,
    **params: Any,  # noqa: ANN401 - click's
) -> int:
    """Join the JSON results of all shards (`check --shard I/N`) into the one of the whole run. Needs no network.

    A shard that is missing or there twice is an error, and so is one of another document, target or configuration.
    The exit status is that of the whole run.

    Given the fleet.json files of `fleet --shard I/N`, it joins those: -o is then the folder of the overview.
    """
    if _are_overviews(results):
        if baseline or previous or params["format"] not in (None, "text", "json"):
            raise UsageError("of a fleet: only --format text or json, and no --baseline or --previous")
        return _joined(results, params)
    from specdrift.app.comparison import recall
    from specdrift.app.output import named, planned_output, write_result
    from specdrift.scan.conclusion.merging import fail_on_of, incomplete_allowed, merge
    from specdrift.settings import Settings

    beside = named(**{"--baseline": baseline, "--previous": previous})
    reads = (*beside, *(file for path in results for file in named(RESULT=path)))
    output = planned_output(params, terminal_of(params), reads=reads)
    merged = merge([(shown(path), read_result(path)) for path in results])
    history = recall(
        Settings(
            baseline=baseline,
            previous=previous,
            fail_on=fail_on_of(merged),
            allow_incomplete=incomplete_allowed(merged),
        )
    )
    placed = history.place(merged)
    write_result(placed, output)
    return placed.exit_status


def _are_overviews(results: Sequence[Path]) -> bool:
    """Whether the results are those of fleets. Raises UsageError for both kinds at once, and for a missing file."""
    from specdrift.fleet.history.joining import is_overview

    # What can be read only once is not looked into.
    kinds = {path: path != STDIN and not path.is_fifo() and is_overview(path) for path in results}
    if len(set(kinds.values())) > 1:
        fleet, single = (
            next(path for path, kind in kinds.items() if kind is wanted) for wanted in (True, False)
        )
        raise UsageError(
            f"{fleet} is a fleet's overview, and {single} is not: "
            "give either the fleet.json files of all shards, or the results of `check --shard`"
        )
    return all(kinds.values())


def _joined(results: tuple[Path, ...], params: dict[str, Any]) -> int:
    """The shards of a fleet."""
    from specdrift.app.repository import locator
    from specdrift.cli.commands.fleet import OUTPUT, tell
    from specdrift.fleet.history.database import MEMORY
    from specdrift.fleet.history.joining import join

    output = (params["output"] or OUTPUT).absolute()
    history = Path(MEMORY) if params["no_history"] else params["history"]
    found = join(results, output=output, history=history, locate=locator(Path.cwd()))
    return tell(found, output, params)
