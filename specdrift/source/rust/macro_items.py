"""Expands macros that define types, functions and constants, where a path is unknown without them."""

import re

from tree_sitter import Node

from specdrift.source.rust.items import CrateIndex, RustItem, RustModule
from specdrift.source.rust.macro_expansion import LONGEST, expanded
from specdrift.source.rust.syntax import field, path_of

GIVING = re.compile(rb"\b(?:fn|const)\b[^;{]*\b(?:str|String)\b")
"""What a macro's rule has that writes functions or constants which give texts."""
MOST_CALLS = 300


def widen(index: CrateIndex) -> bool:
    """Write out the calls of macros that stand between items and make such ones; whether there was any.

    What they make is found by its names from then on; functions among it are not looked through for routers.
    """
    known = _definitions(index)
    calls = [(module, node) for module in index.modules() for node in module.loose]
    length = 0
    for module, loose in calls[:MOST_CALLS] if known else ():
        call = loose if loose.type == "macro_invocation" else next(iter(loose.named_children), None)
        definition = _meant(call, module, known)
        said = expanded(definition.node, call) if definition is not None and call is not None else None
        if call is not None and said and length + len(said) <= LONGEST:
            index.write(said, module, call)
            length += len(said)
    return length > 0


def _definitions(index: CrateIndex) -> dict[str, list[RustItem]]:
    found: dict[str, list[RustItem]] = {}
    for module in index.modules():
        for item in module.items.values():
            if item.kind == "macro" and GIVING.search(item.node.text or b""):
                found.setdefault(item.name, []).append(item)
    return found


def _meant(call: Node | None, module: RustModule, known: dict[str, list[RustItem]]) -> RustItem | None:
    """The macro that a call means: that of its crate, where several have one of that name."""
    path = path_of(field(call, "macro")) if call is not None else ()
    fitting = known.get(path[-1], []) if path else []
    near = [item for item in fitting if item.module.crate is module.crate]
    meant = near or fitting
    return meant[0] if len(meant) == 1 else None
