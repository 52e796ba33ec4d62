"""Lists code that may register or serve routes and was not evaluated."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tree_sitter import Node

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.rust import syntax
from specdrift.source.rust.items import CrateIndex, RustItem
from specdrift.source.rust.syntax import descendants, short, text

WIRING = frozenset({"route", "nest", "nest_service", "route_service"})


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


def unwired(evaluator: Evaluator, builders: Iterable[RustItem]) -> Iterator[UnresolvedExpression]:
    """Yield calls that register something and were never evaluated."""
    for item in builders:
        if not any(f".{name}" in text(item.node) for name in WIRING):
            continue
        for node in descendants(item.node):
            callee = syntax.field(node, "function") if node.type == "call_expression" else None
            if callee is None or callee.type != "field_expression":
                continue
            name = text(syntax.field(callee, "field"))
            if name in WIRING and (item.file.name, node.start_byte) not in evaluator.visited and _paths(node):
                place = item.file.place(syntax.field(callee, "field") or node)
                given = syntax.field(node, "arguments")
                what = f".{name}{short(given) if given else ''} is never reached from a served router"
                yield UnresolvedExpression(place, what, UnresolvedKind.UNREACHED)


def _paths(node: Node) -> bool:
    """Return whether the first argument looks like a path, as in a method of a router."""
    given = syntax.field(node, "arguments")
    first = syntax.plain(given)[0] if given is not None and syntax.plain(given) else None
    return first is not None and text(first).startswith(('"/', 'r"/', "&format!"))
