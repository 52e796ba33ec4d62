"""A small API over TLS whose answers a test decides; client certificates are requested, but optional."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.loopback import answering
from tests.servers.python.tls import Handler, TlsServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.pki import TestPki


@contextmanager
def listening(api: type[Handler], pki: TestPki) -> Iterator[str]:
    """The base URL at which a handler answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.server_cert, pki.server_key)
    context.load_verify_locations(pki.client_ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    server = TlsServer(context, api)
    with answering(server):
        yield f"https://127.0.0.1:{server.server_port}"


def api_of(admits: Callable[[Handler], bool | None]) -> type[Handler]:
    """Answers 200 or 403 as ``admits`` has it, and 404 for ``None``."""

    class Api(Handler):
        def respond(self) -> None:
            admitted = admits(self)
            if admitted is None:
                return self.reply(404, {"error": "not found"})
            return self.reply(200, {"items": []}) if admitted else self.reply(403, {"error": "forbidden"})

    return Api
