"""Responses of servers that read the socket themselves: the API, guarded by the certificate that TLS has."""

from __future__ import annotations

import json

from tests.servers.python.api import find

GUARDED = ("/secure", "/items/")


def is_guarded(path: str) -> bool:
    """Return whether a path requires a certificate."""
    return path.startswith(GUARDED)


def response(head: bytes, *, known: bool) -> bytes:
    """Return the whole response to a request; the connection is closed after it."""
    method, path = head.decode("latin-1").split(" ")[:2]
    found = find(path, caller="known" if known else None)
    if found is None:
        status, body = "404 Not Found", '{"error": "not found"}'
    elif method != "GET":
        status, body = "405 Method Not Allowed", '{"error": "method not allowed"}'
    elif is_guarded(path) and not known:
        status, body = "401 Unauthorized", '{"error": "client certificate required"}'
    else:
        status, body = "200 OK", json.dumps(found.body)
    fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
    return f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n{body}".encode()
