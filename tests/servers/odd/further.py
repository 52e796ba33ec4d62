"""The variants of modules that list their own."""

from tests.servers.odd import guessed, strict, tunnels, wire
from tests.servers.python.tls import Handler, TlsServer

HANDLERS: dict[str, type[Handler]] = {
    **strict.HANDLERS,
    **tunnels.HANDLERS,
    **guessed.HANDLERS,
    **wire.HANDLERS,
}
SERVERS: dict[str, type[TlsServer]] = wire.SERVERS
