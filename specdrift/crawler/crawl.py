"""Runs a batch of probes with a handful of workers and yields what each brought.

One connection never serves two identities: probes are grouped by identity and everything a listener can know
before the first HTTP byte, and a worker takes a whole slice of one group onto one connection.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

import httpx

from specdrift.crawler.exchange import client_over, exchange
from specdrift.crawler.limits import MAX_PAUSE_S, Budget, Pace
from specdrift.crawler.tls import observe
from specdrift.crawler.transport import OneConnectionTransport, Opening
from specdrift.model.observation import Ending, Observation, TlsFacts, WirePhase
from specdrift.model.probe import Connection, Endpoint, Probe, Reuse
from specdrift.settings import NetworkSettings

SLICE = 100
"""Probes that one worker sends over one connection before it looks for other work."""

ContextFactory = Callable[[str, Connection], contextlib.AbstractContextManager[ssl.SSLContext]]
"""Makes the TLS context of an identity (by name) for a kind of connection."""


@dataclass(slots=True)
class Tally:
    """What was really sent."""

    requests: int = 0
    connections: int = 0


@dataclass(slots=True)
class Crawler:
    """Sends probes. ``contexts`` is asked once for each (identity, kind of connection) of the run."""

    contexts: ContextFactory
    network: NetworkSettings
    headers: Sequence[tuple[str, str]]
    tally: Tally = field(default_factory=Tally)
    server_certificates: dict[str, bytes] = field(default_factory=dict)
    """DER of each certificate that servers showed, by SHA-256."""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _made: dict[tuple[str, Connection], ssl.SSLContext] = field(default_factory=dict)
    _budget: Budget = field(init=False)
    _pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self._budget = Budget(self.network.max_requests)
        self._pace = Pace(self.network.rate_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._made.clear()
        self._stack.close()

    async def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        """Yields each probe with its observation, in the order in which they end."""
        work = slices(probes, workers=self.network.concurrency)
        done: asyncio.Queue[tuple[Probe, Observation] | None] = asyncio.Queue()

        async def worker() -> None:
            for portion in work:
                async for pair in self._slice(portion):
                    done.put_nowait(pair)

        async def crew() -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(max(1, min(self.network.concurrency, len(probes)))):
                        group.create_task(worker())
            finally:
                done.put_nowait(None)

        task = asyncio.create_task(crew())
        try:
            while (pair := await done.get()) is not None:
                yield pair
            await task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _slice(self, portion: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        line = _Line(self, portion[0].identity, portion[0].connection)
        async with contextlib.aclosing(line):
            for probe in portion:
                yield probe, await self._observe(probe, line)

    async def _observe(self, probe: Probe, line: "_Line") -> Observation:
        """One probe with its retries. What stays without an answer says so; it never turns into one."""
        opening = Opening.WRITE_FIRST
        attempts, seen = 0, not_sent(probe, "the request budget is used up (--max-requests)")
        while attempts <= self.network.retries:
            if not self._budget.take():
                break
            await self._pace.turn()
            seen = await line.send(probe, opening)
            attempts += 1
            if not self._again(seen):
                break
            opening = Opening.READ_FIRST
        return seen if attempts <= 1 else replace(seen, attempts=attempts)

    def _again(self, seen: Observation) -> bool:
        """Whether an answer is of the kind that a second look may change."""
        if seen.retry_after_s is not None:
            self._pace.pause(seen.retry_after_s)
            return seen.retry_after_s <= MAX_PAUSE_S
        return seen.ending in (Ending.CLOSED, Ending.NO_CONNECTION)

    def context(self, identity: str, connection: Connection) -> ssl.SSLContext | None:
        """The TLS context of an identity for this kind of connection, made once; ``None`` for plain HTTP."""
        if not connection.endpoint.tls:
            return None
        key = (identity, connection.kind)
        if key not in self._made:
            self._made[key] = observe(self._stack.enter_context(self.contexts(*key)))
        return self._made[key]


class _Line:
    """The connection of one slice: opened when first needed, and anew when a probe wants a fresh one."""

    def __init__(self, crawler: Crawler, identity: str, connection: Connection) -> None:
        self._crawler = crawler
        endpoint = connection.endpoint
        self._transport = OneConnectionTransport(endpoint, crawler.context(identity, connection))
        self._client = client_over(self._transport)
        self._url = url_of(endpoint)
        self._headers = (("Host", endpoint.authority), *crawler.headers)

    async def send(self, probe: Probe, opening: Opening) -> Observation:
        """One attempt; ``opening`` is how a new connection begins, if one is needed."""
        crawler = self._crawler
        self._transport.opening = opening
        if probe.connection.reuse is Reuse.FRESH or opening is Opening.READ_FIRST or probe.ahead:
            self._transport.disconnect()
        before = self._transport.connections
        if probe.ahead is not None:
            await self._exchange(replace(probe, request=probe.ahead, ahead=None))
            crawler.tally.requests += 1
        seen = await self._exchange(probe)
        known = crawler.server_certificates
        if (shown := seen.tls.server_certificate_sha256) and shown not in known:
            known[shown] = self._transport.server_certificate()
        crawler.tally.requests += probe.request is not None
        crawler.tally.connections += self._transport.connections - before
        if seen.ending is Ending.CLOSED and seen.reused_connection and probe.ahead is None:
            # The server was about to close an idle connection: says nothing, and costs no attempt.
            return await self.send(probe, opening)
        return seen

    async def _exchange(self, probe: Probe) -> Observation:
        return await exchange(
            probe,
            client=self._client,
            transport=self._transport,
            url=self._url,
            headers=self._headers,
            timeout=self._crawler.network.timeout,
        )

    async def aclose(self) -> None:
        await self._client.aclose()


def slices(probes: Iterable[Probe], *, workers: int) -> Iterator[Sequence[Probe]]:
    """Cuts probes into portions of one identity and one kind of connection, shared out over the workers."""
    groups: dict[tuple[str, Connection], list[Probe]] = {}
    for probe in probes:
        groups.setdefault((probe.identity, probe.connection.kind), []).append(probe)
    for group in groups.values():
        size = max(1, min(SLICE, -(-len(group) // max(1, workers))))
        for start in range(0, len(group), size):
            yield group[start : start + size]


def url_of(endpoint: Endpoint) -> httpx.URL:
    """Scheme and authority, for httpx; the request target is given apart, as it goes onto the wire."""
    return httpx.URL(f"{'https' if endpoint.tls else 'http'}://{endpoint.authority}/")


def not_sent(probe: Probe, why: str) -> Observation:
    """The observation of a probe that never left."""
    return Observation(
        probe=probe.id, ending=Ending.NOT_SENT, phase=WirePhase.CONNECT, tls=TlsFacts(), detail=why
    )
