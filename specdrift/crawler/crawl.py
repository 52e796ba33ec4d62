"""Runs a batch of probes with a handful of workers and yields what each brought.

One connection never serves two identities: probes are grouped by identity and everything a listener can know
before the first HTTP byte, and a worker takes a whole slice of one group onto one connection.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from specdrift.crawler.breaker import Breaker, pause_before
from specdrift.crawler.http.transport import Opening
from specdrift.crawler.limits import Budget, Pace
from specdrift.crawler.line import Line, Tally, budget_spent, not_sent
from specdrift.crawler.openssl.older_session import KeptSession
from specdrift.crawler.tls.connection import observe
from specdrift.model.exchange.observation import Ending, NotSentReason, Observation
from specdrift.model.exchange.probe import Connection, Probe
from specdrift.settings import NetworkSettings

SLICE = 100
"""Probes that one worker sends over one connection before it looks for other work."""

ContextFactory = Callable[[str, Connection], contextlib.AbstractContextManager[ssl.SSLContext]]
"""Makes the TLS context of an identity (by name) for a kind of connection."""


@dataclass(slots=True)
class Crawler:
    """Sends probes. ``contexts`` is asked once for each (identity, kind of connection) of the run; ``older_sessions``
    are the files of those that identities made before it.
    """

    contexts: ContextFactory
    network: NetworkSettings
    headers: Sequence[tuple[str, str]]
    older_sessions: Mapping[str, Path] = field(default_factory=dict)
    budget: Budget = field(default_factory=lambda: Budget(remaining=None))
    """Requests that are left; unlimited by default."""
    tally: Tally = field(default_factory=Tally)
    server_certificates: dict[str, bytes] = field(default_factory=dict)
    """DER of each certificate that servers showed, by SHA-256."""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _made: dict[tuple[str, Connection], ssl.SSLContext] = field(default_factory=dict)
    _kept: dict[str, KeptSession] = field(default_factory=dict)
    _pace: Pace = field(init=False)
    breaker: Breaker = field(default_factory=Breaker)

    def __post_init__(self) -> None:
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
        identity, connection = portion[0].identity, portion[0].connection
        line = Line(
            connection,
            self.context(identity, connection),
            tally=self.tally,
            budget=self.budget,
            pace=self._pace,
            known=self.server_certificates,
            headers=self.headers,
            timeout=self.network.timeout,
            older=self._older_session(identity) if connection.older else None,
        )
        async with contextlib.aclosing(line):
            for probe in portion:
                yield probe, await self._observe(probe, line)

    async def _observe(self, probe: Probe, line: Line) -> Observation:
        """One probe with its retries. What stays without an answer says so; it never turns into one."""
        await self.breaker.rest(probe)
        if why := self.breaker.given_up(probe):
            return replace(not_sent(probe, NotSentReason.LISTENER_GIVEN_UP, why), attempts=0)
        opening = Opening.WRITE_FIRST
        attempts, seen = 0, None
        while attempts <= self.network.retries and self.budget.take(probe.requests):
            if seen is not None:
                await self._pause(seen, attempts)
            seen = await line.send(probe, opening)
            attempts += 1
            if not self._again(seen):
                break
            opening = Opening.READ_FIRST
        if seen is None:
            return replace(budget_spent(probe), attempts=0)
        self.breaker.note(probe, seen)
        return seen if attempts == 1 else replace(seen, attempts=attempts)

    def _again(self, seen: Observation) -> bool:
        """Whether an answer is of the kind that a second look may change."""
        if seen.retry_after_s is not None:
            return self._pace.grants(seen.retry_after_s)
        return seen.ending in (Ending.CLOSED, Ending.NO_CONNECTION)

    async def _pause(self, seen: Observation, attempt: int) -> None:
        """What comes before another attempt: whoever is not asked again holds nobody up."""
        if seen.retry_after_s is not None:
            self._pace.pause(seen.retry_after_s)
        elif seen.ending is Ending.NO_CONNECTION:
            await asyncio.sleep(pause_before(attempt))

    def _older_session(self, identity: str) -> KeptSession:
        """One for all workers: what takes it up may have used it up."""
        if identity not in self._kept:
            folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="specdrift-")))
            self._kept[identity] = KeptSession(self.older_sessions[identity], folder)
        return self._kept[identity]

    def context(self, identity: str, connection: Connection) -> ssl.SSLContext | None:
        """The TLS context of an identity for this kind of connection, made once; ``None`` for plain HTTP."""
        if not connection.endpoint.tls:
            return None
        key = (identity, connection.kind)
        if key not in self._made:
            self._made[key] = observe(self._stack.enter_context(self.contexts(*key)))
        return self._made[key]


def slices(probes: Iterable[Probe], *, workers: int) -> Iterator[Sequence[Probe]]:
    """Cuts probes into portions of one identity and one kind of connection, shared out over the workers."""
    groups: dict[tuple[str, Connection], list[Probe]] = {}
    for probe in probes:
        groups.setdefault((probe.identity, probe.connection.kind), []).append(probe)
    for group in groups.values():
        size = max(1, min(SLICE, -(-len(group) // max(1, workers))))
        for start in range(0, len(group), size):
            yield group[start : start + size]
