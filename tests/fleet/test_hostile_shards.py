"""A `fleet.json` is not trusted: its names read, write and remove nothing outside the folders of the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from specdrift import __version__
from specdrift.cli.main import cli
from specdrift.contained import OutsideFolderError, beneath
from specdrift.errors import UsageError
from specdrift.fleet.history.overview import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE = (
    "../../victim",
    "../victim",
    "/victim",
    "a/../../victim",
    "a/b",
    "",
    ".",
    "..",
    "a\0b",
    "a\nb",
    "a" * 101,
)


def shard(folder: Path, *rows: dict[str, Any], number: int = 1, count: int = 1) -> Path:
    """Write the overview of one shard."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "fleet.json"
    overview = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "specdrift", "version": __version__},
        "fleet": "books",
        "share": {"inventory": "0", "choice": "", "shard": [number, count]},
        "interrupted": False,
        "services": rows,
    }
    file.write_text(json.dumps(overview))
    return file


def row(service: str = "orders", *, result: str | None = None) -> dict[str, Any]:
    """Return a service that was not judged, or one with a result."""
    return {
        "service": service,
        "result": result,
        "exit_status": 3,
        "exit_zero": False,
        "reason": "lost",
        "owner": "",
    }


def merge(output: Path, *files: Path) -> None:
    """Run `specdrift merge`."""
    history = output.parent / "history.sqlite"
    arguments = ["merge", *map(str, files), "-o", str(output), "--history", str(history)]
    CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)


@pytest.fixture
def victims(tmp_path: Path) -> list[Path]:
    """Return files outside the output folder that a service's name could lead to."""
    files = [
        tmp_path / folder / f"victim{end}" for folder in ("", "out") for end in (".json", ".html", ".sarif")
    ]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("mine")
    return files


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_service_name_that_is_a_path_is_refused(tmp_path: Path, victims: list[Path], name: str) -> None:
    """A row without a result would remove the service's files of an earlier run."""
    with pytest.raises(UsageError, match=r"fleet\.json: .* is not the name of a service"):
        merge(tmp_path / "out", shard(tmp_path / "shards" / "one", row(name)))
    assert [file.read_text() for file in victims] == ["mine"] * len(victims)


@pytest.mark.parametrize(
    "name", ["../secret.json", "/etc/hostname", "services/../../secret.json", "a\0b", "link"]
)
def test_a_result_outside_the_shard_is_not_read(tmp_path: Path, name: str) -> None:
    """Neither by a path nor through a symbolic link."""
    (tmp_path / "secret.json").write_text("{}")
    file = shard(tmp_path / "one", row(result=name))
    (tmp_path / "one" / "link").symlink_to(tmp_path / "secret.json")
    with pytest.raises(UsageError, match=r"leads outside|is not the name of a file"):
        merge(tmp_path / "out", file)


def test_a_service_of_two_shards_is_refused(tmp_path: Path) -> None:
    """The second would replace the first one's report."""
    files = [shard(tmp_path / str(number), row(), number=number, count=2) for number in (1, 2)]
    with pytest.raises(UsageError, match="more than one shard has orders"):
        merge(tmp_path / "out", *files)


@pytest.mark.slow
def test_a_valid_shard_is_merged(tmp_path: Path) -> None:
    """The files of an earlier run of a service without a result are removed, and no others."""
    old, other = tmp_path / "out" / "services" / "orders.json", tmp_path / "out" / "orders.json"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    other.write_text("mine")
    merge(tmp_path / "out", shard(tmp_path / "one", row()))
    assert (old.exists(), other.read_text()) == (False, "mine")


def test_names_stay_beneath_their_folder(tmp_path: Path) -> None:
    """A link inside the folder may lead to another place inside it, and no further."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "near").symlink_to(tmp_path / "in" / "file")
    (tmp_path / "in" / "far").symlink_to(tmp_path)
    assert beneath(tmp_path / "in", "near") == (tmp_path / "in" / "file").resolve()
    assert beneath(tmp_path / "in", "a/../b") == (tmp_path / "in" / "b").resolve()
    for name in ("far", "far/in/../x", "../x", "/x", "a\0b"):
        with pytest.raises(OutsideFolderError):
            beneath(tmp_path / "in", name)
