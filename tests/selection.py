"""Prints the test files that the change in this checkout reaches; `./dev test --changed` runs them.

The change is what differs from the commit at which the branch left main, uncommitted changes included.
A test file is reached if it changed, or if it imports a changed module, directly or through others. Other
files count as their folder's modules: `nginx.conf` as those of tests/servers/nginx, templates as those of
specdrift/reports. The tests in tests/packaging read the whole tree, so every change reaches them.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from collections.abc import Set as AbstractSet

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("specdrift", "tests", "benchmarks")
TREE_TESTS = "tests/packaging/"
READERS = {"templates": "specdrift/reports", "examples/real": "tests/real", "examples": "tests/lab"}
"""Folders without modules, and the folder whose modules read them; the first that fits counts."""

Graph = dict[str, set[str]]
"""Paths of modules, each with the paths that it imports."""


def reached_tests(root: Path, changed: Collection[str]) -> list[str]:
    """Return the paths of the test files that a change of these paths reaches, in order."""
    paths = {path.relative_to(root).as_posix() for room in ROOMS for path in (root / room).rglob("*.py")}
    graph = {path: set(_imported(root / path, path, paths)) for path in paths}
    reached = _importers(graph, {module for path in changed for module in _modules_of(path, paths)})
    tests = {path for path in paths if PurePosixPath(path).name.startswith("test_")}
    laws = {path for path in tests if path.startswith(TREE_TESTS)} if changed else set()
    return sorted((reached & tests) | laws)


def _modules_of(changed: str, paths: Collection[str]) -> Iterator[str]:
    """Yield the modules that a changed path counts as."""
    if changed.endswith(".py"):
        yield changed
        return
    read = (to + changed.removeprefix(top) for top, to in READERS.items() if changed.startswith(f"{top}/"))
    folder = PurePosixPath(next(read, changed)).parent
    while folder.parts:
        here = [path for path in paths if PurePosixPath(path).parent == folder]
        if here:
            yield from here
            return
        folder = folder.parent


def _imported(file: Path, path: str, known: AbstractSet[str]) -> Iterator[str]:
    """Yield the paths that a module imports: modules, their packages, and for a test its conftest files."""
    for name in _names(ast.parse(file.read_text(encoding="utf-8"))):
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            stem = "/".join(parts[:end])
            yield from {f"{stem}.py", f"{stem}/__init__.py"} & known
    for folder in PurePosixPath(path).parents:
        yield from {f"{folder}/conftest.py"} & known - {path}


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names that are imported at run time; an import for the type checker reaches nothing."""
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            nodes += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        nodes += ast.iter_child_nodes(node)


def _importers(graph: Mapping[str, set[str]], changed: Collection[str]) -> set[str]:
    """Return the changed modules and all that import one of them, directly or through others."""
    importers: Graph = defaultdict(set)
    for path, imported in graph.items():
        for each in imported:
            importers[each].add(path)
    reached, waiting = set(changed), list(changed)
    while waiting:
        new = importers[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def changed_files(root: Path) -> list[str]:
    """Return the paths that differ from the merge base with main, and those that git does not know yet."""
    bases = [_git(root, "merge-base", main, "HEAD") for main in ("main", "origin/main")]
    base = next((each[0] for each in bases if each), "HEAD")
    differing = _git(root, "diff", "--name-only", "--no-renames", base)
    return differing + _git(root, "ls-files", "--others", "--exclude-standard")


def _git(root: Path, *arguments: str) -> list[str]:
    """Return the lines that git prints; none where it fails."""
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


if __name__ == "__main__":
    sys.stdout.writelines(f"{path}\n" for path in reached_tests(ROOT, changed_files(ROOT)))
