"""Probes whose connections and TLS sessions are made now, and whose requests are sent later."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Self

from msgspec import Struct, field

from specdrift.crawler.crawl import Crawler
from specdrift.crawler.probe_connection import KEEP_S, ProbeConnection, budget_spent
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import Probe


class _Held(Struct):
    """A prepared probe."""

    probe: Probe
    line: ProbeConnection
    unsent: Observation | None
    """Why the request cannot be sent; ``None`` if it can."""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    keeping: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Keep the connection in use until it is released."""
        while not self.released.is_set():
            try:
                await asyncio.wait_for(self.released.wait(), KEEP_S)
            except TimeoutError:
                await self.line.keep(self.probe)

    async def complete(self) -> Observation:
        """Send the request, between two of those that keep the connection."""
        self.released.set()
        if self.keeping is not None:
            await self.keeping
        return self.unsent or await self.line.complete(self.probe)


class HeldProbes:
    """Holds one connection, or one session, for each probe until it is closed."""

    def __init__(self, crawler: Crawler, probes: Sequence[Probe]) -> None:
        self._crawler, self._probes = crawler, probes
        self._held: dict[str, _Held] = {}
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        for probe in self._probes:
            line = self._crawler.line(probe.identity, probe.connection)
            await self._stack.enter_async_context(contextlib.aclosing(line))
            allowed = self._crawler.budget.take(probe.requests)
            held = _Held(probe, line, await line.prepare(probe) if allowed else budget_spent(probe))
            if held.unsent is None and probe.connection.resumes is None:
                held.keeping = asyncio.create_task(held.keep())
            self._held[probe.id] = held
        return self

    async def release(self, probes: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        """Send the requests of these probes, once each."""
        for probe in probes:
            held = self._held.pop(probe.id)
            observation = await held.complete()
            self._crawler.tally.connections += held.line.connections
            yield probe, observation

    async def __aexit__(self, *_: object) -> None:
        """Close what was not released, too."""
        for held in self._held.values():
            self._crawler.tally.connections += held.line.connections
            if held.keeping is not None:
                held.keeping.cancel()
        await asyncio.gather(*(h.keeping for h in self._held.values() if h.keeping), return_exceptions=True)
        await self._stack.aclose()
