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
from specdrift.source.go.values.header_values import (
    EMPTY,
    OF_HEADERS,
    header_text,
    header_values,
    key_names,
    known_headers,
    names_of,
    own_headers,
)
from specdrift.source.go.values.nil_values import as_interface

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
    name, value = key_of(call.argument(1)), as_interface(call.argument(2))
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


def note_header(machine: Machine, name: GoValue) -> None:
    """Note that a header of the request is read."""
    if isinstance(machine.purpose, Handling):
        machine.purpose.headers.update(names_of(name))


def _header_text(machine: Machine, call: Call) -> GoValue:
    """Return the first value of a header."""
    found = header_text(call.receiver or NIL, call.argument(0))
    note_header(machine, call.argument(0))
    return found if found is not None else machine.purpose.unknown_call(machine, call)


def _header_values(machine: Machine, call: Call) -> GoValue:
    """Return all values of a header."""
    found = header_values(call.receiver or NIL, call.argument(0))
    note_header(machine, call.argument(0))
    return found if found is not None else machine.purpose.unknown_call(machine, call)


def _set_header(machine: Machine, call: Call) -> GoValue:
    """Replace a header, or remove it; whatever the name is, what it was before is not known then."""
    is_removed = len(call.arguments) == 1
    _replace_header(machine, call.receiver or NIL, call.argument(0), NIL if is_removed else call.argument(1))
    return NIL


def _add_header(machine: Machine, call: Call) -> GoValue:
    """Add a value after those that a header has."""
    before = header_text(call.receiver or NIL, call.argument(0))
    given = alternatives(before if before is not None else GoUnknown(origins=OF_HEADERS))
    # Another value makes a difference where there was none.
    _replace_header(
        machine,
        call.receiver or NIL,
        call.argument(0),
        choice(call.argument(1) if one == EMPTY else one for one in given),
    )
    return NIL


def _delete(machine: Machine, call: Call) -> GoValue:
    """Remove an entry of a map; that of headers has the canonical names as its keys."""
    if known_headers(call.argument(0)) is None:
        return machine.purpose.unknown_call(machine, call)
    if key_names(call.argument(1)) != []:
        _replace_header(machine, call.argument(0), call.argument(1), NIL)
    return NIL


def _replace_header(machine: Machine, headers: GoValue, name: GoValue, value: GoValue) -> None:
    table, names = known_headers(headers), list(names_of(name))
    if table is None:
        return
    if len(names) == 1:
        machine.write(table, names[0], value)
        return
    for one in list(table.fields):
        machine.write(table, one, GoUnknown(origins=OF_HEADERS))


def _copied_headers(machine: Machine, call: Call) -> GoValue:
    del machine
    return own_headers(call.receiver or UNKNOWN)


def _recover(machine: Machine, call: Call) -> GoValue:
    """Return what a handler that panicked left: it may not have answered."""
    del call
    machine.has_recovered = True
    if isinstance(machine.purpose, Handling):
        machine.purpose.written.replaces_forwarded = True
    return GoUnknown()


def _clone(machine: Machine, call: Call) -> GoValue:
    """Return a copy of a request, with headers of its own."""
    found = _with_context(machine, call)
    if (record := record_of(found)) is not None:
        record.fields["Header"] = own_headers(record.fields.get("Header", UNKNOWN))
    return found


HEADER_METHODS: Mapping[str, LibraryFunction] = {
    "Get": _header_text,
    "Values": _header_values,
    "Set": _set_header,
    "Add": _add_header,
    "Del": _set_header,
    "Clone": _copied_headers,
}
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
    **{f"net/http.Header.{name}": function for name, function in HEADER_METHODS.items()},
    "builtin.recover": _recover,
    "builtin.delete": _delete,
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
