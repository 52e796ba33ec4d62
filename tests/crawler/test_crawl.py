"""Many probes at once: each answered once, and no connection shared between two identities."""

import asyncio
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Connection, Endpoint, Probe, Request, Reuse, TlsRange
from tests.crawler.peers import OK, Peer, Visit, answering, fields, server_context, serving
from tests.crawler.sending import NETWORK, RUN_HEADERS, Client, probe_of
from tests.servers.pki import TestPki

CALLERS = ("anonymous", "alice", "bob")
SOMEWHERE = Endpoint(host="a.test", port=1, server_name="a.test", address="127.0.0.1")


def as_caller(peer: Peer, identity: str, number: int, **how: object) -> Probe:
    """Build a probe with its sender in a header, which the server compares with the connection's certificate."""
    request = Request(method="GET", target=f"/{number}", headers=(("X-Caller", identity),))
    return probe_of(peer, request, identity=identity, **how)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("reuse", list(Reuse))
@pytest.mark.parametrize("concurrency", [1, 5])
def test_one_connection_never_serves_two_identities(
    client: Client, pki: TestPki, concurrency: int, reuse: Reuse
) -> None:
    """Also with all probes mixed: an identity belongs to the connection."""
    with serving(answering(), server_context(pki, demand=ssl.CERT_OPTIONAL)) as peer:
        probes = [as_caller(peer, who, number, reuse=reuse) for number in range(6) for who in CALLERS]
        observed = client.send(*probes, network=replace(NETWORK, concurrency=concurrency))
    assert [observation.ending for observation in observed] == [Ending.RESPONSE] * len(probes)
    for visit in peer.visits:
        claimed = {dict(fields(request))[b"x-caller"].decode() for request in visit.requests}
        assert claimed == {visit.caller or "anonymous"}
    assert len(peer.requests) == len(probes) == client.tally.requests
    assert len(peer.visits) == client.tally.connections


def test_a_connection_is_kept_for_the_next_probe(client: Client, pki: TestPki) -> None:
    """One handshake for many requests of one caller."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.send(
            *(probe_of(peer, f"/{n}") for n in range(5)), network=replace(NETWORK, concurrency=1)
        )
    assert [observation.reused_connection for observation in observed] == [False, True, True, True, True]
    assert (len(peer.visits), peer.lines) == (1, [f"GET /{n} HTTP/1.1" for n in range(5)])


@pytest.mark.slow
def test_a_fresh_connection_for_each_probe_that_wants_one(client: Client, pki: TestPki) -> None:
    """Also in the middle of others, and without resuming a session."""
    reuse = [Reuse.KEEP_ALIVE, Reuse.FRESH, Reuse.FRESH, Reuse.KEEP_ALIVE]
    with serving(answering(), server_context(pki)) as peer:
        observed = client.send(
            *(probe_of(peer, reuse=kind) for kind in reuse), network=replace(NETWORK, concurrency=1)
        )
    assert [observation.reused_connection for observation in observed] == [False, False, False, True]
    assert [observation.tls.resumed for observation in observed] == [False] * 4
    assert [len(visit.requests) for visit in peer.visits] == [1, 1, 2]


def test_a_bare_handshake_makes_its_own_connection(client: Client, pki: TestPki) -> None:
    """Also where a connection is open."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.send(
            probe_of(peer), probe_of(peer, None), probe_of(peer), network=replace(NETWORK, concurrency=1)
        )
    assert [s.ending for s in observed] == [Ending.RESPONSE, Ending.SILENCE, Ending.RESPONSE]
    assert [s.reused_connection for s in observed] == [False] * 3
    assert (len(peer.visits), client.tally.requests) == (3, 2)


def test_a_context_is_made_once_for_each_kind_of_connection(client: Client, pki: TestPki) -> None:
    """And closed when the run is over."""
    made: list[tuple[str, TlsRange, str]] = []
    make = client.contexts()

    @contextmanager
    def counted(identity: str, connection: Connection) -> Iterator[ssl.SSLContext]:
        with make(identity, connection) as context:
            made.append((identity, connection.tls, "made"))
            yield context
        made.append((identity, connection.tls, "given back"))

    kinds = [(who, tls) for who in ("alice", "bob") for tls in (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3)]

    async def twice(probes: list[Probe]) -> int:
        with Crawler(contexts=counted, network=NETWORK, headers=RUN_HEADERS) as crawler:
            pairs = [pair for _ in range(2) async for pair in crawler.crawl(probes)]
        return len(pairs)

    with serving(answering(), server_context(pki, demand=ssl.CERT_OPTIONAL)) as peer:
        probes = [probe_of(peer, identity=w, tls=t, reuse=r) for w, t in kinds for r in Reuse]
        assert asyncio.run(twice(probes)) == 16
    assert Counter(made) == Counter((w, t, what) for w, t in kinds for what in ("made", "given back"))


def test_probes_are_sent_at_the_same_time(client: Client, pki: TestPki) -> None:
    """Four workers: the server sees four requests before it answers the first."""
    barrier = threading.Barrier(4)

    def script(visit: Visit) -> None:
        while visit.request():
            barrier.wait(5)
            visit.send(OK)

    with serving(script, server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer) for _ in range(8)), network=replace(NETWORK, concurrency=4))
    assert [observation.ending for observation in observed] == [Ending.RESPONSE] * 8
    assert len(peer.visits) == 4


def test_no_probes_open_no_connection(client: Client) -> None:
    """No probes, no workers, no connection."""
    assert client.send() == []
    assert client.tally.connections == 0


def test_a_consumer_that_stops_leaves_no_connection_open(client: Client, pki: TestPki) -> None:
    """An interrupted run closes its connections."""

    async def first_of(crawler: Crawler, probes: list[Probe]) -> Ending:
        with crawler:
            stream = crawler.crawl(probes)
            async for _, observation in stream:
                await stream.aclose()  # type: ignore[attr-defined]
                return observation.ending
        raise AssertionError("nothing came")

    with serving(answering(), server_context(pki)) as peer:
        crawler = Crawler(contexts=client.contexts(), network=NETWORK, headers=RUN_HEADERS)
        assert asyncio.run(first_of(crawler, [probe_of(peer) for _ in range(50)])) is Ending.RESPONSE
    assert all(visit.sock.fileno() == -1 for visit in peer.visits)
    assert len(peer.requests) < 50


def test_an_unexpected_exception_ends_the_crawl() -> None:
    """Only failures of the network are observations."""

    def broken(identity: str, _connection: Connection) -> object:
        raise LookupError(f"no credential for {identity}")

    crawler = Crawler(contexts=broken, network=NETWORK, headers=RUN_HEADERS)  # type: ignore[arg-type]

    async def crawl() -> None:
        async for _ in crawler.crawl([probe_of(SOMEWHERE, identity="alice")]):
            pass

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(crawl())
    assert caught.group_contains(LookupError, match="alice")


def test_the_issuers_that_a_server_accepts_are_recorded(client: Client, pki: TestPki) -> None:
    """OpenSSL's server names its CAs in the CertificateRequest, in both versions."""
    with named_authorities(pki) as port:
        where = Endpoint(host="localhost", port=port, server_name="localhost", address="127.0.0.1")
        for tls in (TlsRange.ONLY_1_2, TlsRange.ONLY_1_3):
            observed = client.one(probe_of(where, identity="alice", tls=tls))
            assert observed.tls.acceptable_issuers == ("CN=specdrift test client CA,OU=CA",)
            assert (observed.ending, observed.tls.certificate_sent) == (Ending.RESPONSE, True)


@contextmanager
def named_authorities(pki: TestPki) -> Iterator[int]:
    """Run ``openssl s_server`` on a port of its own choice."""
    command = [
        "openssl",
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        str(pki.server_cert),
        "-www",
        "-Verify",
        "1",
    ]
    command += ["-key", str(pki.server_key), "-CAfile", str(pki.client_ca)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(text for text in process.stdout if text.startswith("ACCEPT"))
            yield int(line.rpartition(":")[2])
        finally:
            process.kill()
            process.communicate()
