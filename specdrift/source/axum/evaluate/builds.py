"""Whether code is compiled: its ``cfg`` attributes, with the features that a build has by default."""

import re

from tree_sitter import Node

from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import text

BUILD = re.compile(r"#\[\s*cfg\s*\((.*)\)\s*\]", re.DOTALL)
FEATURE = re.compile(r'feature\s*=\s*"([^"]+)"\s*')
OPERATOR = re.compile(r"(not|all|any)\s*\((.*)\)\s*", re.DOTALL)
LONGEST = 1000


def is_compiled(node: Node, features: frozenset[str]) -> bool | None:
    """Return whether builds with the default features have a statement or an item; ``None``: only some have it."""
    found = (BUILD.fullmatch(text(one).strip()) for one in syntax.attributes(node))
    return _all([outcome(one[1], features) for one in found if one is not None])


def variants(item: RustItem, index: CrateIndex) -> tuple[RustItem, ...]:
    """Return the functions of one name, of which each build has one: those of builds with the default features."""
    every = (item, *index.twins.get(item.node.id, ()))
    built = (one for one in every if is_compiled(one.node, index.features_of(one.module)) is not False)
    return tuple(built) or every


def outcome(condition: str, features: frozenset[str]) -> bool | None:
    """Return the outcome of ``cfg(condition)``; ``None`` if builds with the default features may differ in it."""
    condition = condition.strip()
    if len(condition) > LONGEST:
        return None
    if feature := FEATURE.fullmatch(condition):
        # Another one may be enabled for what is deployed.
        return True if feature[1] in features else None
    if found := OPERATOR.fullmatch(condition):
        inner = [outcome(part, features) for part in _parts(found[2])]
        if found[1] == "not":
            return None if len(inner) != 1 or inner[0] is None else not inner[0]
        return _all(inner) if found[1] == "all" else _any(inner)
    return False if condition == "test" else None


def _all(outcomes: list[bool | None]) -> bool | None:
    if False in outcomes:
        return False
    return None if None in outcomes else True


def _any(outcomes: list[bool | None]) -> bool | None:
    if True in outcomes:
        return True
    return None if None in outcomes else False


def _parts(conditions: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth = [""], 0
    for one in conditions:
        depth += (one == "(") - (one == ")")
        if one == "," and not depth:
            parts.append("")
        else:
            parts[-1] += one
    return [part for part in parts if part.strip()]
