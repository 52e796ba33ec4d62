"""Sends probes with the crawler, as a run does, and returns the observations."""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct, field

from specdrift.crawler.breaker import Breaker
from specdrift.crawler.crawl import ContextFactory, Crawler
from specdrift.crawler.limits import Budget
from specdrift.crawler.probe_connection import Tally
from specdrift.crawler.quic.client_certificate import ClientCertificate
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Observation
from specdrift.model.exchange.probe import (
    RETRIED,
    Connection,
    Endpoint,
    Phase,
    Probe,
    Request,
    Reuse,
    TlsRange,
)
from specdrift.pki.context import client_context
from specdrift.pki.credential import Credential, PrivateKey
from specdrift.settings import NetworkSettings, ServerSettings
from tests.crawler.peers import Peer
from tests.servers.pki import Pair, TestPki

RUN_HEADERS = (("User-Agent", "specdrift/test"), ("X-Specdrift-Run", "run-1"), ("Accept", "*/*"))
NETWORK = NetworkSettings(timeout=3.0, retries=2, concurrency=2)


def endpoint_of(peer: Peer, *, name: str = "localhost", tls: bool = True) -> Endpoint:
    """Return the endpoint of a peer under one of its names."""
    return Endpoint(host=name, port=peer.port, server_name=name, address=peer.address, tls=tls)


def probe_of(
    where: Peer | Endpoint,
    request: Request | str | None = "/items/1",
    *,
    identity: str = ANONYMOUS.name,
    tls: TlsRange = TlsRange.ANY,
    reuse: Reuse = Reuse.KEEP_ALIVE,
    alpn: tuple[str, ...] = ("http/1.1",),
    variant: str = "",
) -> Probe:
    """Build a probe; a string is the target of a GET, ``None`` makes a handshake only."""
    return Probe(
        check="certificate",
        operation=None,
        identity=identity,
        connection=Connection(
            endpoint=where if isinstance(where, Endpoint) else endpoint_of(where),
            tls=tls,
            alpn=alpn,
            reuse=reuse,
        ),
        request=Request(method="GET", target=request) if isinstance(request, str) else request,
        phase=Phase.MAIN,
        variant=variant,
    )


class Client(Struct):
    """A client with the callers of a test PKI (an identity is the name of one of its pairs)."""

    pki: TestPki
    network: NetworkSettings = NETWORK
    ca_file: Path | None = None
    tally: Tally = field(default_factory=Tally)
    verify_name: bool = True
    """Compare the server name with the server's certificate."""
    presented: Callable[[str], ClientCertificate | None] | None = None
    """Replaces what the identities present over QUIC."""

    def send(
        self, *probes: Probe, network: NetworkSettings | None = None, breaker: Breaker | None = None
    ) -> list[Observation]:
        """Send all in one crawl; return their observations in the order of the probes."""
        observed = [
            pair for pair in self.every(*probes, network=network, breaker=breaker) if pair[0].check != RETRIED
        ]
        order = [next(i for i, probe in enumerate(probes) if probe is sent) for sent, _ in observed]
        in_order = sorted(zip(order, observed, strict=True), key=lambda each: each[0])
        return [observation for _, (_, observation) in in_order]

    def every(
        self, *probes: Probe, network: NetworkSettings | None = None, breaker: Breaker | None = None
    ) -> list[tuple[Probe, Observation]]:
        """Send all in one crawl; return all that the crawler yields, in the order of completion."""
        network = network or self.network
        crawler = Crawler(
            contexts=self.contexts(),
            client_certificates=self.presented or self.over_quic,
            network=network,
            budget=Budget(network.max_requests),
            headers=RUN_HEADERS,
            breaker=breaker or Breaker(),
        )
        self.tally = crawler.tally
        return asyncio.run(_crawled(crawler, probes))

    def one(self, probe: Probe, network: NetworkSettings | None = None) -> Observation:
        """Send one probe."""
        return self.send(probe, network=network)[0]

    def contexts(self) -> ContextFactory:
        """Return contexts of the PKI's callers, which trust its server CA (or ``ca_file``)."""
        server = ServerSettings(ca_file=self.ca_file or self.pki.server_ca)

        @contextmanager
        def context(identity: str, connection: Connection) -> Iterator[ssl.SSLContext]:
            with client_context(
                self.credential(identity), server=server, tls_range=connection.tls, alpn=connection.alpn
            ) as made:
                made.check_hostname = self.verify_name
                yield made

        return context

    def over_quic(self, identity: str) -> ClientCertificate | None:
        """Return what an identity presents over QUIC."""
        credential = self.credential(identity)
        if credential is None:
            return None
        assert isinstance(credential.key, PrivateKey)
        return ClientCertificate(chain=credential.certificates, key=credential.key)

    def credential(self, identity: str) -> Credential | None:
        """Return the credential of an identity; None for the anonymous one."""
        if identity == ANONYMOUS.name:
            return None
        pair: Pair = getattr(self.pki, identity)
        return credential_of(pair, name=identity)


async def _crawled(crawler: Crawler, probes: Sequence[Probe]) -> list[tuple[Probe, Observation]]:
    with crawler:
        return [pair async for pair in crawler.crawl(probes)]


def credential_of(pair: Pair, *, name: str) -> Credential:
    """Return a pair of PEM files as a credential."""
    chain = x509.load_pem_x509_certificates(pair.cert.read_bytes())
    key = load_pem_private_key(pair.key.read_bytes(), None)
    assert isinstance(key, PrivateKey)
    return Credential(chain, key, name=name)
