"""Functions of which each build has another one."""

from tree_sitter import Node

from specdrift.source.rust.conditions import around_in_builds, has_attributes, is_compiled
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule, around
from specdrift.source.rust.syntax import field, plain


def variants(item: RustItem, index: CrateIndex) -> tuple[RustItem, ...]:
    """Return the functions of one name, of which each build has one: those of builds with the default features."""
    every = (item, *index.twins.get(item.node.id, ()))
    built = (one for one in every if is_compiled(one.node, index.features_of(one.module)) is not False)
    return tuple(built) or every


def is_surely_built(item: RustItem, index: CrateIndex) -> bool:
    """Return whether all release builds with the default features have a function, and none has another one."""
    files = any(
        one.parent is not None and one.parent.contents.other_modules.get(one.path[-1])
        for one in around(item.module)
    )
    return not files and not any(around_in_builds(item.node, index.features_of(item.module)))


def built_twins(code: Node, module: RustModule, index: CrateIndex) -> list[Node]:
    """Return a function, or those of its name that builds with the default features may have instead."""
    twins = index.twins.get(code.id)
    if not twins:
        return [code]
    every, features = [code, *(twin.node for twin in twins)], index.features_of(module)
    return [one for one in every if is_compiled(one, features) is not False] or every


def parameters_built(code: Node, features: frozenset[str]) -> list[Node]:
    """Return the parameters that a function surely has in builds with the default features."""
    parameters = field(code, "parameters")
    if parameters is None or not has_attributes(parameters):
        return plain(parameters) if parameters is not None else []
    return [one for one in plain(parameters) if is_compiled(one, features)]
