"""``specdrift explain``."""

from typing import Any

import click

from specdrift.cli.commands.reference.rules import listing
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_of, terminal_options
from specdrift.cli.terminal.rule_page import WIDEST, page_as_text
from specdrift.cli.terminal.streams import Terminal, write_text
from specdrift.config.reading.validate import did_you_mean
from specdrift.errors import UsageError
from specdrift.rules import RULES
from specdrift.rules.handbook import handbook, page_as_markdown


@command_with(
    "explain",
    Example(line="specdrift explain mtls-not-enforced"),
    Example(line="specdrift explain expired", about="a certificate profile"),
    Example(line="specdrift explain", about="all rules, one line each"),
    Example(line="specdrift explain --format markdown > rules.md", about="the pages of all rules"),
)
@click.argument("rule", required=False)
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown"]), default="text", help="Output format."
)
@terminal_options
def command(rule: str | None, form: str, **params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Explain RULE: its meaning, its probes, the correct behaviour, and the fix.

    RULE may also be a certificate profile: its defect, and the correct answer of a verifier.
    """
    terminal = terminal_of(params)
    if rule is not None and rule not in RULES:
        write_text(_certificate(rule, terminal), styled=True)
        return
    written = _markdown(rule) if form == "markdown" else _text(rule, terminal)
    write_text(written, styled=True)


def _certificate(name: str, terminal: Terminal) -> str:
    """The page of a certificate profile. Raises UsageError with a similar name if there is none."""
    from specdrift.cli.terminal.profile_page import in_short, members, page

    if not members(name):
        hint = did_you_mean(name, (*RULES, *in_short())) or ' "specdrift rules" lists the rules.'
        raise UsageError(f'there is no rule or certificate profile "{name}".{hint}')
    return page(name, width=min(terminal.width, WIDEST))


def _text(rule: str | None, terminal: Terminal) -> str:
    if rule is None:
        return listing() + '\n\n"specdrift explain RULE" has the page of each.\n'
    return page_as_text(RULES[rule], width=terminal.width, coloured=terminal.out_coloured)


def _markdown(rule: str | None) -> str:
    return handbook() if rule is None else page_as_markdown(RULES[rule])
