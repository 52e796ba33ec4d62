"""Preflight: which addresses, TLS versions and protocols the target supports."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, Observation, WirePhase
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Phase, Probe, Reuse, TlsRange
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.scan.preparation.run import Run

CHECK = "preflight"
VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})
NARROW = (TlsRange.ONLY_1_3, TlsRange.ONLY_1_2)
NO_PROTOCOL = "no_application_protocol"
MAX_ADDRESSES = 8
ADVICE = {
    (Ending.NO_CONNECTION, WirePhase.CONNECT): "Nothing listens there. Server down, or wrong port?",
    (Ending.TIMEOUT, WirePhase.CONNECT): "Nothing accepts connections there. Wrong address, or a firewall?",
    (
        Ending.TIMEOUT,
        WirePhase.HANDSHAKE,
    ): "The port accepts connections but does not answer. Wrong port, or a firewall?",
    (Ending.NOT_HTTP, WirePhase.HANDSHAKE): "The port does not accept TLS. A port for plain HTTP?",
}
"""Advice by the way in which the first connection failed."""


class Preflight(Struct):
    """What the target supports."""

    answering: tuple[str, ...] = ()
    """Addresses that accept TLS."""
    versions: tuple[str, ...] = ()
    """TLS versions of the first of them, newest first."""
    http2: bool = False
    """It supports HTTP/2."""
    only_http2: bool = False
    """It supports no other version of HTTP."""
    problem: Problem | None = None
    """Why nothing can be tested; ``None`` if something can."""
    exchanges: list[tuple[Probe, Observation]] = field(default_factory=list)

    @property
    def ranges(self) -> tuple[TlsRange, ...]:
        """The version that the server prefers, and TLS 1.2 separately if it prefers another."""
        return (TlsRange.ANY, TlsRange.ONLY_1_2) if len(self.versions) > 1 else (TlsRange.ANY,)

    @property
    def alpn(self) -> tuple[tuple[str, ...], ...]:
        """HTTP/1.1 first: only there does every rejection carry its alert."""
        if self.only_http2:
            return (HTTP_2,)
        return (HTTP_1, HTTP_2) if self.http2 else (HTTP_1,)


async def preflight(run: Run, crawler: Crawler, addresses: Sequence[str]) -> Preflight:
    """Make a handshake with each address for each TLS version, and one that offers HTTP/2."""
    state = Preflight()
    if not addresses:
        state.problem = Problem(
            kind=ProblemKind.UNREACHABLE,
            text=f"{urlsplit(run.base_url).hostname} does not resolve to an address",
        )
        return state
    async for pair in crawler.crawl(first_probes(run, addresses)):
        state.exchanges.append(pair)
    if _supports_only_http2(state):
        state.only_http2 = True
        again = (
            _probes(run, address, [(tls, HTTP_2) for tls in NARROW]) for address in addresses[:MAX_ADDRESSES]
        )
        async for pair in crawler.crawl([probe for probes in again for probe in probes]):
            state.exchanges.append(pair)
    for address in addresses[:MAX_ADDRESSES]:
        _conclude(state, address)
    if not state.answering:
        state.problem = _problem(state, run)
    return state


def first_probes(run: Run, addresses: Sequence[str]) -> list[Probe]:
    """Return the handshakes of the preflight."""
    offers = [*((tls, HTTP_1) for tls in NARROW), (TlsRange.ANY, HTTP_2)]
    return [probe for address in addresses[:MAX_ADDRESSES] for probe in _probes(run, address, offers)]


def _supports_only_http2(state: Preflight) -> bool:
    """Return whether the server speaks HTTP/2, and no client that offers HTTP/1.1 only gets a connection.

    Such a client gets no_application_protocol (RFC 7301 §3.2), or a connection without a protocol, which the server
    closes at once where it keeps those of HTTP/2 open (grpc-go).
    """
    by_http1 = [observation for probe, observation in state.exchanges if probe.connection.alpn == HTTP_1]
    by_http2 = [observation for _, observation in state.exchanges if observation.tls.alpn == "h2"]
    if not by_http1 or not by_http2:
        return False
    connected = [observation for observation in by_http1 if observation.tls.version]
    if not connected:
        return any(observation.tls.alert_received == NO_PROTOCOL for observation in by_http1)
    closed = all(not o.tls.alpn and o.ending is Ending.CLOSED for o in connected)
    return closed and len(connected) == len(by_http1) and all(o.ending is Ending.SILENCE for o in by_http2)


def _probes(run: Run, address: str, offers: Sequence[tuple[TlsRange, tuple[str, ...]]]) -> Iterator[Probe]:
    valid = [i.name for i in run.identities.values() if i.is_control]
    for tls, alpn in offers:
        if tls is TlsRange.ANY or run.server.tls_min <= tls.value <= run.server.tls_max:
            endpoint = replace(run.endpoint, address=address)
            yield Probe(
                check=CHECK,
                operation=None,
                identity=valid[0] if valid else ANONYMOUS.name,
                connection=Connection(endpoint=endpoint, tls=tls, alpn=alpn, reuse=Reuse.FRESH),
                request=None,
                phase=Phase.PREFLIGHT,
                variant=f"{address} {alpn[0]}",
                control=True,
                why="which TLS versions and protocols the server supports",
            )


def _conclude(state: Preflight, address: str) -> None:
    own = [o for probe, o in state.exchanges if probe.connection.endpoint.address == address]
    usable = [o for o in own if o.ending is not Ending.CLIENT_ERROR]
    versions = tuple(sorted({o.tls.version for o in usable} & VERSIONS, reverse=True))
    if versions:
        state.answering += (address,)
        state.versions = state.versions or versions
        state.http2 = state.http2 or any(o.tls.alpn == "h2" for o in usable)


def _problem(state: Preflight, run: Run) -> Problem:
    observations = [observation for _, observation in state.exchanges]
    failed = next((o for o in observations if o.ending is Ending.CLIENT_ERROR), None)
    if failed is not None:
        return Problem(
            kind=ProblemKind.UNTRUSTED_SERVER,
            text=f"the server at {run.base_url} was not accepted: {failed.detail}. Name its CA with --cacert, "
            "its name with server.server-name",
        )
    first = observations[0]
    why = first.detail or first.ending.value
    advice = ADVICE.get((first.ending, first.phase), "")
    where = f"{run.base_url} ({first.address})"
    return Problem(
        kind=ProblemKind.UNREACHABLE,
        text=f"{where} cannot be reached, so that nothing was tested: {why}{'. ' if advice else ''}{advice}",
    )
