"""Every function that makes a result returns it redacted, so that no report has to redact it."""

import ast
from pathlib import Path

import specdrift
from tests.packaging.tree import modules, nodes

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


def calling(name: str) -> set[str]:
    """Return the modules that call a function or class of this name."""
    return {
        module.path.removeprefix("specdrift/")
        for module in modules()
        for node in nodes(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }


def test_a_result_is_made_in_few_places() -> None:
    """A new one needs a redactor, and a line in the table above."""
    for name, makers in MAKERS.items():
        rooms = ("scan/", "offline/", "result/", "reports/", "app/")
        assert {path for path in calling(name) if path.startswith(rooms)} == makers


def test_who_makes_a_result_has_a_redactor() -> None:
    """Of a run, and of a document without a target."""
    for module in ("scan/conclusion/finish.py", "offline/offline_result.py"):
        assert "redactor.result(result)" in (ROOT / module).read_text(encoding="utf-8")
