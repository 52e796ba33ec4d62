"""Files and functions stay small enough to be read in one go."""

import ast

import pytest

from tests.packaging.tree import Module, modules

LONGEST_FILE = 350
LONGEST_FUNCTION = 50


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_module_does_one_thing(module: Module) -> None:
    """A file past the limit is several things: split it by what they are."""
    lines = max((node.end_lineno or 0 for node in module.tree.body), default=0)
    assert lines <= LONGEST_FILE


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_function_fits_a_screen(module: Module) -> None:
    """A function past the limit hides its steps: name them."""
    functions = (
        node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
