"""Every command and every format is in a table of attacks, or is named as one that reads no other author."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import click
import pytest

from specdrift.cli.main import cli
from specdrift.errors import SpecdriftError
from specdrift.mcp.tools import Tools
from specdrift.reports import FORMATS
from tests.hostile import test_checkout, test_document, test_result, test_server

if TYPE_CHECKING:
    from tests.hostile.conftest import Command
    from tests.hostile.owner import Owner
    from tests.hostile.recorder import Recorder

TABLES = (test_checkout.COMMANDS, test_document.COMMANDS, test_result.COMMANDS, test_server.COMMANDS)
ELSEWHERE = {
    "rules": "reads nothing",
    "schema": "reads nothing",
    "completion": "reads nothing",
    "demo": "reads what it wrote itself",
    "trust": "is the owner's word about one file",
    "mcp": "below",
}


def test_every_command_is_attacked() -> None:
    """A new command gets a line in the tables."""
    attacked = {line[0] for table in TABLES for line in table.values()}
    assert set(cli.list_commands(click.Context(cli))) - attacked == ELSEWHERE.keys()


def test_every_format_is_attacked() -> None:
    """A new format writes texts of other authors too."""
    assert set(test_result.FORMATS) == set(FORMATS)


@pytest.mark.slow
@pytest.mark.parametrize("configuration", test_checkout.CONFIGURATIONS)
def test_no_tool_of_an_assistant_gives_a_checkout_anything(
    configuration: str, owner: Owner, attacker: Recorder, command: Command
) -> None:
    """An assistant that the checkout persuaded may name any file; the configuration that lies there is not read."""
    test_checkout.plant(owner, attacker, configuration)
    told = command("rules")
    tools = Tools(root=owner.checkout, config=None)
    names = ("openapi.yaml", "references.yaml", "link/.netrc", "../home/.ssh/id_ed25519", "-", attacker.url)
    calls = (
        *(lambda name=name: tools.lint(name) for name in names),
        *(lambda name=name: tools.read_result(name) for name in names),
        tools.lint,
        tools.plan,
    )
    for call in calls:
        try:
            told += json.dumps(asyncio.run(call()))
        except SpecdriftError as error:
            told += str(error)
    assert sorted(owner.losses(attacker, told)) == []
    assert attacker.connections == 0
