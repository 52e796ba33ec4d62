"""Functions of net/http and others that handlers call, as far as they matter for what becomes of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from specdrift.source.go.interpreter.standard_library import STANDARD, giving
from specdrift.source.go.requests.handling import Handling, answer
from specdrift.source.go.requests.request_values import with_context
from specdrift.source.go.routers.chi_router import CHI
from specdrift.source.go.routers.serve_mux import NET_HTTP
from specdrift.source.go.values.go_values import (
    ABSENT,
    NIL,
    UNKNOWN,
    GoNil,
    GoNumber,
    GoText,
    GoUnknown,
    GoValue,
    NamedValue,
    Pointer,
    Record,
    Table,
    ValueOrigin,
    alternatives,
    choice,
    origins_of,
    plain,
    record_of,
)

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Call, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction

OK = GoNumber(200)


def _status(writer: int, status: int | None, fixed: int = 0) -> LibraryFunction:
    """Return a function that answers with the status among its arguments, or with a fixed one."""

    def run(machine: Machine, call: Call) -> GoValue:
        given = call.receiver if writer < 0 else call.argument(writer)
        code = GoNumber(fixed) if status is None else plain(call.argument(status))
        answer(machine, given or NIL, code, has_content=status is None)
        return NIL

    return run


def _write(machine: Machine, call: Call) -> GoValue:
    answer(machine, call.receiver or NIL, OK, has_content=True)
    return GoUnknown()


def _write_to_first(machine: Machine, call: Call) -> GoValue:
    answer(machine, call.argument(0), OK, has_content=True)
    return GoUnknown()


def _of_writer(machine: Machine, call: Call) -> GoValue:
    """Return a part of the response, such as its headers; nothing is written."""
    del machine, call
    return GoUnknown()


def _context(machine: Machine, call: Call) -> GoValue:
    del machine
    record = record_of(call.receiver or NIL)
    return record.fields.get("#context", UNKNOWN) if record is not None else UNKNOWN


def _with_context(machine: Machine, call: Call) -> GoValue:
    del machine
    record = record_of(call.receiver or NIL)
    return with_context(record, call.argument(0)) if record is not None else UNKNOWN


def _with_value(machine: Machine, call: Call) -> GoValue:
    """Return a context with another value."""
    del machine
    return choice(_added(one, call) for one in alternatives(call.argument(0)))


def _added(context: GoValue, call: Call) -> GoValue:
    name, value = key_of(call.argument(1)), call.argument(2)
    if not isinstance(context, Table):
        return Table({name: value} if name is not None else {}, is_complete=False)
    if name is None:
        return Table(dict(context.fields), is_complete=False)
    return Table({**context.fields, name: value}, context.is_complete)


def key_of(value: GoValue) -> str | None:
    """Return what identifies the key of a context's value; ``None`` if it is not known."""
    match value:
        case NamedValue(kind=kind, value=inner):
            below = key_of(inner)
            return f"{kind}:{below}" if below is not None else None
        case GoText() as text:
            return text.known
        case GoNumber(value=number):
            return str(number)
        case Record(kind=kind) | Pointer(target=Record(kind=kind)) if kind is not None:
            identity = f"@{id(value.target)}" if isinstance(value, Pointer) else ""
            return f"{kind}{identity}"
    return None


def value_of(machine: Machine, call: Call) -> GoValue:
    """Return a value of a context."""
    purpose = machine.purpose
    if isinstance(purpose, Handling):
        purpose.reads_identity = True
    key = key_of(call.argument(0))
    return choice(_of_context(one, key) for one in alternatives(call.receiver or NIL))


def _of_context(context: GoValue, key: str | None) -> GoValue:
    origin = frozenset({ValueOrigin.CONTEXT})
    if not isinstance(context, Table):
        return GoUnknown(origins=origins_of(context) | origin)
    if key is not None and key in context.fields:
        found = choice(NIL if one == ABSENT else one for one in alternatives(context.fields[key]))
        return choice([found, NIL]) if not context.is_complete and isinstance(found, GoNil) else found
    if context.is_complete and key is not None:
        return NIL
    return GoUnknown(origins=origin)


def _same_context(machine: Machine, call: Call) -> GoValue:
    """Return the context that a function derives from another one, and what else it returns."""
    del machine
    return call.argument(0)


def _header(machine: Machine, call: Call) -> GoValue:
    del machine
    return GoUnknown(origins=origins_of(*call.arguments) | {ValueOrigin.HEADER})


def _recover(machine: Machine, call: Call) -> GoValue:
    """Return what a handler that panicked left: it may not have answered."""
    del call
    machine.has_recovered = True
    if isinstance(machine.purpose, Handling):
        machine.purpose.written.replaces_forwarded = True
    return GoUnknown()


def _clone(machine: Machine, call: Call) -> GoValue:
    return _with_context(machine, call)


REQUEST_METHODS: Mapping[str, Callable[[Machine, Call], GoValue]] = {
    "Context": _context,
    "WithContext": _with_context,
    "Clone": _clone,
    **dict.fromkeys(("Cookie", "Cookies", "BasicAuth", "FormValue", "UserAgent", "Referer"), _header),
    "PathValue": giving(GoText((None,))),
}
HTTP_REQUESTS: Mapping[str, LibraryFunction] = {
    **STANDARD,
    **NET_HTTP,
    **CHI,
    **{f"net/http.Request.{name}": function for name, function in REQUEST_METHODS.items()},
    "builtin.recover": _recover,
    "net/http.Error": _status(0, 2),
    "net/http.NotFound": _status(0, None, 404),
    "net/http.Redirect": _status(0, 3),
    "net/http.ServeFile": _status(0, None, 200),
    "net/http.ServeContent": _status(0, None, 200),
    "net/http.ResponseWriter.WriteHeader": _status(-1, 0),
    "net/http.ResponseWriter.Write": _write,
    "net/http.ResponseWriter.Header": _of_writer,
    "net/http.MaxBytesReader": _of_writer,
    "net/http.NewResponseController": _of_writer,
    "fmt.Fprint": _write_to_first,
    "fmt.Fprintf": _write_to_first,
    "fmt.Fprintln": _write_to_first,
    "io.WriteString": _write_to_first,
    "io.Copy": _write_to_first,
    "context.WithValue": _with_value,
    "context.WithCancel": _same_context,
    "context.WithTimeout": _same_context,
    "context.WithDeadline": _same_context,
    "context.Context.Value": value_of,
}
