"""Every function that makes a result returns it redacted, so that no report has to redact it."""

import ast
from pathlib import Path

import specdrift

ROOT = Path(specdrift.__file__).parent
MAKERS = {
    "Result": {
        "scan/conclusion/assemble.py",
        "offline/offline_result.py",
        "result/schema/result.py",
    },
    "assemble": {"scan/conclusion/finish.py", "scan/conclusion/recording.py"},
}
"""Who makes a result: the first is redacted by its callers, a recording and a saved result were redacted before."""


ROOMS = ("scan", "offline", "result", "reports", "app")


def calling(name: str) -> set[str]:
    """Return the modules of the rooms that call a function or class of this name."""
    return {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if name in (text := path.read_text(encoding="utf-8"))  # to parse all of them takes seconds
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }


def test_a_result_is_made_in_few_places() -> None:
    """A new one needs a redactor, and a line in the table above."""
    for name, makers in MAKERS.items():
        assert calling(name) == makers


def test_who_makes_a_result_has_a_redactor() -> None:
    """Of a run, and of a document without a target."""
    for module in ("scan/conclusion/finish.py", "offline/offline_result.py"):
        assert "redactor.result(result)" in (ROOT / module).read_text(encoding="utf-8")
