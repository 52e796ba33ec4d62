"""Judgement is made from values alone: no sockets, no files, no clock, no chance."""

import ast
from collections.abc import Iterator

import pytest

from tests.packaging.tree import Module, modules, nodes

PURE = ("body", "model", "rules", "checks", "classify", "differ", "learning", "traffic")
IMPURE_MODULES = ("asyncio", "h11", "h2", "httpx", "random", "secrets", "socket", "ssl", "subprocess")
# A call, as the end of its dotted name.
IMPURE_CALLS = ("open", "datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic")


def impurities(module: Module) -> list[str]:
    """Return what in a module reaches outside: an import, or a call."""
    imported = [
        f"{module.path}:{line}: imports {name}"
        for line, name in module.imports()
        if name.split(".")[0] in IMPURE_MODULES
    ]
    called = [f"{module.path}:{line}: calls {name}()" for line, name in _calls(module.tree) if _impure(name)]
    return imported + called


def _calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def _impure(name: str) -> bool:
    return any(name == call or name.endswith("." + call) for call in IMPURE_CALLS)


def test_judging_stages_are_pure() -> None:
    """An old recording is judged the same way again, on any machine and at any time."""
    found = [each for module in modules() if module.stage in PURE for each in impurities(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "import socket",
        "from ssl import SSLContext",
        "def late():\n    import httpx",
        "open('file')",
        "path.open()",
        "datetime.now(tz=UTC)",
        "datetime.datetime.now()",
        "time.time()",
    ],
)
def test_impure_code_is_detected(code: str) -> None:
    """The test above sees each way of reaching outside."""
    assert len(impurities(Module("a.py", "model", ast.parse(code)))) == 1
