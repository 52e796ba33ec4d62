"""HTTP/0.9: a method and a target; the response is a body up to the end of the connection, without status and fields.

Some servers still answer it, and some guards do not cover it (CVE-2026-24733).
"""

import asyncio

from msgspec.structs import replace

from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.sans_io import (
    BROKEN_OFF,
    MAX_BODY,
    RawRequest,
    RawResponse,
    Receive,
    Send,
    body_ends,
)

VERSION = b"0.9"
LATER = b"HTTP/"
"""First bytes of a response with a status line: most servers reject HTTP/0.9 with one."""


class Http09:
    """One request per connection."""

    def __init__(self) -> None:
        self._later = Http1()
        self._request = RawRequest(method="GET", target=b"/", headers=[])

    def encode(self, request: RawRequest) -> bytes:
        """Return the request line, and an empty line for servers that read fields nevertheless."""
        self._request = request
        self._later.encode(replace(request, version=b"1.0", body=b""))
        return b"%s %s\r\n\r\n" % (request.method.encode(), request.target)

    def feed(self, data: bytes) -> None:
        """Accept bytes that arrived before the request was sent: only a response with a status is possible."""
        self._later.feed(data)

    def receive_unsolicited(self, data: bytes) -> bool:  # noqa: ARG002 - the interface's
        """Return False: there is no second request."""
        return False

    async def read_response(self, receive: Receive, send: Send) -> RawResponse:
        """Read the response; without a status line it counts as 200."""
        begun = await self._begin(receive)
        if not begun:
            raise ConnectionAbortedError("closed without a response")
        if begun.startswith(LATER):
            self._later.feed(begun)
            return await self._later.read_response(receive, send)
        body, whole = await self._rest(begun, receive)
        return RawResponse(status=200, http_version="HTTP/0.9", headers=[], body=body, truncated=not whole)

    async def _begin(self, receive: Receive) -> bytes:
        """Read enough to recognize a status line. Many servers reset the connection at the end of the body."""
        begun = b""
        try:
            while len(begun) < len(LATER) and (more := await receive()):
                begun += more
        except BROKEN_OFF:
            if LATER.startswith(begun):
                raise
        return begun

    async def _rest(self, begun: bytes, receive: Receive) -> tuple[bytes, bool]:
        body = bytearray(begun)  # may arrive a byte at a time
        try:
            async with asyncio.timeout_at(body_ends(self._request.deadline)):
                while len(body) < MAX_BODY:
                    more = await receive()
                    if not more:
                        return bytes(body), True
                    body += more
        except BROKEN_OFF:
            pass
        return bytes(body[:MAX_BODY]), False

    def start_next_cycle(self) -> bool:
        """Return False."""
        return False
