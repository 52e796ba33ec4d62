"""HTTP/1.1 (RFC 9112) through h11, except for what `usual` writes and reads."""

import math
import re
import ssl
from collections.abc import Iterable

import h11

from specdrift.crawler.http.sans_io import (
    BROKEN_OFF,
    CHUNKED,
    MAX_BODY,
    MAX_HEAD,
    UNREAD,
    WITH_CONTENT,
    BodyWait,
    Fields,
    HeadWait,
    RawRequest,
    RawResponse,
    Receive,
    Send,
    further_fields,
    outside_fields,
)
from specdrift.crawler.http.usual import USUAL, is_usual, read_usual, written
from specdrift.crawler.http.websocket import OpeningMessages, read_opening
from specdrift.model.exchange.websocket import SWITCHED

SPACED = re.compile(rb" ?[!#$%&'*+.^_`|~0-9A-Za-z-]+ |[ ][!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field name (RFC 9110 §5.1) with a space before or after it, which RFC 9112 §5.1 forbids."""
LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^:\r\n\0]+")
"""A name, a space and a value: a line without a colon, which RFC 9112 §5 does not have."""

TUNNEL, LIKE_OTHERS = "CONNECT", "GET"
BROKEN_CHUNK = b"-\r\n"
"""A size of a chunk that is no number: no server can take what follows for a complete body (RFC 9112 §7.1)."""


class Http1:
    """One request at a time; the connection is kept alive while both sides allow it."""

    def __init__(self) -> None:
        self._request: RawRequest | None = None
        self._early = b""
        """Bytes that arrived before the request was sent."""
        self._h11: h11.Connection | None = None
        """Only for an exchange that is not usual."""
        self._keeps_alive = False
        """Whether the server keeps the connection after a usual response."""
        self._broken_off = False
        self._once = False
        self._content = False
        self.keeps_rejected = False
        """Whether the connection is usable after content was rejected: what follows shows whether it was read."""
        self._deadline = math.inf
        self._further = Fields()
        self._head_wait: float | None = None

    @property
    def _http(self) -> h11.Connection:
        assert self._h11 is not None  # noqa: S101 - read_response has made it
        return self._h11

    def encode(self, request: RawRequest) -> bytes:
        """Return the bytes of a request."""
        self._request, self._h11, self._keeps_alive = request, None, False
        self._deadline, self._head_wait = request.deadline, request.head_wait
        # Some servers do not read the content of methods without content semantics, or of rejected requests. They
        # would parse the rest as the next request: chunks end with one of no bytes.
        self._content = bool(request.body) or CHUNKED in request.headers
        usual = written(request)
        is_altered = usual is None and _is_altered(request)
        has_surplus = self._content and request.method not in WITH_CONTENT
        self._once = is_altered or has_surplus or request.method == TUNNEL
        return _started(request)[1] if usual is None else usual

    def feed(self, data: bytes) -> None:
        """Accept bytes that arrived before the request was sent."""
        self._early += data

    def receive_unsolicited(self, data: bytes) -> bool:  # noqa: ARG002 - the interface's
        """Return False: the bytes would be taken for the next response (RFC 9112 §9.2)."""
        return False

    async def read_response(self, receive: Receive, send: Send) -> RawResponse:  # noqa: ARG002 - HTTP/1.1 sends nothing while reading
        """Read the response; skip informational ones (1xx)."""
        assert self._request is not None  # noqa: S101 - encode has set it
        self._further = Fields()
        received, self._early = self._early or None, b""
        if received is None and is_usual(self._request):
            received = await receive()
            if (usual := read_usual(received)) is not None:
                self._keeps_alive = usual.keeps_alive
                self._once = self._once or self._has_left_over(usual.response.status)
                return usual.response
        self._h11, _ = _started(self._request)
        if received is not None:
            self._h11.receive_data(received)
        try:
            event = await self._final(receive)
        except (ssl.SSLError, OSError) as error:
            if begun := self._http.trailing_data[0]:
                # A partial response is not a close without a response.
                raise h11.RemoteProtocolError(
                    f"broken off after {begun[:40]!r}{'…' if len(begun) > 40 else ''}"
                ) from error
            raise
        if not isinstance(event, h11.Response | h11.InformationalResponse):
            raise ConnectionAbortedError("closed without a response")
        # After 101 the connection carries another protocol.
        switched = event.status_code == SWITCHED
        self._once = self._once or switched or self._has_left_over(event.status_code)
        fields = event.headers.raw_items()
        opening = OpeningMessages()
        if event.status_code != SWITCHED:
            body = await self._body(receive, fields)
        else:
            if _is_websocket(fields):
                opening = await read_opening(self._http.trailing_data[0], receive)
            body = opening.data
        return RawResponse(
            status=event.status_code,
            http_version="HTTP/1.1"
            if event.http_version == b"1.1"
            else "HTTP/" + event.http_version.decode(),
            headers=[
                *fields,
                *opening.fields,
                *self._further,
                *outside_fields(event.status_code, bytes(event.reason), self._surplus(event.status_code)),
            ],
            body=body,
            truncated=self._broken_off,
        )

    def _has_left_over(self, status: int) -> bool:
        """Return whether the server may not have read the content."""
        return self._content and status >= 400 and not self.keeps_rejected

    @property
    def after_switch(self) -> bytes:
        """The bytes that came after 101 Switching Protocols."""
        return self._h11.trailing_data[0] if self._h11 else b""

    def _surplus(self, status: int) -> bytes:
        """Return the bytes that came after the end of the body."""
        ended = self._http.their_state in (h11.DONE, h11.MUST_CLOSE) and status != SWITCHED
        return self._http.trailing_data[0] if ended else b""

    async def _final(self, receive: Receive) -> object:
        """Return the first event that is no informational response."""
        wait = HeadWait(self._head_wait)
        async with wait.limit():
            while True:
                event = await self._event(receive)
                if not isinstance(event, h11.InformationalResponse) or event.status_code == SWITCHED:
                    return event
                self._further += further_fields(event.headers.raw_items())
                wait.informed(event.status_code)

    def start_next_cycle(self) -> bool:
        """Return whether both sides are done and no bytes follow the response."""
        if self._h11 is None:
            return self._keeps_alive and not self._once
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        return done and not (self._broken_off or self._once or self._http.trailing_data[0])

    async def _body(self, receive: Receive, fields: Fields) -> bytes:
        body = bytearray()  # may arrive a byte at a time
        try:
            if self._collect(body):
                return bytes(body)  # most bodies arrive together with the head
            wait = BodyWait(self._deadline, fields)
            async with wait.timeout:
                while len(body) < MAX_BODY:
                    wait.received(len(body))
                    self._http.receive_data(await receive())
                    if self._collect(body):
                        return bytes(body)
        except TimeoutError:
            self._further.append(UNREAD)
        except BROKEN_OFF:
            pass
        self._broken_off = True
        return bytes(body[:MAX_BODY])

    def _collect(self, body: bytearray) -> bool:
        """Collect the received part of the body; return whether it is complete."""
        while isinstance(event := self._http.next_event(), h11.Data):
            body += event.data
        if isinstance(event, h11.EndOfMessage):
            self._further += further_fields(event.headers.raw_items())
        return event is not h11.NEED_DATA

    async def _event(self, receive: Receive) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(await receive())


def _is_websocket(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the connection carries WebSocket from now on."""
    return any(name.lower() == b"upgrade" and value.strip().lower() == b"websocket" for name, value in fields)


def _started(request: RawRequest) -> tuple[h11.Connection, bytes]:
    """Return h11's state after it has sent a request, and what it has written."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    tunnels = request.method == TUNNEL
    fields, altered = request.headers, _is_altered(request)
    first = [*request.hosts, *_spaced(request)]
    if altered:
        # h11 writes conforming requests only: replace Host, spaced names and the version in its output.
        fields = [(b"Host", b"-"), *(field for field in fields if field not in first)]
        # A space before the name continues no other field only on the first field line.
        first.sort(key=lambda field: not field[0].startswith(b" "))
    # A response to CONNECT has no content (RFC 9110 §9.3.6): what a handler sends all the same is read as that of GET.
    method = LIKE_OTHERS if tunnels else request.method
    head = connection.send(h11.Request(method=method, target=request.target, headers=fields))
    if tunnels and head:
        head = TUNNEL.encode() + head.removeprefix(LIKE_OTHERS.encode())
    parts = [_with_first(head, first, request.version) if altered else head]
    if request.body:
        parts.append(connection.send(h11.Data(data=request.body)))
    if request.head_wait is None:
        parts.append(connection.send(h11.EndOfMessage(headers=request.trailers)))
    elif CHUNKED in request.headers:
        parts.append(BROKEN_CHUNK)
    return connection, b"".join(part for part in parts if part)


def _is_altered(request: RawRequest) -> bool:
    """Return whether Host, a name or the version are not those of a conforming request."""
    return len(request.hosts) != 1 or request.version != USUAL or bool(_spaced(request))


def _spaced(request: RawRequest) -> Fields:
    """Return the fields whose names have a space at an end, and the lines without a colon."""
    return [
        (name, value)
        for name, value in request.headers
        if b" " in name and (SPACED.fullmatch(name) or (not value and LINE.fullmatch(name)))
    ]


def _with_first(head: bytes | None, first: Fields, version: bytes) -> bytes:
    """Replace the version and the placeholder Host in a request's head, the latter by these fields."""
    line, _, rest = (head or b"").partition(b"\r\n")
    ours, _, rest = rest.partition(b"\r\n")
    assert ours == b"Host: -", ours  # noqa: S101 - encode has put it first
    if any(octet in value for _, value in first for octet in b"\r\n\0"):
        raise h11.LocalProtocolError(f"not a field value: {first!r}")
    written = b"".join(
        name + (b"" if LINE.fullmatch(name) else b": " + value) + b"\r\n" for name, value in first
    )
    return line.removesuffix(USUAL) + version + b"\r\n" + written + rest
