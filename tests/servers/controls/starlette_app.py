"""A Starlette application whose middleware guards by `request.url.path`, under uvicorn."""

# ruff: noqa: T201 (standard output is what the harness reads the port from)
from __future__ import annotations

import socket
import ssl
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.servers.asgi.app import Receive, Scope, Send
from tests.servers.asgi.serve import NamingProtocol
from tests.servers.python.api import find
from tests.servers.python.tls import arguments

OPEN = ("/public", "/optional")
GUARDED = ("/secure", "/items/")


class RequiresCertificate:
    """Middleware that requires the name of a verified certificate on guarded paths."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or continue."""
        named = scope["extensions"]["tls"]["client_cert_name"]
        if Request(scope).url.path.startswith(GUARDED) and not named:
            await JSONResponse({"error": "client certificate required"}, status_code=401)(
                scope, receive, send
            )
        else:
            await self.app(scope, receive, send)


async def resource(request: Request) -> JSONResponse:
    """Answer the resource of the routed path."""
    found = find(request.scope["path"], caller=None)
    return JSONResponse(found.body) if found else JSONResponse({"error": "not found"}, status_code=404)


def main() -> None:
    """Serve on an ephemeral port of 127.0.0.1."""
    options = arguments()
    app = Starlette(
        routes=[Route(path, resource) for path in (*OPEN, "/secure", "/items/{item}")],
        middleware=[Middleware(RequiresCertificate)],
    )
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        cast("Any", app),
        http=NamingProtocol,
        lifespan="off",
        timeout_graceful_shutdown=0,
        log_level="warning",
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        ssl_ca_certs=options.client_ca,
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
