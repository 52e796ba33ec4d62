"""Code that runs once (``sync.Once``, ``sync.OnceFunc``, ``OnceValue``, ``OnceValues``): in one request for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from specdrift.source.go.interpreter.go_calls import call_value
from specdrift.source.go.interpreter.go_types import ZERO_OBJECTS
from specdrift.source.go.interpreter.machine import GoFlow
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    LibraryCode,
    LibraryObject,
    Results,
    TypeName,
    choice,
)
from specdrift.source.go.values.lifetimes import RunFor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from specdrift.source.go.interpreter.machine import Call, Machine

ONCE, ONCE_FUNCTION = TypeName("sync", "Once"), TypeName("sync", "onceFunction")
RESULT = "#result"
DATA = GoText, GoNumber, GoTruth, GoNil, GoUnknown, Results


class OnceDone(LibraryObject, eq=False):
    """A ``sync.Once``: the function that it gets first is called, and no other one."""

    given: set[object] = field(default_factory=set)
    """The functions that requests give it."""

    @property
    def kind(self) -> TypeName:
        return ONCE


class OnceFunction(OnceDone, eq=False):
    """What ``sync.OnceFunc`` and the like make of a function."""

    @property
    def kind(self) -> TypeName:
        return ONCE_FUNCTION


def _do(machine: Machine, call: Call) -> GoValue:
    once, function = call.receiver, call.argument(0)
    if not isinstance(once, OnceDone):
        return _of_unknown(machine, call)
    _once(machine, once, function, call)
    return NIL


def _of_unknown(machine: Machine, call: Call) -> GoValue:
    """Call a function, or not."""

    def run() -> GoFlow:
        call_value(machine, call.argument(0), [], call.node, call.frame, is_dynamic=False)
        machine.has_exited = False
        return GoFlow.NEXT

    machine.fork(call.frame, [run, lambda: GoFlow.NEXT])
    return NIL


def _made(machine: Machine, call: Call) -> GoValue:
    del machine
    function = call.argument(0)
    return LibraryCode(f"{ONCE_FUNCTION}.call", OnceFunction({"#function": function}))


def _called(machine: Machine, call: Call) -> GoValue:
    once = call.receiver
    if not isinstance(once, OnceFunction):
        return UNKNOWN
    return _once(machine, once, once.fields.get("#function", UNKNOWN), call)


def _once(machine: Machine, once: OnceDone, function: GoValue, call: Call) -> GoValue:
    """Return what a function returned when it ran; it runs now, if it did not before."""
    known = once.fields.get(RESULT)
    is_shared = machine.lifetimes.is_shared(once)
    if known is not None and not (is_shared and once.given):
        return known
    if not is_shared:
        machine.write(once, RESULT, NIL)  # a function that calls itself
        found = call_value(machine, function, [], call.node, call.frame, is_dynamic=False)
        machine.has_exited = False
        machine.write(once, RESULT, found)
        return found
    found = _in_one_request(machine, once, function, call)
    if known is None:
        machine.lifetimes.changes += 1
    if known is None or isinstance(found, DATA):
        once.fields[RESULT] = choice([found] if known is None else [known, found])
    return once.fields[RESULT]


def _in_one_request(machine: Machine, once: OnceDone, function: GoValue, call: Call) -> GoValue:
    """Run a function in this request or in another one: what they share has changed either way."""
    results: list[GoValue] = []
    once.given.add(function.node if isinstance(function, Closure) else function)

    def run() -> GoFlow:
        with machine.lifetimes.run(RunFor.ONE_OF_ALL):
            results.append(call_value(machine, function, [], call.node, call.frame, is_dynamic=False))
        machine.has_exited = False
        return GoFlow.NEXT

    _, after = machine.branch(run)
    shared = {key: one for key, one in after.items() if machine.lifetimes.is_lasting(one[0])}
    # One that gets several functions runs only the first of them.
    machine.apply([after, shared, *([{}] if len(once.given) > 1 else [])])
    return results[0]


ZERO_OBJECTS[ONCE] = OnceDone
ONCE_FUNCTIONS: Mapping[str, Callable[[Machine, Call], GoValue]] = {
    f"{ONCE}.Do": _do,
    **{f"sync.{name}": _made for name in ("OnceFunc", "OnceValue", "OnceValues")},
    f"{ONCE_FUNCTION}.call": _called,
}
