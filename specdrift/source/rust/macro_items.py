"""Expands macros that define types, functions and constants if a path cannot be evaluated without them."""

import re

from tree_sitter import Node

from specdrift.source.rust.items import CrateIndex, RustItem, RustModule
from specdrift.source.rust.macro_expansion import LONGEST, expanded
from specdrift.source.rust.syntax import field, path_of

GIVING = re.compile(rb"\b(?:fn|const)\b[^;{]*\b(?:str|String)\b")
"""Occurs in rules of macros that define functions or constants with texts."""
MOST_CALLS = 300


def widen(index: CrateIndex) -> bool:
    """Expand the macro calls between items that define such; return whether there were any.

    Their items are found by name afterwards. Functions among them are not searched for routers.
    """
    known = _definitions(index)
    calls = [(module, node) for module in index.modules() for node in module.loose]
    length = 0
    for module, loose in calls[:MOST_CALLS] if known else ():
        call = loose if loose.type == "macro_invocation" else next(iter(loose.named_children), None)
        definition = _meant(call, module, known)
        expansion = expanded(definition.node, call) if definition is not None and call is not None else None
        if call is not None and expansion and length + len(expansion) <= LONGEST:
            index.write(expansion, module, call)
            length += len(expansion)
    return length > 0


def _definitions(index: CrateIndex) -> dict[str, list[RustItem]]:
    found: dict[str, list[RustItem]] = {}
    for module in index.modules():
        for item in module.items.values():
            if item.kind == "macro" and GIVING.search(item.node.text or b""):
                found.setdefault(item.name, []).append(item)
    return found


def _meant(call: Node | None, module: RustModule, known: dict[str, list[RustItem]]) -> RustItem | None:
    """Return the macro of a call: that of its own crate if several have the name."""
    path = path_of(field(call, "macro")) if call is not None else ()
    fitting = known.get(path[-1], []) if path else []
    near = [item for item in fitting if item.module.crate is module.crate]
    meant = near or fitting
    return meant[0] if len(meant) == 1 else None
