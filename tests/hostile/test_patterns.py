"""Regular expressions that search a text take time that grows with the text, not with its square.

A pattern that begins with a repetition and needs something behind it is tried again at each character of a long word.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import time
import warnings
from functools import cache
from typing import TYPE_CHECKING

import pytest

import specdrift

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
SEARCHING = frozenset({"search", "finditer", "findall", "sub", "subn", "split"})
UNITS = (
    *(
        "a",
        "A",
        "_",
        "0",
        " ",
        "\t",
        "\n",
        ".",
        "-",
        "/",
        ":",
        "=",
        "<",
        "[",
        "(",
        "{",
        '"',
        "'",
        "%",
        "&",
        ";",
        ",",
    ),
    *(
        "a.",
        "a-",
        "a ",
        "a:",
        "a::",
        "::",
        "a=",
        "a,",
        "/a",
        "<a ",
        "</a",
        "a(",
        "%4",
        "0.",
        "aA",
        "[a",
        "\r\n",
        "\\",
        "#",
        "@",
    ),
)
SMALL, LARGE = 1_000, 4_000
"""Characters of the two texts."""
NOTICEABLE_S = 0.003
LIMIT = 9.0
"""Ratio of the times: 4 for linear work, 16 for quadratic work."""


def searched() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Yield each pattern of a module that is searched in a text, with its name."""
    for found in pkgutil.walk_packages(specdrift.__path__, "specdrift."):
        if found.name.endswith("__main__"):
            continue
        # tlslite imports asyncore, which is deprecated: whether that is seen depends on the tests that ran before.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            module = importlib.import_module(found.name)
        tree = ast.parse(inspect.getsource(module))
        names = {
            node.func.value.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SEARCHING
            and isinstance(node.func.value, ast.Name)
        }
        for name in sorted(names):
            if isinstance(pattern := getattr(module, name, None), re.Pattern):
                yield f"{found.name.removeprefix('specdrift.')}.{name}", pattern


@cache
def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Return all of them by name: found when a test runs, since each worker collects every file."""
    return dict(searched())


def seconds(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    """Return the CPU seconds of a search through a text."""
    content = text if isinstance(pattern.pattern, str) else text.encode()
    began = time.process_time()
    for _ in pattern.finditer(content):  # type: ignore[arg-type]
        pass
    return time.process_time() - began


def is_quadratic(pattern: re.Pattern[str] | re.Pattern[bytes], unit: str) -> bool:
    """Return whether four times the text takes much more than four times as long, measured twice."""
    small, large = (unit * (size // len(unit)) for size in (SMALL, LARGE))
    for _ in range(2):
        took = seconds(pattern, large)
        if took < NOTICEABLE_S or took < LIMIT * min(seconds(pattern, small) for _ in range(2)):
            return False
    return True


def test_there_are_patterns() -> None:
    """The search for them finds those of readers of source, answers and configurations."""
    rooms = {name.partition(".")[0] for name in patterns()}
    assert {"body", "source", "loader", "classify"} <= rooms, sys.version


def test_every_search_is_linear() -> None:
    """For words, blanks, and signs in a row."""
    found = [
        (name, unit) for name, pattern in patterns().items() for unit in UNITS if is_quadratic(pattern, unit)
    ]
    assert found == []
