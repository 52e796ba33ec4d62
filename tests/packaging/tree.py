"""Files, modules and imports of the project, for the tests of the tree."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from specdrift.collecting import not_collecting

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "specdrift"


class Module(NamedTuple):
    """One Python file of the package."""

    path: str
    """Relative to the checkout, for messages."""
    stage: str
    """The first name below ``specdrift``: a package or a top-level module; empty for the root."""
    tree: ast.Module

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield line and dotted name of every import, also of those made late inside a function."""
        for node in nodes(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node of a tree; each tree is walked once for all tests."""
    return tuple(ast.walk(tree))


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the package, in the order of their paths; each is parsed once for all tests."""
    with not_collecting():  # the trees are kept, and looking at them again and again takes as long as parsing
        return tuple(_module(path) for path in sorted(PACKAGE.rglob("*.py")))


def _module(path: Path) -> Module:
    inside = path.relative_to(PACKAGE)
    stage = "" if inside.name in ("__init__.py", "__main__.py") else inside.stem
    if len(inside.parts) > 1:
        stage = inside.parts[0]
    return Module(str(path.relative_to(ROOT)), stage, ast.parse(path.read_text(), filename=str(path)))


def git(*arguments: str) -> str:
    """Run git in the checkout and return what it prints; skip the test where there is no checkout."""
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git does not answer here: {error}")


def tracked_files() -> list[Path]:
    """Return the files that git tracks and that are still there."""
    top = git("rev-parse", "--show-toplevel").strip()
    if Path(top) != ROOT:
        pytest.skip(f"the enclosing git checkout is another project's: {top}")
    paths = (ROOT / name for name in git("ls-files", "-z").split("\0") if name)
    return [path for path in paths if path.is_file()]
