"""Lists code that may register or serve routes and was not evaluated."""

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.syntax.values import Router
from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants, short, text

WIRING = frozenset({"route", "nest", "nest_service", "route_service"})
VERB = re.compile(r"^(?:\w+::)*(?:get|post|put|patch|delete|head|options|trace|any|on)\s*\(")
"""A call that makes the methods of a route."""
LONGEST_SPACE = 80
"""Maximum number of bytes between ``fn`` and a name."""


def nothing(builders: Iterable[RustItem]) -> Iterator[UnresolvedExpression]:
    """Yield the builders of routers if no route was found at all."""
    for item in builders:
        if "Router::new" in text(item.node):
            what = f"router built by {item}: no route found"
            yield UnresolvedExpression(item.file.place(item.node), what, UnresolvedKind.SERVED)


def without_server(index: CrateIndex, *, roots: bool) -> Iterator[UnresolvedExpression]:
    """Yield the ``main`` of each binary where none serves a known router.

    Libraries are judged by the routers that they return.
    """
    what = "no call that serves a router was found" if roots else "no router was found"
    for module in index.binaries.values():
        main = module.items.get("main")
        if main is not None:
            yield UnresolvedExpression(main.file.place(main.node), what, UnresolvedKind.SERVED)


def unreached(expressions: Iterable[UnresolvedExpression]) -> Iterator[UnresolvedExpression]:
    """Return the expressions of code that no served router is known to reach."""
    return (replace(one, kind=UnresolvedKind.UNREACHED) for one in expressions)


def unserved(evaluator: Evaluator) -> Iterator[UnresolvedExpression]:
    """Yield calls that serve something that was never a known router."""
    for spot, expression in evaluator.unserved.items():
        if spot not in evaluator.served:
            yield expression


def unwired(
    evaluator: Evaluator, builders: Iterable[RustItem], routers: Iterable[Router]
) -> Iterator[UnresolvedExpression]:
    """Yield calls that register something and were never evaluated, or whose router is in none that was found."""
    found = frozenset(
        (one.endpoint.location.file, one.endpoint.location.line, one.endpoint.location.column)
        for router in routers
        for one in (*router.routes, *router.fallbacks)
    )
    listed = {one.location for one in evaluator.unresolved}
    for item in builders:
        if not any(f".{name}" in text(item.node) for name in WIRING):
            continue
        for node in descendants(item.node):
            callee = syntax.field(node, "function") if node.type == "call_expression" else None
            if callee is None or callee.type != "field_expression":
                continue
            name = text(syntax.field(callee, "field"))
            if name not in WIRING or not _paths(node):
                continue
            live = evaluator.visited.get((item.file.name, node.start_byte))
            place = item.file.place(syntax.field(callee, "field") or node)
            given = syntax.field(node, "arguments")
            written = f".{name}{short(given) if given else ''}"
            if live is None:
                what = f"{written} is never reached from a served router"
                yield UnresolvedExpression(place, what, UnresolvedKind.UNREACHED)
            elif live and name == "route" and place not in listed and _is_lost(evaluator, item, node, found):
                yield UnresolvedExpression(place, f"router that {written} adds to", UnresolvedKind.SERVED)


def _is_lost(
    evaluator: Evaluator, item: RustItem, call: Node, found: Collection[tuple[str, int, int]]
) -> bool:
    """Return whether the route of a call is in no router that was found, and its function is called by name."""
    return bool(found) and not _is_found(item, call, found) and _is_called(evaluator, item)


def _is_found(item: RustItem, call: Node, found: Collection[tuple[str, int, int]]) -> bool:
    """Return whether a router has a route of the call. One whose methods are made elsewhere counts as found."""
    given = syntax.arguments(call)
    made = (
        syntax.field(given[1], "function") if len(given) > 1 and given[1].type == "call_expression" else None
    )
    if made is None or not VERB.search(text(given[1])):
        return True
    places = (item.file.place(node) for node in descendants(given[1]))
    return any((one.file, one.line, one.column) in found for one in places)


def _is_called(evaluator: Evaluator, item: RustItem) -> bool:
    """Return whether the name of a function occurs elsewhere than where functions of that name are defined."""
    uses = re.compile(re.escape(item.name.encode()) + rb"\b\s*(?:::<[^()]*>)?\(")
    return any(
        _is_use(file.content, use.start())
        for file in evaluator.index.sources()
        for use in uses.finditer(file.content)
    )


def _is_use(content: bytes, at: int) -> bool:
    """Return whether a name begins at a place, and no function of that name is defined there."""
    before = content[max(at - LONGEST_SPACE, 0) : at]
    part_of_a_name = before[-1:].isalnum() or before.endswith(b"_")
    return not part_of_a_name and not before.rstrip().endswith(b"fn")


def _paths(node: Node) -> bool:
    """Return whether the first argument looks like a path, as in a method of a router."""
    given = syntax.field(node, "arguments")
    first = syntax.plain(given)[0] if given is not None and syntax.plain(given) else None
    return first is not None and text(first).startswith(('"/', 'r"/', "&format!"))
