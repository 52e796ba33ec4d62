"""Code that runs later or elsewhere, where a function is evaluated for a client without a certificate: closures that
variables hold or that lists are given, tasks, time limits, and several futures at once.
"""

import re
from collections.abc import Sequence

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import status_of
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_parts import independent
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    OPAQUE,
    OWN,
    UNKNOWN,
    Atom,
    Present,
    Text,
    Texts,
    Value,
    holding,
    negated,
    some,
    truth,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import arguments, path_of, plain

WAITING = re.compile(r"incoming|next|recv|handshake|connect|poll")
"""Methods that wait for what a client sends, or for its connection."""
RUN_BY = {"spawn_blocking": 0, "spawn": 0, "timeout": 1, "timeout_at": 1}
"""Functions of runtimes that run their argument of this number, and fail if it panics or is late."""
FILLED_LATER = frozenset({"new", "default", "empty", "builder", "with_capacity"})
"""Functions of types that make something empty."""
IN_PLACE = "block_in_place"
LOCKING = frozenset(
    {"lock", "try_lock", "blocking_lock", "lock_owned", "write", "try_write", "blocking_write"}
)
"""Methods that give what several tasks share."""


def of_closure(case: AbsentCase, frame: AbsentFrame, callee: Node, values: list[Value]) -> Value | None:
    """Evaluate a call of a closure that stands there or in a variable; ``None`` for any other function."""
    while callee.type == "parenthesized_expression" and plain(callee):
        callee = plain(callee)[0]
    if callee.type == "closure_expression":
        return case.closure(frame, callee, values)
    code, _ = frame.meant(callee)
    return case.closure(frame, callee, values) if code is not callee else None


def of_task(case: AbsentCase, frame: AbsentFrame, callee: Node, given: list[Node]) -> Value | None:
    """Evaluate what a runtime runs; ``None`` for any other function."""
    name = path_of(callee)[-1:]
    if not name or (name[0] != IN_PLACE and name[0] not in RUN_BY) or case.item(frame, path_of(callee)):
        return None
    number = RUN_BY.get(name[0], 0)
    if number >= len(given):
        return None
    code, _ = frame.meant(given[number])
    is_closure = code.type == "closure_expression"
    value = case.closure(frame, given[number], []) if is_closure else case.value(frame, given[number])
    return value if name[0] == IN_PLACE else {some(value), ABSENT}


def waits(node: Node, name: str) -> bool:
    """Return whether a method gives what a client sends, or its connection."""
    awaited = node.parent is not None and node.parent.type == "await_expression"
    return name.startswith("accept") or (awaited and WAITING.search(name) is not None)


def joined(values: Sequence[Value]) -> Value:
    """``join!(one, other)``: the values of all."""
    return {holding("", {str(number): value for number, value in enumerate(values)})}


def joined_unless_one_fails(values: Sequence[Value]) -> Value:
    """``try_join!(one, other)``: what is in all, or the first error."""
    parts = [{inner for one in value for inner in _within(one)} for value in values]
    fails = any(value & {ABSENT, *OPAQUE} for value in values)
    found: set[Atom] = {ABSENT} if fails else set()
    return found | ({some(joined(parts))} if all(parts) else set())


def _within(one: Atom) -> Value:
    if isinstance(one, Present):
        return one.inner
    return {one} if one in OPAQUE else set()


def of_each(case: AbsentCase, frame: AbsentFrame, function: Node, every: Texts, decides: Atom) -> Value:
    """Evaluate ``any`` or ``all`` of a list, which the outcome for one text decides."""
    found = [truth(case.closure(frame, function, [{Text(item)}])) for item in every.items]
    if {decides} in found:
        return {decides}
    return {UNKNOWN} if any(decides in one for one in found) else negated({decides})


def constant(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> Value:
    """Return the value of a constant of the crates."""
    found = case.profiles.names.resolve(path, frame.module) if path else None
    if not isinstance(found, RustItem) or found.kind != "const" or found.node.id in case.stack:
        return {UNKNOWN}
    case.stack.append(found.node.id)
    value = case.value(AbsentFrame(found.module, found.owner), syntax.field(found.node, "value"))
    case.stack.pop()
    # A static may be filled when the service starts: one value for all clients.
    return {OWN} if found.node.type == "static_item" and UNKNOWN in value else value


def is_own_function(frame: AbsentFrame, node: Node, path: tuple[str, ...], values: list[Value]) -> bool:
    """Return whether a call of other code depends on nothing of the client: it reads a file, or the configuration."""
    if not path or path[0] in frame.cells:
        return False
    return independent(frame, arguments(node), values) if values else path[-1] not in FILLED_LATER


def built_with(case: AbsentCase, frame: AbsentFrame, given: list[Node], name: str) -> Value | None:
    """Evaluate ``Response::builder().status(…)``; ``None`` for other methods, and for a status that is not known."""
    only = given[0] if name == "status" and len(given) == 1 else None
    return status_of(case.value(frame, only), only) if only is not None else None
