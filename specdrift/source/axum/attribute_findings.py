"""Compares ``#[utoipa::path]`` of handlers with the routes that serve them: wrong method, wrong path, never wired."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from specdrift.model.contract.templates import without_names
from specdrift.model.result.source import ANY_METHOD, RouteKind, SourceFinding, SourceView
from specdrift.model.result.verdict import Confidence
from specdrift.source.axum.evaluate.router_rules import template
from specdrift.source.axum.path_attributes import utoipa_path
from specdrift.source.axum.syntax.values import RoutedEndpoint
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import attributes, only_names, text

RULE = "route-attribute-mismatch"
ATTRIBUTE = re.compile(rb"\butoipa::path\b|#\[path\s*\(")


def findings(
    routes: Iterable[RoutedEndpoint], index: CrateIndex, view: SourceView
) -> Iterator[SourceFinding]:
    """Yield a finding for each documented handler whose routes all differ from its attribute."""
    wired: dict[int, list[RoutedEndpoint]] = defaultdict(list)
    backwards: dict[str, list[str]] = defaultdict(list)
    for route in routes:
        for method in route.endpoint.methods:
            backwards[method].append(_flat(route.path)[::-1])
        item = route.endpoint.handler.item
        if item is not None and route.endpoint.kind is RouteKind.ROUTE:
            wired[item.node.id].append(route)
    served = {method: sorted(paths) for method, paths in backwards.items()}
    mentions: Counter[bytes] | None = None
    files = index.files_with((b"utoipa::path", b"#[path"), ATTRIBUTE)
    for item in index.functions_in(files):
        declared = utoipa_path(item)
        if declared is None:
            continue
        methods, path = declared
        own = wired.get(item.node.id, [])
        if own:
            yield from _differences(item, methods, _context(item) + path, own)
        elif not view.unresolved and view.wired:
            # A function that only carries the documentation is served by another handler.
            if any(_is_end(path, served.get(method, [])) for method in (*methods, ANY_METHOD)):
                continue
            mentions = _mentions(index) if mentions is None else mentions
            if mentions[item.name.encode()] > 1:
                continue  # it may be wired in a form that was not read
            message = f"{item.name} is documented as {' '.join(methods)} {path}, and no route serves it."
            yield _finding(item, message, confidence=Confidence.MEDIUM)


def _differences(
    item: RustItem, methods: tuple[str, ...], path: str, own: list[RoutedEndpoint]
) -> Iterator[SourceFinding]:
    if any(_has_path(one, path) and _has_methods(one, methods) for one in own):
        return
    served = own[0]
    actual = f"{' '.join(served.endpoint.methods)} {template(served.path)}"
    what = "method" if any(_has_path(one, path) for one in own) else "path"
    yield _finding(
        item,
        f"{item.name} is documented as {' '.join(methods)} {path}, and served as {actual}: another {what}.",
        route=served,
    )


def _flat(path: str) -> str:
    return without_names(template(path)).rstrip("/")


def _is_end(path: str, backwards: list[str]) -> bool:
    """Return whether a documented path is the end of a path; those are read backwards, and sorted."""
    flat = _flat(path)
    if flat and not flat.startswith("/"):
        return False
    place = bisect_left(backwards, flat[::-1])
    return place < len(backwards) and backwards[place].startswith(flat[::-1])


def _has_methods(route: RoutedEndpoint, methods: tuple[str, ...]) -> bool:
    return ANY_METHOD in route.endpoint.methods or bool({*methods} & {*route.endpoint.methods})


def _has_path(route: RoutedEndpoint, path: str) -> bool:
    """Return whether a route ends with a documented path: the document may add a prefix, as the router does."""
    documented, served = _flat(path), _flat(route.path)
    if not documented.startswith("/") and documented:
        return True
    return _answers(served, documented) or (route.endpoint.unplaced and documented.endswith(served))


def _answers(served: str, documented: str) -> bool:
    """Return whether the end of a served path is a documented one; its parameters stand for any segment."""
    own, wanted = served.split("/")[1:], documented.split("/")[1:]
    parameter = _flat("/{id}").lstrip("/")
    last = own[len(own) - len(wanted) :]
    return len(own) >= len(wanted) and all(one in (wanted[at], parameter) for at, one in enumerate(last))


def _context(item: RustItem) -> str:
    """Return ``context_path`` of the attribute."""
    found = re.search(r'\bcontext_path\s*=\s*"([^"]*)"', text(_attribute(item)))
    return found[1] if found else ""


def _attribute(item: RustItem) -> Node:
    return next((one for one in attributes(item.node) if re.search(r"\bpath\s*\(", text(one))), item.node)


def _mentions(index: CrateIndex) -> Counter[bytes]:
    """Return in how many functions each name stands. A handler's own function counts."""
    found: Counter[bytes] = Counter()
    for item in index.functions():
        found.update({*only_names(item.node.text or b"").split()})
    return found


def _finding(
    item: RustItem,
    message: str,
    *,
    route: RoutedEndpoint | None = None,
    confidence: Confidence = Confidence.HIGH,
) -> SourceFinding:
    return SourceFinding(
        rule=RULE,
        message=message,
        location=item.file.place(_attribute(item)),
        confidence=confidence,
        related=(route.endpoint.location, *route.endpoint.trail) if route is not None else (),
        subject=str(item),
    )
