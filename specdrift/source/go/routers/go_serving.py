"""Calls that serve a handler: on which listener, and with which TLS configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.model.result.source import ListenerKind
from specdrift.source.go.interpreter.go_members import LIBRARY_METHODS
from specdrift.source.go.interpreter.standard_library import argument, giving
from specdrift.source.go.routers.serve_mux import default_mux
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    GoNil,
    GoText,
    GoUnknown,
    GoValue,
    Pointer,
    Record,
    TypeName,
    alternatives,
    plain,
    record_of,
)

if TYPE_CHECKING:
    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.interpreter.machine import Call, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction

SERVER = TypeName("net/http", "Server")
LOOPBACK = re.compile(r"(?:127\.[\d.]+|localhost|\[::1\]):\w*")
LIBRARY_METHODS[SERVER] = frozenset(
    {
        *("ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS", "Shutdown", "Close"),
        *("RegisterOnShutdown", "SetKeepAlivesEnabled"),
    }
)
LIBRARY_METHODS[TypeName("crypto/tls", "Config")] = frozenset({"Clone", "BuildNameToCertificate"})


class GoListener(GoValue, Struct, frozen=True):
    """A listener: of TCP, of a Unix socket, or one of TLS around it."""

    kind: ListenerKind
    tls: GoValue = NIL
    """The configuration of TLS."""


ListenerOf = Callable[["Call"], GoValue]
TLS_BY_DEFAULT = GoListener(ListenerKind.TLS)
LOCAL = GoListener(ListenerKind.LOCAL)
NOT_KNOWN = GoListener(ListenerKind.UNKNOWN, UNKNOWN)


class ServedHandler(Struct, frozen=True):
    """A call that serves a handler."""

    handler: GoValue
    listener: ListenerKind
    tls: GoValue
    """The configuration of a listener with TLS; ``nil`` for the default one."""
    place: SourceLocation
    is_conditional: bool
    context: GoValue = NIL
    """What puts values into the context of each request: ``ConnContext`` and ``BaseContext`` of the server."""


def kind_of_address(value: GoValue) -> ListenerKind:
    """Return what a plaintext listener on an address is."""
    inner = plain(value)
    known = inner.known if isinstance(inner, GoText) else None
    return ListenerKind.LOCAL if known is not None and LOOPBACK.fullmatch(known) else ListenerKind.PLAINTEXT


def _listen(machine: Machine, call: Call) -> GoValue:
    del machine
    network = plain(call.argument(0))
    is_local = isinstance(network, GoText) and (network.known or "").startswith("unix")
    return GoListener(ListenerKind.LOCAL if is_local else kind_of_address(call.argument(1)))


def _listen_with_context(machine: Machine, call: Call) -> GoValue:
    del machine
    return GoListener(kind_of_address(call.argument(2)))


def fixed(listener: GoListener) -> ListenerOf:
    """Return a function to a listener that no argument decides about."""

    def of_call(call: Call) -> GoValue:
        del call
        return listener

    return of_call


def _listen_tls(machine: Machine, call: Call) -> GoValue:
    del machine
    return GoListener(ListenerKind.TLS, call.argument(2))


def _around(machine: Machine, call: Call) -> GoValue:
    del machine
    return GoListener(ListenerKind.TLS, call.argument(1))


def serve(
    machine: Machine, call: Call, handler: GoValue, listener: GoValue, context: GoValue = NIL
) -> GoValue:
    """Note a call that serves; what follows a call in the same goroutine is executed when the server ends."""
    for one in alternatives(handler):
        served = default_mux(machine) if isinstance(one, GoNil) else one
        for each in alternatives(listener):
            known = each if isinstance(each, GoListener) else NOT_KNOWN
            conditional = machine.is_conditional or one is not handler or each is not listener
            machine.served.append(
                ServedHandler(served, known.kind, known.tls, call.place, conditional, context)
            )
    return GoUnknown()


def _plain_server(machine: Machine, call: Call) -> GoValue:
    return serve(machine, call, call.argument(1), GoListener(kind_of_address(call.argument(0))))


def _tls_server(machine: Machine, call: Call) -> GoValue:
    return serve(machine, call, call.argument(3), TLS_BY_DEFAULT)


def _on_listener(machine: Machine, call: Call) -> GoValue:
    return serve(machine, call, call.argument(1), call.argument(0))


def _tls_on_listener(machine: Machine, call: Call) -> GoValue:
    return serve(machine, call, call.argument(1), TLS_BY_DEFAULT)


def _method(machine: Machine, call: Call) -> GoValue:
    """Serve with an ``http.Server``."""
    method = call.name.rpartition(".")[2]
    for one in alternatives(call.receiver or NIL):
        server = record_of(one)
        if server is None:
            serve(machine, call, GoUnknown(made_by=call.name), NOT_KNOWN)
            continue
        handler = server.fields.get("Handler", NIL if server.is_complete else GoUnknown())
        tls = server.fields.get("TLSConfig", NIL if server.is_complete else GoUnknown())
        context = next(
            (server.fields[name] for name in ("ConnContext", "BaseContext") if name in server.fields), NIL
        )
        serve(machine, call, handler, _listener(method, server, tls, call), context)
    return GoUnknown()


def _listener(method: str, server: Record, tls: GoValue, call: Call) -> GoValue:
    if method in {"ListenAndServeTLS", "ServeTLS"}:
        return GoListener(ListenerKind.TLS, tls)
    if method == "Serve":
        return call.argument(0)
    return GoListener(kind_of_address(server.fields.get("Addr", NIL)))


def _configure_http2(machine: Machine, call: Call) -> GoValue:
    """Give the server a configuration of TLS, if it has none."""
    server = record_of(call.argument(0))
    if server is not None and isinstance(server.fields.get("TLSConfig", NIL), GoNil):
        machine.write(
            server, "TLSConfig", Pointer(Record(kind=TypeName("crypto/tls", "Config"), place=call.place))
        )
    return NIL


SERVING: Mapping[str, LibraryFunction] = {
    "net.Listen": _listen,
    "net.ListenConfig.Listen": _listen_with_context,
    "net.ListenTCP": giving(GoListener(ListenerKind.PLAINTEXT)),
    "net.ListenUnix": giving(LOCAL),
    "crypto/tls.Listen": _listen_tls,
    "crypto/tls.NewListener": _around,
    "golang.org/x/net/netutil.LimitListener": argument(0),
    "net/http.ListenAndServe": _plain_server,
    "net/http.ListenAndServeTLS": _tls_server,
    "net/http.Serve": _on_listener,
    "net/http.ServeTLS": _tls_on_listener,
    **{
        f"net/http.Server.{name}": _method
        for name in ("ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS")
    },
    "golang.org/x/net/http2.ConfigureServer": _configure_http2,
}
