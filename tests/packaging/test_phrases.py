"""Docstrings, messages, help texts, pages, tests, benchmarks and examples use standard terms."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from tests.packaging.tree import PACKAGE, ROOT, Module, modules, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

PHRASES = (
    r"forgone",
    r"whoever|whosoever|whomever",
    r"whom nobody",
    r"nobody",
    r"somebody",
    r"strangers?",
    r"li(?:e|es|ed) about",
    r"(?:is|are|was|were|be|been) told",
    r"speaks? of",
    r"spoke of",
    r"(?:gets?|got|let|lets|letting|getting) (?:\w+ )?in",
    r"such a one",
    r"its leader",
    r"what is left out",
    r"who has (?:no|not)",
    r"who have no",
    r"of which no",
    r"until a day",
    r"proves? nothing",
    r"goes with no",
    r"(?:good|bad) (?:certificate|identity|identities)",
    r"mint(?:s|ed|ing)?",
    r"(?:hire|hires|hired|bury|buries|buried|crew|crews)",
    r"doors?",
    r"detours?",
    r"straight (?:way|one|request)",
    r"thie(?:f|ves)",
    r"dossiers?",
    r"workshop",
    r"insides",
)
"""Regular expressions of whole words, in any case; the glossary's terms replace them."""
PATTERN = re.compile(rf"(?<![\w-])(?:{'|'.join(PHRASES)})(?![\w-])")
"""Searched in lower case: to ignore the case takes three times as long."""

PHRASES_OF_NAMES = (*PHRASES, r"(?:un)?told", r"heard")
"""Not in names of the package either, with the words of each name apart."""
PATTERN_OF_NAMES = re.compile(rf"(?<![\w-])(?:{'|'.join(PHRASES_OF_NAMES)})(?![\w-])")

TRUTHS = ROOT / "docs" / "servers.md"
"""Written from the truths of the test servers."""
TEXT_FOLDERS = ("templates", "specdrift/rules/pages")
NAMED_FOLDERS = ("tests", "benchmarks", "examples")
"""Folders in which names count as well as texts: whole lines, with the words of each name apart."""
NAMED_SUFFIXES = (
    ".py",
    ".toml",
    ".md",
    ".j2",
    ".rs",
    ".go",
    ".mjs",
    ".java",
    ".yaml",
    ".yml",
    ".conf",
    ".cfg",
)
IGNORED = {"target", "build", "__pycache__", "node_modules", "report"}
WORD_BOUNDARY = re.compile(r"[_-]+|(?<=[a-z])(?=[A-Z])")
ALLOWED = {
    "specdrift/checks/inputs/input_validation.py": "``insides`` is the subject of a drift, in its fingerprint",
    "specdrift/model/exchange/identity.py": "``minted`` is the value in the result's JSON",
    "tests/checks/test_input.py": "the same subject",
    "tests/crawler/test_refusals.py": "the name of a TLS alert",
    "tests/packaging/test_phrases.py": "the list itself",
    "tests/servers/apache/launch.py": "the name of a system user",
}
"""Files that may, each with the reason."""


@cache
def texts() -> tuple[tuple[str, int, str], ...]:
    """Return path, line number and text of every string of the package, every page and template, and every line
    of the tests, benchmarks and examples.
    """
    return (*_strings(), *_pages(), *_lines_with_names())


def _strings() -> Iterator[tuple[str, int, str]]:
    """Yield docstrings, messages and help texts: every string constant of the package."""
    for module in modules():
        for node in nodes(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for offset, line in enumerate(node.value.splitlines()):
                    yield module.path, node.lineno + offset, line


def _pages() -> Iterator[tuple[str, int, str]]:
    files = [path for folder in TEXT_FOLDERS for path in (ROOT / folder).rglob("*")]
    guides = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")]
    for path in sorted({*files, *guides, *PACKAGE.rglob("*.j2")} - {TRUTHS}):
        if path.suffix in (".md", ".j2"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                yield str(path.relative_to(ROOT)), number, line


def _lines_with_names() -> Iterator[tuple[str, int, str]]:
    """Yield every line with its names split into words, so that phrases in names are found too."""
    for folder in NAMED_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in NAMED_SUFFIXES and not IGNORED.intersection(path.relative_to(ROOT).parts):
                for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                    yield str(path.relative_to(ROOT)), number, WORD_BOUNDARY.sub(" ", line)


@cache
def phrases() -> tuple[tuple[str, str], ...]:
    """Return the path of each phrase that is found, and a line about it."""
    return tuple(
        (path, f"{path}:{number}: {match[0]!r} in {line.strip()}")
        for path, number, line in texts()
        for match in PATTERN.finditer(line.lower())
    )


def test_replaced_phrases_stay_out() -> None:
    """A reader needs no vocabulary beyond that of the standards."""
    found = [line for path, line in phrases() if path not in ALLOWED]
    assert not found, "\n".join(found)


def names(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the names that a module gives to classes, functions, parameters, variables and attributes, by line."""
    for node in nodes(module.tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
                | ast.arg(arg=name)
            ):
                yield node.lineno, name


def test_replaced_phrases_stay_out_of_names() -> None:
    """A name is a text for those who read the code."""
    found = [
        f"{module.path}:{line}: {name}"
        for module in modules()
        for line, name in names(module)
        if PATTERN_OF_NAMES.search(WORD_BOUNDARY.sub(" ", name).lower())
    ]
    assert not found, "\n".join(found)


def test_a_phrase_in_a_name_is_detected() -> None:
    """Of a class, a parameter and an attribute; a call of another's function has its name."""
    code = "class WhatIsToldFirst: pass\ndef f(heard): self.told = told(1)"
    found = [name for _, name in names(Module("x.py", "x", ast.parse(code)))]
    assert found == ["WhatIsToldFirst", "f", "heard", "told"]
    assert [bool(PATTERN_OF_NAMES.search(WORD_BOUNDARY.sub(" ", name).lower())) for name in found] == [
        *(True, False, True, True)
    ]


def test_every_exception_is_needed() -> None:
    """A file that no longer has such a phrase leaves the list."""
    assert ALLOWED.keys() <= {path for path, _ in phrases()}
