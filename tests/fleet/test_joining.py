"""Shards of a fleet, each its own job, are joined into what one run says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from specdrift.cli.main import cli
from specdrift.errors import UsageError
from specdrift.fleet.plan import shard_of
from tests.fleet.stand import Stand, judged, service

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

pytestmark = [pytest.mark.servers, pytest.mark.slow]
COUNT = 3
LOST = '[[services]]\nname = "lost"\nspec = "no.yaml"\nbase-url = "https://127.0.0.1:1"\n'


def invoked(*arguments: str) -> Result:
    """A command that comes to its end."""
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False, standalone_mode=False)


@pytest.fixture(scope="module")
def shards(servers: Stand, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inventory, what one run wrote (``whole``) and what three shards wrote (``1`` to ``3``)."""
    folder = tmp_path_factory.mktemp("shards")
    inventory = folder / "inventory.toml"
    inventory.write_text(servers.inventory(fleet="workers = 1", first=f'{LOST}owner = "nightly"\n'))
    invoked("fleet", str(inventory), "-o", str(folder / "whole"), "--no-history", "-q")
    for number in range(1, COUNT + 1):
        invoked(
            "fleet", str(inventory), "-o", str(folder / str(number)), "--shard", f"{number}/{COUNT}", "-q"
        )
    return folder


def files(folder: Path, *names: str) -> list[str]:
    """The results to be joined."""
    return [str(folder / name / "fleet.json") for name in names]


def rows(folder: Path) -> list[dict[str, Any]]:
    """The services of a merged result."""
    found: list[dict[str, Any]] = json.loads((folder / "fleet.json").read_text())["services"]
    return found


def test_three_shards_say_what_one_run_says(shards: Path, tmp_path: Path) -> None:
    """Every service once, with its pages; what could not be judged too."""
    whole = judged(shards / "whole")
    joined = invoked(
        "merge", *files(shards, "3", "1", "2"), "-o", str(tmp_path), "--history", str(tmp_path / "h.sqlite")
    )
    assert judged(tmp_path) == whole
    assert len(whole["judged"]) == len(list((tmp_path / "services").glob("*.html"))) > 1
    assert whole["failed"] == {"lost": 2}
    assert joined.return_value == whole["exit_status"] == 1
    assert {row["service"]: row["owner"] for row in rows(tmp_path)}["lost"] == "nightly"
    parts = [json.loads((shards / str(number) / "fleet.json").read_text()) for number in range(1, COUNT + 1)]
    names = [row["service"] for part in parts for row in part["services"]]
    assert len(names) == len(set(names)) == len(whole["judged"]) + 1


def test_the_joined_run_is_remembered_as_one(shards: Path, tmp_path: Path) -> None:
    """Shards neither compare nor remember: twice the same run would be two points of a trend."""
    assert not list(shards.glob("*.sqlite"))
    arguments = ("-o", str(tmp_path / "out"), "--history", str(tmp_path / "h.sqlite"), "--format", "json")
    found: list[dict[str, Any]] = []
    for _ in range(2):
        outcome = invoked("merge", *files(shards, "1", "2", "3"), *arguments)
        found = json.loads(outcome.stdout)["services"]
    assert {len(row["trend"]) for row in found if row["result"]} == {2}
    assert "Errors and warnings over 2 runs" in (tmp_path / "out/index.html").read_text()


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (("1", "3"), "of 3 shards these are missing: 2"),
        (("1", "2", "2", "3"), "are both shard 2 of 3"),
        (("1", "whole"), "whole/fleet.json is not of a shard"),
    ],
)
def test_what_is_not_all_of_one_run_is_refused(
    names: tuple[str, ...], problem: str, shards: Path, tmp_path: Path
) -> None:
    """A merged result without a service would look like a fleet without it."""
    with pytest.raises(UsageError, match=problem):
        invoked("merge", *files(shards, *names), "-o", str(tmp_path / "out"), "--no-history")
    assert not (tmp_path / "out").exists()


def test_shards_of_different_inventories_are_not_joined(shards: Path, servers: Stand, tmp_path: Path) -> None:
    """Someone has changed it between two jobs."""
    inventory = tmp_path / "inventory.toml"
    inventory.write_text(servers.inventory(fleet="workers = 1\nname = 'inventory'") + "# changed\n")
    invoked("fleet", str(inventory), "-o", str(tmp_path / "2"), "--shard", f"2/{COUNT}", "-q")
    mixed = [*files(shards, "1", "3"), *files(tmp_path, "2")]
    with pytest.raises(UsageError, match="is not of the same run"):
        invoked("merge", *mixed, "-o", str(tmp_path / "out"), "--no-history")


def test_services_of_one_target_are_in_one_shard(servers: Stand, tmp_path: Path) -> None:
    """Two jobs would ask it twice as fast as its owner allows."""
    url = next(iter(servers.base_urls.values()))
    (tmp_path / "inventory.toml").write_text(
        servers.inventory(fleet="workers = 1", first="".join(service(f"s{n}", url) for n in range(4)))
    )
    for number in (1, 2):
        invoked(
            *("fleet", str(tmp_path / "inventory.toml"), "--only", "s*", "--shard", f"{number}/2"),
            *("-o", str(tmp_path / str(number)), "-q"),
        )
    sizes = {len(json.loads((tmp_path / name / "fleet.json").read_text())["services"]) for name in ("1", "2")}
    assert sizes == {0, 4}


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "", "1/3/4"])
def test_a_shard_that_there_cannot_be_is_a_mistake(text: str) -> None:
    """Named with what it should look like."""
    with pytest.raises(UsageError, match=r'such as "1/3"'):
        shard_of(text)
