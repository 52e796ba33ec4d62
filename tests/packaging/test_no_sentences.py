"""No control flow reads a text for people. Enums and frozen values decide; texts are made at the edge."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.packaging.tree import Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = frozenset(
    {"problem", "reason", "message", "detail", "why", "how_to_decide", "variant", "words", "text"}
)
"""Attributes that hold a text for people."""
VARIABLES = frozenset({"problem", "message", "detail", "how_to_decide"})
"""Variables that hold one."""
READERS = frozenset(
    {"startswith", "endswith", "removeprefix", "removesuffix", "find", "index", "partition", "split"}
)
MATCHERS = frozenset({"match", "fullmatch", "search", "findall", "finditer", "split"})
ALLOWED = {
    "specdrift/body/content.py": "text is the body of a response",
    "specdrift/config/reading/file.py": "tomllib gives the position in its message only",
    "specdrift/crawler/http/transport.py": "ssl.SSLError.reason is OpenSSL's symbolic name of the error",
    "specdrift/fleet/history/overview.py": "shows the first line",
    "specdrift/loader/references/library.py": "quotes a message inside another one",
    "specdrift/pki/pem.py": "text is a PEM file",
    "specdrift/reports/ci/sarif/results.py": "text is a line of the document",
    "specdrift/reports/content/sentences.py": "does not name the subject twice in one line",
    "specdrift/reports/html/view/findings/quotation.py": "text is a line of the document",
    "specdrift/reports/markdown/findings.py": "does not name the subject twice in one line",
    "specdrift/traffic/har.py": "text is an imported file",
    "specdrift/traffic/openapi.py": "text is an imported file",
    "specdrift/traffic/traffic_format.py": "text is an imported file",
}
"""Modules that may, each with the reason."""


def readers(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the code of every expression that takes a text for people apart or compares it."""
    for node in ast.walk(module.tree):
        if _reads(node):
            yield node.lineno, ast.unparse(node)  # type: ignore[attr-defined]


def _reads(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        compared = [node.left, *node.comparators]
        if any(isinstance(one, ast.Constant) and one.value in (None, "") for one in compared):
            return False  # whether there is a text
        operators = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
        return any(isinstance(one, operators) for one in node.ops) and any(map(_is_text, compared))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in READERS and _is_text(node.func.value):
            return True
        return node.func.attr in MATCHERS and any(map(_is_text, node.args))
    return isinstance(node, ast.Match) and _is_text(node.subject)


def _is_text(node: ast.expr) -> bool:
    """Return whether an expression is such an attribute, or a slice or copy of one."""
    if isinstance(node, ast.Subscript):
        return _is_text(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("lower", "casefold", "strip") and _is_text(node.func.value)
    if isinstance(node, ast.Name):
        return node.id in VARIABLES
    return isinstance(node, ast.Attribute) and node.attr in TEXTS


def test_no_control_flow_reads_a_sentence() -> None:
    """A reworded message changes nothing but the message."""
    found = [
        f"{module.path}:{line}: {code}"
        for module in modules()
        if module.path not in ALLOWED
        for line, code in readers(module)
    ]
    assert not found, "\n".join(found)


def test_every_exception_is_needed() -> None:
    """A module that no longer reads a text leaves the list."""
    reading = {module.path for module in modules() if any(readers(module))}
    assert ALLOWED.keys() <= reading


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('result.problem.startswith("no valid")', True),
        ('"timeout" in observation.detail', True),
        ('entry.reason == "interrupted"', True),
        ("probe.variant.removeprefix(scheme)", True),
        ('re.search("HTTP [0-9]+", drift.message)', True),
        ('skipped.reason[:1].lower() == "a"', True),
        ("re.fullmatch(pattern, message)", True),
        ("bool(entry.reason)", False),
        ('entry.reason != ""', False),
        ("result.problem is None", False),
        ("problem.kind is ProblemKind.STOPPED", False),
        ('f"{drift.message}."', False),
    ],
)
def test_code_that_reads_a_message_is_detected(code: str, found: bool) -> None:  # noqa: FBT001 - a table's column
    """The law sees comparisons, prefixes and patterns, and leaves texts that are only shown."""
    assert any(readers(Module("x.py", "x", ast.parse(code)))) is found
