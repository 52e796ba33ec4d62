"""Which functions are worth evaluating: those that build routers, and those that call them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from specdrift.source.rust.items import Index, Item
from specdrift.source.rust.syntax import text

BUILDING = re.compile(
    r"\b(?:Router|OpenApiRouter|ApiRouter|MethodRouter|ServiceBuilder|MethodFilter)\b|\.(?:route|nest|route_layer)\s*\("
    r"|\bfrom_fn|\broutes!|\bimpl\s+(?:Layer|tower::Layer)|\brouting::|\bserve_connection|\binto_make_service|\baxum::serve\b"
)
IN_BYTES = re.compile(BUILDING.pattern.encode())
CALLED = re.compile(r"(\.|\b[A-Za-z_]\w*+::)?\b([A-Za-z_]\w*+)\s*+(?:::<[^()]*>)?\(")
"""A call: what stands before the name (a dot, a module or type), and the name."""
ALIKE = 3
"""With more methods of one name, a call of it by a dot says too little of which one is meant."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Relevance:
    """``functions`` are the ids of those that build, or by name reach something that does; ``builders`` the former."""

    functions: frozenset[int]
    builders: tuple[Item, ...]


def relevance(index: Index) -> Relevance:
    """Which functions of these crates matter."""
    callers: dict[Key, list[Item]] = defaultdict(list)
    files = {file.name for file in index.files.values() if IN_BYTES.search(file.content)}
    builders: list[Item] = []
    for item in index.functions:
        if item.body is None:
            continue
        written = text(item.node)
        for key in set(CALLED.findall(written)):
            callers[key].append(item)
        if item.file.name in files and BUILDING.search(written):
            builders.append(item)
    return Relevance(frozenset(_reaching(builders, callers, index)), tuple(builders))


def _reaching(builders: list[Item], callers: dict[Key, list[Item]], index: Index) -> set[int]:
    found = {item.node.id for item in builders}
    waiting = list(builders)
    while waiting:
        for caller in _callers(waiting.pop(), callers, index):
            if caller.node.id not in found:
                found.add(caller.node.id)
                waiting.append(caller)
    return found


def _callers(item: Item, callers: dict[Key, list[Item]], index: Index) -> Iterator[Item]:
    """Those who may mean this one by what they write."""
    if not item.owner:
        for before in ("", f"{item.module.path[-1]}::", "self::", "super::", "crate::"):
            yield from callers.get((before, item.name), ())
        return
    yield from callers.get((f"{item.owner}::", item.name), ())
    yield from (c for c in callers.get(("Self::", item.name), ()) if c.owner == item.owner)
    if len(index.methods[item.name]) <= ALIKE or item.trait:
        yield from callers.get((".", item.name), ())
