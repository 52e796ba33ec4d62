"""Short ways to load a description in a test."""

from pathlib import Path
from textwrap import dedent

import pytest

from specdrift.errors import DocumentError
from specdrift.loader import ConfiguredParts, load
from specdrift.model.contract.contract import Contract, Diagnostic
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.settings import LoaderSettings, OperationSettings, SchemeSettings

SPECS = Path(__file__).resolve().parents[1] / "fixtures" / "specs"


def written(folder: Path, text: str, name: str = "openapi.yaml") -> Path:
    """Write a description, indented as its test is, and return the file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return file


def loaded(
    folder: Path,
    name: str = "openapi.yaml",
    *,
    settings: LoaderSettings = LoaderSettings(),  # noqa: B008 # frozen
    schemes: dict[str, SchemeSettings] | None = None,
    operations: tuple[OperationSettings, ...] = (),
) -> Contract:
    """Load a file as a user does who stands in its folder."""
    configured = ConfiguredParts(schemes=schemes or {}, operations=operations)
    return load(name, settings, configured, cwd=folder)


def operation(contract: Contract, name: str) -> Operation:
    """Return the operation named ``GET /a``."""
    method, _, path = name.partition(" ")
    return next(o for o in contract.operations if o.key == OperationKey(path=path, method=method))


def refusals(folder: Path, name: str = "openapi.yaml") -> tuple[Diagnostic, ...]:
    """Return why a document as a whole is refused."""
    with pytest.raises(DocumentError) as error:
        loaded(folder, name)
    return error.value.diagnostics


def said(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """Return what a user sees of findings: file, line and sentence."""
    return [str(diagnostic) for diagnostic in diagnostics]
