"""No control flow reads a text for people. Enums and frozen values decide; texts are made at the edge."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.packaging.tree import Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TEXTS = frozenset(
    {"problem", "reason", "message", "detail", "why", "how_to_decide", "variant", "words", "text"}
)
"""Attributes that hold a text for people."""
VARIABLES = TEXTS - {"variant", "words", "text"} | {
    "advice",
    "details",
    "explanation",
    "hint",
    "remark",
    "remedy",
    "sentence",
    "summary",
    "title",
    "warning",
}
"""Variables that hold one, by their names. `text` may be anything; it counts where it is set to such an attribute."""
ERRORS = frozenset({"error", "exception", "exc", "failure", "cause", "why"})
"""Variables that hold an exception: `str(error)` is its message."""
READERS = frozenset(
    {
        *("startswith", "endswith", "removeprefix", "removesuffix", "isupper", "islower", "count"),
        *("find", "rfind", "index", "rindex", "partition", "rpartition", "split", "rsplit"),
    }
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
MATCHERS = frozenset({"match", "fullmatch", "search", "findall", "finditer", "split"})
ALLOWED = {
    "specdrift/body/content.py": "text is the body of a response",
    "specdrift/classify/explanation/message.py": "text is a word of a response",
    "specdrift/config/reading/file.py": "tomllib gives the position in its message only",
    "specdrift/crawler/http/transport.py": "ssl.SSLError.reason is OpenSSL's symbolic name of the error",
    "specdrift/fleet/history/overview.py": "shows the first line",
    "specdrift/loader/parse/yaml_reader.py": "libyaml gives its limit of nesting in its message only",
    "specdrift/loader/references/document_library.py": "quotes a message inside another one",
    "specdrift/pki/pem.py": "text is a PEM file",
    "specdrift/reports/ci/sarif/results.py": "text is a line of the document",
    "specdrift/reports/content/sentences.py": "does not name the subject twice in one line",
    "specdrift/reports/html/view/findings/quotation.py": "text is a line of the document",
    "specdrift/reports/html/view/inline.py": "shows the first sentence",
    "specdrift/reports/markdown/findings.py": "does not name the subject twice in one line",
    "specdrift/traffic/collections/bruno.py": "text is an imported file",
    "specdrift/traffic/collections/http_environments.py": "text is an imported file",
    "specdrift/traffic/collections/http_file.py": "text is an imported file",
    "specdrift/traffic/collections/insomnia.py": "text is an imported file",
    "specdrift/traffic/collections/postman.py": "text is an imported file",
    "specdrift/traffic/har.py": "text is an imported file",
    "specdrift/traffic/openapi.py": "text is an imported file",
    "specdrift/traffic/traffic_format.py": "text is an imported file",
}
"""Modules that may, each with the reason."""


def readers(module: Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the code of every expression that takes a text for people apart or compares it."""
    yield from _found(module.tree, VARIABLES)


def _found(scope: ast.AST, names: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Search a scope; ``names`` are the variables that hold a text in it."""
    nodes = list(_own_nodes(scope))
    names |= {name for node in nodes for name in _set_to_text(node, names)}
    for node in nodes:
        if _reads(node, names):
            yield node.lineno, ast.unparse(node)  # type: ignore[attr-defined]
        if isinstance(node, FUNCTIONS):
            yield from _found(node, names)


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, but not those inside its functions."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, FUNCTIONS):
            yield from _own_nodes(child)


def _set_to_text(node: ast.AST, names: frozenset[str]) -> Iterator[str]:
    """Yield the variables that an assignment sets to a text for people."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if _is_text(node.value, names):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _reads(node: ast.AST, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Compare):
        compared = [node.left, *node.comparators]
        if any(isinstance(one, ast.Constant) and one.value in (None, "") for one in compared):
            return False  # whether there is a text
        operators = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
        return any(isinstance(one, operators) for one in node.ops) and any(
            _is_text(one, names) for one in compared
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in READERS and _is_text(node.func.value, names):
            return True
        return node.func.attr in MATCHERS and any(_is_text(one, names) for one in node.args)
    return isinstance(node, ast.Match) and _is_text(node.subject, names)


def _is_text(node: ast.expr, names: frozenset[str]) -> bool:
    """Return whether an expression may be such a text, or a slice or copy of one."""
    if inner := _values_of(node):
        return any(_is_text(one, names) for one in inner)
    match node:
        case ast.Name(id=name):
            return name in names
        case (
            ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)])
            | ast.Attribute(value=ast.Name(id=name), attr="args" | "msg" | "strerror")
        ):
            return name in ERRORS
    return isinstance(node, ast.Attribute) and node.attr in TEXTS


def _values_of(node: ast.expr) -> list[ast.expr]:
    """Return the inner expressions whose value, or part of it, an expression has."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values):
            # Bytes are the source code of a syntax node.
            bytes_ = any(isinstance(one, ast.Constant) and isinstance(one.value, bytes) for one in values)
            return [] if bytes_ else values
        case ast.Subscript(value=value) | ast.NamedExpr(value=value):
            return [value]
        case ast.Call(func=ast.Attribute(value=value, attr="lower" | "casefold" | "strip")):
            return [value]
    return []


@cache
def reading() -> Mapping[str, Sequence[tuple[int, str]]]:
    """Return what each module of the package reads, by its path."""
    return {module.path: tuple(readers(module)) for module in modules()}


def test_no_control_flow_reads_a_sentence() -> None:
    """A reworded message changes nothing but the message."""
    found = [
        f"{path}:{line}: {code}"
        for path, places in reading().items()
        if path not in ALLOWED
        for line, code in places
    ]
    assert not found, "\n".join(found)


def test_every_exception_is_needed() -> None:
    """A module that no longer reads a text leaves the list."""
    assert ALLOWED.keys() <= {path for path, places in reading().items() if places}


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
        ('"refused" in why', True),
        ('reason.rpartition(":")[2] == "timeout"', True),
        ('"reset" in str(error)', True),
        ('"refused" in (drift.message if drift else "")', True),
        ('"refused" in (entry.reason or "")', True),
        ('error.args[0].startswith("no such")', True),
        ('def f(drift):\n    text = drift.message\n    return text.startswith("HTTP")', True),
        ('if (line := entry.reason.strip()) == "interrupted": pass', True),
        ('def f(drift):\n    text = drift.message\ndef g(text): return text.startswith("{")', False),
        ('text.startswith("{")', False),
        ("reason in REASONS_BY_KIND", True),
        ("print(why)", False),
    ],
)
def test_code_that_reads_a_message_is_detected(code: str, found: bool) -> None:  # noqa: FBT001 - a table's column
    """The law sees comparisons, prefixes and patterns, and leaves texts that are only shown."""
    assert any(readers(Module("x.py", "x", ast.parse(code)))) is found
