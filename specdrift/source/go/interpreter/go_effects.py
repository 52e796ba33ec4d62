"""What code that is not followed may change: the variables and structs that it gets pointers to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.go_types import fields_of, named_type
from specdrift.source.go.values.go_values import (
    GoCell,
    GoNil,
    GoNumber,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    Items,
    NamedValue,
    Pointer,
    Record,
    TypeName,
    alternatives,
    plain,
)
from specdrift.source.go.values.nil_values import Boxed

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Machine

DEEPEST = 3
READING = (
    *("log.", "log/slog.", "fmt.Print", "fmt.Fprint", "fmt.Sprint", "fmt.Errorf", "errors.Is", "errors.Join"),
    *("context.", "net/http.", "crypto/tls.", "os/signal.", "sync.", "time.", "strings.", "builtin."),
)
"""Functions of the standard library that change nothing of what they get."""
KEPT = frozenset(
    {
        TypeName("net/http", "Request"),
        TypeName("net/http", "ResponseWriter"),
        TypeName("crypto/tls", "ConnectionState"),
        TypeName("github.com/gin-gonic/gin", "Context"),
    }
)
"""The parts of a request: no code makes a certificate of nothing."""
DATA = GoText, GoNumber, GoTruth, GoNil, Boxed, Items, NamedValue


def may_change(machine: Machine, name: str, values: Iterable[GoValue]) -> None:
    """Note that a function may have changed what values point to."""
    if name.startswith(READING):
        return
    for value in values:
        for one in alternatives(value):
            if isinstance(one, Pointer):
                _change(machine, one, 0)


def _change(machine: Machine, pointer: Pointer, depth: int) -> None:
    target = pointer.target
    if isinstance(target, Record):
        _change_fields(machine, target, depth)
    elif isinstance(target, GoCell):
        inner = plain(target.value)
        if isinstance(inner, Record):
            _change_fields(machine, inner, depth)
        elif isinstance(inner, DATA):
            machine.write(target, "", GoUnknown())


def _change_fields(machine: Machine, record: Record, depth: int) -> None:
    if depth > DEEPEST or record.kind in KEPT:
        return
    record.is_complete = False
    kinds = {}
    if record.kind is not None:
        kinds = {
            name: (kind, file, package) for name, kind, file, package, _ in fields_of(machine, record.kind)
        }
    for name, value in list(record.fields.items()):
        for one in alternatives(value):
            if isinstance(one, Record):
                _change_fields(machine, one, depth + 1)
            elif isinstance(one, Pointer):
                _change(machine, one, depth + 1)
            elif isinstance(one, DATA):
                known = named_type(machine, *kinds[name]) if name in kinds else None
                machine.write(record, name, GoUnknown(known))
