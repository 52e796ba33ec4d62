"""The connection of one identity for a sequence of probes, and the connection whose session it resumes."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from specdrift.crawler.http.client import base_url
from specdrift.crawler.http.transport import OneConnectionTransport, Opening
from specdrift.crawler.limits import Budget, Pace
from specdrift.crawler.omission.available import omitting_transport
from specdrift.crawler.openssl.older_session import KeptSession, OlderSessionTransport
from specdrift.crawler.openssl.s_client import SClientTransport
from specdrift.crawler.probe_exchange import ExchangeTerms, exchange
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.observation import Ending, NotSentReason, Observation, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Connection, Endpoint, Probe
from specdrift.private_folder import private_folder

_BUDGET_SPENT = "the request budget is used up (--max-requests)"
REQUEST_TIMEOUT = 408
KEEP_S = 2.0
"""Seconds between the requests that keep a connection in use."""


class Tally(Struct):
    """Counts of sent requests and opened connections."""

    requests: int = 0
    connections: int = 0


class EndpointClient:
    """Sends probes to one endpoint, over one connection at a time."""

    def __init__(self, transport: OneConnectionTransport, *, pace: Pace, terms: ExchangeTerms) -> None:
        self.transport, self._pace, self._terms = transport, pace, terms
        self._url = base_url(transport.endpoint)
        fields = (("Host", transport.endpoint.authority), *terms.headers)
        self._headers = [(name.encode(), value.encode()) for name, value in fields]

    async def exchange(self, probe: Probe) -> Observation:
        """Make one attempt at the allowed pace, over the open connection or a new one."""
        await self._pace.turn()
        return await exchange(
            probe, transport=self.transport, url=self._url, headers=self._headers, terms=self._terms
        )

    async def aclose(self) -> None:
        """Close the connection."""
        await self.transport.aclose()


class ClientTls(Struct, frozen=True, kw_only=True):
    """What a client brings to its TLS connections."""

    context: ssl.SSLContext | None
    """None without TLS."""
    offer: Callable[[], None] | None = None
    """Sets ``context`` for the next connection."""
    older: KeptSession | None = None
    """A session from before the run, to resume."""
    presented: ClientCertificate | None = None
    """The certificate of the identity, for clients of extras."""


class SharedByConnections(Struct, frozen=True, kw_only=True):
    """What all connections of a run share."""

    tally: Tally
    budget: Budget
    pace: Pace
    known: dict[str, bytes]
    """The DER of each server certificate, by SHA-256; each connection adds to it."""
    terms: ExchangeTerms


class ProbeConnection:
    """The connection of one portion, opened when needed and reopened for probes that need a fresh one."""

    def __init__(self, connection: Connection, tls: ClientTls, shared: SharedByConnections) -> None:
        self._tally, self._budget, self._known = shared.tally, shared.budget, shared.known
        self._stack = contextlib.ExitStack()
        transports = (
            [_of_extra(connection, tls, shared.known)]
            if connection.quic or connection.omits
            else _transports(connection, tls, self._stack)
        )
        for each in transports:
            each.offer = tls.offer
        self._main, *sources = (
            EndpointClient(each, pace=shared.pace, terms=shared.terms) for each in transports
        )
        self._source = sources[0] if sources else None

    async def send(self, probe: Probe, opening: Opening) -> Observation:
        """Make one attempt; ``opening`` applies to a new connection."""
        transport, tally = self._main.transport, self._tally
        transport.opening = opening
        if probe.fresh or opening is Opening.READ_FIRST:
            transport.disconnect()
        before = transport.connections
        if (unsent := await self.prepare(probe)) is not None:
            return unsent
        if probe.delay_s:
            await asyncio.sleep(probe.delay_s)
        if probe.after is not None:
            await self._wait_until(probe.after, probe)
        observation = await self.complete(probe)
        tally.connections += transport.connections - before
        if _was_idle(observation) and not probe.fresh:
            # The server closed an idle connection: not an answer, so repeat it. It costs a request, but no attempt.
            transport.disconnect()
            again = self._budget.take(probe.requests)
            return await self.send(probe, opening) if again else budget_spent(probe)
        return observation

    async def prepare(self, probe: Probe) -> Observation | None:
        """Make the connection, or the session, that the request needs; return why it cannot be sent, if it cannot."""
        if self._source is not None and not await self._obtain_session(probe, self._source):
            self._budget.give_back(1)  # the priming request was sent
            return not_sent(
                probe,
                NotSentReason.NO_SESSION,
                f"there was no session to take up, of {_name(probe.connection.resumes)}",
            )
        if probe.priming is not None and self._source is None:
            await self._send_priming(probe, self._main)
        return None

    async def keep(self, probe: Probe) -> None:
        """Repeat the priming request on the connection, since servers close idle ones."""
        if self._budget.take(1):
            await self._send_priming(probe, self._main)

    async def complete(self, probe: Probe) -> Observation:
        """Send the request of a prepared probe."""
        observation = await self._main.exchange(probe)
        if (shown := observation.tls.server_certificate_sha256) and shown not in self._known:
            self._known[shown] = self._main.transport.server_certificate()
        self._tally.requests += probe.request is not None
        return observation

    @property
    def connections(self) -> int:
        """Connections that were opened for the requests themselves."""
        return self._main.transport.connections

    async def _obtain_session(self, probe: Probe, source: EndpointClient) -> bool:
        """Let the next connection resume a new session of the source; return whether there is one."""
        source.transport.disconnect()
        before = source.transport.connections
        await self._send_priming(probe, source)
        self._tally.connections += source.transport.connections - before
        found = source.transport.give_session_to(self._main.transport)
        source.transport.disconnect()
        return found

    async def _wait_until(self, when: datetime, probe: Probe) -> None:
        """Wait, and keep the connection in use."""
        keeps = probe.priming is not None and self._source is None
        while (remaining := (when - datetime.now(UTC)).total_seconds()) > 0:
            await asyncio.sleep(min(remaining, KEEP_S) if keeps else remaining)
            if keeps and remaining > KEEP_S:
                await self.keep(probe)

    async def _send_priming(self, probe: Probe, client: EndpointClient) -> None:
        client.transport.tunnels = probe.priming is not None and probe.priming.upgrades
        client.transport.keeps_rejected = True
        await client.exchange(replace(probe, request=probe.priming, priming=None))
        client.transport.tunnels = client.transport.keeps_rejected = False
        self._tally.requests += probe.priming is not None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._main.aclose()
        if self._source is not None:
            await self._source.aclose()
        self._stack.close()


def _transports(
    connection: Connection, tls: ClientTls, stack: contextlib.ExitStack
) -> list[OneConnectionTransport]:
    """Return the transport of the connection, and that of the connection whose session it resumes."""
    context = tls.context
    if tls.older is not None and context is not None:
        return [OlderSessionTransport(connection, context, kept=tls.older)]
    endpoints = [place for place in (connection.endpoint, connection.resumes) if place is not None]
    if not connection.early_data or context is None:
        return [
            OneConnectionTransport(
                endpoint, context, fragmented=connection.fragmented, proxy=connection.proxy
            )
            for endpoint in endpoints
        ]
    folder = stack.enter_context(private_folder())
    return [
        SClientTransport(endpoint, context, folder=folder, resumes=number == 0)
        for number, endpoint in enumerate(endpoints)
    ]


def _of_extra(connection: Connection, tls: ClientTls, known: Mapping[str, bytes]) -> OneConnectionTransport:
    """Return the transport of the extra ``http3`` or ``tls-messages``; without them, checks plan no such probes."""
    if connection.omits is not None:
        return omitting_transport(connection, tls.context, presented=tls.presented, verified=known)
    from specdrift.crawler.quic.http3_transport import Http3Transport

    assert tls.context is not None  # noqa: S101 - QUIC always has TLS
    return Http3Transport(connection.endpoint, tls.context, presented=tls.presented)


def _was_idle(observation: Observation) -> bool:
    """Whether the server closed an idle kept connection, with or without 408 (RFC 9110 §15.5.9), before our request."""
    waited = observation.http is not None and observation.http.status == REQUEST_TIMEOUT
    return observation.reused_connection and (waited or observation.ending is Ending.CLOSED)


def not_sent(probe: Probe, reason: NotSentReason, detail: str) -> Observation:
    """The observation of a probe that was not sent."""
    return Observation(
        probe=probe.id,
        ending=Ending.NOT_SENT,
        phase=WirePhase.CONNECT,
        tls=TlsFacts(),
        not_sent=reason,
        detail=detail,
    )


def budget_spent(probe: Probe) -> Observation:
    """The observation of a probe for which the request budget has no request left."""
    return not_sent(probe, NotSentReason.REQUEST_BUDGET, _BUDGET_SPENT)


def _name(endpoint: Endpoint | None) -> str:
    return (endpoint.server_name or "no server name") if endpoint else ""
