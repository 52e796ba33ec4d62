"""Gives requests to handlers and to what middleware has made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.go_calls import call_value
from specdrift.source.go.interpreter.go_members import SERVE, member
from specdrift.source.go.interpreter.machine import GoFrame, Machine
from specdrift.source.go.requests.handling import Forward, Handling
from specdrift.source.go.requests.request_values import GIN_CONTEXT, NextHandler, gin_context
from specdrift.source.go.routers.handler_steps import StepKind, code_place
from specdrift.source.go.routers.wiring import parameter_types
from specdrift.source.go.values.go_values import (
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoScope,
    GoValue,
    ValueOrigin,
    alternatives,
    choice,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specdrift.source.go.requests.handled_requests import HandledRequest


def called(machine: Machine, function: GoValue, given: list[GoValue]) -> GoValue:
    """Call a function, or a handler that the reader stands for."""
    if isinstance(function, NextHandler):
        purpose = machine.purpose
        if isinstance(purpose, Handling):
            purpose.forward(machine, function, given)
        return UNKNOWN
    where = code_place(function)
    if where is None:
        return _call_unknown(machine, function, given)
    node, file, package = where
    return call_value(machine, function, given, node, GoFrame(file, package, GoScope(), ""), is_dynamic=False)


def _call_unknown(machine: Machine, function: GoValue, given: list[GoValue]) -> GoValue:
    """Note that code that was not followed gets the request."""
    purpose = machine.purpose
    if isinstance(purpose, Handling):
        purpose.origins.add(ValueOrigin.REQUEST)
        purpose.forwards.append(Forward(function, UNKNOWN, is_certain=False))
    return UNKNOWN if given else function


def served(machine: Machine, handler: GoValue, state: HandledRequest) -> GoValue:
    """Give the request to a handler."""
    function = handler
    if record_of(handler) is not None or not isinstance(handler, Closure | DeclaredFunction | NextHandler):
        function = member(machine, handler, SERVE)
    if isinstance(function, Closure | DeclaredFunction) and GIN_CONTEXT in set(
        parameter_types(machine, function)
    ):
        return called(machine, function, [_gin(state)])
    return called(machine, function, [state.response, state.request])


def _gin(state: HandledRequest) -> GoValue:
    record = record_of(state.gin) if state.gin is not None else None
    if record is None:
        state.gin = gin_context(state.request, state.response)
        return state.gin
    record.fields["Writer"] = state.response
    return state.gin or UNKNOWN


def _each(machine: Machine, value: GoValue, state: HandledRequest) -> GoValue:
    return choice(served(machine, one, state) for one in alternatives(value))


def _external(machine: Machine, value: GoValue, state: HandledRequest) -> GoValue:
    del state
    return _call_unknown(machine, value, [value])


RUNNERS: Mapping[StepKind, Callable[[Machine, GoValue, HandledRequest], GoValue]] = {
    StepKind.WRAPPER: _each,
    StepKind.CHAINED: _each,
    StepKind.DIRECT: served,
    StepKind.EXTERNAL: _external,
}
