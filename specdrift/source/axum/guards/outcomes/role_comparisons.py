"""Comparisons with a role, in a function that is evaluated for a client that has the role, or has not."""

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame, RoleComparison
from specdrift.source.axum.guards.absent.absent_texts import texts_in
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    CHOSEN,
    FALSE,
    HEADERS,
    OPAQUE,
    UNKNOWN,
    Value,
    some,
    truth,
)
from specdrift.source.rust.syntax import arguments

READING = frozenset({"get", "get_all"})
LOOSE = frozenset({"contains", "starts_with", "ends_with"})
"""Methods of a text that are true for a part of it as well."""
OF_EACH = frozenset({"any", "all"})


def of_method(case: AbsentCase, frame: AbsentFrame, node: Node, receiver: Value, name: str) -> Value | None:
    """Evaluate a method that a comparison with the role needs; ``None`` for others, and if no role is looked for."""
    given = arguments(node)
    if case.role is None or len(given) != 1:
        return None
    if receiver == {HEADERS} and name in READING:
        return {ABSENT, some({CHOSEN})} if name == "get" else {CHOSEN}
    if name in LOOSE and any(case.role.name in texts_in(one) for one in receiver):
        case.role.comparisons.add(RoleComparison.LOOSE)
        case.value(frame, given[0])
        return {UNKNOWN}
    if name in OF_EACH and receiver and receiver <= OPAQUE:
        found = truth(case.closure(frame, given[0], [receiver & {CHOSEN} or {UNKNOWN}]))
        return found if name == "any" and found == {FALSE} else {UNKNOWN}
    return None
