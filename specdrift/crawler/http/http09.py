"""HTTP/0.9: a method and a target, and the body until the server closes. There is neither status nor header section.

Some servers still answer it, and some guards were never asked about it.
"""

import asyncio
from dataclasses import replace

from specdrift.crawler.http.conversation import (
    BROKEN_OFF,
    MAX_BODY,
    Message,
    Receive,
    Response,
    Send,
    body_ends,
)
from specdrift.crawler.http.http1 import Http1

VERSION = b"0.9"
LATER = b"HTTP/"
"""How an answer begins that has a status after all: most servers refuse so."""


class Http09:
    """One request, and the connection is over."""

    def __init__(self) -> None:
        self._later = Http1()
        self._message = Message(method="GET", target=b"/", headers=[])

    def encode(self, message: Message) -> bytes:
        """The line, and the empty one that servers wait for which read headers all the same."""
        self._message = message
        self._later.encode(replace(message, version=b"1.0", body=b""))
        return b"%s %s\r\n\r\n" % (message.method.encode(), message.target)

    def feed(self, data: bytes) -> None:
        """Takes bytes that came early: an answer with a status, for there is no other to what nobody asked."""
        self._later.feed(data)

    def unasked(self, data: bytes) -> bool:  # noqa: ARG002 - whatever it is
        """Never: there is no second request."""
        return False

    async def answer(self, receive: Receive, send: Send) -> Response:
        """What came, as a 200 where it has no status: whether it is the operation's own is for others to say."""
        begun = await self._begin(receive)
        if not begun:
            raise ConnectionAbortedError("closed without a response")
        if begun.startswith(LATER):
            self._later.feed(begun)
            return await self._later.answer(receive, send)
        body, whole = await self._rest(begun, receive)
        return Response(status=200, http_version="HTTP/0.9", headers=[], body=body, truncated=not whole)

    async def _begin(self, receive: Receive) -> bytes:
        """Enough to tell whether there is a status. Many servers just cut the connection where the body ends."""
        begun = b""
        try:
            while len(begun) < len(LATER) and (more := await receive()):
                begun += more
        except BROKEN_OFF:
            if LATER.startswith(begun):
                raise
        return begun

    async def _rest(self, begun: bytes, receive: Receive) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout_at(body_ends(self._message.deadline)):
                while len(begun) < MAX_BODY:
                    more = await receive()
                    if not more:
                        return begun, True
                    begun += more
        except BROKEN_OFF:
            pass
        return begun[:MAX_BODY], False

    def ready_again(self) -> bool:
        """Never."""
        return False
