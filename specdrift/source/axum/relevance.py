"""Which functions are worth evaluating: those that build routers, and those that call them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specdrift.source.rust.calling import Calls
from specdrift.source.rust.items import Index, Item

BUILDING = re.compile(
    rb"\b(?:Router|OpenApiRouter|ApiRouter|MethodRouter|ServiceBuilder|MethodFilter)\b|\.(?:route|nest|route_layer)\s*\("
    rb"|\bfrom_fn|\broutes!|\bimpl\s+(?:Layer|tower::Layer)|\brouting::|\bserve_connection|\binto_make_service|\baxum::serve\b"
)
IN_BUILDING = tuple(
    b"Router|ServiceBuilder|MethodFilter|.route|.nest|from_fn|routes!|Layer|routing::|serve_connection|into_make_service"
    b"|axum::serve".split(b"|")
)
"""Texts of which any match has one: they are found much faster."""
ALIKE = 3
"""With more methods of one name, a call of it by a dot says too little of which one is meant."""


@dataclass(frozen=True, slots=True, eq=False)
class Relevance:
    """``functions`` are the ids of those that build, or by name reach something that does; ``builders`` the former."""

    functions: frozenset[int]
    builders: tuple[Item, ...]


def relevance(index: Index) -> Relevance:
    """Which functions of these crates matter."""
    calls = Calls(index)
    building: set[int] = set()
    for file in index.files.values():
        if not any(said in file.content for said in IN_BUILDING):
            continue
        places = (found.start() for found in BUILDING.finditer(file.content))
        building.update(item.node.id for item in calls.functions_at(file, places))
    builders = tuple(item for item in index.functions if item.node.id in building)
    return Relevance(frozenset(_reaching(builders, calls, index)), builders)


def _reaching(builders: Iterable[Item], calls: Calls, index: Index) -> set[int]:
    waiting = list(builders)
    found = {item.node.id for item in waiting}
    asked: set[tuple[str, str]] = set()
    while waiting:
        for caller in _callers(waiting.pop(), calls, index, asked):
            if caller.node.id not in found:
                found.add(caller.node.id)
                waiting.append(caller)
    return found


def _callers(item: Item, calls: Calls, index: Index, asked: set[tuple[str, str]]) -> Iterator[Item]:
    """Those who may mean this one by what they write, but for those that were ``asked`` for already."""
    ways = (
        [f"{item.owner}::"]
        if item.owner
        else ["", f"{item.module.path[-1]}::", "self::", "super::", "crate::"]
    )
    if item.owner and (len(index.methods[item.name]) <= ALIKE or item.trait):
        ways.append(".")
    for way in ways:
        if (way, item.name) not in asked:
            asked.add((way, item.name))
            yield from calls.of(way, item.name)
    if item.owner:
        yield from (c for c in calls.of("Self::", item.name) if c.owner == item.owner)
