"""The server side of HTTP/2, as a script for a peer that has selected it."""

from collections.abc import Callable

import h2.config
import h2.connection
import h2.events
from msgspec import Struct, field

from tests.crawler.peers import Script, Visit

Fields = list[tuple[bytes, bytes]]
ANSWER: Fields = [(b":status", b"200"), (b"content-type", b"application/json")]


class Stream(Struct):
    """One received request, and the connection to answer it on."""

    visit: Visit
    http: h2.connection.H2Connection
    number: int
    fields: Fields
    body: bytes = b""

    def answer(self, fields: Fields | None = None, body: bytes = b'{"id":1}') -> None:
        """Send a whole response."""
        self.http.send_headers(self.number, fields or ANSWER, end_stream=not body)
        if body:
            self.http.send_data(self.number, body, end_stream=True)
        self.flush()

    def flush(self) -> None:
        """Send pending data."""
        self.visit.send(self.http.data_to_send())


Handler = Callable[[Stream], None]


class Http2Script(Struct):
    """Calls ``at_head`` for each head and ``handler`` for each complete request; ``streams`` collects the latter."""

    handler: Handler
    at_head: Handler = lambda _: None
    announces: bool = False
    streams: list[Stream] = field(default_factory=list)

    def __call__(self, visit: Visit) -> None:
        """Serve one connection until the client closes."""
        config = h2.config.H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_outbound_headers=False,
            validate_inbound_headers=False,
        )
        http = h2.connection.H2Connection(config=config)
        if self.announces:
            http.local_settings.enable_connect_protocol = 1
            http.local_settings.acknowledge()
        http.initiate_connection()
        visit.send(http.data_to_send())
        open_streams: dict[int, Stream] = {}
        while data := visit.sock.recv(65536):
            for event in http.receive_data(data):
                self._event(event, open_streams, Stream(visit, http, 0, []))
            if pending := http.data_to_send():
                visit.send(pending)

    def _event(self, event: h2.events.Event, streams: dict[int, Stream], blank: Stream) -> None:
        if isinstance(event, h2.events.RequestReceived):
            number = event.stream_id or 0
            fields = [(bytes(name), bytes(value)) for name, value in event.headers or ()]
            streams[number] = Stream(blank.visit, blank.http, number, fields)
            self.at_head(streams[number])
        elif isinstance(event, h2.events.DataReceived):
            streams[event.stream_id or 0].body += event.data or b""
            blank.http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, h2.events.StreamEnded):
            stream = streams[event.stream_id or 0]
            self.streams.append(stream)
            self.handler(stream)


def http2(
    handler: Handler = Stream.answer,
    *,
    at_head: Handler = lambda _: None,
    announces: bool = False,
) -> tuple[Script, list[Stream]]:
    """Return a script, and the list of its requests. ``announces``: extended CONNECT, in the SETTINGS."""
    script = Http2Script(handler, at_head=at_head, announces=announces)
    return script, script.streams
