"""``specdrift fleet``."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import consent_of, terminal_of, terminal_options, trust_options
from specdrift.cli.terminal.streams import write_json, write_text
from specdrift.errors import extra_command

if TYPE_CHECKING:
    from specdrift.fleet.history.overview import FleetOverview
    from specdrift.fleet.inventory.inventory import Inventory

OUTPUT = Path("specdrift-fleet")


@command_with(
    "fleet",
    Example(line="specdrift fleet inventory.toml"),
    Example(
        about="selected services, in one environment",
        line="specdrift fleet inventory.toml --only 'pay-*' --environment staging -o out/fleet",
    ),
    Example(
        about="three shards, and the joined result",
        line="specdrift fleet inventory.toml --shard 1/3 -o shard-1\n"
        "specdrift fleet inventory.toml --shard 2/3 -o shard-2\n"
        "specdrift fleet inventory.toml --shard 3/3 -o shard-3\n"
        "specdrift merge shard-*/fleet.json -o specdrift-fleet",
    ),
    Example(
        about=f"on a Dask cluster ({extra_command('fleet')})",
        line="specdrift fleet inventory.toml --scheduler tls://scheduler.example.test:8786",
    ),
)
@click.argument("inventory", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Check only this service; * and ? are wildcards. Repeatable.",
)
@click.option(
    "--shard", metavar="I/N", help="Check part I of N of the services; `specdrift merge` joins the results."
)
@click.option(
    "--environment", multiple=True, metavar="NAME", help="Check only in this environment. Repeatable."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Number of processes; default: one per processor.",
)
@click.option("--scheduler", metavar="URL", help="Use a Dask cluster: tls://HOST:PORT.")
@click.option(
    "--insecure-scheduler",
    is_flag=True,
    default=None,
    help="Use a scheduler beyond loopback also without TLS: everybody on the way to it can run programs here.",
)
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="SQLite file of earlier runs; default: specdrift-history.sqlite beside INVENTORY.",
)
@click.option("--no-history", is_flag=True, help="Do not read or write the history.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=f"Folder for the files; default: {OUTPUT}.",
)
@trust_options
@terminal_options
def command(inventory: Path, form: str, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Check every service of INVENTORY, and write an overview and a report of each.

    Writes index.html (worst services first, with trends), fleet.json, and an HTML, JSON and SARIF report of each
    service. The exit status is that of the worst service; drift wins.
    """
    from specdrift.app.repository import locator
    from specdrift.app.running.watchdog import stop_signals
    from specdrift.fleet.inventory.inventory import read
    from specdrift.fleet.plan import Choice, shard_of
    from specdrift.fleet.run import RunCallbacks, RunOptions, run

    terminal, cwd = terminal_of(params), Path.cwd()
    consent = consent_of(params).with_environment(os.environ)
    chosen = _with_options(read(inventory, cwd=cwd, trusts=consent.trusts(os.environ)), params)
    options = RunOptions(
        inventory=chosen,
        output=(params["output"] or chosen.fleet.output or OUTPUT).absolute(),
        cwd=cwd,
        choice=Choice(
            only=params["only"], environments=params["environment"], shard=shard_of(params["shard"])
        ),
        remember=not params["no_history"],
        variables=consent.variables,
    )
    callbacks = RunCallbacks(note=terminal.note, warn=terminal.warn, locate=locator(cwd))
    # The signals must raise, so that the workers are stopped.
    before = {number: signal.signal(number, signal.default_int_handler) for number in stop_signals()}
    try:
        found = run(options, callbacks)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return print_overview(found, options.output, {**params, "format": form})


def print_overview(found: "FleetOverview", output: Path, params: dict[str, Any]) -> int:
    """Print a run in ``params["format"]`` (default: text) and the path of its overview; returns the exit status."""
    from specdrift.fleet.history.overview import as_json, as_text

    if params["format"] == "json":
        write_json(as_json(found).decode())
    else:
        write_text(as_text(found))
    terminal_of(params).note(f"overview: {output / 'index.html'}")
    return found.exit_status


def _with_options(inventory: "Inventory", params: dict[str, Any]) -> "Inventory":
    """Override the inventory's ``[fleet]`` by options."""
    options = {name: params[name] for name in ("workers", "scheduler", "history") if params[name] is not None}
    options |= {"scheduler_insecure": True} if params["insecure_scheduler"] else {}
    return replace(inventory, fleet=replace(inventory.fleet, **options))
