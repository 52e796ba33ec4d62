"""Files, functions and folders stay small enough to be read in one go."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.packaging.tree import Module, modules, nodes

LONGEST_FILE = 350
LONGEST_FUNCTION = 50
MOST_PARAMETERS = 7
ABOVE_MOST_PARAMETERS = {"specdrift/source/go/requests/answers.py:write": 8}
"""Functions that had more when this limit came: none joins them, and each leaves when it has fewer."""
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


def test_a_call_is_read_at_a_glance() -> None:
    """Parameters past the limit belong together in some way: make a value of those that do.

    A command of the terminal is exempt: its parameters are its options, and only Click calls it.
    """
    counts = {name: count for m in modules() for name, count in _parameters(m) if count > MOST_PARAMETERS}
    assert counts == ABOVE_MOST_PARAMETERS


def test_a_folder_is_taken_in_at_a_glance() -> None:
    """A folder past the limit is several families: give each a folder."""
    paths = [PurePosixPath(module.path) for module in modules()]
    sizes = Counter(str(path.parent) for path in paths if path.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > FULLEST_FOLDER} == {}


def _parameters(module: Module) -> Iterator[tuple[str, int]]:
    for node in nodes(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_command(node):
            given = node.args
            names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            count = sum(name not in ("self", "cls") for name in names)
            yield f"{module.path}:{node.name}", count + bool(given.vararg) + bool(given.kwarg)


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = (each.func for each in function.decorator_list if isinstance(each, ast.Call))
    return any(isinstance(call, ast.Name) and call.id == "command_with" for call in calls)


def _functions(module: Module) -> Iterator[tuple[str, int]]:
    for node in nodes(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module.path}:{node.name}", (node.end_lineno or 0) - node.lineno + 1
