"""``specdrift fleet``: many services, one result."""

import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_of, terminal_options
from specdrift.cli.terminal.streams import write_out

if TYPE_CHECKING:
    from specdrift.fleet.history.overview import Overview
    from specdrift.fleet.inventory.inventory import Inventory

OUTPUT = Path("specdrift-fleet")
_ENDING = (signal.SIGINT, signal.SIGTERM)


@command_with(
    "fleet",
    Example(line="specdrift fleet inventory.toml"),
    Example(
        about="some of the services, in one environment",
        line="specdrift fleet inventory.toml --only 'pay-*' --environment staging -o out/fleet",
    ),
    Example(
        about="a third of them in each of three jobs, and the whole of it",
        line="specdrift fleet inventory.toml --shard 1/3 -o shard-1\n"
        "specdrift fleet inventory.toml --shard 2/3 -o shard-2\n"
        "specdrift fleet inventory.toml --shard 3/3 -o shard-3\n"
        "specdrift merge shard-*/fleet.json -o specdrift-fleet",
    ),
    Example(
        about="on the workers of a Dask scheduler (pip install 'specdrift[fleet]')",
        line="specdrift fleet inventory.toml --scheduler tls://scheduler.example.test:8786",
    ),
)
@click.argument("inventory", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--only", multiple=True, metavar="NAME", help="Only these services; * and ? are patterns. Repeatable."
)
@click.option(
    "--shard", metavar="I/N", help="Only part I of N of the services; `merge` joins what all wrote."
)
@click.option("--environment", multiple=True, metavar="NAME", help="Only in these environments. Repeatable.")
@click.option(
    "--workers", type=click.IntRange(1, 256), metavar="N", help="Processes; by default one a processor."
)
@click.option("--scheduler", metavar="URL", help="Work on a Dask cluster: tls://HOST:PORT.")
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The SQLite file of earlier runs; by default specdrift-history.sqlite beside INVENTORY.",
)
@click.option("--no-history", is_flag=True, help="Neither compare with earlier runs nor remember this one.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=f"Where the files go; by default {OUTPUT}.",
)
@terminal_options
def command(inventory: Path, form: str, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Check every service of INVENTORY, and write one overview with a page for each.

    Into the output folder go index.html (the worst first, with the trend), fleet.json, and for each service its
    report as HTML, JSON and SARIF. The exit status is that of the worst service; drift wins.
    """
    from specdrift.app.repository import locator
    from specdrift.fleet.inventory.inventory import read
    from specdrift.fleet.plan import Choice, shard_of
    from specdrift.fleet.run import RunOptions, run

    terminal, cwd = terminal_of(params), Path.cwd()
    given = _with_options(read(inventory, cwd=cwd), params)
    order = RunOptions(
        inventory=given,
        output=(params["output"] or given.fleet.output or OUTPUT).absolute(),
        cwd=cwd,
        choice=Choice(
            only=params["only"], environments=params["environment"], shard=shard_of(params["shard"])
        ),
        remember=not params["no_history"],
        locate=locator(cwd),
    )
    # Both have to leave through the places that end the workers.
    before = {number: signal.signal(number, signal.default_int_handler) for number in _ENDING}
    try:
        found = run(order, note=terminal.note, warn=terminal.warn)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return print_overview(found, order.output, {**params, "format": form})


def print_overview(found: "Overview", output: Path, params: dict[str, Any]) -> int:
    """Print a run in ``params["format"]`` (default: text) and the path of its overview; returns the exit status."""
    from specdrift.fleet.history.overview import as_json, as_text

    write_out(as_json(found) if params["format"] == "json" else as_text(found).encode())
    terminal_of(params).note(f"overview: {output / 'index.html'}")
    return found.exit_status


def _with_options(inventory: "Inventory", params: dict[str, Any]) -> "Inventory":
    """What the command line says goes before the inventory's ``[fleet]``."""
    given = {name: params[name] for name in ("workers", "scheduler", "history") if params[name] is not None}
    return replace(inventory, fleet=replace(inventory.fleet, **given))
