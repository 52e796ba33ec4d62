"""Functions of which each build has another one."""

from tree_sitter import Node

from specdrift.source.rust.conditions import is_compiled
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule


def variants(item: RustItem, index: CrateIndex) -> tuple[RustItem, ...]:
    """Return the functions of one name, of which each build has one: those of builds with the default features."""
    every = (item, *index.twins.get(item.node.id, ()))
    built = (one for one in every if is_compiled(one.node, index.features_of(one.module)) is not False)
    return tuple(built) or every


def built_twins(code: Node, module: RustModule, index: CrateIndex) -> list[Node]:
    """Return a function, or those of its name that builds with the default features may have instead."""
    twins = index.twins.get(code.id)
    if not twins:
        return [code]
    every, features = [code, *(twin.node for twin in twins)], index.features_of(module)
    return [one for one in every if is_compiled(one, features) is not False] or every
