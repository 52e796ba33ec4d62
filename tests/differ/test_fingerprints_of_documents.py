"""The same finding in a document that was edited elsewhere, moved or renamed has the same name."""

from pathlib import Path

import pytest

from specdrift.offline.linting import lint
from specdrift.settings import Settings

HEAD = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\n"
A = "  /a:\n    get:\n      security: [{key: []}, {other: []}]\n      responses: {'200': {description: ok}}\n"
B = "  /b/{id}:\n    $ref: 'paths/b.yaml'\n"
IN_B = "get:\n  security: [{nowhere: []}]\n  responses: {'200': {description: ok}}\n"
SCHEMES = "components:\n  securitySchemes:\n    key: {type: apiKey, in: header, name: X-Key}\n"
FIRST = f"{HEAD}paths:\n{A}{B}{SCHEMES}"


def findings(folder: Path, name: str, text: str, *, other: str = "b.yaml", in_other: str = IN_B) -> set[str]:
    """The fingerprints of all that is wrong with a document in two files."""
    (folder / "paths").mkdir(parents=True)
    (folder / "paths" / other).write_text(in_other)
    (folder / name).write_text(text.replace("b.yaml", other))
    drifts = lint(Settings(spec=name), cwd=folder).drifts
    assert len({drift.fingerprint for drift in drifts}) == len(drifts) >= 2
    return {drift.fingerprint for drift in drifts}


@pytest.mark.parametrize(
    ("why", "name", "text", "other", "in_other"),
    [
        (
            "lines moved",
            "api.yaml",
            FIRST.replace("paths:", "\n\n# a note\npaths:"),
            "b.yaml",
            f"# a note\n\n{IN_B}",
        ),
        ("paths were reordered", "api.yaml", f"{HEAD}{SCHEMES}paths:\n{B}{A}", "b.yaml", IN_B),
        (
            "alternatives were reordered",
            "api.yaml",
            FIRST.replace("{key: []}, {other: []}", "{other: []}, {key: []}"),
            "b.yaml",
            IN_B,
        ),
        ("the document was renamed", "openapi.yml", FIRST, "b.yaml", IN_B),
        ("the other file was renamed", "api.yaml", FIRST, "reports.yaml", IN_B),
        (
            "an operation was added",
            "api.yaml",
            FIRST.replace("  /b", f"{A.replace('/a', '/c').replace('other', 'key')}  /b"),
            "b.yaml",
            IN_B,
        ),
    ],
)
def test_the_fingerprints_stay(
    why: str, name: str, text: str, other: str, in_other: str, tmp_path: Path
) -> None:
    """So a baseline outlives what a document goes through."""
    before = findings(tmp_path / "before", "api.yaml", FIRST)
    assert findings(tmp_path / "after", name, text, other=other, in_other=in_other) >= before, why
