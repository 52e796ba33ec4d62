"""``http.ServeMux`` and the handlers of net/http."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from specdrift.source.go.interpreter.go_assignments import LIBRARY_VARIABLES
from specdrift.source.go.interpreter.go_expressions import LIBRARY_VALUES
from specdrift.source.go.interpreter.go_types import ZERO_OBJECTS
from specdrift.source.go.interpreter.standard_library import giving
from specdrift.source.go.routers.go_layers import AnsweringHandler, Registration, WrappedHandler
from specdrift.source.go.values.go_values import (
    NIL,
    GoUnknown,
    GoValue,
    LibraryObject,
    TypeName,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.interpreter.machine import Call, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction

MUX = TypeName("net/http", "ServeMux")
NOT_FOUND, REDIRECT = 404, 301


class ServeMux(LibraryObject, eq=False):
    """A router of net/http."""

    registrations: list[Registration] = field(default_factory=list)

    @property
    def kind(self) -> TypeName:
        return MUX


def default_mux(machine: Machine) -> ServeMux:
    """Return ``http.DefaultServeMux`` of a program."""
    holder = machine.singletons
    found = holder.get(MUX)
    if not isinstance(found, ServeMux):
        found = holder[MUX] = ServeMux()
    return found


def register(machine: Machine, mux: ServeMux, call: Call, arguments: tuple[GoValue, ...]) -> GoValue:
    """Add a handler to a mux."""
    pattern = arguments[0] if arguments else GoUnknown()
    handler = arguments[1] if len(arguments) > 1 else GoUnknown()
    one = Registration((), pattern, handler, call.place, is_conditional=machine.is_conditional)
    mux.registrations.append(one)
    machine.routers[mux] = None
    return NIL


def _new(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return ServeMux()


def _handle(machine: Machine, call: Call) -> GoValue:
    if isinstance(call.receiver, ServeMux):
        return register(machine, call.receiver, call, call.arguments)
    return machine.purpose.unknown_call(machine, call)


def _handle_default(machine: Machine, call: Call) -> GoValue:
    return register(machine, default_mux(machine), call, call.arguments)


def _function(machine: Machine, call: Call) -> GoValue:
    """Return the function that is converted to a handler."""
    del machine
    return call.argument(0)


def _strip_prefix(machine: Machine, call: Call) -> GoValue:
    del machine
    return WrappedHandler(call.argument(1), call.argument(0))


def _wrapped(machine: Machine, call: Call) -> GoValue:
    del machine
    return WrappedHandler(call.argument(0))


def _not_found(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return AnsweringHandler("http.NotFoundHandler", NOT_FOUND)


def _redirect(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return AnsweringHandler("http.RedirectHandler", REDIRECT)


def _files(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return AnsweringHandler("http.FileServer", 200)


def _replace_default(machine: Machine, value: GoValue, place: SourceLocation) -> None:
    if isinstance(value, ServeMux) and not machine.is_conditional:
        machine.singletons[MUX] = value
    else:
        machine.unread(place, "a router that replaces http.DefaultServeMux")


ZERO_OBJECTS[MUX] = ServeMux
LIBRARY_VARIABLES["net/http.DefaultServeMux"] = _replace_default
LIBRARY_VALUES["net/http.DefaultServeMux"] = default_mux

NET_HTTP: Mapping[str, LibraryFunction] = {
    "net/http.NewServeMux": _new,
    "net/http.ServeMux.Handle": _handle,
    "net/http.ServeMux.HandleFunc": _handle,
    "net/http.Handle": _handle_default,
    "net/http.HandleFunc": _handle_default,
    "net/http.HandlerFunc": _function,
    "net/http.Handler": _function,
    "net/http.StripPrefix": _strip_prefix,
    "net/http.TimeoutHandler": _wrapped,
    "net/http.MaxBytesHandler": _wrapped,
    "net/http.AllowQuerySemicolons": _wrapped,
    "net/http.CrossOriginProtection.Handler": _wrapped,
    "net/http.NewCrossOriginProtection": giving(GoUnknown(TypeName("net/http", "CrossOriginProtection"))),
    "golang.org/x/net/http2/h2c.NewHandler": _wrapped,
    "net/http.NotFoundHandler": _not_found,
    "net/http.RedirectHandler": _redirect,
    "net/http.FileServer": _files,
    "net/http.FileServerFS": _files,
}
