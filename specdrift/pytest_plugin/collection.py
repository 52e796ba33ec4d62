"""Finds the tests of a document. Sends nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from specdrift.app.library import LintOptions, lint
from specdrift.errors import ExitStatus, SpecdriftError
from specdrift.pytest_plugin.expectations import ExpectedCase, subjects_of


class Marked(NamedTuple):
    """The arguments of a marker."""

    spec: str
    config: str
    options: Mapping[str, Any]


def marked(marker: pytest.Mark, root: Path) -> Marked:
    """Read the arguments of a marker. Paths are relative to the root of the tests. Raises pytest.UsageError."""
    options = dict(marker.kwargs)
    spec, config = options.pop("spec", ""), options.pop("config", "")
    if len(marker.args) > 1 or (marker.args and spec):
        raise pytest.UsageError("@pytest.mark.specdrift takes one document; all else has names")
    spec = str(marker.args[0]) if marker.args else str(spec)
    if not (spec or config):
        raise pytest.UsageError('@pytest.mark.specdrift: name a document, or config="specdrift.toml"')
    return Marked(_below(root, spec), _below(root, str(config)), options)


def _below(root: Path, name: str) -> str:
    """Return a file below the root by its whole path; a URL or revision as it is."""
    file = root / name
    return str(file) if name and file.is_file() else name


def subjects(marker: pytest.Mark, root: Path) -> tuple[ExpectedCase, ...]:
    """Return the tests of the marked document. Raises pytest.UsageError if it cannot be used."""
    one = marked(marker, root)
    own = {name: value for name, value in one.options.items() if name in LintOptions.__annotations__}
    try:
        result = lint(one.spec, config=one.config or None, **own)
    except SpecdriftError as error:
        raise pytest.UsageError(f"specdrift: {error}") from None
    if result.exit_status == ExitStatus.USAGE or not result.operations:
        why = [drift.message for drift in result.drifts] or ["the document has no operations"]
        raise pytest.UsageError(f"specdrift: {one.spec or one.config}: {why[0]}")
    return subjects_of(each.operation for each in result.operations)
