"""Files, functions and folders stay small enough to be read in one go."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.packaging.tree import Module, modules, nodes

LONGEST_FILE = 350
LONGEST_FUNCTION = 50
FULLEST_FOLDER = 16
"""Modules side by side, ``__init__`` not counted. Cohesion decides below it; above it modules are hard to find."""


def test_a_module_does_one_thing() -> None:
    """A file past the limit is several things: split it by what they are."""
    lengths = {m.path: max((node.end_lineno or 0 for node in m.tree.body), default=0) for m in modules()}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_a_function_fits_a_screen() -> None:
    """A function past the limit hides its steps: name them."""
    long = {name: lines for m in modules() for name, lines in _functions(m) if lines > LONGEST_FUNCTION}
    assert long == {}


def test_a_folder_is_taken_in_at_a_glance() -> None:
    """A folder past the limit is several families: give each a folder."""
    paths = [PurePosixPath(module.path) for module in modules()]
    sizes = Counter(str(path.parent) for path in paths if path.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > FULLEST_FOLDER} == {}


def _functions(module: Module) -> Iterator[tuple[str, int]]:
    for node in nodes(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module.path}:{node.name}", (node.end_lineno or 0) - node.lineno + 1
