"""``specdrift rules``."""

import json

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import write_text
from specdrift.rules import RULES
from specdrift.rules.handbook import coverage_page

_PUBLIC = ("id", "severity", "title", "summary", "why", "remedy", "references")
"""Fields of a rule for other programs."""


@command_with(
    "rules",
    Example(line="specdrift rules"),
    Example(line="specdrift rules --format json", about="for other programs"),
    Example(line="specdrift rules --coverage", about="which published vulnerabilities are probed"),
)
@click.option("--coverage", is_flag=True, help="Published vulnerabilities and their rules, as Markdown.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
def command(form: str, *, coverage: bool) -> None:
    """List all rules with their default severity. "specdrift explain RULE" describes one."""
    write_text(coverage_page() if coverage else _LISTINGS[form]() + "\n")


def listing() -> str:
    """Format one line for each rule."""
    width = max(len(name) for name in RULES)
    return "\n".join(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.title}" for rule in RULES.values())


def _json() -> str:
    return json.dumps([{name: getattr(rule, name) for name in _PUBLIC} for rule in RULES.values()], indent=2)


_LISTINGS = {"text": listing, "json": _json}
