"""The connection over which one identity sends a row of probes, and the one whose session it takes up."""

import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from specdrift.crawler.exchange import exchange
from specdrift.crawler.http.client import base_url, client_over
from specdrift.crawler.http.transport import OneConnectionTransport, Opening
from specdrift.crawler.limits import Budget, Pace
from specdrift.crawler.openssl.older_session import KeptSession, OlderSessionTransport
from specdrift.crawler.openssl.s_client import SClientTransport
from specdrift.model.exchange.observation import Ending, NotSentReason, Observation, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Connection, Endpoint, Probe

_BUDGET_SPENT = "the request budget is used up (--max-requests)"
REQUEST_TIMEOUT = 408


@dataclass(slots=True)
class Tally:
    """What was really sent."""

    requests: int = 0
    connections: int = 0


class Way:
    """One connection at a time to one endpoint."""

    def __init__(
        self,
        transport: OneConnectionTransport,
        *,
        pace: Pace,
        headers: Sequence[tuple[str, str]],
        timeout: float,
    ) -> None:
        self.transport, self._pace = transport, pace
        self._client, self._url = client_over(transport), base_url(transport.endpoint)
        fields = (("Host", transport.endpoint.authority), *headers)
        self._headers = [(name.encode(), value.encode()) for name, value in fields]
        self._timeout = timeout

    async def exchange(self, probe: Probe) -> Observation:
        """One attempt in its turn, over the connection that is open or a new one."""
        await self._pace.turn()
        return await exchange(
            probe,
            client=self._client,
            transport=self.transport,
            url=self._url,
            headers=self._headers,
            timeout=self._timeout,
        )

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._client.aclose()


class Line:
    """The connection of one slice: opened when first needed, and anew when a probe wants a fresh one.

    It counts in ``tally`` and adds to ``known`` the DER of each certificate that the server shows, by SHA-256.
    ``older`` is the session from before the run that it takes up.
    """

    def __init__(
        self,
        connection: Connection,
        context: ssl.SSLContext | None,
        *,
        tally: Tally,
        budget: Budget,
        pace: Pace,
        known: dict[str, bytes],
        headers: Sequence[tuple[str, str]],
        timeout: float,
        older: KeptSession | None = None,
    ) -> None:
        self._tally, self._budget, self._known = tally, budget, known
        self._stack = contextlib.ExitStack()
        transports = _transports(connection, context, self._stack, older)
        self._way, *sources = (Way(each, pace=pace, headers=headers, timeout=timeout) for each in transports)
        self._source = sources[0] if sources else None

    async def send(self, probe: Probe, opening: Opening) -> Observation:
        """One attempt; ``opening`` is how a new connection begins, if one is needed."""
        transport, tally = self._way.transport, self._tally
        transport.opening = opening
        if probe.fresh or opening is Opening.READ_FIRST:
            transport.disconnect()
        before = transport.connections
        if self._source is not None and not await self._take_up_session(probe, self._source):
            self._budget.give_back(1)  # what went ahead for it did go
            return not_sent(
                probe,
                NotSentReason.NO_SESSION,
                f"there was no session to take up, of {_name(probe.connection.resumes)}",
            )
        if probe.ahead is not None and self._source is None:
            await self._go_ahead(probe, self._way)
        seen = await self._way.exchange(probe)
        if (shown := seen.tls.server_certificate_sha256) and shown not in self._known:
            self._known[shown] = transport.server_certificate()
        tally.requests += probe.request is not None
        tally.connections += transport.connections - before
        if _was_idle(seen) and not probe.fresh:
            # The server was about to close an idle connection: says nothing, and costs no attempt, but a request.
            transport.disconnect()
            again = self._budget.take(probe.requests)
            return await self.send(probe, opening) if again else budget_spent(probe)
        return seen

    async def _take_up_session(self, probe: Probe, source: Way) -> bool:
        """Has the next connection resume a session of the source, new for each attempt; whether there is one."""
        source.transport.disconnect()
        before = source.transport.connections
        await self._go_ahead(probe, source)
        self._tally.connections += source.transport.connections - before
        found = source.transport.give_session_to(self._way.transport)
        source.transport.disconnect()
        return found

    async def _go_ahead(self, probe: Probe, way: Way) -> None:
        await way.exchange(replace(probe, request=probe.ahead, ahead=None))
        self._tally.requests += probe.ahead is not None

    async def aclose(self) -> None:
        """Closes what is open."""
        await self._way.aclose()
        if self._source is not None:
            await self._source.aclose()
        self._stack.close()


def _transports(
    connection: Connection,
    context: ssl.SSLContext | None,
    stack: contextlib.ExitStack,
    older: KeptSession | None,
) -> list[OneConnectionTransport]:
    """The transport of the connection, and that of the one whose session it takes up."""
    if older is not None and context is not None:
        return [OlderSessionTransport(connection, context, kept=older)]
    endpoints = [place for place in (connection.endpoint, connection.resumes) if place is not None]
    if not connection.early_data or context is None:
        return [
            OneConnectionTransport(endpoint, context, fragmented=connection.fragmented)
            for endpoint in endpoints
        ]
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="specdrift-")))
    return [
        SClientTransport(endpoint, context, folder=folder, resumes=number == 0)
        for number, endpoint in enumerate(endpoints)
    ]


def _was_idle(seen: Observation) -> bool:
    """Whether a kept connection ended as the request came: without a word, or with one about the time that it was
    waited for, which is no answer to it (RFC 9110 §15.5.9).
    """
    waited = seen.http is not None and seen.http.status == REQUEST_TIMEOUT
    return seen.reused_connection and (waited or seen.ending is Ending.CLOSED)


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
