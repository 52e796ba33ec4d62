"""Report formats that installed packages add."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.reports import FORMATS, all_formats, render
from tests.reports import factory

MODULE = """
from specdrift.reports import ReportFormat


def count(result, options):
    return f"{{len(result.drifts)}} drifts".encode()


FORMAT = ReportFormat(name="{name}", media_type="text/plain", extension="count", render=count)
NO_FORMAT = object()
"""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Each test reads the entry points anew."""
    all_formats.cache_clear()
    yield
    all_formats.cache_clear()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, name: str) -> None:
    """Put a distribution with one entry point on sys.path."""
    package = f"acme_report_{value.lower()}_{name}"
    (folder / f"{package}.py").write_text(MODULE.format(name=name), encoding="utf-8")
    metadata = folder / f"{package}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[specdrift.reports]\nacme = {package}:{value}\n")
    monkeypatch.syspath_prepend(folder)


def test_a_package_adds_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the built-in ones."""
    install(tmp_path, monkeypatch, "FORMAT", "count")
    assert all_formats().keys() - FORMATS.keys() == {"count"}
    assert render(factory.story(), "count") == f"{len(factory.story().drifts)} drifts".encode()


@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        ("FORMAT", "sarif", "the report format 'sarif', and another one has that name"),
        ("NO_FORMAT", "broken", "object does not implement ReportFormat"),
        ("MISSING", "absent", "cannot be loaded: AttributeError"),
    ],
)
def test_a_package_that_cannot_be_used_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, name: str, message: str
) -> None:
    """A name that is taken, an object of another type, a module without the object."""
    install(tmp_path, monkeypatch, value, name)
    with pytest.raises(UsageError, match=message):
        all_formats()
