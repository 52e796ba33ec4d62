"""HTTP/1.1 (RFC 9112) through h11."""

import asyncio
import math
import ssl

import h11

from specdrift.crawler.http.conversation import (
    BROKEN_OFF,
    MAX_BODY,
    MAX_HEAD,
    WITH_CONTENT,
    Fields,
    Message,
    Receive,
    Response,
    Send,
    body_ends,
)

USUAL = b"1.1"
SWITCHED = 101
"""Switching Protocols (RFC 9110 §15.2.2)."""


class Http1:
    """One request at a time; kept alive as long as both sides allow."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._broken_off = False
        self._once = False
        self._content = False
        self._deadline = math.inf

    def encode(self, message: Message) -> bytes:
        """The request's bytes."""
        self._deadline = message.deadline
        hosts = message.hosts
        self._once = len(hosts) != 1 or message.version != USUAL
        fields = message.headers
        if self._once:
            # h11 writes what a client may; this is what one may not, or not any more.
            fields = [(b"Host", b"-"), *(field for field in fields if field not in hosts)]
        head = self._http.send(h11.Request(method=message.method, target=message.target, headers=fields))
        parts = [_with_hosts(head, hosts, message.version) if self._once else head]
        # Not every server reads the content of a method that has none, or of a request that it refuses: what it
        # leaves would be taken for the beginning of the next one.
        self._content = bool(message.body)
        self._once = self._once or (self._content and message.method not in WITH_CONTENT)
        if message.body:
            parts.append(self._http.send(h11.Data(data=message.body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        return b"".join(part for part in parts if part)

    def feed(self, data: bytes) -> None:
        """Takes bytes that came early."""
        self._http.receive_data(data)

    def unasked(self, data: bytes) -> bool:  # noqa: ARG002 - whatever it is
        """Never: to whom nothing was asked, nothing is answered (RFC 9112 §9.2). It would be taken for the next
        response, and each one after it for the next but one.
        """
        return False

    async def answer(self, receive: Receive, send: Send) -> Response:  # noqa: ARG002 - HTTP/1.1 never answers back
        """The response; informational ones (1xx) are passed over."""
        try:
            event = await self._event(receive)
            while isinstance(event, h11.InformationalResponse) and event.status_code != SWITCHED:
                event = await self._event(receive)
        except (ssl.SSLError, OSError) as error:
            if begun := self._http.trailing_data[0]:
                # Who dies while speaking has not objected: it must not look like a close without a word.
                raise h11.RemoteProtocolError(f"broken off after {begun[:40]!r}") from error
            raise
        if not isinstance(event, h11.Response | h11.InformationalResponse):
            raise ConnectionAbortedError("closed without a response")
        # Behind a switch of protocols there is no HTTP to be read any more.
        left_over = self._content and event.status_code >= 400
        self._once = self._once or event.status_code == SWITCHED or left_over
        body = b"" if event.status_code == SWITCHED else await self._body(receive)
        return Response(
            status=event.status_code,
            http_version="HTTP/1.1"
            if event.http_version == b"1.1"
            else "HTTP/" + event.http_version.decode(),
            headers=event.headers.raw_items(),
            body=body,
            truncated=self._broken_off,
        )

    def ready_again(self) -> bool:
        """Starts the next cycle where both sides are done, and nothing came behind the response."""
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if self._broken_off or self._once or not done or self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        return True

    async def _body(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        try:
            if self._collect(parts):
                return b"".join(parts)  # it came with the head, as most bodies do
            async with asyncio.timeout_at(body_ends(self._deadline)):
                while sum(map(len, parts)) < MAX_BODY:
                    self._http.receive_data(await receive())
                    if self._collect(parts):
                        return b"".join(parts)
        except BROKEN_OFF:
            pass
        self._broken_off = True
        return b"".join(parts)[:MAX_BODY]

    def _collect(self, parts: list[bytes]) -> bool:
        """Takes what is there of the body; whether that was its end."""
        while isinstance(event := self._http.next_event(), h11.Data):
            parts.append(bytes(event.data))
        return event is not h11.NEED_DATA

    async def _event(self, receive: Receive) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(await receive())


def _with_hosts(head: bytes | None, hosts: Fields, version: bytes) -> bytes:
    """The head of a request with these values of Host, and of this version."""
    line, _, rest = (head or b"").partition(b"\r\n")
    ours, _, rest = rest.partition(b"\r\n")
    assert ours == b"Host: -", ours  # noqa: S101 - it was put there a moment ago, first
    if any(octet in host for _, host in hosts for octet in b"\r\n\0"):
        raise h11.LocalProtocolError(f"no value of Host: {hosts!r}")
    written = b"".join(name + b": " + host + b"\r\n" for name, host in hosts)
    return line.removesuffix(USUAL) + version + b"\r\n" + written + rest
