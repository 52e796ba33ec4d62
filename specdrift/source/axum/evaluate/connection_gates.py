"""Where a connection is accepted: checks before its requests get to the router, and answers beside it."""

import re
from collections.abc import Collection, Iterator
from http import HTTPStatus

from tree_sitter import Node

from specdrift.source.axum.evaluate import router_rules
from specdrift.source.axum.syntax.frames import Frame
from specdrift.source.axum.syntax.values import FunctionValue, Router, RouterLayer, ServedCall, Spot, Value
from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants, path_of, text

CERTIFICATES = re.compile(rb"\bpeer_cert(?:ificates?|_chain)\s*\(")
"""Methods of TLS connections that give the certificates of the client."""
DISPATCHING = frozenset({"call", "oneshot"})
"""Methods that give a request to a service."""
_REFUSALS = "|".join(one.name for one in HTTPStatus if one >= HTTPStatus.MULTIPLE_CHOICES)
REFUSES = re.compile(rf"\b(?:{_REFUSALS}|[345]\d\d)\b|\bErr\s*\(|\bRedirect\b")
"""A status that gives the client nothing, or an error."""


def gates(index: CrateIndex, frame: Frame, call: Node) -> tuple[RouterLayer, ...]:
    """Return what may stand before a call that serves a connection, or gives its request to the router."""
    function = _around(call, "function_item")
    if function is None or not _may_have_certificate(function, index):
        return ()
    name = syntax.name_of(call)
    return (
        RouterLayer(
            f"before {text(name)}",
            frame.module.file.place(name),
            frame.spot(call),
            gate=ServedCall(function, frame.module, frame.owner, call),
        ),
    )


def of_acceptance(index: CrateIndex, function: RustItem) -> tuple[RouterLayer, ...]:
    """Return what a function that makes the service of a connection does before: it may refuse the connection."""
    if not _may_have_certificate(function.node, index):
        return ()
    spot = function.file.name, function.node.start_byte
    gate = ServedCall(function.node, function.module, function.owner, None)
    return (RouterLayer(f"before {function}", function.file.place(function.node), spot, gate=gate),)


def in_branch(index: CrateIndex, frame: Frame, branch: Node | None, value: Value) -> Value:
    """Return the router of a branch behind what decides that it is taken, which may be the client's certificate."""
    function = _around(branch, "function_item") if branch is not None and isinstance(value, Router) else None
    if branch is None or function is None or not isinstance(value, Router) or not value.routes:
        return value
    if not _may_have_certificate(function, index):
        return value
    place = frame.module.file.place(branch)
    gate = ServedCall(function, frame.module, frame.owner, branch)
    return router_rules.layer(value, (RouterLayer("a condition", place, frame.spot(branch), gate=gate),))


def _may_have_certificate(function: Node, index: CrateIndex) -> bool:
    """Return whether a function asks for the client's certificate, itself or by one that it names."""
    if CERTIFICATES.search(function.text or b""):
        return True
    asking = index.functions_in(index.files_with((b"peer_cert",), CERTIFICATES))
    names = {item.name for item in asking if CERTIFICATES.search(item.node.text or b"")}
    names |= {item.name for item in asking if _names_any(item.node, names)}
    return _names_any(function, names)


def _names_any(code: Node, names: Collection[str]) -> bool:
    return any(
        one.type in {"identifier", "field_identifier"} and text(one) in names for one in descendants(code)
    )


def _around(node: Node, kind: str) -> Node | None:
    parent = node.parent
    while parent is not None and parent.type != kind:
        parent = parent.parent
    return parent


def own_answer(function: FunctionValue) -> Node | None:
    """Return what a service answers by itself, beside what it gives to the router; ``None`` if it only refuses."""
    code, module = function.code, function.written_in
    if code is None or module is None:
        return None
    calls = [node for node in descendants(code) if _dispatches(node)]
    last = calls[-1].start_byte if calls else 0
    for answer in (*_early(code, last), *(one for call in calls for one in _beside(call, code))):
        if any(map(_dispatches, descendants(answer))) or REFUSES.search(text(answer)):
            continue
        named = (module.items.get(path[0]) for path in map(path_of, descendants(answer)) if len(path) == 1)
        if not any(
            item is not None and item.body is not None and REFUSES.search(text(item.body)) for item in named
        ):
            return answer
    return None


def helpers_of(function: FunctionValue, index: CrateIndex) -> Iterator[FunctionValue]:
    """Yield the functions that a service names and that give the request to a router."""
    nodes = descendants(function.code) if function.code is not None else ()
    names = {text(node) for node in nodes if node.type in {"identifier", "field_identifier"}}
    for item in index.functions_named(names):
        other = item.node != function.code and item.trait != "Service"
        if other and item.body is not None and any(map(_dispatches, descendants(item.body))):
            yield FunctionValue(item.name, item.file.place(item.node), item=item)


def elsewhere(function: FunctionValue, known: Collection[Spot], dead: Collection[Spot]) -> Node | None:
    """Return the first call that gives a request to a service that is not known; ``None`` if there is none."""
    code, module = function.code, function.written_in
    if code is None or module is None:
        return None
    for node in descendants(code):
        spot = module.file.name, node.start_byte
        given = _dispatches(node) or (_by_path(node) and len(syntax.arguments(node)) > 1)
        if given and spot not in known and spot not in dead:
            return node
    return None


def _by_path(node: Node) -> bool:
    """Return whether a node is a call such as ``Service::call(&mut router, request)``."""
    callee = syntax.field(node, "function") if node.type == "call_expression" else None
    return bool(DISPATCHING.intersection(path_of(callee)[-1:]))


def _dispatches(node: Node) -> bool:
    callee = syntax.field(node, "function") if node.type == "call_expression" else None
    return callee is not None and text(syntax.field(callee, "field")) in DISPATCHING


def _early(code: Node, before: int) -> Iterator[Node]:
    """Yield what is returned before the router may get the request. A ``return`` alone ends a task, with no answer."""
    for node in descendants(code):
        if node.type == "return_expression" and syntax.plain(node) and node.start_byte < before:
            yield node


def _beside(call: Node, code: Node) -> Iterator[Node]:
    """Yield the other branches of the conditions around a call, as far as they do not return."""
    child, parent = call, call.parent
    while parent is not None and child.id != code.id:
        if parent.type == "if_expression" and child == syntax.field(parent, "consequence"):
            other = syntax.field(parent, "alternative")
            yield from () if other is None else (other,)
        elif parent.type == "if_expression" and child == syntax.field(parent, "alternative"):
            yield from (one for one in (syntax.field(parent, "consequence"),) if one is not None)
        elif parent.type == "match_block":
            yield from (one for one in syntax.plain(parent) if one.id != child.id)
        child, parent = parent, parent.parent
