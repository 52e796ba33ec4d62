"""What a handler has done for a client without a certificate when its own check refuses that client."""

import re
from collections.abc import Collection, Iterator

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.cases.derived_cases import anew
from specdrift.source.axum.syntax.values import FunctionValue
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text

INPUTS = frozenset({"Json", "Form", "Query", "Path", "Bytes", "String", "Multipart", "Request", "Body"})
"""Types of parameters that hold what the client sends."""
READING = frozenset({"to_bytes", "from_request", "from_request_parts", "drop", "record", "observe"})
"""Functions and methods that read the input, or note it in a span or a metric, and change nothing."""
OF_CALLER = re.compile(r"\bextensions\b|\bextract\b|\bpeer_cert")
"""Occurs in what is read from the request about the caller."""
OUTSIDE = frozenset({"fs", "process"})
"""Modules of the standard library and of tokio whose functions change what is outside of the service."""
AROUND = frozenset({"await_expression", "try_expression", "parenthesized_expression"})
DEEPEST = 4


class _Reached(Struct, frozen=True, eq=False):
    """The calls of a handler that are reached without a certificate."""

    case: AbsentCase
    calls: Collection[int]

    def effect(
        self, code: Node, module: RustModule, owner: str, names: set[str], depth: int = 0
    ) -> Node | None:
        """Return a reached call that passes on the input, which variables of these names hold; ``None`` without one."""
        body = syntax.field(code, "body")
        if body is None or depth > DEEPEST:
            return None
        names = names | set(_made_of(body, names))
        for call in descendants(body):
            if call.type == "call_expression" and call.id in self.calls:
                found = self._of(call, module, owner, names, depth)
                if found is not None:
                    return found
        return None

    def _of(self, call: Node, module: RustModule, owner: str, names: set[str], depth: int) -> Node | None:
        callee = syntax.field(call, "function")
        given = [bool(names & _names(one)) for one in arguments(call)]
        if callee is None:
            return None
        name = text(syntax.field(callee, "field"))
        path = path_of(callee) if not name else ()
        item = self._item(path, name, module, owner)
        if item is not None:
            own = set(_parameters(item, given))
            return self.effect(item.node, item.module, item.owner, own, depth + 1) if own else None
        last = name or (path or ("",))[-1]
        if last in READING or last[:1].isupper():
            return None
        passed = any(given) and not names & _names(syntax.field(callee, "value") if name else None)
        return call if (passed or bool(OUTSIDE & set(path[:-1]))) and _is_for_effect(call) else None

    def _item(self, path: tuple[str, ...], name: str, module: RustModule, owner: str) -> RustItem | None:
        profiles = self.case.profiles
        return (
            profiles.index.only_method(name, with_body=True)
            if name
            else profiles.function(path, module, owner)
        )


def effect_before_refusal(handler: FunctionValue, case: AbsentCase) -> Node | None:
    """Return a call by which a handler passes on the input of a client whom it then refuses; ``None`` without one."""
    code, module = handler.code, handler.written_in
    if code is None or module is None:
        return None
    owner = handler.item.owner if handler.item is not None else ""
    alone = anew(case)
    found = alone.alone(code, module, owner)
    if found is None:
        return None
    return _Reached(alone, found.calls).effect(code, module, owner, set(_input(code)))


def _input(code: Node) -> Iterator[str]:
    """Yield the variables of the parameters that hold what the client sends."""
    parameters = syntax.field(code, "parameters")
    for parameter in plain(parameters) if parameters is not None else ():
        kind, pattern = syntax.field(parameter, "type"), syntax.field(parameter, "pattern")
        if kind is not None and pattern is not None and path_of(kind)[-1:] and path_of(kind)[-1] in INPUTS:
            yield from _names(pattern)


def _made_of(body: Node, names: Collection[str]) -> Iterator[str]:
    """Yield the variables that are made of others, in source order; not those about the caller."""
    known = set(names)
    for node in descendants(body):
        value = syntax.field(node, "value") if node.type == "let_declaration" else None
        pattern = syntax.field(node, "pattern")
        if (
            value is not None
            and pattern is not None
            and known & _names(value)
            and not OF_CALLER.search(text(value))
        ):
            known |= _names(pattern)
            yield from _names(pattern)


def _parameters(item: RustItem, given: list[bool]) -> Iterator[str]:
    """Yield the variables of the parameters that get the input."""
    parameters = syntax.field(item.node, "parameters")
    kept = (
        [one for one in plain(parameters) if one.type != "self_parameter"] if parameters is not None else []
    )
    for parameter, tainted in zip(kept, given, strict=False):
        if tainted:
            yield from _names(syntax.field(parameter, "pattern"))


def _names(node: Node | None) -> set[str]:
    kinds = {"identifier", "shorthand_field_identifier"}
    return {text(one) for one in descendants(node) if one.type in kinds} if node is not None else set()


def _is_for_effect(call: Node) -> bool:
    """Return whether a call is awaited, or its result is dropped."""
    current, awaited = call, False
    while (parent := current.parent) is not None:
        awaited = awaited or parent.type == "await_expression"
        called = parent.type == "call_expression" and syntax.field(parent, "function") == current
        if not (called or parent.type in AROUND or parent.type == "field_expression"):
            break
        current = parent
    dropped = parent is not None and (
        parent.type == "expression_statement"
        or (parent.type == "let_declaration" and text(syntax.field(parent, "pattern")) == "_")
    )
    return awaited or dropped
