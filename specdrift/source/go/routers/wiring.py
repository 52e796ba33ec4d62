"""Evaluates the code that wires routers: what it calls, and what it gives to code of other modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.go_calls import call_value
from specdrift.source.go.interpreter.go_effects import may_change
from specdrift.source.go.interpreter.go_types import named_type
from specdrift.source.go.interpreter.standard_library import STANDARD
from specdrift.source.go.language.go_files import code_of, part, parts
from specdrift.source.go.routers.chi_router import CHI, ChiRouter
from specdrift.source.go.routers.gin_router import GIN, GinGroup
from specdrift.source.go.routers.go_serving import SERVING
from specdrift.source.go.routers.serve_mux import NET_HTTP, ServeMux
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoNil,
    GoText,
    GoUnknown,
    GoValue,
    HandlerValue,
    Results,
    TypeName,
    alternatives,
    held,
    is_callable,
    origins_of,
    plain,
    record_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.source.go.interpreter.machine import Call, GoFrame, Machine
    from specdrift.source.go.language.go_packages import GoFunction
    from specdrift.source.go.routers.wiring_relevance import WiringRelevance

ROUTERS = ServeMux, ChiRouter, GinGroup
TABLE = {**STANDARD, **NET_HTTP, **CHI, **GIN, **SERVING}
_ADDING = """
Handle HandleFunc Get Head Post Put Patch Delete Options Connect Trace Method MethodFunc Mount Route
Any Match GET HEAD POST PUT PATCH DELETE OPTIONS
"""
ADDING = frozenset(_ADDING.split())
"""Methods that add routes, in the libraries that are read and in most others."""
DEEPEST_ROUTER = 2
"""Structs within each other that are searched for a router."""
PER_REQUEST = frozenset(
    {
        TypeName("net/http", "ResponseWriter"),
        TypeName("net/http", "Request"),
        TypeName("github.com/gin-gonic/gin", "Context"),
    }
)
"""Types of parameters of functions that are called for each request."""


class Wiring:
    """The purpose of an evaluation that looks for routers."""

    ignores_failures = True

    def __init__(self, relevance: WiringRelevance | None = None) -> None:
        self._relevance = relevance
        """What may have to do with routers; all functions are followed without it."""

    def library(self, name: str) -> Callable[[Machine, Call], GoValue] | None:
        return TABLE.get(name)

    def called(self, machine: Machine, function: GoValue, call: Call) -> GoValue | None:
        """Do not follow a function that has nothing to do with routers; functions that it gets may be called."""
        if self._relevance is None or not isinstance(function, DeclaredFunction):
            return None
        given = [*call.arguments, *([function.receiver] if function.receiver is not None else [])]
        if self._relevance.matters(function.function) or any(has_router(one) for one in given):
            return None
        for value in call.arguments:
            for one in alternatives(value):
                if isinstance(one, Closure | DeclaredFunction):
                    machine.escape(one, call.node, call.frame)
        may_change(machine, "", given)
        return typed_results(machine, function.function)

    def decided(self, machine: Machine, value: GoValue, node: Node, frame: GoFrame) -> None:
        del machine, value, node, frame

    def unknown_call(self, machine: Machine, call: Call) -> GoValue:
        """Note what code that is not known may do with routers and functions."""
        given = [*call.arguments, *([call.receiver] if call.receiver is not None else [])]
        may_change(machine, call.name, call.arguments)
        if adds_route(call):
            machine.unread(call.place, "a route of a router that was not followed")
        for value in call.arguments:
            for one in alternatives(value):
                if isinstance(one, ROUTERS) and not is_standard(call.name):
                    machine.given_away.append((one, call.place, call.name))
                elif isinstance(one, Closure | DeclaredFunction):
                    machine.escape(one, call.node, call.frame)
        return GoUnknown(origins=origins_of(*given), holds=held(given), made_by=call.name, place=call.place)


def is_standard(name: str) -> bool:
    """Return whether a function is one of the standard library, which adds no routes to routers that it gets."""
    return "." not in name.partition("/")[0] if "/" in name else not name.startswith("?")


def adds_route(call: Call) -> bool:
    """Return whether a call most likely adds a route: a path and a handler."""
    callee = part(call.node, "function") if call.node.type == "call_expression" else None
    name = (
        code_of(part(callee, "field")) if callee is not None and callee.type == "selector_expression" else ""
    )
    paths = [plain(one) for one in call.arguments[:2]]
    has_path = any(isinstance(one, GoText) and "/" in (one.pieces[0] or "")[:9] for one in paths)
    has_handler = any(is_callable(one) or held([one]) for one in call.arguments)
    return name in ADDING and has_path and has_handler and not isinstance(call.receiver, GoNil)


def has_router(value: GoValue, depth: int = 0) -> bool:
    """Return whether a value is a router or a handler, or a struct with one."""
    if isinstance(value, (*ROUTERS, HandlerValue)):
        return True
    record = record_of(value)
    return (
        record is not None
        and depth < DEEPEST_ROUTER
        and any(has_router(one, depth + 1) for one in record.fields.values())
    )


def typed_results(machine: Machine, function: GoFunction) -> GoValue:
    """Return values of the types that a function returns; it is taken to succeed."""
    declared = part(function.node, "result")
    if declared is None:
        return UNKNOWN
    kinds = (
        [part(one, "type") for one in parts(declared)] if declared.type == "parameter_list" else [declared]
    )
    values = [_typed(machine, kind, function) for kind in kinds]
    return values[0] if len(values) == 1 else Results(tuple(values))


def _typed(machine: Machine, kind: Node | None, function: GoFunction) -> GoValue:
    if code_of(kind) == "error":
        return NIL
    return GoUnknown(named_type(machine, kind, function.file, function.package))


def run_escaped(machine: Machine) -> None:
    """Call the functions that code of other modules was given, once, with arguments that are not known."""
    done: set[int] = set()
    while machine.escaped:
        function, node, frame = machine.escaped.pop(0)
        key = function.node.id if isinstance(function, Closure) else id(function.function)
        if key not in done and not is_per_request(machine, function):
            done.add(key)
            call_value(machine, function, [], node, frame, is_dynamic=False)
            machine.has_exited = False


def is_per_request(machine: Machine, function: Closure | DeclaredFunction) -> bool:
    """Return whether a function is called for each request."""
    return any(kind in PER_REQUEST for kind in parameter_types(machine, function))


def parameter_types(machine: Machine, function: Closure | DeclaredFunction) -> Iterator[TypeName | None]:
    """Yield the type of each parameter."""
    node = function.function.node if isinstance(function, DeclaredFunction) else function.node
    file = function.function.file if isinstance(function, DeclaredFunction) else function.file
    package = function.function.package if isinstance(function, DeclaredFunction) else function.package
    for one in _parameters(node):
        names = one.children_by_field_name("name") or [one]
        for _ in names:
            yield named_type(machine, part(one, "type"), file, package)


def _parameters(node: Node) -> list[Node]:
    return parts(part(node, "parameters"))
