"""Extractors that run others: structs that derive them, and code that extracts from the parts of a request. Pure."""

import re
from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import attributes, path_of, text, type_arguments, with_attributes

DERIVES = re.compile(r"^#\s*\[\s*derive\b.*\bFromRequest(?:Parts)?\b", re.DOTALL)
VIA = re.compile(r"\bfrom_request\s*\(.*?\bvia\s*\(\s*(?:\w+\s*::\s*)*(\w+)", re.DOTALL)
EXTRACTING_CALLS = frozenset({"extract", "extract_with_state", "extract_parts", "extract_parts_with_state"})
"""Methods of axum's ``RequestExt`` and ``RequestPartsExt`` that run an extractor."""
RUNNING = (b".extract", b"from_request_parts(")
"""Occur in code that runs extractors."""
AROUND_CALLS = frozenset({"await_expression", "try_expression", "call_expression", "field_expression"})


class DerivedPart(Struct, frozen=True):
    """What a derived extractor takes from the request: of one field, or all of it."""

    name: str
    """The field; empty for the whole type."""
    kind: Node
    module: RustModule
    via: str = ""
    """The extractor around the type of the field."""


def derived_parts(found: object) -> tuple[DerivedPart, ...]:
    """Return the extractors that a type runs which derives ``FromRequestParts`` or ``FromRequest``."""
    if not isinstance(found, RustItem) or found.kind not in {"struct", "enum"}:
        return ()
    own = [text(one) for one in attributes(found.node)]
    if not any(map(DERIVES.match, own)):
        return ()
    name = syntax.field(found.node, "name")
    whole = next((via[1] for one in own if (via := VIA.search(one))), "")
    if whole and name is not None:
        return (DerivedPart("", name, found.module, whole),)
    return tuple(_of_fields(found))


def _of_fields(found: RustItem) -> Iterator[DerivedPart]:
    number, before = 0, list[Node]()
    for child, nearest in with_attributes(found.body) if found.body is not None else ():
        attributed = [*before, *nearest]
        before = attributed if child.type == "visibility_modifier" else []
        if before or child.type == "visibility_modifier":
            continue
        kind = syntax.field(child, "type") if child.type == "field_declaration" else child
        via = next((via[1] for one in attributed if (via := VIA.search(text(one)))), "")
        named = text(syntax.field(child, "name")) if child.type == "field_declaration" else str(number)
        number += 1
        if kind is not None:
            yield DerivedPart(named, kind, found.module, via)


def extracted_in(code: Node) -> Iterator[Node]:
    """Yield the types of the extractors that code runs by a method of the request or of its parts, or of theirs."""
    if not any(one in (code.text or b"") for one in RUNNING):
        return
    for node in syntax.named_descendants(code):
        kind = extracted(node) or run_by_path(node) if node.type == "call_expression" else None
        if kind is not None:
            yield kind


def run_by_path(call: Node) -> Node | None:
    """Return the extractor that ``<Client as FromRequestParts<S>>::from_request_parts(…)`` runs; ``None`` for others.

    ``Self`` is the type of the implementation around it.
    """
    callee = syntax.field(call, "function")
    if callee is None or path_of(callee)[-1:] != ("from_request_parts",):
        return None
    kind = syntax.field(callee, "path")
    if path_of(kind) != ("Self",):
        return kind if path_of(kind) else None
    around: Node | None = call
    while around is not None and around.type != "impl_item":
        around = around.parent
    return syntax.field(around, "type") if around is not None else None


def extracted(call: Node) -> Node | None:
    """Return the type that ``parts.extract()`` gives: an argument, or that of the variable; ``None`` without one."""
    callee = syntax.field(call, "function")
    inner = (
        syntax.field(callee, "function")
        if callee is not None and callee.type == "generic_function"
        else callee
    )
    if inner is None or text(syntax.field(inner, "field")) not in EXTRACTING_CALLS:
        return None
    given = type_arguments(callee)
    return given[0] if given and path_of(given[0]) else _declared(call)


def _declared(call: Node) -> Node | None:
    """Return the type of the variable that is declared with the result of a call."""
    current = call
    while current.parent is not None and current.parent.type in AROUND_CALLS:
        if current.parent.type == "call_expression" and syntax.field(current.parent, "function") != current:
            return None
        current = current.parent
    around = current.parent
    declares = around is not None and around.type == "let_declaration"
    kind = syntax.field(around, "type") if around is not None and declares else None
    without_try = current.type != "try_expression" and kind is not None
    result = without_try and path_of(kind)[-1:] in {("Result",), ("Option",)}
    given = type_arguments(kind) if result else []
    return given[0] if given else kind
