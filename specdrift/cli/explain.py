"""``specdrift explain RULE``: the documentation of a rule, offline."""

from typing import Any

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.options import talking_options, terminal_of
from specdrift.cli.prose import paragraph
from specdrift.cli.streams import Terminal, write_out
from specdrift.config.validate import did_you_mean
from specdrift.errors import UsageError
from specdrift.rules import RULES
from specdrift.rules.rule import Rule


@command_with("explain", Example(line="specdrift explain mtls-not-enforced"))
@click.argument("rule")
@talking_options
def command(rule: str, **params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Explain RULE: when it is reported, why that matters, and what to do about it."""
    found = RULES.get(rule)
    if found is None:
        hint = did_you_mean(rule, RULES) or ' "specdrift rules" lists them all.'
        raise UsageError(f'there is no rule "{rule}".{hint}')
    write_out(explanation(found, terminal_of(params)).encode())


def explanation(rule: Rule, terminal: Terminal) -> str:
    """What the catalogue says of a rule."""
    heading = click.style(rule.id, bold=True) if terminal.out_coloured else rule.id
    width = min(terminal.width, 100)
    sections = (("", rule.summary), ("Why it matters", rule.why), ("What to do", rule.remedy))
    blocks = [f"{heading} ({rule.severity})\n{rule.title}"]
    for title, text in sections:
        blocks.append((f"{title}\n" if title else "") + paragraph(text, width=width, indent=2))
    if rule.references:
        blocks.append("See also\n" + "\n".join(f"  {reference}" for reference in rule.references))
    return "\n\n".join(blocks) + "\n"
