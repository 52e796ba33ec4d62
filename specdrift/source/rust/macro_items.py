"""The macros that crates define, and the items that calls of them write."""

import re
from collections.abc import Collection, Iterator
from functools import partial

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.macro_expansion import LONGEST, expanded
from specdrift.source.rust.syntax import field as part
from specdrift.source.rust.syntax import path_of, text

GIVING = re.compile(rb"\b(?:fn|const)\b[^;{]*\b(?:str|String)\b")
"""Occurs in rules of macros that define functions or constants with texts."""
MAKES = re.compile(r"\bfn\s+\$?\w")
MOST_CALLS = 300
STATICS = frozenset({("lazy_static",), ("thread_local",)})
IN_STATICS = tuple(name.encode() for path in sorted(STATICS) for name in path)
STATIC_REF = re.compile(r"\bstatic\s+ref\s")
HERE = frozenset({"crate", "$crate", "self", "super"})
"""How paths of macros begin within a crate."""


class MacroDefinitions(Struct, eq=False):
    """Macros by name."""

    index: CrateIndex | None = None

    def naming(self, *texts: bytes) -> Iterator[RustItem]:
        """Yield the macros of the modules whose files contain one of the texts; all macros without texts."""
        for module in self.index.modules(b"macro_rules") if self.index is not None else ():
            if not texts or any(one in module.file.content for one in texts):
                yield from (item for item in module.items.values() if item.kind == "macro")

    def meant(self, call: Node | None, module: RustModule) -> RustItem | None:
        """Return the macro of a call: that of its own crate if several have the name."""
        path = path_of(part(call, "macro")) if call is not None else ()
        if len(path) == 1 and (own := _in_blocks(path[0], module)) is not None:
            return own
        fitting = self.index.macros(path[-1]) if path and self.index is not None else []
        first = path[0] if len(path) > 1 else ""
        if first and first not in HERE and first not in module.modules and first not in module.uses:
            # Another crate's, such as ``tracing::debug!``, unless it is one of those that were read.
            fitting = [item for item in fitting if item.module.path[0].replace("-", "_") == first]
        near = [item for item in fitting if item.module.crate.contents is module.crate.contents]
        meant = near or fitting
        return meant[0] if len(meant) == 1 else None


def _in_blocks(name: str, module: RustModule) -> RustItem | None:
    """Return the macro that a block around a call defines."""
    while module.in_block and module.parent is not None:
        own = module.item(name)
        if own is not None and own.kind == "macro":
            return own
        module = module.parent
    return None


def widen(index: CrateIndex) -> bool:
    """Expand the calls between items that define texts; return whether there were any.

    Their items are found by name afterwards. Functions among them are not searched for routers.
    """
    macros = MacroDefinitions(index)
    giving = {item.id: item for item in macros.naming() if GIVING.search(item.code.content)}
    return write_items(index, macros, giving.values(), searched=False)


def write_items(
    index: CrateIndex, macros: MacroDefinitions, wanted: Collection[RustItem], *, searched: bool
) -> bool:
    """Expand the calls of the wanted macros between items.

    Returns whether there were any.
    """
    names, ids = {item.name.encode() for item in wanted}, {item.id for item in wanted}
    loose = ((module, code) for module in index.modules(*names) for code in module.loose) if wanted else ()
    calls = [(module, code.node) for module, code in loose if any(name in code.content for name in names)]
    length = count = 0
    for module, node in calls:
        call = _call(node)
        definition = macros.meant(call, module)
        if call is None or definition is None or definition.id not in ids:
            continue
        count += 1
        expansion = expanded(definition.node, call) if count <= MOST_CALLS else None
        if expansion and length + len(expansion) <= LONGEST:
            index.write(expansion, module, call, searched=searched)
            length += len(expansion)
    return length > 0


def _call(loose: Node) -> Node | None:
    return loose if loose.type == "macro_invocation" else next(iter(loose.named_children), None)


def calls_naming(module: RustModule, name: str) -> list[ItemCode]:
    """Return the macro calls between the items of a module in which a name occurs."""
    named = re.compile(rf"\b{re.escape(name)}\b")
    return [one for one in module.loose if named.search(one.source_text)]


def write_functions(macros: MacroDefinitions, module: RustModule, calls: Collection[ItemCode]) -> bool:
    """Expand macro calls between the items of a module that define functions; return whether there were any."""
    written = False
    for loose in calls if macros.index is not None else ():
        call = _call(loose.node)
        definition = macros.meant(call, module)
        if call is None or definition is None or MAKES.search(text(definition.node)) is None:
            continue
        expansion = expanded(definition.node, call)
        if macros.index is not None and expansion and len(expansion) <= LONGEST:
            module.loose.remove(loose)
            macros.index.write(expansion, module, call, searched=False)
            written = True
    return written


def write_statics(index: CrateIndex) -> None:
    """Add the items of ``lazy_static!`` and ``thread_local!`` as statics, of each module as it is read."""
    for module in index.modules():
        if not module.contents.unread:
            _write_statics(index, module)
    index.when_read.append(partial(_write_statics, index))


def _write_statics(index: CrateIndex, module: RustModule) -> None:
    for loose in tuple(module.loose):
        call = _call(loose.node) if any(name in loose.content for name in IN_STATICS) else None
        name = path_of(part(call, "macro"))[-1:] if call is not None else ()
        tree = call.named_children[-1] if call is not None and call.named_children else None
        if call is not None and tree is not None and name in STATICS:
            written = STATIC_REF.sub("static ", text(tree)[1:-1])
            index.write(written, module, call, searched=False)
