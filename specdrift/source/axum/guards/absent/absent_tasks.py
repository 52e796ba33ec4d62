"""Code that runs later or elsewhere, where a function is evaluated for a client without a certificate: closures that
variables hold or that lists are given, tasks, time limits, and several futures at once.
"""

import re
from collections.abc import Sequence

from tree_sitter import Node

from specdrift.source.axum.builds import variants
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
from specdrift.source.rust.syntax import arguments, path_of, plain, text, type_arguments

WAITING = re.compile(r"incoming|next|recv|handshake|connect|poll")
"""Methods that wait for what a client sends, or for its connection."""
RUN_BY = {"spawn_blocking": 0, "spawn": 0, "timeout": 1, "timeout_at": 1}
"""Functions of runtimes that run their argument of this number, and fail if it panics or is late."""
FILLED_LATER = frozenset({"new", "default", "empty", "builder", "with_capacity"})
"""Functions of types that make something empty."""
LAZY = (("LazyLock", "new"), ("Lazy", "new"), ("LazyCell", "new"))
"""Functions that make what a closure gives when it is used first."""
IN_PLACE = "block_in_place"
COLLECTING = frozenset({"Result", "Option"})
"""What is collected into these is there, if nothing fails."""
_ENDING = """
field_expression call_expression generic_function match_arm match_block match_expression if_expression else_clause
function_item
"""
ENDING = frozenset(_ENDING.split())
"""What has the value of a part of it, changed by methods or not."""
_TAKEN_APART = (
    r"\b{0}\s*(?:\?|\.\s*(?:map_err|ok|ok_or\w*|unwrap\w*|expect|is_ok|is_err|and_then)\b)|\bmatch\s+{0}\b"
)
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
    code, *_ = frame.meant(callee)
    return case.closure(frame, callee, values) if code is not callee else None


def of_task(case: AbsentCase, frame: AbsentFrame, callee: Node, given: list[Node]) -> Value | None:
    """Evaluate what a runtime runs, or the first use of a value; ``None`` for any other function."""
    path = path_of(callee)
    if path[-2:] in LAZY and given and given[0].type == "closure_expression":
        return case.closure(frame, given[0], [])
    name = path[-1:]
    if not name or (name[0] != IN_PLACE and name[0] not in RUN_BY) or case.item(frame, path):
        return None
    number = RUN_BY.get(name[0], 0)
    if number >= len(given):
        return None
    code, *_ = frame.meant(given[number])
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


def constant_item(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> RustItem | None:
    """Return the constant or static of the crates that a path names, also one of a type."""
    found = case.profiles.names.resolve(path, frame.module) if path else None
    if not isinstance(found, RustItem) and len(path) > 1 and path[-1].isupper():
        owner = frame.owner if path[-2] == "Self" else path[-2]
        own = [one for one in case.profiles.index.members(path[-1], {owner}) if one.owner == owner]
        found = own[0] if len(own) == 1 else None
    return found if isinstance(found, RustItem) and found.kind == "const" else None


def constant(case: AbsentCase, frame: AbsentFrame, path: tuple[str, ...]) -> Value:
    """Return the value of a constant of the crates."""
    found = constant_item(case, frame, path)
    if found is None or found.node.id in case.stack:
        return {UNKNOWN}
    case.stack.append(found.node.id)
    every = variants(found, case.profiles.index)
    written = ((AbsentFrame(one.module, one.owner), syntax.field(one.node, "value")) for one in every)
    value = {atom for frame, node in written for atom in case.value(frame, node)}
    case.stack.pop()
    if found.node.type != "static_item":
        return value
    # It may be filled when the service starts: one value for all clients.
    mutable = any(one.type == "mutable_specifier" for one in found.node.children)
    return {OWN} if mutable or UNKNOWN in value else value


def collected_into(frame: AbsentFrame, node: Node) -> str:
    """Return the type that ``collect`` makes, as far as it is written."""
    kinds = type_arguments(syntax.field(node, "function"))
    return (path_of(kinds[0]) or ("",))[-1] if kinds else frame.wanted


def may_be_result(frame: AbsentFrame, collect: Node) -> bool:
    """Return whether ``collect`` without a type may make what the function returns, a result or an option.

    It does where it ends the function, and where a variable holds it of which the code takes a result apart.
    """
    if frame.returned not in COLLECTING or collected_into(frame, collect):
        return False
    node, around = collect, collect.parent
    while around is not None:
        if around.type in {"try_expression", "return_expression"} or node.type == "function_item":
            return True
        if around.type == "let_declaration":
            name = text(syntax.field(around, "pattern"))
            return re.search(_TAKEN_APART.format(re.escape(name)), text(around.parent)) is not None
        if around.type not in ENDING and not _is_end(node, around):
            return False
        node, around = around, around.parent
    return False


def _is_end(node: Node, around: Node) -> bool:
    """Return whether a part is the value of what is around it."""
    return around.type == "block" and plain(around)[-1:] == [node] and node.type != "expression_statement"


def is_stateful(frame: AbsentFrame, call: Node, name: str) -> bool:
    """Return whether a method of a list takes what another call of it may have taken before, or joins its entries."""
    if name == "collect":
        return (collected_into(frame, call) or frame.returned) == "String"
    receiver = syntax.field(syntax.field(call, "function") or call, "value")
    return name in {"next", "next_back"} and (receiver is None or receiver.type != "call_expression")


def is_list_made(path: tuple[str, ...], values: Sequence[Value]) -> bool:
    """Return whether a function makes a set or a list of one list of known texts."""
    known = len(values) == 1 and len(values[0]) == 1 and all(isinstance(one, Texts) for one in values[0])
    return known and path[-1:] in {("from",), ("from_iter",)} and path[-2:-1] != ("String",)


def is_own_function(frame: AbsentFrame, node: Node, path: tuple[str, ...], values: list[Value]) -> bool:
    """Return whether a call of other code depends on nothing of the client: it reads a file, or the configuration."""
    if not path or path[0] in frame.cells:
        return False
    return independent(frame, arguments(node), values) if values else path[-1] not in FILLED_LATER


def built_with(case: AbsentCase, frame: AbsentFrame, given: list[Node], name: str) -> Value | None:
    """Evaluate ``Response::builder().status(…)``; ``None`` for other methods, and for a status that is not known."""
    only = given[0] if name == "status" and len(given) == 1 else None
    return status_of(case.value(frame, only), only) if only is not None else None
