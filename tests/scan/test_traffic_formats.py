"""Traffic formats that installed packages add."""

import re
from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.scan.feeds.traffic_formats import traffic_formats
from specdrift.traffic import FORMATS, import_traffic

MODULE = """
from specdrift.traffic import ImportedEndpoint, UnreadableLine


class PipeLog:
    name = "pipe log"

    def recognises(self, file):
        return "|" in file.text

    def read(self, file):
        for number, line in file.lines:
            method, _, path = line.partition("|")
            yield ImportedEndpoint(method=method, url=path, line=number) if path else UnreadableLine(line=number)


FORMAT = PipeLog()
NO_FORMAT = object()
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, module: str = MODULE) -> None:
    """Put a distribution with one entry point on sys.path."""
    name = f"acme_{abs(hash((value, module))):x}"  # each test imports a module of its own
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8"
    )
    (metadata / "entry_points.txt").write_text(
        f"[specdrift.traffic]\npipe = {name}:{value}\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(folder)


def test_a_package_adds_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads its own files; the built-in formats still read theirs."""
    install(tmp_path, monkeypatch, "FORMAT")
    formats = traffic_formats()
    assert formats[1:] == FORMATS
    imported = import_traffic(b"GET|/legacy\nnonsense\n", name="pipe.log", formats=formats)
    assert [(one.method, one.url, one.line) for one in imported.endpoints] == [("GET", "/legacy", 1)]
    assert imported.unreadable_lines == (2,)
    assert import_traffic(b"GET /legacy\n", name="routes.txt", formats=formats).endpoints


@pytest.mark.parametrize(
    ("value", "module", "message"),
    [
        ("FORMAT", "raise RuntimeError('no licence')", "cannot be loaded: RuntimeError: no licence"),
        ("LOST", MODULE, "cannot be loaded: AttributeError"),
        ("NO_FORMAT", MODULE, "object does not implement TrafficFormat"),
    ],
)
def test_a_broken_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, module: str, message: str
) -> None:
    """With the entry point, its group and the package."""
    install(tmp_path, monkeypatch, value, module)
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        traffic_formats()
    assert re.match(
        rf'entry point "pipe" \(acme_\w+:{value}, group specdrift\.traffic\) of the package acme_\w+: ',
        str(caught.value),
    )
