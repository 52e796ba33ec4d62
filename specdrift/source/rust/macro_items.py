"""The macros that crates define, and the items that calls of them write."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from specdrift.source.rust.items import CrateIndex, RustItem, RustModule
from specdrift.source.rust.macro_expansion import LONGEST, expanded
from specdrift.source.rust.syntax import field as part
from specdrift.source.rust.syntax import path_of, text

GIVING = re.compile(rb"\b(?:fn|const)\b[^;{]*\b(?:str|String)\b")
"""Occurs in rules of macros that define functions or constants with texts."""
MOST_CALLS = 300
STATICS = frozenset({("lazy_static",), ("thread_local",)})
STATIC_REF = re.compile(r"\bstatic\s+ref\s")
HERE = frozenset({"crate", "$crate", "self", "super"})
"""How paths of macros begin within a crate."""


@dataclass(slots=True, eq=False)
class MacroDefinitions:
    """Macros by name."""

    _by_name: dict[str, list[RustItem]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, index: CrateIndex) -> "MacroDefinitions":
        """Return the macros of all crates."""
        found = cls()
        for module in index.modules():
            for item in module.items.values():
                if item.kind == "macro":
                    found._by_name[item.name].append(item)
        return found

    def __iter__(self) -> Iterator[RustItem]:
        for items in self._by_name.values():
            yield from items

    def meant(self, call: Node | None, module: RustModule) -> RustItem | None:
        """Return the macro of a call: that of its own crate if several have the name."""
        path = path_of(part(call, "macro")) if call is not None else ()
        fitting = self._by_name.get(path[-1], []) if path else []
        first = path[0] if len(path) > 1 else ""
        if first and first not in HERE and first not in module.modules and first not in module.uses:
            # Another crate's, such as ``tracing::debug!``, unless it is one of those that were read.
            fitting = [item for item in fitting if item.module.path[0].replace("-", "_") == first]
        near = [item for item in fitting if item.module.crate.node is module.crate.node]
        meant = near or fitting
        return meant[0] if len(meant) == 1 else None


def widen(index: CrateIndex) -> bool:
    """Expand the calls between items that define texts; return whether there were any.

    Their items are found by name afterwards. Functions among them are not searched for routers.
    """
    macros = MacroDefinitions.of(index)
    giving = {item.node.id for item in macros if GIVING.search(item.node.text or b"")}
    return write_items(index, macros, giving, searched=False)


def write_items(index: CrateIndex, macros: MacroDefinitions, wanted: set[int], *, searched: bool) -> bool:
    """Expand the calls of the wanted macros between items, by the ids of their definitions.

    Returns whether there were any.
    """
    calls = [(module, node) for module in index.modules() for node in module.loose] if wanted else []
    length = count = 0
    for module, loose in calls:
        call = loose if loose.type == "macro_invocation" else next(iter(loose.named_children), None)
        definition = macros.meant(call, module)
        if call is None or definition is None or definition.node.id not in wanted:
            continue
        count += 1
        expansion = expanded(definition.node, call) if count <= MOST_CALLS else None
        if expansion and length + len(expansion) <= LONGEST:
            index.write(expansion, module, call, searched=searched)
            length += len(expansion)
    return length > 0


def write_statics(index: CrateIndex) -> None:
    """Add the items of ``lazy_static!`` and ``thread_local!`` as statics."""
    calls = [(module, node) for module in index.modules() for node in module.loose]
    for module, loose in calls:
        call = loose if loose.type == "macro_invocation" else next(iter(loose.named_children), None)
        name = path_of(part(call, "macro"))[-1:] if call is not None else ()
        tree = call.named_children[-1] if call is not None and call.named_children else None
        if call is not None and tree is not None and name in STATICS:
            written = STATIC_REF.sub("static ", text(tree)[1:-1])
            index.write(written, module, call, searched=False)
