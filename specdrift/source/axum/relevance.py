"""Which functions are worth evaluating: those that build routers, and those that call them."""

import re
from collections import defaultdict

from specdrift.source.rust.items import Index, Item
from specdrift.source.rust.syntax import text

BUILDING = re.compile(
    r"\b(?:Router|OpenApiRouter|ApiRouter|MethodRouter|ServiceBuilder|MethodFilter)\b|\.(?:route|nest|route_layer)\s*\("
    r"|\bfrom_fn|\broutes!|\bimpl\s+(?:Layer|tower::Layer)|\brouting::|\bserve_connection|\binto_make_service|\baxum::serve\b"
)
CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*(?:::<[^()]*>)?\(")
NAMED = re.compile(r"\b([a-z_]\w*)\b")


def relevant(index: Index) -> frozenset[int]:
    """The ids of functions that build, or by name reach something that does."""
    said = {item: text(item.node) for item in index.functions if item.body is not None}
    callers: dict[str, list[Item]] = defaultdict(list)
    for item, written in said.items():
        for name in set(CALLED.findall(written)):
            callers[name].append(item)
    found = {item.node.id for item, written in said.items() if BUILDING.search(written)}
    waiting = [item for item in said if item.node.id in found]
    while waiting:
        for caller in callers.get(waiting.pop().name, ()):
            if caller.node.id not in found:
                found.add(caller.node.id)
                waiting.append(caller)
    return frozenset(found)


def builders(index: Index) -> list[Item]:
    """The functions that build routers themselves."""
    return [item for item in index.functions if item.body is not None and BUILDING.search(text(item.node))]
