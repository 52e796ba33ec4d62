"""All statements of a configuration, and those that are not evaluated."""

import re
from collections.abc import Iterator

from crossplane.analyzer import DIRECTIVES

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import match_of

CAPTURE = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
FREE = frozenset({"map", "geo", "split_clients", "types", "match", "charset_map"})
"""Blocks whose entries are no statements."""
KNOWN = frozenset(DIRECTIVES) | inheritance.TRANSPORT | inheritance.EVALUATED


def everything(block: Directive) -> Iterator[Directive]:
    """Yield the statements of a block, and of those in it."""
    for one in block.block:
        yield one
        if one.name not in FREE:
            yield from everything(one)


def first_of(block: Directive, names: frozenset[str]) -> Iterator[tuple[Directive, Directive]]:
    """Yield each block that has a statement of these names, with the first one."""
    for inner in (block, *everything(block)):
        found = next((one for one in inner.block if one.name in names), None)
        if found is not None:
            yield inner, found


def set_values(http: Directive) -> dict[str, tuple[str, ...]]:
    """Return the values that ``set`` gives each variable anywhere."""
    found: dict[str, dict[str, None]] = {}
    for one in everything(http):
        if one.name == "set" and len(one.args) == 2:
            found.setdefault(one.first.removeprefix("$"), {})[one.args[1]] = None
    return {name: tuple(values) for name, values in found.items()}


def captured(http: Directive) -> Iterator[str]:
    """Yield the variables that expressions fill while a request is processed."""
    for one in everything(http):
        if one.name in ("location", "if", "rewrite"):
            yield from (name for text in one.args for name in CAPTURE.findall(text))


def opaque(http: Directive) -> Iterator[Directive]:
    """Yield statements that may decide and are not evaluated."""
    for one in everything(http):
        if one.name in inheritance.UNEVALUATED or one.name not in KNOWN:
            yield one


def unmatched(http: Directive) -> Iterator[UnresolvedExpression]:
    """Yield locations that match nothing that is known."""
    for one in everything(http):
        if one.name == "location" and match_of(one.args) is None:
            what = f"location with the modifier {one.first}"
            yield UnresolvedExpression(one.location, what, UnresolvedKind.SERVED)


def unresolved(one: Directive) -> UnresolvedExpression:
    """Return a statement as one that is not evaluated."""
    return UnresolvedExpression(one.location, f"{one.name} is not evaluated", UnresolvedKind.ROUTE)
