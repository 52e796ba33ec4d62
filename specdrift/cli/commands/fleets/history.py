"""``specdrift history``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_options
from specdrift.cli.terminal.streams import write_json, write_text
from specdrift.errors import UsageError

if TYPE_CHECKING:
    from specdrift.fleet.history.database import PastDrift, PastRun

_FILE = Path("specdrift-history.sqlite")


@command_with(
    "history",
    Example(line="specdrift history", about="of specdrift-history.sqlite in this folder"),
    Example(line="specdrift history orders@staging --history nightly/specdrift-history.sqlite"),
    Example(line="specdrift history --format json", about="for other programs"),
)
@click.argument("service", required=False, default="")
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_FILE,
    show_default=True,
    metavar="FILE",
    help="SQLite file of `specdrift fleet`.",
)
@click.option("--fleet", default="", metavar="NAME", help="Only this fleet, if several share the file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
@terminal_options
def command(service: str, history: Path, fleet: str, form: str, **_: Any) -> None:  # noqa: ANN401 - click's parameters
    """List the runs of SERVICE (default: all services), and when each drift was opened and fixed."""
    from specdrift.fleet.history.database import open_history

    if not history.exists():
        raise UsageError(f"there is no history {history}; `specdrift fleet` writes it beside its inventory")
    with open_history(history, fleet=fleet) as found:
        runs, drifts = found.runs(service), found.drifts(service)
    if service and not runs:
        raise UsageError(f'{history} has no service "{service}"')
    if fleet and not runs:
        raise UsageError(f'{history} has no fleet "{fleet}"')
    if form == "json":
        write_json(_json(runs, drifts))
    else:
        write_text(_text(runs, drifts))


def _text(runs: "Sequence[PastRun]", drifts: "Sequence[PastDrift]") -> str:
    several = len({one.fleet for one in runs}) > 1
    lines = [_run_line(one, f"{one.fleet}/{one.service}" if several else one.service) for one in runs]
    lines += [""] if drifts else []
    lines += [_drift_line(one, f"{one.fleet}/{one.service}" if several else one.service) for one in drifts]
    return "".join(f"{line}\n" for line in lines)


def _run_line(one: "PastRun", service: str) -> str:
    from specdrift.model.plural import plural

    accepted = f"{one.accepted:,} accepted, " if one.accepted else ""
    found = f"{plural(one.errors, 'error')}, {plural(one.warnings, 'warning')}, {accepted}{one.undecided:,} undecided"
    words = found if one.judged else "not judged"
    moved = "".join(
        f", {count} {word}" for count, word in ((one.opened, "opened"), (one.fixed, "fixed")) if count
    )
    return f"{_day(one.started_at)}  {service}: {words}{moved} (exit {one.exit_status})"


def _drift_line(one: "PastDrift", service: str) -> str:
    still = "open, accepted by the baseline" if one.accepted else "open"
    ended = f"fixed {_day(one.fixed_at)}" if one.fixed_at else still
    return f"{one.severity:<7}  {service}: {one.rule} on {one.about}, opened {_day(one.opened_at)}, {ended}"


def _day(stamp: str) -> str:
    """``2026-01-31 12:00`` of an ISO 8601 time in UTC."""
    return stamp[:16].replace("T", " ")


def _json(runs: "Sequence[PastRun]", drifts: "Sequence[PastDrift]") -> str:
    found = {"runs": [to_builtins(one) for one in runs], "drifts": [to_builtins(one) for one in drifts]}
    return json.dumps(found, indent=2) + "\n"
