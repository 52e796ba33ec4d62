"""HTTP/2 (RFC 9113) through h2, one stream at a time."""

import asyncio
import contextlib
import math
import re
import ssl

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h11

from specdrift.crawler.http.sans_io import (
    BROKEN_OFF,
    MAX_BODY,
    MOST_SURPLUS,
    PUSHED,
    SURPLUS,
    UNREAD,
    BodyWait,
    Fields,
    HeadWait,
    RawRequest,
    RawResponse,
    Receive,
    Send,
    StreamReset,
    further_fields,
    reset_with,
)
from specdrift.crawler.http.websocket import read_opening
from specdrift.model.exchange.websocket import PROTOCOL, SWITCHED

FORBIDDEN = frozenset({b"host", b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})
"""Fields that HTTP/2 does not use (RFC 9113 §8.2.2). The first Host becomes ``:authority``; others are sent."""
TRAILERS = b"trailers"
"""The only value of TE there, which gRPC needs."""
PUSH_S, AFTER_REFUSAL_S = 0.5, 0.01
"""Seconds after a response for pushes that it announced, and for what comes right after a refusal."""
REFUSED = 400
SETTINGS_S = 1.0
"""Seconds for the server's SETTINGS, which it sends first (RFC 9113 §3.4)."""
STATUS = re.compile(rb"[1-9][0-9][0-9]")
CONFIG = h2.config.H2Configuration(
    client_side=True, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
)
"""h2 must not correct what probes send."""


class Http2:
    """One request at a time, on the streams 1, 3, 5 and so on."""

    def __init__(self) -> None:
        self._http = h2.connection.H2Connection(config=CONFIG)
        self._http.initiate_connection()
        self._stream = 0
        self._early: list[h2.events.Event] = []
        self._usable = True
        self._deadline = math.inf
        self._further = Fields()
        self._head_wait: float | None = None
        self._pushed: dict[int, bytearray] = {}
        """Content of the streams that the server pushes and has not ended."""
        self._switches = False
        """Whether the last request was an extended CONNECT."""
        self._settings_came = False

    async def takes(self, request: RawRequest, receive: Receive, send: Send) -> bool:
        """Return whether the SETTINGS of the server allow a request: extended CONNECT is announced (RFC 8441 §3)."""
        if not _is_extended_connect(request):
            return True
        await self._settle(receive, send)
        return bool(self._http.remote_settings.enable_connect_protocol)

    async def _settle(self, receive: Receive, send: Send) -> None:
        await send(self._http.data_to_send())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTINGS_S):
                while not self._settings_came:
                    data = await receive()
                    if not data:
                        raise ConnectionAbortedError("closed before its SETTINGS")
                    self.feed(data)

    def encode(self, request: RawRequest) -> bytes:
        """Return the bytes of a request: preface (once), HEADERS and DATA."""
        if self._received_goaway():
            raise ConnectionAbortedError("ended before the request (GOAWAY)")
        self._deadline, self._head_wait = request.deadline, request.head_wait
        self._stream = self._http.get_next_available_stream_id()
        self._switches = _is_extended_connect(request)
        headers, body = _fields(request), request.body
        if len(body) > self._http.outbound_flow_control_window:
            raise h11.LocalProtocolError("the body is larger than the HTTP/2 flow-control window")
        ends = not body and request.head_wait is None and not self._switches and not request.trailers
        self._http.send_headers(self._stream, headers, end_stream=ends)
        size = self._http.max_outbound_frame_size
        for start in range(0, len(body), size):
            part = body[start : start + size]
            self._http.send_data(
                self._stream, part, end_stream=start + size >= len(body) and not request.trailers
            )
        if request.trailers:
            trailers = [(name.lower(), value) for name, value in request.trailers]
            self._http.send_headers(self._stream, trailers, end_stream=True)
        return self._http.data_to_send()

    def feed(self, data: bytes) -> None:
        """Accept bytes that arrived before the request was sent (the server's SETTINGS)."""
        self._early += self._events(data)

    def receive_unsolicited(self, data: bytes) -> bool:
        """Accept frames about the connection (RFC 9113 §6.5, §6.7, §6.9); return False after GOAWAY or an error."""
        try:
            self.feed(data)
        except h11.RemoteProtocolError:
            return False
        return not self._received_goaway()

    def _received_goaway(self) -> bool:
        return any(isinstance(event, h2.events.ConnectionTerminated) for event in self._early)

    async def read_response(self, receive: Receive, send: Send) -> RawResponse:
        """Read the response on the last opened stream."""
        status, headers = 0, Fields()
        self._further = Fields()
        content = bytearray()  # may arrive a byte at a time
        ended = False
        head = HeadWait(self._head_wait)
        async with head.limit():
            while not status:
                for event in await self._next(receive, send):
                    if isinstance(event, h2.events.ResponseReceived) and event.stream_id == self._stream:
                        status, headers = _head(event)
                    elif isinstance(event, h2.events.InformationalResponseReceived):
                        head.informed(_head(event)[0])
                    ended = self._collect(event, content) or ended
        if self._switches and 200 <= status < 300:
            return await self._switched(headers, content, receive, send)
        try:
            wait = BodyWait(self._deadline, headers)
            async with wait.timeout:
                while not ended and len(content) < MAX_BODY:
                    wait.received(len(content))
                    for event in await self._next(receive, send):
                        ended = self._collect(event, content) or ended
        except TimeoutError:
            self._further.append(UNREAD)
        except (*BROKEN_OFF, StreamReset):
            pass
        await self._read_on(status, receive, send)
        self._usable = self._usable and ended
        body = bytes(content[:MAX_BODY])
        return RawResponse(
            status=status,
            http_version="HTTP/2",
            headers=[*headers, *self._further],
            body=body,
            truncated=not ended,
        )

    async def _read_on(self, status: int, receive: Receive, send: Send) -> None:
        """Read what belongs to the response and comes after its end: pushes, and after a refusal a GOAWAY.

        What no client has to read any more may carry data too. Frames that the protocol does not allow are kept as they
        came.
        """
        with contextlib.suppress(TimeoutError, ConnectionAbortedError, StreamReset, ssl.SSLError, OSError):
            async with asyncio.timeout(PUSH_S if self._pushed else AFTER_REFUSAL_S):
                while self._pushed or (status >= REFUSED and self._usable):
                    data = await receive()
                    if not data:
                        raise ConnectionAbortedError
                    try:
                        events = self._events(data)
                    except h11.RemoteProtocolError:
                        self._further.append((SURPLUS, data[:MOST_SURPLUS]))
                        self._usable = False
                        break
                    for event in events:
                        self._usable = self._usable and not isinstance(event, h2.events.ConnectionTerminated)
                        self._collect(event, bytearray())
                    await send(self._http.data_to_send())
        self._pushed.clear()

    def _collect_beside(self, event: h2.events.Event) -> None:
        """Collect what comes on no stream of a request: pushes (RFC 9113 §8.4), and the data of GOAWAY (§6.8)."""
        if isinstance(event, h2.events.ConnectionTerminated) and event.additional_data:
            self._further.append((SURPLUS, event.additional_data[:MOST_SURPLUS]))
        elif isinstance(event, h2.events.PushedStreamReceived) and event.pushed_stream_id:
            fields = ((bytes(name), bytes(value)) for name, value in event.headers or ())
            self._further += [(PUSHED, value) for name, value in fields if name == b":path"]
            self._pushed[event.pushed_stream_id] = bytearray()
        elif isinstance(event, h2.events.DataReceived) and event.stream_id in self._pushed:
            self._pushed[event.stream_id] += (event.data or b"")[:MOST_SURPLUS]
            self._http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        elif (
            isinstance(event, h2.events.StreamEnded | h2.events.StreamReset)
            and event.stream_id in self._pushed
        ):
            content = self._pushed.pop(event.stream_id)
            self._further.append((SURPLUS, bytes(content[:MOST_SURPLUS])))

    async def _switched(
        self, headers: Fields, content: bytearray, receive: Receive, send: Send
    ) -> RawResponse:
        """Read what a WebSocket begins with. Its 2xx is what 101 is in HTTP/1.1 (RFC 8441 §5), and is recorded so."""
        self._usable = ended = False

        async def frames() -> bytes:
            nonlocal ended
            part = bytearray()
            while not (part or ended):
                for event in await self._next(receive, send):
                    ended = self._collect(event, part) or ended
            return bytes(part)

        opening = await read_opening(bytes(content), frames)
        return RawResponse(
            status=SWITCHED,
            http_version="HTTP/2",
            headers=[*headers, *opening.fields, *self._further],
            body=opening.data,
            truncated=False,
        )

    def start_next_cycle(self) -> bool:
        """Return whether another stream may be opened: no GOAWAY, no truncated response."""
        return self._usable

    async def _next(self, receive: Receive, send: Send) -> list[h2.events.Event]:
        events, self._early = self._early, []
        if not events:
            data = await receive()
            if not data:
                raise ConnectionAbortedError("closed without a response")
            events = self._events(data)
        if pending := self._http.data_to_send():
            await send(pending)
        for place, event in enumerate(events):
            if isinstance(event, h2.events.StreamReset) and event.stream_id == self._stream:
                if place:  # a response that came before stays one (RFC 9113 §8.1)
                    self._early = events[place:]
                    return events[:place]
                raise reset_with(int(event.error_code or 0))
            if isinstance(event, h2.events.ConnectionTerminated):
                self._usable = False
        return events

    def _events(self, data: bytes) -> list[h2.events.Event]:
        try:
            events = self._http.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            raise h11.RemoteProtocolError(f"not HTTP/2: {error}") from error
        self._settings_came |= any(isinstance(event, h2.events.RemoteSettingsChanged) for event in events)
        return events

    def _collect(self, event: h2.events.Event, content: bytearray) -> bool:
        """Collect an event's part of the body or its trailers; return whether it ends the stream."""
        if isinstance(event, h2.events.TrailersReceived | h2.events.InformationalResponseReceived):
            self._further += further_fields(event.headers or () if event.stream_id == self._stream else ())
        self._collect_beside(event)
        if isinstance(event, h2.events.AlternativeServiceAvailable):
            # The frame is the field in another place (RFC 7838 §4).
            self._further.append((b"alt-svc", event.field_value or b""))
        if isinstance(event, h2.events.DataReceived) and event.stream_id == self._stream:
            content += event.data
            self._http.acknowledge_received_data(event.flow_controlled_length or 0, self._stream)
        return isinstance(event, h2.events.StreamEnded) and event.stream_id == self._stream


class TunnelledHttp2(Http2):
    """HTTP/2 on a connection that was switched to it by Upgrade (RFC 7540 §3.2): for one request, on stream 3.

    Stream 1 is the request that asked for the switch. ``received`` came with the 101.
    """

    def __init__(self, received: bytes) -> None:
        super().__init__()
        self._http = h2.connection.H2Connection(config=CONFIG)
        self._http.initiate_upgrade_connection()
        if received:
            self.feed(received)

    def start_next_cycle(self) -> bool:
        """Return False: no other probe may go through the tunnel."""
        return False


def is_switched(response: RawResponse) -> bool:
    """Return whether the connection carries HTTP/2 from now on, after an Upgrade to it in HTTP/1.1."""
    upgrade = (value.strip().lower() for name, value in response.headers if name.lower() == b"upgrade")
    return response.status == SWITCHED and b"h2c" in upgrade


def _is_extended_connect(request: RawRequest) -> bool:
    return any(name == PROTOCOL.encode() for name, _ in request.headers)


def _fields(request: RawRequest) -> Fields:
    """Return the fields of a request, the pseudo-header fields first (RFC 9113 §8.3)."""
    hosts = [value for _, value in request.hosts]
    sent = [(name.lower(), value) for name, value in request.headers if is_sent(name.lower(), value)]
    return [
        (b":method", request.method.encode()),
        *((name, value) for name, value in sent if name.startswith(b":")),
        (b":scheme", request.scheme),
        (b":authority", next(iter(hosts), b"")),
        (b":path", request.target),
        *((name, value) for name, value in sent if not name.startswith(b":")),
        *((b"host", host) for host in hosts[1:]),
    ]


def is_sent(name: bytes, value: bytes) -> bool:
    """Return whether HTTP/2 has a field, by its name in lower case."""
    return name not in FORBIDDEN and (name != b"te" or value == TRAILERS)


def _head(event: h2.events.ResponseReceived | h2.events.InformationalResponseReceived) -> tuple[int, Fields]:
    fields = [(bytes(n), bytes(v)) for n, v in event.headers or ()]
    status = next((value for name, value in fields if name == b":status"), b"")
    if not STATUS.fullmatch(status):
        raise h11.RemoteProtocolError(f"not HTTP/2: the status is {status[:20]!r}")
    return int(status), [(name, value) for name, value in fields if not name.startswith(b":")]
