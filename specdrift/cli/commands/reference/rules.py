"""``specdrift rules``."""

import json

import click
from msgspec import to_builtins
from msgspec.structs import fields

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import write_text
from specdrift.rules import RULES
from specdrift.rules.handbook import coverage_page
from specdrift.rules.standards import STANDARD_PROFILES
from specdrift.rules.standards.standard_profile import StandardProfile
from specdrift.rules.standards.traceability_page import standard_listing, traceability_page

_PUBLIC = ("id", "severity", "title", "summary", "why", "remedy", "references")
"""Fields of a rule for other programs."""
_WIDTH = 100


@command_with(
    "rules",
    Example(line="specdrift rules"),
    Example(line="specdrift rules --format json", about="for other programs"),
    Example(line="specdrift rules --coverage", about="which published vulnerabilities are probed"),
    Example(line="specdrift rules --profile asvs-5", about="the requirements of a standard and their rules"),
)
@click.option("--coverage", is_flag=True, help="Published vulnerabilities and their rules, as Markdown.")
@click.option(
    "--traceability", is_flag=True, help="Requirements of all standards and their rules, as Markdown."
)
@click.option(
    "--profile",
    type=click.Choice(list(STANDARD_PROFILES)),
    help="Requirements of a standard and their rules.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Output format.")
def command(form: str, profile: str | None, *, coverage: bool, traceability: bool) -> None:
    """List all rules with their default severity. "specdrift explain RULE" describes one."""
    if profile is not None:
        write_text(_OF_STANDARD[form](STANDARD_PROFILES[profile]) + "\n")
    elif coverage or traceability:
        write_text(coverage_page() if coverage else traceability_page())
    else:
        write_text(_LISTINGS[form]() + "\n")


def listing() -> str:
    """Format one line for each rule."""
    width = max(len(name) for name in RULES)
    return "\n".join(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.title}" for rule in RULES.values())


def _json() -> str:
    return json.dumps([{name: getattr(rule, name) for name in _PUBLIC} for rule in RULES.values()], indent=2)


def _standard_text(standard: StandardProfile) -> str:
    return standard_listing(standard, width=_WIDTH).rstrip("\n")


def _standard_json(standard: StandardProfile) -> str:
    known = {field.name: getattr(standard, field.name) for field in fields(standard)}
    requirements = [{**to_builtins(one), "coverage": one.coverage} for one in standard.requirements]
    return json.dumps({**known, "requirements": requirements}, indent=2)


_LISTINGS = {"text": listing, "json": _json}
_OF_STANDARD = {"text": _standard_text, "json": _standard_json}
