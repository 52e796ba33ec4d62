"""Recognises the calls with which a middleware forwards a request to the rest of the chain. Pure."""

import re

from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame, AbsentOutcome, AloneRun
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FAILURE,
    FORWARDED,
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
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import arguments, descendants, path_of, text

FORWARDING = frozenset({"run", "call", "oneshot"})
SHARED = {("Accept",), ("Listener",), ("Layer",)}
"""Traits of types of which one value serves all clients."""
PASSED: tuple[Value, ...] = ({FORWARDED}, {some({FORWARDED})})
LAYERING = frozenset({"layer", "route_layer"})
CHOOSING = frozenset({"if_expression", "match_expression", "closure_expression"})
"""Code in these may not run."""
NEXT = re.compile(r"\b[Nn]ext\b")


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
    """Return whether a variable gets the future of a call, which runs when the variable is used."""
    parent = call.parent
    pattern = (
        syntax.field(parent, "pattern") if parent is not None and parent.type == "let_declaration" else None
    )
    return pattern is not None and pattern.type == "identifier"


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
