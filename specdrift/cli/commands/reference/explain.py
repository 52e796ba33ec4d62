"""``specdrift explain RULE``: the documentation of a rule, or of a certificate of the battery, offline."""

from typing import Any

import click

from specdrift.cli.commands.reference.rules import listing
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_of, terminal_options
from specdrift.cli.terminal.rule_page import WIDEST, page_as_text
from specdrift.cli.terminal.streams import Terminal, write_out
from specdrift.config.reading.validate import did_you_mean
from specdrift.errors import UsageError
from specdrift.rules import RULES
from specdrift.rules.handbook import handbook, page_as_markdown


@command_with(
    "explain",
    Example(line="specdrift explain mtls-not-enforced"),
    Example(line="specdrift explain expired", about="a certificate that `check` makes"),
    Example(line="specdrift explain", about="which rules there are"),
    Example(line="specdrift explain --format markdown > rules.md", about="all of them"),
)
@click.argument("rule", required=False)
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown"]), default="text", help="How to write it."
)
@terminal_options
def command(rule: str | None, form: str, **params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Explain RULE: what it means, how it is probed, what a correct server does, and how to fix it.

    RULE may also be a certificate profile: what is wrong with it, and what a correct verifier answers.
    """
    terminal = terminal_of(params)
    if rule is not None and rule not in RULES:
        write_out(_certificate(rule, terminal).encode())
        return
    written = _markdown(rule) if form == "markdown" else _text(rule, terminal)
    write_out(written.encode())


def _certificate(name: str, terminal: Terminal) -> str:
    """What is no rule may be a certificate; what is neither is answered with the nearest of both."""
    from specdrift.cli.terminal.profile_page import in_short, members, page

    if not members(name):
        hint = did_you_mean(name, (*RULES, *in_short())) or ' "specdrift rules" lists the rules.'
        raise UsageError(f'there is no rule "{name}", and no certificate of that name.{hint}')
    return page(name, width=min(terminal.width, WIDEST))


def _text(rule: str | None, terminal: Terminal) -> str:
    if rule is None:
        return listing() + '\n\n"specdrift explain RULE" has the page of each.\n'
    return page_as_text(RULES[rule], width=terminal.width, coloured=terminal.out_coloured)


def _markdown(rule: str | None) -> str:
    return handbook() if rule is None else page_as_markdown(RULES[rule])
