"""Requests of a route whose parameters and query the client chooses, so that a guard passes them on.

A guard that skips all paths with an end, or with a text in them, skips some of each route with a parameter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.axum.guards.absent.absent_shapes import PARAMETER
from specdrift.source.axum.guards.presence.given_parameters import GIVEN
from specdrift.source.axum.path_attributes import parameters_of
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import descendants, path_of, plain, text, type_arguments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tree_sitter import Node

    from specdrift.source.axum.guards.access_profiles import AccessProfiles
    from specdrift.source.axum.guards.cases.deciding_code import DecidingCode
    from specdrift.source.axum.syntax.values import FunctionValue

LITERAL = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^'\\\s])'""", re.DOTALL)
SHORT = re.compile(r"[^\\\s]{1,60}")
SEGMENT = re.compile(r"[\w.~-]+", re.ASCII)
"""A text that may be a segment of a path as it is."""
QUERY = re.compile(r"[\w.~/=&-]+", re.ASCII)
MOST, MOST_FUNCTIONS = 10, 20
"""Texts of a guard that are tried, and functions that they are looked for in."""
REJECTING = frozenset({"Query"})
"""Extractors of axum that may reject a query."""
NAMES = frozenset({"type_identifier", "primitive_type"})
FREE = frozenset({"String", "str", "Cow", "Box", "Arc"})
"""Types of parameters that may have any text."""


class ChosenRequest(Struct, frozen=True):
    """What a client chooses."""

    parameter: str
    """Each parameter of the path."""
    query: str
    """Empty without one."""

    def fill(self, path: str) -> str:
        """Return the path of a template."""
        return PARAMETER.sub(self.parameter, path)

    def shown(self, path: str) -> str:
        """Return the target of the request."""
        return f"{self.fill(path)}?{self.query}" if self.query else self.fill(path)


def texts_of(codes: Iterable[DecidingCode], profiles: AccessProfiles) -> list[str]:
    """Return the texts in the code of a guard, and in the functions and constants that it names."""
    nodes = [
        node
        for one in codes
        for node in (
            one.node,
            *(item.node for item in profiles.called(one.node, one.module)[:MOST_FUNCTIONS]),
        )
    ]
    found = (one[1] or one[2] or "" for node in nodes for one in LITERAL.finditer(text(node)))
    return list(dict.fromkeys(filter(SHORT.fullmatch, found)))[:MOST]


def chosen_requests(
    literals: Collection[str], path: str, handler: FunctionValue, others: Collection[str]
) -> Iterator[ChosenRequest]:
    """Yield requests of a route with texts in them.

    ``others``: the paths of all routes. A request that another one gets is none of this route.
    """
    if not literals or not _takes_any_text(handler):
        return
    segments = [value for one in literals for value in (one.strip("/"), f"x{one.strip('/')}")]
    own = [ChosenRequest(one, "") for one in segments if PARAMETER.search(path)]
    for one in (*own, *(ChosenRequest("x", query) for query in literals if QUERY.fullmatch(query))):
        target = one.fill(path)
        if SEGMENT.fullmatch(one.parameter) and not any(
            _may_get(other, target) for other in others if other != path
        ):
            yield one


def _may_get(template: str, path: str) -> bool:
    """Return whether a route of this template may get a path."""
    parts, end = "", 0
    for found in PARAMETER.finditer(template):
        parts += re.escape(template[end : found.start()]) + (".+" if "*" in found[0][:2] else "[^/]+")
        end = found.end()
    return re.fullmatch(parts + re.escape(template[end:]), path) is not None


def _takes_any_text(handler: FunctionValue) -> bool:
    """Return whether the extractors of a handler reject no path and no query."""
    module, code = handler.written_in, handler.code
    if module is None or code is None:
        return False
    parameters = syntax.field(code, "parameters")
    kinds = [kind for kind, _ in parameters_of(handler, module)]
    count = len(plain(parameters)) if parameters is not None else 0
    return len(kinds) >= count and all(map(_gives_any_text, kinds))


def _gives_any_text(kind: Node) -> bool:
    """Return whether an extractor of axum rejects no request for its path or query."""
    name, inner = (path_of(kind) or ("",))[-1], type_arguments(kind)
    if name != "Path":
        return name in GIVEN - REJECTING
    named = {text(one) for each in inner for one in descendants(each) if one.type in NAMES}
    return bool(named) and named <= FREE
