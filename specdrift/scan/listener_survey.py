"""Looks at a listener before there is a configuration: TLS versions, certificate requests, and its own certificate."""

import hashlib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from msgspec import Struct
from msgspec.structs import replace

from specdrift import __version__
from specdrift.crawler.crawl import Crawler
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import (
    HTTP_1,
    Connection,
    Endpoint,
    Phase,
    Probe,
    Request,
    Reuse,
    TlsRange,
)
from specdrift.pki.context import client_context
from specdrift.scan.execution.opening.preflight import ADVICE
from specdrift.scan.preparation.target import addresses_of, endpoint_of, path_of
from specdrift.settings import NetworkSettings, ServerSettings

CHECK = "survey"
_NETWORK = NetworkSettings(timeout=5.0, retries=1)


class ListenerSurvey(Struct, frozen=True, kw_only=True):
    """What one listener shows to a client without a certificate."""

    base_url: str
    problem: str = ""
    """Why it could not be reached, a sentence; empty if it could."""
    versions: tuple[str, ...] = ()
    """TLS versions, such as ``TLSv1.3``."""
    requests_certificate: bool = False
    acceptable_issuers: tuple[str, ...] = ()
    """CAs that the CertificateRequest names (RFC 4514)."""
    alert: str = ""
    """The alert that refused a client without a certificate; empty without one."""
    closed: bool = False
    """Whether the server closed the connection of a request without a certificate."""
    status: int = 0
    """HTTP status of that request; 0 without an answer."""
    certificate_sha256: str = ""
    """The server's own certificate; empty if the server ended every handshake early."""
    subject: str = ""
    trusted_by: Path | None = None
    """The first of the given CA files that verifies the server."""
    system_trust: bool = False
    """Whether the system's trust store verifies it."""


async def survey(base_url: str, ca_files: Sequence[Path]) -> ListenerSurvey:
    """Make a handshake for each TLS version and trust anchor, and one request without a certificate."""
    endpoint = endpoint_of(base_url, ServerSettings(), _NETWORK)
    addresses = await addresses_of(endpoint)
    if not addresses:
        return ListenerSurvey(base_url=base_url, problem=f"{endpoint.host} does not resolve to an address.")
    endpoint = replace(endpoint, address=addresses[0])
    insecure = ServerSettings(insecure=True)
    target = path_of(base_url) + "/"
    seen: list[Observation] = []
    with _crawler(insecure) as crawler:
        probes = [_handshake(endpoint, tls) for tls in (TlsRange.ONLY_1_3, TlsRange.ONLY_1_2)]
        async for _, observation in crawler.crawl([*probes, _request(endpoint, target)]):
            seen.append(observation)
        certificates = dict(crawler.server_certificates)
    versions = tuple(sorted({o.tls.version for o in seen if o.tls.version}, reverse=True))
    if not versions:
        first = seen[0]
        advice = ADVICE.get((first.ending, first.phase), "")
        return ListenerSurvey(
            base_url=base_url, problem=f"{first.detail or first.ending.value}. {advice}".strip()
        )
    trusting = [path for path in ca_files if await _is_trusted(endpoint, ServerSettings(ca_file=path))]
    answered = next((o.http for o in seen if o.http is not None), None)
    der = next(iter(certificates.values()), b"")
    return ListenerSurvey(
        base_url=base_url,
        versions=versions,
        requests_certificate=any(o.tls.certificate_requested for o in seen),
        acceptable_issuers=tuple(dict.fromkeys(name for o in seen for name in o.tls.acceptable_issuers)),
        alert=next((o.tls.alert_received for o in seen if o.tls.alert_received), ""),
        closed=any(o.ending is Ending.CLOSED for o in seen),
        status=answered.status if answered else 0,
        certificate_sha256=hashlib.sha256(der).hexdigest() if der else "",
        subject=_subject(der),
        trusted_by=trusting[0] if trusting else None,
        system_trust=not trusting and await _is_trusted(endpoint, ServerSettings()),
    )


async def _is_trusted(endpoint: Endpoint, server: ServerSettings) -> bool:
    with _crawler(server) as crawler:
        async for _, observation in crawler.crawl([_handshake(endpoint, TlsRange.ANY)]):
            return bool(observation.tls.version) and observation.ending is not Ending.CLIENT_ERROR
    return False


def _crawler(server: ServerSettings) -> Crawler:
    @contextmanager
    def context(_: str, connection: Connection) -> Iterator[ssl.SSLContext]:
        with client_context(None, server=server, tls_range=connection.tls, alpn=connection.alpn) as made:
            yield made

    agent = (("User-Agent", f"specdrift/{__version__}"), ("Accept", "*/*"))
    return Crawler(contexts=context, network=_NETWORK, headers=agent)


def _handshake(endpoint: Endpoint, tls: TlsRange) -> Probe:
    return _probe(endpoint, tls, None)


def _request(endpoint: Endpoint, target: str) -> Probe:
    return _probe(endpoint, TlsRange.ANY, Request(method="GET", target=target))


def _probe(endpoint: Endpoint, tls: TlsRange, request: Request | None) -> Probe:
    return Probe(
        check=CHECK,
        operation=None,
        identity=ANONYMOUS.name,
        connection=Connection(endpoint=endpoint, tls=tls, alpn=HTTP_1, reuse=Reuse.FRESH),
        request=request,
        phase=Phase.PREFLIGHT,
        variant=f"{tls.value} {request is not None}",
        why="what the listener requests from clients",
    )


def _subject(der: bytes) -> str:
    try:
        return x509.load_der_x509_certificate(der).subject.rfc4514_string() if der else ""
    except ValueError:
        return ""
