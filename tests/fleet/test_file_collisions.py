"""Services write separate files: none is overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from specdrift.cli.main import cli
from specdrift.errors import ConfigError
from specdrift.fleet.plan import Choice, plan
from tests.fleet.stand import Stand, service
from tests.fleet.test_inventory import inventory

if TYPE_CHECKING:
    from pathlib import Path

TWO = '[[services]]\nname = "a"\nspec = "a.yaml"\n[[services]]\nname = "b"\nspec = "b.yaml"\n'
STAGES = "[environments.staging]\n[environments.production]\n"


def planned(folder: Path, text: str, choice: Choice | None = None) -> str:
    """The problems of a plan; empty when there are none."""
    try:
        plan(inventory(folder, text), choice or Choice(), cwd=folder, elsewhere=False)
    except ConfigError as error:
        return str(error).replace(f"{folder}/", "")
    return ""


@pytest.mark.parametrize("key", ["record", "resume"])
@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('[defaults]\n{key} = "all.rec"\n' + TWO, [("2", "a and b", "all.rec", "all-{service}.rec")]),
        (
            '[defaults]\n{key} = "{{service}}.rec"\n' + STAGES + TWO,
            [
                ("2", "a@staging and a@production", "a.rec", "a-{service}-{environment}.rec"),
                ("2", "b@staging and b@production", "b.rec", "b-{service}-{environment}.rec"),
            ],
        ),
        (
            '[defaults]\n{key} = "sub/../all.rec"\n' + TWO + '{key} = "all.rec"\n',
            [("9", "a and b", "all.rec", "all-{service}.rec")],
        ),
        ('[defaults]\n{key} = "{{service}}.rec"\n' + TWO, []),
    ],
)
def test_two_services_do_not_overwrite_each_other(
    text: str, problems: list[tuple[str, str, str, str]], key: str, tmp_path: Path
) -> None:
    """Reported with file and line before anything is sent."""
    assert planned(tmp_path, text.format(key=key)).splitlines() == [
        f"inventory.toml:{line}: {key}: {services} would overwrite each other's {file}. "
        f'Give each its own: {key} = "{better}"'
        for line, services, file, better in problems
    ]


def test_many_services_of_one_file_are_one_mistake(tmp_path: Path) -> None:
    """Not one line per service."""
    many = "".join(f'[[services]]\nname = "s{number}"\nspec = "a.yaml"\n' for number in range(9))
    found = planned(tmp_path, f'[defaults]\nrecord = "all.rec"\n{many}')
    assert found.startswith("inventory.toml:2: record: s0, s1, s2 and 6 more would overwrite")
    assert len(found.splitlines()) == 1


def test_only_selected_services_need_files_of_their_own(tmp_path: Path) -> None:
    """A part of the fleet may be run all the same; shards are parts of one run."""
    text = '[defaults]\nrecord = "all.rec"\n' + TWO
    assert not planned(tmp_path, text, Choice(only=("a",)))
    assert all(planned(tmp_path, text, Choice(shard=(number, 2))) for number in (1, 2))


@pytest.mark.servers
@pytest.mark.slow
def test_each_part_keeps_its_own_recording(servers: Stand, tmp_path: Path) -> None:
    """Judged again and joined they are the whole service; a folder that is not there is made."""
    url = next(iter(servers.base_urls.values()))
    alone = Stand(pki=servers.pki, base_urls={})
    parted = service("parted", url, more='parts = 3\nrecord = "kept/{service}.rec"')
    (tmp_path / "inventory.toml").write_text(alone.inventory(first=parted))
    arguments = ["fleet", str(tmp_path / "inventory.toml"), "-o", str(tmp_path / "out"), "--no-history", "-q"]
    run(*arguments)
    names = [f"parted.rec.{number}-3" for number in (1, 2, 3)]
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == names
    for name in names:
        run("report", "--rejudge", str(tmp_path / "kept" / name), "-q", "-o", str(tmp_path / f"{name}.json"))
    run("merge", *(str(tmp_path / f"{name}.json") for name in names), "-q", "-o", str(tmp_path / "all.json"))
    whole, again = (
        json.loads(path.read_text())
        for path in (tmp_path / "out/services/parted.json", tmp_path / "all.json")
    )
    assert [one["verdict"] for one in again["operations"]] == [one["verdict"] for one in whole["operations"]]
    assert {one["fingerprint"] for one in again["drifts"]} == {one["fingerprint"] for one in whole["drifts"]}
    assert again["drifts"]


def run(*arguments: str) -> None:
    """A command that comes to its end."""
    CliRunner().invoke(cli, list(arguments), catch_exceptions=False, standalone_mode=False)
