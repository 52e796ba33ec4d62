"""Every command line in the documentation, and in the examples of `--help`, is one that specdrift takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from specdrift.cli.main import cli
from tests.packaging.test_links import pages
from tests.packaging.tree import ROOT

BLOCK = re.compile(r"^```(?:sh|console|yaml|bash)?\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:specdrift|\./dev run) [a-z][^`]*)`")
START = re.compile(r"^(?:\s*-?\s*(?:run|script):)?\s*(?:\$ )?((?:specdrift|\./dev run) .+)$")
SKIPPED = re.compile(r"[…*]|\b[A-Z]{2,}\b|<\w+>|\.\.\.")
"""Words that stand for others: OLD_SPEC, FILE, <commit>, and so on."""


def lines(page: Path) -> Iterator[str]:
    """The command lines of a page, those that go on over several lines joined, without remarks."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if found := START.match(line):
                yield found[1]
    for found in INLINE.findall(text):
        if not SKIPPED.search(found):
            yield " ".join(found.split())


def commands() -> list[tuple[str, str]]:
    """Where each is, and its words."""
    found = {
        (str(page.relative_to(ROOT)), line)
        for page in pages()
        if page.name != "CHANGELOG.md"
        for line in lines(page)
    }
    return sorted(found)


def complaint(line: str) -> str:
    """What the command line says to it, without doing anything; empty when nothing."""
    words = shlex.split(line, comments=True)
    words = words[2 if words[0] == "./dev" else 1 :]
    for sign in ("&&", "|", ">", ">>", ";"):
        words = words[: words.index(sign)] if sign in words else words
    command: click.Command = cli
    context: click.Context | None = None
    try:
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            context = _inside(context, command)
            _, found, words = command.resolve_command(context, words)
            assert found is not None
            command = found
        command.make_parser(_inside(context, command)).parse_args(list(words))
    except click.BadOptionUsage:
        return ""  # an option that is spoken of, without its value
    except click.UsageError as error:
        return error.format_message()
    return ""


def _inside(parent: click.Context | None, command: click.Command) -> click.Context:
    """As the real command makes it: click keeps the help option that it first makes of a command."""
    return click.Context(command, parent, info_name="specdrift", **command.context_settings)


def test_there_are_many() -> None:
    """The patterns above still find them."""
    assert len(commands()) > 40
    assert len({page for page, _ in commands()}) > 8


def test_every_command_of_the_documentation_is_taken() -> None:
    """Command and options exist, as they are spelled there."""
    refused = [f"{page}: {line}: {said}" for page, line in commands() if (said := complaint(line))]
    assert not refused, "\n".join(refused)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("specdrift check openapi.yaml --cacrt ca.pem", "--cacrt"),
        ("specdrift chek openapi.yaml", "chek"),
        ("./dev run config shw", "shw"),
    ],
)
def test_a_wrong_command_line_is_detected(line: str, said: str) -> None:
    """The test above sees a wrong option, command and subcommand."""
    assert said in complaint(line)
