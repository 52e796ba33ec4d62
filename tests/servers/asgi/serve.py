"""Runs the application under one of the two servers; variants differ in `verify_mode` and in what it guards."""

# ruff: noqa: T201 (standard output is what the harness reads the port from)
from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, Any, cast

import hypercorn
import hypercorn.asyncio
import uvicorn
from msgspec import Struct
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.servers.asgi.app import Api, Receive, Scope, Send
from tests.servers.python.tls import VERSIONS, arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hypercorn.typing import Framework

BACKLOG = 256


class NamingProtocol(H11Protocol):
    """Adds the `tls` extension that uvicorn lacks, from the transport, as applications do that need it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Pass the subject to the application of this connection."""
        super().connection_made(transport)
        name = _name(transport.get_extra_info("peercert"))
        inner = cast("Api", self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, "extensions": {"tls": {"client_cert_name": name}}}, receive, send)

        self.app = cast("Any", app)


def _name(certificate: dict[str, Any] | None) -> str | None:
    """Return the subject of a verified certificate, None without one."""
    subject: Any = (certificate or {}).get("subject", ())
    return ",".join(f"{key}={value}" for rdn in subject for key, value in rdn) or None


def uvicorn_server(variant: Variant, options: argparse.Namespace, listener: socket.socket) -> None:
    """Serve until killed."""

    def limited(config: uvicorn.Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:  # noqa: ARG001
        context = make()
        context.minimum_version, context.maximum_version = VERSIONS[options.tls]
        return context

    config = uvicorn.Config(
        cast("Any", variant.app),
        http=NamingProtocol if variant.app.guarded else "h11",
        lifespan="off",
        timeout_graceful_shutdown=0,
        log_level="warning",
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        ssl_ca_certs=options.client_ca,
        ssl_cert_reqs=variant.verify,
        ssl_context_factory=limited,
    )
    uvicorn.Server(config).run(sockets=[listener])


def hypercorn_server(variant: Variant, options: argparse.Namespace, listener: socket.socket) -> None:
    """Serve until killed, over HTTP/2 as well."""

    class Config(hypercorn.Config):
        def create_ssl_context(self) -> ssl.SSLContext | None:
            context = super().create_ssl_context()
            assert context is not None
            context.minimum_version, context.maximum_version = VERSIONS[options.tls]
            return context

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile, config.keyfile, config.ca_certs = options.cert, options.key, options.client_ca
    config.verify_mode = variant.verify
    config.graceful_timeout = 0
    asyncio.run(hypercorn.asyncio.serve(cast("Framework", variant.app), config))


class Variant(Struct, frozen=True):
    """The server, its verify mode, and the application."""

    serve: Callable[[Variant, argparse.Namespace, socket.socket], None]
    verify: ssl.VerifyMode
    app: Api


VARIANTS = {
    "uvicorn-required": Variant(uvicorn_server, ssl.CERT_REQUIRED, Api()),
    "uvicorn-required-all": Variant(uvicorn_server, ssl.CERT_REQUIRED, Api()),
    "uvicorn-optional": Variant(uvicorn_server, ssl.CERT_OPTIONAL, Api()),
    "uvicorn-optional-named": Variant(uvicorn_server, ssl.CERT_OPTIONAL, Api(("/secure", "/items/{id}"))),
    "uvicorn-optional-unguarded": Variant(uvicorn_server, ssl.CERT_OPTIONAL, Api(("/secure",))),
    "hypercorn-required": Variant(hypercorn_server, ssl.CERT_REQUIRED, Api()),
    "hypercorn-required-all": Variant(hypercorn_server, ssl.CERT_REQUIRED, Api()),
    "hypercorn-optional": Variant(hypercorn_server, ssl.CERT_OPTIONAL, Api()),
}


def main() -> None:
    """Serve the variant that the command line names, on an ephemeral port of 127.0.0.1."""
    options = arguments()
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    variant = VARIANTS[options.variant]
    variant.serve(variant, options, listener)


if __name__ == "__main__":
    main()
