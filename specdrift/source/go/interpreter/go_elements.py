"""Elements of lists and maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import (
    ABSENT,
    UNKNOWN,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    Table,
    alternatives,
    choice,
    held,
    origins_of,
    plain,
    text_of,
)
from specdrift.source.go.values.header_values import header_values
from specdrift.source.go.values.nil_values import MAYBE

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Machine


EMPTY: Mapping[type[GoValue], GoValue] = {
    GoTruth: GoTruth(value=False),
    GoText: GoText(("",)),
    GoNumber: GoNumber(0),
}
"""What a map returns for a key that it does not have, by what its entries are."""


def element(machine: Machine, value: GoValue, index: GoValue) -> GoValue:
    """Return an element of a list or a map; one that is not there ends the function."""
    key = plain(index)
    match plain(value):
        case Items(values=values, is_complete=is_complete) if isinstance(key, GoNumber):
            if 0 <= key.value < len(values):
                return values[key.value]
            return _out_of_range(machine) if is_complete else UNKNOWN
        case Items(values=values, is_complete=is_complete):
            return choice(values) if values else _out_of_range(machine) if is_complete else UNKNOWN
        case GoNil() if isinstance(key, GoNumber):
            return _out_of_range(machine)
        case Table() as table:
            return _entry(table, as_key(key))
    sent = header_values(value, key, as_written=True)
    return sent or GoUnknown(origins=origins_of(value, index), holds=held([value]))


def elements(machine: Machine, several: Sequence[GoValue], index: GoValue) -> GoValue:
    """Return an element of one of several lists or maps; those that do not have it end the function."""
    found: list[GoValue] = []
    for one in several:
        inner = element(machine, one, index)
        found += [] if machine.has_exited else [inner]
        machine.has_exited = False
    if not found:
        machine.panic()
    elif len(found) < len(several):
        machine.may_exit()
    return choice(found)


def _out_of_range(machine: Machine) -> GoValue:
    machine.panic()
    return UNKNOWN


def as_key(value: GoValue) -> GoValue:
    """Return the text by which a map has its entry for a key."""
    return text_of(str(value.value)) if isinstance(value, GoNumber) else value


def has_key(table: GoValue, key: GoValue) -> bool | None:
    """Return whether a map has a key; ``None`` if that is not known."""
    if (sent := header_values(table, key, as_written=True)) is not None:
        outcomes = {isinstance(one, Items) for one in alternatives(sent)}
        return outcomes.pop() if len(outcomes) == 1 else None
    key = as_key(key) if isinstance(table, Table) else key
    if not isinstance(key, GoText) or not isinstance(table, Table):
        return None
    found = {go_texts.same(key, text_of(one)) for one in table.fields}
    return True if key.known in table.fields else False if table.is_complete and found <= {False} else None


def _entry(table: Table, key: GoValue) -> GoValue:
    known = key.known if isinstance(key, GoText) else None
    is_there = has_key(table, key)
    if known is not None and is_there:
        found = alternatives(table.fields[known])
        return choice(GoUnknown(origins=origins_of(key)) if one == ABSENT else one for one in found)
    if is_there is False:
        return next((EMPTY[type(one)] for one in table.fields.values() if type(one) in EMPTY), GoNil(MAYBE))
    return choice([*table.fields.values(), GoUnknown(origins=origins_of(key))])
