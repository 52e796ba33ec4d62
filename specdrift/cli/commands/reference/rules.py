"""``specdrift rules``: the catalogue."""

import json
from dataclasses import asdict

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import write_out
from specdrift.rules import RULES


@command_with(
    "rules",
    Example(line="specdrift rules"),
    Example(line="specdrift rules --format json", about="for other programs"),
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to list them."
)
def command(form: str) -> None:
    """List all rules with their default severity. "specdrift explain RULE" says more."""
    write_out((_LISTINGS[form]() + "\n").encode())


def listing() -> str:
    """One line for each rule."""
    width = max(len(name) for name in RULES)
    return "\n".join(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.title}" for rule in RULES.values())


def _json() -> str:
    return json.dumps([asdict(rule) for rule in RULES.values()], indent=2)


_LISTINGS = {"text": listing, "json": _json}
