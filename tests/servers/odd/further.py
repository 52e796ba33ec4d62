"""The variants of modules that list their own."""

from tests.servers.odd import (
    calls,
    guessed,
    hanging_up,
    realms,
    role_redirects,
    signed,
    stored,
    strict,
    tunnels,
    wire,
)
from tests.servers.python.tls import Handler, TlsServer

HANDLERS: dict[str, type[Handler]] = {
    **calls.HANDLERS,
    **strict.HANDLERS,
    **tunnels.HANDLERS,
    **guessed.HANDLERS,
    **wire.HANDLERS,
    **stored.HANDLERS,
    **signed.HANDLERS,
    **hanging_up.HANDLERS,
    **role_redirects.HANDLERS,
    **realms.HANDLERS,
}
SERVERS: dict[str, type[TlsServer]] = wire.SERVERS
