"""What all requests to a configuration share, and where one request arrives."""

from collections.abc import Mapping

from msgspec import Struct

from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.forwarding import Forwarding
from specdrift.source.nginx.servers import VERIFY, Server
from specdrift.source.nginx.variables import UNTRUSTED, Map


def client_auth(server: Server, *, tls: bool) -> GatewayClientAuth:
    """Return what a server does about client certificates."""
    found = inheritance.setting(server.levels, "ssl_verify_client")
    return VERIFY.get(found.first, GatewayClientAuth.NONE) if found and tls else GatewayClientAuth.NONE


class Site(Struct, frozen=True, kw_only=True):
    """The parts of a configuration that all requests share."""

    forwarding: Forwarding
    maps: Mapping[str, Map]
    opaque: Mapping[Directive, Directive]
    """The first statement of a block that is not evaluated, and may do anything."""
    declared: frozenset[str] = frozenset()
    """Variables of ``set`` and of expressions: empty until they are filled."""


class Where(Struct, frozen=True, kw_only=True):
    """Where a request arrives."""

    tls: bool
    host: str
    parsing: Server
    """The server that parses the target."""
    handshake: Server
    """The server whose settings the handshake has."""
    server_name: str
    """SNI; empty for none."""
    internal: bool = False
    """The request is one that a service names in its answer."""
    without_tls: bool = False
    """The client sends no handshake to a socket with TLS."""
    failure: str = UNTRUSTED
    """The result of the verification of a certificate of another CA."""
