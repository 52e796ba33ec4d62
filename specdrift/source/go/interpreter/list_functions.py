"""Functions of the packages slices, maps and errors over values that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter import go_operators
from specdrift.source.go.interpreter.go_calls import call_value
from specdrift.source.go.values.go_values import (
    NIL,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    OneByOne,
    Pointer,
    Table,
    held,
    origins_of,
    plain,
    text_of,
)

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Call, Machine


def _items(value: GoValue) -> tuple[GoValue, ...] | None:
    """Return the elements of a list or a sequence, if they are known."""
    match plain(value):
        case Items(values=values, is_complete=True) | OneByOne(values=values):
            return values
        case GoNil():
            return ()
    return None


def _unread(call: Call) -> GoValue:
    return GoUnknown(origins=origins_of(*call.arguments), holds=held(call.arguments), made_by=call.name)


def _of_items(
    make: Callable[[tuple[GoValue, ...]], GoValue],
) -> Callable[[Machine, Call], GoValue]:
    """Return a function of the elements of its first argument."""

    def run(machine: Machine, call: Call) -> GoValue:
        del machine
        values = _items(call.argument(0))
        return make(values) if values is not None else _unread(call)

    return run


def _clone(machine: Machine, call: Call) -> GoValue:
    """Return a list: no code changes the elements of one that is known."""
    del machine
    return call.argument(0)


def _sorted(values: tuple[GoValue, ...]) -> GoValue:
    texts = [one.known for one in values if isinstance(one, GoText) and one.known is not None]
    return Items(tuple(map(text_of, sorted(texts))) if len(texts) == len(values) else values)


def _entries(make: Callable[[Table], tuple[GoValue, ...]]) -> Callable[[Machine, Call], GoValue]:
    def run(machine: Machine, call: Call) -> GoValue:
        del machine
        table = plain(call.argument(0))
        return OneByOne(make(table)) if isinstance(table, Table) and table.is_complete else _unread(call)

    return run


def _contains(machine: Machine, call: Call) -> GoValue:
    del machine
    values = _items(call.argument(0))
    found = None if values is None else {go_operators.equal(one, call.argument(1)) for one in values}
    if found is not None and (True in found or None not in found):
        return GoTruth(True in found)
    return GoUnknown(origins=origins_of(*call.arguments))


def _found_by(machine: Machine, call: Call) -> GoValue:
    """Return whether a function holds for an element: for none of an empty list."""
    values = _items(call.argument(0))
    if values is None:
        return _unread(call)
    found = [
        call_value(machine, call.argument(1), [one], call.node, call.frame, is_dynamic=False)
        for one in values
    ]
    truths = {go_operators.truth(one) for one in found}
    if True in truths or None not in truths:
        return GoTruth(True in truths)
    return GoUnknown(origins=origins_of(*found))


def _extreme(pick: Callable[[list[int]], int]) -> Callable[[Machine, Call], GoValue]:
    def run(machine: Machine, call: Call) -> GoValue:
        del machine
        known = [inner.value for one in call.arguments if isinstance(inner := plain(one), GoNumber)]
        if known and len(known) == len(call.arguments):
            return GoNumber(pick(known))
        return GoUnknown(origins=origins_of(*call.arguments))

    return run


def _concatenated(machine: Machine, call: Call) -> GoValue:
    del machine
    several = [_items(one) for one in call.arguments]
    known = [values for values in several if values is not None]
    return Items(tuple(one for values in known for one in values)) if known == several else _unread(call)


def _joined_errors(machine: Machine, call: Call) -> GoValue:
    """Return an error if one of the arguments is one."""
    del machine
    if all(isinstance(one, GoNil) for one in call.arguments):
        return NIL
    known = next((one for one in call.arguments if isinstance(one, Pointer)), None)
    return known if known is not None else GoUnknown(origins=origins_of(*call.arguments))


LISTS: Mapping[str, Callable[[Machine, Call], GoValue]] = {
    "slices.Backward": _of_items(lambda values: Items(values[::-1])),
    "slices.All": _of_items(Items),
    "slices.Clone": _clone,
    "slices.Collect": _of_items(Items),
    "slices.Values": _of_items(OneByOne),
    "slices.Sorted": _of_items(_sorted),
    "slices.Contains": _contains,
    "slices.ContainsFunc": _found_by,
    "builtin.min": _extreme(min),
    "builtin.max": _extreme(max),
    "slices.Concat": _concatenated,
    "maps.Keys": _entries(lambda table: tuple(map(text_of, table.fields))),
    "maps.Values": _entries(lambda table: tuple(table.fields.values())),
    "errors.Join": _joined_errors,
}
