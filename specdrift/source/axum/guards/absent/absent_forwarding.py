"""Recognises the calls with which a middleware forwards a request to the rest of the chain. Pure."""

import re

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame, AbsentOutcome, AloneRun
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FAILURE,
    FORWARDED,
    OF_FUTURES,
    OWN,
    REJECTION,
    STATUSES,
    SUCCESS,
    UNKNOWN,
    Present,
    Value,
    is_of_response,
    some,
    succeeds,
)
from specdrift.source.axum.guards.access_profiles import REFUSES
from specdrift.source.axum.guards.presence.request_effects import RequestEffects, Types
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, descendants, path_of, text

FORWARDING = frozenset({"run", "call", "oneshot"})
SHARED = {("Accept",), ("Listener",), ("Layer",)}
"""Traits of types of which one value serves all clients."""
PASSED: tuple[Value, ...] = ({FORWARDED}, {some({FORWARDED})})
LAYERING = frozenset({"layer", "route_layer"})
CHOOSING = frozenset({"if_expression", "match_expression", "closure_expression"})
"""Code in these may not run."""
RUNNING = frozenset(
    {"await_expression", "return_expression", "async_block", "closure_expression", "function_item"}
)
"""What runs a future in it, or is left with it."""
KEEPING = frozenset({"let_declaration", "field_initializer", "assignment_expression"})
"""What holds a future in it."""
READY = re.compile(r"\.\s*ready\s*\(\)\s*\.\s*await$|\bpoll_ready\b")
NEXT = re.compile(r"\b[Nn]ext\b")


def is_self(parameter: Node) -> bool:
    """Return whether a parameter is the receiver, such as ``&mut self`` and ``self: Pin<&mut Self>``."""
    return parameter.type == "self_parameter" or text(syntax.field(parameter, "pattern")) == "self"


def of_self(code: Node) -> Value:
    """Return what ``self`` is: a listener, an acceptor and a layer are the same for all clients."""
    around = code.parent.parent if code.parent is not None else None
    trait = path_of(syntax.field(around, "trait"))[-1:] if around is not None else ()
    return {OWN if trait in SHARED else UNKNOWN}


def status_of(value: Value, node: Node) -> Value | None:
    """Return the status that a response is built with; ``None`` for one that is not known."""
    if node.type == "integer_literal":
        known = {True: SUCCESS, False: FAILURE}[text(node)[:1] in "12"]
        return {REJECTION if REFUSES.search(text(node)) else known}
    return value if value and value <= STATUSES else None


def forwards(code: Node) -> bool:
    """Return whether a function decides by calling the rest of the chain: a middleware or a service."""
    return _may_forward(code) and any(map(is_forward, descendants(code)))


def _may_forward(code: Node) -> bool:
    """Return whether a function gets the rest of the chain."""
    named = text(syntax.field(code, "name")) == "call"
    return named or NEXT.search(text(syntax.field(code, "parameters"))) is not None


def judged(code: Node, found: AloneRun) -> AbsentOutcome:
    """Return what a function does with every request, by what its evaluation found."""
    # The call of the rest may stand in a macro, where no syntax tree has it.
    chain = forwards(code) or (found.forwarded and _may_forward(code))
    forwarded = found.forwarded or any(map(is_of_response, found.value))
    safe = not (forwarded or succeeds(found.value)) if chain else found.value <= {ABSENT, REJECTION}
    if not found.reached or safe:
        return AbsentOutcome.REJECTS
    given = bool(found.value) and all(isinstance(one, Present) for one in found.value)
    passes = (found.value in PASSED if chain else given) and not found.effects.doubtful
    return AbsentOutcome.PASSES if passes else AbsentOutcome.UNKNOWN


def is_kept(call: Node) -> bool:
    """Return whether a variable gets the future of a call or a block, which runs when the variable is used."""
    parent = call.parent
    while parent is not None and (parent.type in {"arguments", "field_expression"} or _only_holds(parent)):
        parent = parent.parent
    pattern = (
        syntax.field(parent, "pattern") if parent is not None and parent.type == "let_declaration" else None
    )
    return pattern is not None and pattern.type == "identifier"


def postpone(effects: RequestEffects, before: Types, node: Node) -> None:
    """Note what a call or a block does later, whose future a variable or a field gets, or which nothing runs.

    ``before``: what was so before it.
    """
    if effects.here is not before and is_postponed(node):
        effects.postpone(before)


def _only_holds(call: Node) -> bool:
    """Return whether a call gives the future that it is given, and does not run it."""
    callee = syntax.field(call, "function") if call.type == "call_expression" else None
    named = text(syntax.field(callee, "field")) if callee is not None else ""
    return named in OF_FUTURES or path_of(callee) == ("Box", "pin")


def is_postponed(node: Node) -> bool:
    """Return whether a variable or a field gets the future of a call or a block, or nothing runs it."""
    around = node.parent
    while around is not None and around.type not in RUNNING:
        if around.type in KEEPING or (around.type == "expression_statement" and text(around).endswith(";")):
            return True
        around = around.parent
    return False


def awaited(effects: RequestEffects, value: Value) -> Value:
    """Return a value that is awaited; it may be the future of the rest of the chain."""
    if _is_response(value):
        effects.run()
    return value


def _is_response(value: Value) -> bool:
    return bool(value) and all(
        _is_response(one.inner) if isinstance(one, Present) else one is FORWARDED for one in value
    )


def is_readiness(node: Node) -> bool:
    """Return whether a service, which gets no request by that, is waited for until it takes one."""
    return READY.search(text(node)) is not None


def is_forward(node: Node) -> bool:
    """Return whether a node calls the rest of the chain."""
    if node.type != "call_expression":
        return False
    callee = syntax.field(node, "function")
    name = text(syntax.field(callee, "field")) if callee is not None else ""
    return (name or (path_of(callee) or ("",))[-1]) in FORWARDING and bool(arguments(node))


def is_next(frame: AbsentFrame, node: Node) -> bool:
    """Return whether a node is the rest of the chain, which other code may run."""
    return node.type == "identifier" and text(node) == "next" and "next" in frame.cells


def is_always_layered(node: Node) -> bool:
    """Return whether a layer is put around a service wherever the function around it goes on."""
    around = node.parent
    argument = around is not None and around.type == "arguments" and around.parent is not None
    call = (
        syntax.field(around.parent, "function")
        if argument and around is not None and around.parent
        else around
    )
    if call is None or text(syntax.field(call, "field")) not in LAYERING:
        return False
    while around is not None and around.type != "function_item":
        if around.type in CHOOSING:
            return False
        around = around.parent
    return True
