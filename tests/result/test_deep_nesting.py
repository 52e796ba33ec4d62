"""JSON and TOML that are nested deeply: an error that names the file, whatever reads it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from specdrift import reports
from specdrift.config.reading.file import load
from specdrift.config.trust.store import TrustStore
from specdrift.differ.baseline_file import read as read_baseline
from specdrift.errors import SpecdriftError
from specdrift.fleet.history.joining import _read as read_fleet
from specdrift.result.schema.codec import Misfit
from specdrift.result.schema.scalars import BYTES
from specdrift.scan.conclusion.recording import rejudge
from specdrift.scan.execution.checkpoint_file import CheckpointLines
from specdrift.source.rust.packages import _read as read_manifest
from specdrift.traffic.importer import import_traffic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEPTHS = (500, 950, 5_000, 200_000)


def _checkpoint(file: Path) -> None:
    content = b'{"specdrift_checkpoint":' + file.read_bytes() + b"}\n"
    file.write_bytes(content)
    with file.open("r+b") as opened:
        CheckpointLines.of(opened, path=file, mark="specdrift_checkpoint")


def _recording(file: Path) -> None:
    file.write_text(f'{{"specdrift_recording":2,"result":{{}},"judging":{file.read_text()}}}')
    rejudge(file)


def _har(file: Path) -> None:
    import_traffic(f'{{"log":{{"entries":[{file.read_text()}]}}}}'.encode(), name=str(file))


READERS: dict[str, Callable[[Path], object]] = {
    "result": lambda file: reports.read(file.read_bytes()),
    "recording": _recording,
    "recording as a whole": rejudge,
    "checkpoint": _checkpoint,
    "baseline": lambda file: read_baseline(file.read_bytes(), source=str(file)),
    "HAR": _har,
    "fleet": read_fleet,
}
TOML_READERS: dict[str, Callable[[Path], object]] = {
    "configuration": lambda file: load(file, cwd=file.parent),
    "Cargo.toml": read_manifest,
}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", READERS)
def test_deep_json_is_an_error_of_its_file(name: str, depth: int, tmp_path: Path) -> None:
    """Never a RecursionError. Formats that skip unknown members may accept it."""
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        file = tmp_path / "file.json"
        file.write_text(text)
        with contextlib.suppress(SpecdriftError):
            READERS[name](file)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", TOML_READERS)
def test_deep_toml_is_an_error_of_its_file(name: str, depth: int, tmp_path: Path) -> None:
    """Never a RecursionError."""
    file = tmp_path / "specdrift.toml"
    file.write_text("a = " + "[" * depth + "]" * depth + "\n")
    with contextlib.suppress(SpecdriftError):
        TOML_READERS[name](file)


def test_a_damaged_record_of_trust_trusts_nothing(tmp_path: Path) -> None:
    """It may be nested deeply as well."""
    file = tmp_path / "project" / "specdrift.toml"
    file.parent.mkdir()
    file.write_text('spec = "x"\n')
    store = TrustStore(folder=tmp_path / "trust")
    config = load(file, cwd=tmp_path)
    store.add(config)
    for record in store.folder.glob("*.json"):
        record.write_text("[" * 100_000)
    assert not store.has(config)
    assert list(store.paths()) == []


@pytest.mark.parametrize("text", ["\u00e9", "AA=A", "A", "\ud800"])
def test_base64_with_other_characters_is_a_damaged_result(text: str) -> None:
    """Python's codec raises another error for characters beyond ASCII."""
    with pytest.raises(Misfit, match="base64"):
        BYTES.load(text)
