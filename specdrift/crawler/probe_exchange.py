"""Sends one probe over one transport and records the observation."""

import asyncio
import hashlib
import ssl
import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import count

import httpx
from msgspec import Struct

from specdrift.body.binary.protobuf import web_trailers
from specdrift.body.content import content_of
from specdrift.body.markup import excerpt_of
from specdrift.body.metadata import NO_METADATA, Metadata
from specdrift.body.shape import shape_of
from specdrift.body.values import values_of
from specdrift.crawler.http.client import raw_request, send
from specdrift.crawler.http.sans_io import Fields, RawResponse
from specdrift.crawler.http.transport import ExchangeFailed, OneConnectionTransport
from specdrift.crawler.tls.connection import TlsStream
from specdrift.crawler.tls.distinguished_name import rfc4514
from specdrift.crawler.tls.handshake import Transcript
from specdrift.model.exchange.observation import EXCERPT, Ending, HttpFacts, Observation, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Probe

MAX_DETAIL = 300
MOST_COOKIES = 50
"""Set-Cookie fields of a response that are kept."""
BODY_SHARE = 0.9
"""Share of an exchange's time after which the body is truncated; the head alone is a response."""


class ExchangeTerms(Struct, frozen=True, kw_only=True):
    """What the exchanges of a run have in common. Times are seconds."""

    headers: tuple[tuple[str, str], ...] = ()
    """Header fields of each request."""
    timeout: float
    """Timeout of an exchange."""
    head_wait: float
    """Timeout of the answer to a head alone."""
    metadata: Metadata = NO_METADATA
    """What is not read of an answer."""


async def exchange(
    probe: Probe, *, transport: OneConnectionTransport, url: httpx.URL, headers: Fields, terms: ExchangeTerms
) -> Observation:
    """Make one attempt. ``url`` has scheme and authority; ``headers`` precede the probe's own."""
    timeout = terms.timeout
    began = time.monotonic()
    http: HttpFacts | None = None
    ending, detail, not_sent = Ending.RESPONSE, "", None
    try:
        async with asyncio.timeout(timeout):
            if probe.request is None:
                await transport.listen()
                ending = Ending.SILENCE
            else:
                deadline = asyncio.get_running_loop().time() + timeout * BODY_SHARE
                request = raw_request(
                    probe.request, headers, deadline, url.raw_scheme, head_wait=terms.head_wait
                )
                response = await send(transport, request, url)
                http = _http_facts(response, probe, terms.metadata)
    except TimeoutError:
        ending, detail = Ending.TIMEOUT, f"no answer within {timeout:g} s"
        transport.disconnect()
    except ExchangeFailed as failure:
        ending, detail, not_sent = failure.ending, str(failure), failure.not_sent
    return Observation(
        probe=probe.id,
        ending=ending,
        phase=WirePhase.RESPONSE if http else transport.phase,
        tls=transport.reported_tls or _tls_facts(transport.stream),
        http=http,
        address=probe.connection.endpoint.address,
        elapsed_ms=round((time.monotonic() - began) * 1000, 2),
        detail=detail[:MAX_DETAIL],
        not_sent=not_sent,
        reused_connection=transport.reused,
        retry_after_s=_retry_after(http),
    )


def _http_facts(response: RawResponse, probe: Probe, metadata: Metadata) -> HttpFacts:
    assert probe.request is not None  # noqa: S101 - there is an answer
    body = response.body
    wire = _with_few_cookies(map(_field, response.headers))
    content = content_of(body, wire)
    wire = metadata.without_fields(wire + web_trailers(content.body, content.media_type))
    content = metadata.without_members(content)
    digest = (_digest if len(body) <= EXCERPT else _digest.__wrapped__)(content.body)
    excerpt = _excerpt_of_file(content.body) if content.is_file else content.text
    excerpt = excerpt if probe.whole_body else excerpt_of(excerpt)[:EXCERPT]
    facts = HttpFacts(
        status=response.status,
        http_version=response.http_version,
        headers=wire,
        body_sha256=digest,
        body_excerpt=excerpt,
        length=len(body),
        truncated=response.truncated,
        shape=shape_of(content, wire, probe.request.target),
        values=values_of(content, wire),
    )
    return facts if probe.whole_body else _one_of_many(facts)


def _with_few_cookies(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the fields with as many cookies as clients keep (RFC 6265 §6.1)."""
    cookies = count(1)
    return tuple(field for field in fields if field[0] != "set-cookie" or next(cookies) <= MOST_COOKIES)


# A server sends the same fields and bodies to thousands of probes: compute and store each once.
@lru_cache(maxsize=4096)
def _field(raw: tuple[bytes, bytes]) -> tuple[str, str]:
    return raw[0].decode("latin-1").lower(), raw[1].decode("latin-1")


@lru_cache(maxsize=1024)
def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@lru_cache(maxsize=4096)
def _one_of_many(facts: HttpFacts) -> HttpFacts:
    """Return the same object for equal answers: a denial differs in its Date field alone, once a second."""
    return facts


def _excerpt_of_file(body: bytes) -> str:
    return body[: 4 * EXCERPT].decode("utf-8", "replace")[:EXCERPT]


@lru_cache(maxsize=1024)
def _interned(facts: TlsFacts) -> TlsFacts:
    return facts


def _tls_facts(stream: TlsStream | None) -> TlsFacts:
    """Return the facts of a connection; recomputed only after further handshake messages."""
    if stream is None or stream.ssl_object is None:
        return TlsFacts()
    if stream.facts is None or stream.facts_at != stream.transcript.messages:
        stream.facts = _interned(_facts(stream.ssl_object, stream.transcript))
        stream.facts_at = stream.transcript.messages
    return stream.facts


def _facts(tls: ssl.SSLObject, transcript: Transcript) -> TlsFacts:
    cipher = tls.cipher()
    # version() is None before the end of the handshake; getpeercert() would then raise.
    certificate = tls.getpeercert(binary_form=True) if tls.version() else None
    return TlsFacts(
        version=tls.version() or transcript.version,
        cipher=cipher[0] if cipher else "",
        alpn=tls.selected_alpn_protocol() or "",
        certificate_requested=transcript.certificate_requested,
        post_handshake=transcript.post_handshake,
        certificate_sent=transcript.certificate_sent,
        acceptable_issuers=tuple(rfc4514(name) for name in transcript.acceptable_issuers[:20]),
        alert_received=transcript.alert_received,
        alert_sent=transcript.alert_sent,
        resumed=bool(tls.session_reused),
        server_certificate_sha256=hashlib.sha256(certificate).hexdigest() if certificate else "",
    )


def _retry_after(http: HttpFacts | None) -> float | None:
    """Return the seconds of Retry-After (RFC 9110 §10.2.3); its date form is ignored."""
    if http is None or http.status not in (429, 503):
        return None
    value = http.header("retry-after").strip()
    # isascii: "²" is a digit, but not a number.
    return float(value) if value.isascii() and value.isdigit() else None
