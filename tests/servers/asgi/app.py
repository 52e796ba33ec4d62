"""The test API as an ASGI application, without a framework."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from tests.servers.python.api import find

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
JSON = [(b"content-type", b"application/json")]


class Api:
    """Answers every caller; guarded paths (templates) need a name in the server's `tls` extension."""

    def __init__(self, guarded: Collection[str] = ()) -> None:
        """Guard these paths."""
        self.guarded = guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (no body is read)
        """Answer a request; other kinds of connections are not expected."""
        assert scope["type"] == "http"
        status, body = self.answer(scope)
        payload = b"" if scope["method"] == "HEAD" else json.dumps(body).encode()
        await send({"type": "http.response.start", "status": status, "headers": JSON})
        await send({"type": "http.response.body", "body": payload})

    def answer(self, scope: Scope) -> tuple[int, dict[str, Any]]:
        """Return status and JSON."""
        caller = scope.get("extensions", {}).get("tls", {}).get("client_cert_name")
        resource = find(scope["path"], caller=caller)
        if resource is None:
            return 404, {"error": "not found"}
        if resource.template in self.guarded and not caller:
            return 401, {"error": "client certificate required"}
        if scope["method"] not in {"GET", "HEAD"}:
            return 405, {"error": "no such method"}
        return 200, resource.body
