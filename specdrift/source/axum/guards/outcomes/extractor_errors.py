"""The error of an extractor without a certificate, where another extractor of the type decides by it."""

from collections.abc import Iterator

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.composed_extractors import run_by_path
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text, type_name

GIVING = frozenset({"ok_or", "ok_or_else", "map_err"})
"""Methods of options and results whose argument is the error."""
AROUND = frozenset({"await_expression", "parenthesized_expression"})


def error_matched(case: AbsentCase, module: RustModule, subject: Node | None) -> str:
    """Return the variant of the error on which ``match Type::from_request_parts(…).await`` decides in this case.

    Empty if it is not known, or may be one of several. The extractor was evaluated before.
    """
    while subject is not None and subject.type in AROUND and plain(subject):
        subject = plain(subject)[0]
    kind = run_by_path(subject) if subject is not None and subject.type == "call_expression" else None
    own = [*case.profiles.methods_of(type_name(kind), {"FromRequestParts"}, module)] if kind else []
    found = {name for item in own for name in _errors(case, item.node)}
    return found.pop() if len(own) == len(found) == 1 else ""


def excludes(pattern: Node, error: str) -> bool | None:
    """Return whether ``Err(Type::Variant)`` is another error; ``None`` for other patterns."""
    inner = plain(pattern) if pattern.type == "tuple_struct_pattern" else []
    variant = inner[1] if len(inner) == 2 and text(inner[0]) == "Err" else None
    if variant is None or variant.type != "scoped_identifier":
        return None
    return path_of(variant)[-1] != error


def _errors(case: AbsentCase, code: Node) -> Iterator[str]:
    """Yield the variants of the errors with which a function ended; an empty text for one that is not known."""
    for end in descendants(code):
        if end.id not in case.traces.top.ends:
            continue
        if end.type == "call_expression" and path_of(syntax.field(end, "function"))[-1:] == ("Err",):
            yield _variant(arguments(end))
        elif end.type == "try_expression":
            callee = syntax.field(plain(end)[0], "function")
            gives = callee is not None and text(syntax.field(callee, "field")) in GIVING
            yield _variant(arguments(plain(end)[0])) if gives else ""


def _variant(given: list[Node]) -> str:
    """Return the only variant that an argument names; empty for others."""
    paths = [path_of(one) for node in given for one in descendants(node) if one.type == "scoped_identifier"]
    return paths[0][-1] if len(paths) == 1 and paths[0][-1][:1].isupper() else ""
