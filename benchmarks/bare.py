"""The least that can be done: asyncio streams and h11 send what a run has sent, and forget what comes back.

It judges nothing, keeps nothing and does not look at the handshake: the distance from it is what care costs.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import h11
from msgspec import Struct

from specdrift.crawler.portions import portions
from specdrift.model.exchange.probe import Connection, Endpoint, Probe

ContextFactory = Callable[[str, Connection], AbstractContextManager[ssl.SSLContext]]
Ready = dict[tuple[str, Connection], ssl.SSLContext]
CLOSES = (ConnectionError, ssl.SSLError, EOFError, h11.RemoteProtocolError)


class Line(Struct):
    """One connection at a time, kept alive while the server lets it."""

    endpoint: Endpoint
    context: ssl.SSLContext
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    http: h11.Connection | None = None

    async def ask(self, probe: Probe) -> None:
        """Send the request and read the answer, on a new connection where the old one is gone."""
        request = probe.request
        assert request is not None
        if self.http is None or probe.fresh:
            await self._open()
        assert self.http
        assert self.reader
        assert self.writer
        headers = [("Host", self.endpoint.authority), ("User-Agent", "bare"), *request.headers]
        message = h11.Request(method=request.method, target=request.target, headers=headers)
        self.writer.write((self.http.send(message) or b"") + (self.http.send(h11.EndOfMessage()) or b""))
        event = self.http.next_event()
        while not isinstance(event, h11.EndOfMessage):
            if event is h11.NEED_DATA:
                self.http.receive_data(await self.reader.read(65536))
            elif isinstance(event, h11.ConnectionClosed):
                raise EOFError
            event = self.http.next_event()
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
        else:
            self.close()

    async def _open(self) -> None:
        self.close()
        self.reader, self.writer = await asyncio.open_connection(
            self.endpoint.address,
            self.endpoint.port,
            ssl=self.context,
            server_hostname=self.endpoint.server_name,
        )
        self.http = h11.Connection(h11.CLIENT)

    def close(self) -> None:
        """Gone at once, without goodbye."""
        if self.writer is not None:
            self.writer.transport.abort()
        self.http = self.writer = None


@contextlib.contextmanager
def ready(probes: Sequence[Probe], contexts: ContextFactory) -> Iterator[Ready]:
    """The TLS contexts that the probes need, by identity and kind of connection."""
    with contextlib.ExitStack() as stack:
        wanted = dict.fromkeys((probe.identity, probe.connection.kind) for probe in probes)
        yield {key: stack.enter_context(contexts(*key)) for key in wanted}


def seconds(
    probes: Sequence[Probe],
    contexts: ContextFactory,
    *,
    workers: int,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """How long the loop takes for these probes: as many workers, the same portions of them."""
    with ready(probes, contexts) as made:
        began = clock()
        asyncio.run(_all(portions(probes, workers=workers), made, workers))
        return clock() - began


async def _all(work: Iterator[Sequence[Probe]], contexts: Ready, workers: int) -> None:
    async def worker() -> None:
        for portion in work:
            first = portion[0]
            line = Line(first.connection.endpoint, contexts[first.identity, first.connection.kind])
            for probe in portion:
                try:
                    await line.ask(probe)
                except CLOSES:
                    line.close()
            line.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(worker())
