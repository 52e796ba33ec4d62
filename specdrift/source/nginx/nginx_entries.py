"""The listeners of nginx, with the servers that requests to them reach."""

from collections.abc import Iterator

from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth, GatewayEntry
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.server_names import Sockets
from specdrift.source.nginx.servers import MOST_LISTENERS, Server, kind_of
from specdrift.source.nginx.simulation import HTTP_ON_TLS
from specdrift.source.nginx.sites import client_auth

UNMATCHED = "unmatched.invalid"
"""A host name that no server has."""
LONGEST_NAME = 253
"""Of a host (RFC 1035)."""


def entries_of(
    servers: tuple[Server, ...], sockets: Sockets, unresolved: list[UnresolvedExpression]
) -> Iterator[tuple[GatewayEntry, tuple[str, int, bool], str]]:
    """Yield the entries, each with its socket and a host name that selects its server."""
    for server in servers:
        names = tuple(name for name in server.names if name not in ("_", ""))
        if server.beyond is not None:
            what = f"listeners of a server beyond the first {MOST_LISTENERS}"
            unresolved.append(UnresolvedExpression(server.beyond.location, what, UnresolvedKind.SERVED))
        for listen in server.listens:
            socket, tls = listen.socket, sockets.is_tls(listen.socket)
            default = sockets.default(socket) is server
            host = _own_host(server, sockets, socket)
            if host is None:
                if not sockets.has_twin(socket, server):
                    unresolved.append(_not_reached(listen.location))
                continue
            entry = GatewayEntry(
                address=listen.address,
                port=listen.port,
                kind=kind_of(listen.address, tls=tls),
                quic=listen.quic,
                client_auth=client_auth(server, tls=tls),
                names=names,
                default=default,
                location=server.directive.location,
            )
            yield entry, socket, host
            if tls and not listen.quic and _answers_plaintext(server):
                without = replace(entry, kind=ListenerKind.PLAINTEXT, client_auth=GatewayClientAuth.NONE)
                yield without, socket, host


def _answers_plaintext(server: Server) -> bool:
    """Return whether a location of the server gets requests without TLS that are sent to a socket with it."""
    pages = inheritance.effective(server.levels, "error_page")
    return any(str(HTTP_ON_TLS) in page.args[:-1] and page.args[-1].startswith(("/", "@")) for page in pages)


def _not_reached(place: SourceLocation) -> UnresolvedExpression:
    what = "server whose names are regular expressions; no request of it is evaluated"
    return UnresolvedExpression(place, what, UnresolvedKind.SERVED)


def _own_host(server: Server, sockets: Sockets, socket: tuple[str, int, bool]) -> str | None:
    """Return a host name that selects the server; ``None`` if none is known."""
    for name in (*map(concrete, server.names), UNMATCHED):
        try:
            if name and sockets.server(socket, name) is server:
                return name
        except Undetermined:
            continue
    return None


def concrete(name: str) -> str:
    """Return a host name that a name of a server matches; empty if none is known."""
    if name.startswith("~") or name in ("_", "", "$hostname") or len(name) > LONGEST_NAME:
        return ""
    if name.startswith(("*.", ".")):
        return f"www.{name.lstrip('*').lstrip('.')}".lower()
    return (f"{name[:-1]}example" if name.endswith(".*") else name).lower()
