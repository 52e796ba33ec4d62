"""Sends one probe over one transport and writes down what happened."""

import asyncio
import hashlib
import ssl
import time

import httpx

from specdrift.crawler.distinguished_name import rfc4514
from specdrift.crawler.handshake import Transcript
from specdrift.crawler.shape import shape_of
from specdrift.crawler.tls import TlsStream
from specdrift.crawler.transport import ExchangeFailed, OneConnectionTransport
from specdrift.model.observation import Ending, HttpFacts, Observation, TlsFacts, WirePhase
from specdrift.model.probe import Probe, Request

EXCERPT = 2000
MAX_DETAIL = 300
BODY_SHARE = 0.9
"""Of the time for an exchange: a body that still comes then is cut, since its head alone is an answer."""


class _NoCookies(httpx.Cookies):
    """Takes none and gives none; httpx would parse every response for them."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leaves them where they are."""


NO_COOKIES = _NoCookies()


class _Client(httpx.AsyncClient):
    @property  # type: ignore[misc] # read-only on purpose: nobody may set any
    def cookies(self) -> httpx.Cookies:
        return NO_COOKIES


def client_over(transport: OneConnectionTransport) -> httpx.AsyncClient:
    """An httpx client that adds nothing of its own: no cookies, redirects, proxies or default headers."""
    client = _Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=None,
    )
    client.headers.clear()
    return client


async def exchange(
    probe: Probe,
    *,
    client: httpx.AsyncClient,
    transport: OneConnectionTransport,
    url: httpx.URL,
    headers: tuple[tuple[str, str], ...],
    timeout: float,  # noqa: ASYNC109 - the deadline is an observation, not an exception
) -> Observation:
    """One attempt. ``url`` names scheme and authority; ``headers`` go in front of the probe's own."""
    began = time.monotonic()
    http: HttpFacts | None = None
    ending, detail = Ending.RESPONSE, ""
    try:
        async with asyncio.timeout(timeout):
            if probe.request is None:
                await transport.listen()
                ending = Ending.SILENCE
            else:
                deadline = asyncio.get_running_loop().time() + timeout * BODY_SHARE
                http = await _http(probe, client=client, url=url, headers=headers, deadline=deadline)
    except TimeoutError:
        ending, detail = Ending.TIMEOUT, f"no answer within {timeout:g} s"
        transport.disconnect()
    except ExchangeFailed as failure:
        ending, detail = failure.ending, str(failure)
    return Observation(
        probe=probe.id,
        ending=ending,
        phase=WirePhase.RESPONSE if http else transport.phase,
        tls=transport.told or _tls(transport.stream),
        http=http,
        address=probe.connection.endpoint.address,
        elapsed_ms=round((time.monotonic() - began) * 1000, 2),
        detail=detail[:MAX_DETAIL],
        reused_connection=transport.reused,
        retry_after_s=_retry_after(http),
    )


async def _http(
    probe: Probe,
    *,
    client: httpx.AsyncClient,
    url: httpx.URL,
    headers: tuple[tuple[str, str], ...],
    deadline: float,
) -> HttpFacts:
    request = probe.request
    assert request is not None  # noqa: S101 - the caller has looked
    ours = _ours(headers, request)
    # Built here and not by the client, which would merge its own defaults in for every single one.
    message = httpx.Request(
        request.method,
        url,
        headers=[(n.encode(), v.encode("utf-8", "surrogatepass")) for n, v in (*ours, *request.headers)],
        content=request.body or None,
        extensions={"target": request.target.encode("utf-8", "surrogatepass"), "deadline": deadline},
    )
    message.method = request.method  # methods are case-sensitive; httpx writes them in capitals
    response = await client.send(message, stream=True)
    body: bytes = response.extensions["body"]
    wire = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in response.extensions["headers"]
    )
    return HttpFacts(
        status=response.status_code,
        http_version=response.http_version,
        headers=wire,
        body_sha256=hashlib.sha256(body).hexdigest(),
        body_excerpt=body[: 4 * EXCERPT].decode("utf-8", "replace")[:EXCERPT],
        length=len(body),
        truncated=response.extensions["truncated"],
        shape=shape_of(body, wire, request.target),
    )


def _ours(headers: tuple[tuple[str, str], ...], request: Request) -> tuple[tuple[str, str], ...]:
    """Our own headers; without Host where the probe brings another."""
    if any(name.lower() == "host" for name, _ in request.headers):
        return tuple(header for header in headers if header[0] != "Host")
    return headers


def _tls(stream: TlsStream | None) -> TlsFacts:
    """The facts of a connection; worked out anew only when its handshake has gone on since the last time."""
    if stream is None or stream.object is None:
        return TlsFacts()
    if stream.facts is None or stream.facts_at != stream.transcript.messages:
        stream.facts, stream.facts_at = _facts(stream.object, stream.transcript), stream.transcript.messages
    return stream.facts


def _facts(tls: ssl.SSLObject, transcript: Transcript) -> TlsFacts:
    cipher = tls.cipher()
    # None as long as the handshake is not done; asking for the certificate would then be an error.
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
    """Seconds that the server asks us to wait (RFC 9110 §10.2.3); only the delay form is followed."""
    if http is None or http.status not in (429, 503):
        return None
    value = http.header("retry-after").strip()
    # isascii: "²" is a digit too, and no number.
    return float(value) if value.isascii() and value.isdigit() else None
