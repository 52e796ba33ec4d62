"""One name means one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING

from tests.packaging.tree import modules

if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRY_FILES = ("__init__.py", "__main__.py")
PARALLEL = (
    ("specdrift/checks/*", "the modules of a check: attempts, findings"),
    ("specdrift/reports/*", "one module of a name for each format"),
    ("specdrift/reports/html/view/sections", "one module for each section, named as in the other formats"),
)
"""Folders whose modules may have the name of a module of another folder of the same stage, each with the reason."""


def _twice(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places = defaultdict(list)
    for name, path in found:
        places[name].append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def test_no_two_public_classes_have_one_name() -> None:
    """A reader who knows a class in one package can rely on its name in another."""
    found = (
        (node.name, f"{module.path}:{node.lineno}")
        for module in modules()
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert _twice(found) == {}


def test_no_two_modules_of_a_stage_have_one_name() -> None:
    """A file name says what is in it; modules of parallel packages are exempt."""
    found = (
        (f"{module.stage}: {PurePath(module.path).name}", module.path)
        for module in modules()
        if PurePath(module.path).name not in ENTRY_FILES and not _is_parallel(module.path)
    )
    assert _twice(found) == {}


def _is_parallel(path: str) -> bool:
    return any(PurePath(path).parent.match(pattern) for pattern, _ in PARALLEL)
