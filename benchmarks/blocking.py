"""The ceiling of a crawl: blocking sockets and llhttp send what a run has sent, and forget what comes back.

Threads instead of an event loop, a parser in C instead of h11: what is left is OpenSSL, the sockets and the server. No
client in Python that makes the same handshakes takes much less.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httptools
from msgspec import Struct

from benchmarks import bare
from specdrift.crawler.portions import portions
from specdrift.model.exchange.probe import Endpoint, Probe

CHUNK = 65536
CLOSES = (OSError, EOFError, httptools.HttpParserError)


@dataclass(slots=True)
class Answer:
    """What llhttp calls back: whether a response is complete, and whether another may follow it."""

    complete: bool = False
    kept: bool = False
    parser: httptools.HttpResponseParser = field(init=False)

    def __post_init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)

    def on_message_complete(self) -> None:
        """Take the end of the response."""
        self.complete, self.kept = True, self.parser.should_keep_alive()


class Line(Struct):
    """One connection at a time, kept alive while the server lets it."""

    endpoint: Endpoint
    context: ssl.SSLContext
    stream: ssl.SSLSocket | None = None

    def ask(self, probe: Probe) -> None:
        """Send the request and read the answer, on a new connection where the old one is gone."""
        request = probe.request
        assert request is not None
        if self.stream is None or probe.fresh:
            self._open()
        assert self.stream is not None
        head = [("Host", self.endpoint.authority), ("User-Agent", "bare"), *request.headers]
        lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in head)]
        self.stream.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = Answer()
        while not answer.complete:
            data = self.stream.recv(CHUNK)
            if not data:
                raise EOFError
            answer.parser.feed_data(data)
        if not answer.kept:
            self.close()

    def _open(self) -> None:
        self.close()
        plain = socket.create_connection((self.endpoint.address, self.endpoint.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.context.wrap_socket(plain, server_hostname=self.endpoint.server_name)

    def close(self) -> None:
        """Gone at once, without goodbye."""
        if self.stream is not None:
            self.stream.close()
        self.stream = None


def seconds(probes: Sequence[Probe], contexts: bare.ContextFactory, *, workers: int) -> float:
    """How long the threads take for these probes: the same portions as the other loops send."""
    with bare.ready(probes, contexts) as made:
        work, taking = portions(probes, workers=workers), threading.Lock()
        threads = [threading.Thread(target=_send, args=(_taken(work, taking), made)) for _ in range(workers)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began


def _taken(work: Iterator[Sequence[Probe]], taking: threading.Lock) -> Iterator[Sequence[Probe]]:
    """The portions that one thread takes; an iterator serves one at a time."""
    while True:
        with taking:
            portion = next(work, None)
        if portion is None:
            return
        yield portion


def _send(work: Iterator[Sequence[Probe]], contexts: bare.Ready) -> None:
    for portion in work:
        first = portion[0]
        line = Line(first.connection.endpoint, contexts[first.identity, first.connection.kind])
        for probe in portion:
            try:
                line.ask(probe)
            except CLOSES:
                line.close()
        line.close()
