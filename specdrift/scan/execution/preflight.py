"""Preflight: which addresses, TLS versions and protocols the target supports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Connection, Phase, Probe, Reuse, TlsRange
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.scan.preparation.run import Run

CHECK = "preflight"
VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})
NARROW = (TlsRange.ONLY_1_3, TlsRange.ONLY_1_2)
NO_PROTOCOL = "no_application_protocol"
MAX_ADDRESSES = 8
_HINTS = {
    "connection refused": "Nothing listens there. Server down, or wrong port?",
    "WRONG_VERSION_NUMBER": "The port does not accept TLS. A port for plain HTTP?",
    "no answer within": "The port accepts connections but does not answer. Wrong port, or a firewall?",
}
"""Advice by the failure of the first connection."""


@dataclass(slots=True)
class Preflight:
    """``answering`` are the addresses that speak TLS, ``versions`` what the first of them speaks, newest first,
    ``http2`` whether it also speaks HTTP/2, ``only_http2`` whether it speaks nothing else; ``problem`` is the sentence
    that says why there is nothing to go on with.
    """

    answering: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    http2: bool = False
    only_http2: bool = False
    problem: Problem | None = None
    seen: list[tuple[Probe, Observation]] = field(default_factory=list)

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
        state.seen.append(pair)
    if _supports_only_http2(state):
        state.only_http2 = True
        again = (
            _probes(run, address, [(tls, HTTP_2) for tls in NARROW]) for address in addresses[:MAX_ADDRESSES]
        )
        async for pair in crawler.crawl([probe for probes in again for probe in probes]):
            state.seen.append(pair)
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
    """Return whether the server speaks HTTP/2 and answers a client that offers HTTP/1.1 only with
    no_application_protocol (RFC 7301 §3.2).
    """
    by_http1 = [observation for probe, observation in state.seen if probe.connection.alpn == HTTP_1]
    if any(o.tls.version for o in by_http1) or not any(o.tls.alpn == "h2" for _, o in state.seen):
        return False
    return any(o.tls.alert_received == NO_PROTOCOL for o in by_http1)


def _probes(run: Run, address: str, offers: Sequence[tuple[TlsRange, tuple[str, ...]]]) -> Iterator[Probe]:
    good = [i.name for i in run.identities.values() if i.is_control]
    for tls, alpn in offers:
        if tls is TlsRange.ANY or run.server.tls_min <= tls.value <= run.server.tls_max:
            endpoint = replace(run.endpoint, address=address)
            yield Probe(
                check=CHECK,
                operation=None,
                identity=good[0] if good else ANONYMOUS.name,
                connection=Connection(endpoint=endpoint, tls=tls, alpn=alpn, reuse=Reuse.FRESH),
                request=None,
                phase=Phase.PREFLIGHT,
                variant=f"{address} {alpn[0]}",
                control=True,
                why="which TLS versions and protocols the server supports",
            )


def _conclude(state: Preflight, address: str) -> None:
    here = [o for probe, o in state.seen if probe.connection.endpoint.address == address]
    good = [o for o in here if o.ending is not Ending.CLIENT_ERROR]
    versions = tuple(sorted({o.tls.version for o in good} & VERSIONS, reverse=True))
    if versions:
        state.answering += (address,)
        state.versions = state.versions or versions
        state.http2 = state.http2 or any(o.tls.alpn == "h2" for o in good)


def _problem(state: Preflight, run: Run) -> Problem:
    observations = [observation for _, observation in state.seen]
    failed = next((o for o in observations if o.ending is Ending.CLIENT_ERROR), None)
    if failed is not None:
        return Problem(
            kind=ProblemKind.UNTRUSTED_SERVER,
            text=f"the server at {run.base_url} was not accepted: {failed.detail}. Name its CA with --cacert, "
            "its name with server.server-name",
        )
    first = observations[0]
    why = first.detail or first.ending.value
    hint = next((f". {hint}" for sign, hint in _HINTS.items() if sign in why), "")
    where = f"{run.base_url} ({first.address})"
    return Problem(
        kind=ProblemKind.UNREACHABLE,
        text=f"{where} cannot be reached, so that nothing was tested: {why}{hint}",
    )
