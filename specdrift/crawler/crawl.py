"""Sends probes with a few workers and yields their observations.

A connection never serves two identities: probes are grouped by identity and kind of connection, and a worker sends a
portion of one group over one connection.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.body.metadata import NO_METADATA, Metadata
from specdrift.crawler.availability import Availability
from specdrift.crawler.breaker import Breaker, pause_before
from specdrift.crawler.busy import BusyOperations
from specdrift.crawler.doubted import as_retried, sent_until_answered
from specdrift.crawler.http.transport import Opening
from specdrift.crawler.limits import Budget, Pace
from specdrift.crawler.openssl.older_session import KeptSession
from specdrift.crawler.portions import Portion, Portions
from specdrift.crawler.probe_connection import (
    ClientTls,
    ProbeConnection,
    SharedByConnections,
    Tally,
    budget_spent,
    not_sent,
)
from specdrift.crawler.probe_exchange import ExchangeTerms
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.crawler.tls.connection import observe
from specdrift.model.exchange.observation import Ending, NotSentReason, Observation, WirePhase
from specdrift.model.exchange.probe import Connection, Probe
from specdrift.private_folder import private_folder
from specdrift.settings import NetworkSettings

ContextFactory = Callable[[str, Connection], contextlib.AbstractContextManager[ssl.SSLContext]]
"""Makes the TLS context of an identity (by name) for a kind of connection."""
OfferSetter = Callable[[ssl.SSLContext, Connection], None]
"""Sets what the next connection of a context, which kinds of connection may share, offers."""


def _as_made(_: ssl.SSLContext, __: Connection) -> None:
    """Leave a context as it is, which no kinds of connection share."""


def _none(_: object) -> bool:
    return False


def _no_certificate(_: str) -> ClientCertificate | None:
    return None


class Crawler(Struct, dict=True):
    """Sends the probes of a run."""

    contexts: ContextFactory
    """Called once per identity and kind of connection."""
    network: NetworkSettings
    headers: tuple[tuple[str, str], ...]
    metadata: Metadata = NO_METADATA
    offers: OfferSetter = _as_made
    client_certificates: Callable[[str], ClientCertificate | None] = _no_certificate
    """The certificate of an identity (by name), for QUIC; None for the anonymous client."""
    older_sessions: Mapping[str, Path] = field(default_factory=dict)
    """Session files from before the run, by identity."""
    budget: Budget = field(default_factory=lambda: Budget(remaining=None))
    """Requests that are left; unlimited by default."""
    tally: Tally = field(default_factory=Tally)
    server_certificates: dict[str, bytes] = field(default_factory=dict)
    """DER of all received server certificates, by SHA-256."""
    is_plain: Callable[[Probe], bool] = _none
    """Whether a probe is an operation's own request. Those that were answered are the controls of `Availability`."""
    is_valid: Callable[[str], bool] = _none
    """Whether the identity of this name must be admitted."""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _made: dict[tuple[str, Connection], ssl.SSLContext] = field(default_factory=dict)
    _kept: dict[str, KeptSession] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    busy: BusyOperations = field(default_factory=BusyOperations)

    @cached_property
    def _pace(self) -> Pace:
        return Pace(self.network.rate_limit)

    @cached_property
    def availability(self) -> Availability:
        return Availability(
            self._pace,
            self._send_control,
            is_plain=self.is_plain,
            is_valid=self.is_valid,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._made.clear()
        self._stack.close()

    async def crawl(self, probes: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        """Yield each probe with its observation, in order of completion; last those that were not answered."""
        async for pair in sent_until_answered(self._crawl_once, self.availability, probes):
            yield pair

    async def _crawl_once(self, probes: Sequence[Probe]) -> AsyncIterator[tuple[Probe, Observation]]:
        portions = Portions(probes, workers=self.network.concurrency)
        done: asyncio.Queue[tuple[Probe, Observation] | None] = asyncio.Queue()

        async def worker() -> None:
            while (portion := portions.next()) is not None:
                async for pair in self._portion(portion):
                    done.put_nowait(pair)

        async def run_workers() -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(max(1, min(self.network.concurrency, len(probes)))):
                        group.create_task(worker())
            finally:
                done.put_nowait(None)

        task = asyncio.create_task(run_workers())
        try:
            while (pair := await done.get()) is not None:
                yield pair
            await task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _portion(self, portion: Portion) -> AsyncIterator[tuple[Probe, Observation]]:
        async with contextlib.aclosing(
            self.line(portion.left[0].identity, portion.left[0].connection)
        ) as line:
            while portion.left:
                probe = portion.left.popleft()
                before: list[Observation] = []
                yield probe, await self._observe(probe, line, before)
                portion.note(connections=line.connections)
                for number, observation in enumerate(before, start=1):
                    yield as_retried(probe, number), observation

    def line(self, identity: str, connection: Connection) -> ProbeConnection:
        """Return a connection of an identity, which is opened when something is sent."""
        context = self.context(identity, connection)
        tls = ClientTls(
            context=context,
            offer=None if context is None else partial(self.offers, context, connection),
            older=self._older_session(identity) if connection.prior_session else None,
            presented=self.client_certificates(connection.shows or identity)
            if connection.quic or connection.omits
            else None,
        )
        return ProbeConnection(connection, tls, self._shared())

    def _shared(self) -> SharedByConnections:
        return SharedByConnections(
            tally=self.tally,
            budget=self.budget,
            pace=self._pace,
            known=self.server_certificates,
            terms=ExchangeTerms(
                headers=self.headers,
                timeout=self.network.timeout,
                head_wait=self.network.expect100_timeout,
                metadata=self.metadata,
            ),
        )

    async def _observe(self, probe: Probe, line: ProbeConnection, before: list[Observation]) -> Observation:
        """Send one probe, with retries. ``before`` gets the answers after which it was sent again."""
        await self.breaker.rest(probe)
        await self.availability.turn()
        if why := self.breaker.given_up(probe):
            return replace(not_sent(probe, NotSentReason.LISTENER_GIVEN_UP, why), attempts=0)
        if why := self.availability.given_up(probe):
            return replace(not_sent(probe, NotSentReason.UNANSWERED, why), attempts=0)
        opening = Opening.WRITE_FIRST
        attempts, observation = 0, None
        while attempts <= self.network.retries and self.budget.take(probe.requests):
            if observation is not None:
                await self._pause(observation, attempts)
            observation = await line.send(probe, opening)
            attempts += 1
            if not self._again(probe, observation):
                break
            if observation.http is not None and probe.operation is not None and not probe.control:
                before.append(observation)
            if probe.connection.endpoint.tls:  # without TLS, a server has nothing to say before the request
                opening = Opening.READ_FIRST
        if observation is None:
            return replace(budget_spent(probe), attempts=0)
        self.breaker.note(probe, observation)
        self.busy.note(probe, observation)
        self.availability.note(probe, observation)
        if self.availability.is_due:
            await self.availability.check()
        return observation if attempts == 1 else replace(observation, attempts=attempts)

    async def _send_control(self, probe: Probe) -> Observation | None:
        """Send a request once more that was answered before; ``None`` if the budget is spent."""
        if not self.budget.take(probe.requests):
            return None
        async with contextlib.aclosing(self.line(probe.identity, probe.connection)) as line:
            return await line.send(probe, Opening.WRITE_FIRST)

    def _again(self, probe: Probe, observation: Observation) -> bool:
        """Whether a retry may give another result."""
        if observation.retry_after_s is not None:
            return not self.busy.includes(probe) and self._pace.grants(observation.retry_after_s)
        connection = probe.connection
        if connection.proxy and (observation.phase is WirePhase.HANDSHAKE or not connection.endpoint.tls):
            return False  # a listener closes the connection at a header that it does not read
        return observation.ending in (Ending.CLOSED, Ending.STREAM_REFUSED, Ending.NO_CONNECTION)

    async def _pause(self, observation: Observation, attempt: int) -> None:
        """Wait before a retry."""
        if observation.retry_after_s is not None:
            self._pace.pause(observation.retry_after_s)
        elif observation.ending is Ending.NO_CONNECTION:
            await asyncio.sleep(pause_before(attempt))

    def _older_session(self, identity: str) -> KeptSession:
        """Return the session, shared by all workers: a ticket may be valid once only."""
        if identity not in self._kept:
            folder = self._stack.enter_context(private_folder())
            self._kept[identity] = KeptSession(self.older_sessions[identity], folder)
        return self._kept[identity]

    def context(self, identity: str, connection: Connection) -> ssl.SSLContext | None:
        """Return the TLS context of an identity for a kind of connection, made once; None for plain HTTP."""
        if not connection.endpoint.tls:
            return None
        key = (identity, connection.kind)
        if key not in self._made:
            self._made[key] = observe(self._stack.enter_context(self.contexts(*key)))
        return self._made[key]
