"""The HTTP client: httpx over transports of ours.

One request takes these steps:

1. `raw_request` makes a `RawRequest` of a probe's request: the exact method, target and fields.
2. `send` wraps it in a `WireRequest`, with the transport that sends it, and gives it to httpx. One client serves all
   transports: making a client takes as long as a request.
3. Through `_Switchboard`, httpx calls `OneConnectionTransport.handle_async_request`, which sends it on its one
   connection.
4. The transport returns a `WireResponse`; httpx passes it through, and `send` unwraps the `RawResponse`.

httpx would change messages: it upper-cases methods, adds fields, stores cookies, decodes bodies and fails at a
Location that is not a URL. The two subclasses keep the exact messages out of its reach.
"""

from collections.abc import AsyncIterator
from functools import cache, lru_cache

import httpx

from specdrift.crawler.http.sans_io import CHUNKED, WITH_CONTENT, Fields, RawRequest, RawResponse
from specdrift.model.exchange.probe import Endpoint, HttpVersion, Request

FRAMING = frozenset({b"content-length", b"transfer-encoding"})
"""Fields that frame a request's content (RFC 9112 §6)."""
NO_TIMEOUT: dict[str, float] = {}
"""The crawler keeps its own deadline."""


class _NoCookies(httpx.Cookies):
    """Stores no cookies; httpx would parse every response for them."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Ignore the cookies of a response."""


class _NoBody(httpx.AsyncByteStream):
    """An empty body that httpx does not run through its decoders."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        nothing: tuple[bytes, ...] = ()
        for part in nothing:
            yield part


_NO_COOKIES = _NoCookies()
_NO_BODY = _NoBody()


class WireRequest(httpx.Request):
    """Carries the exact request; httpx itself uses only the URL's scheme and authority."""

    def __init__(self, raw: RawRequest, url: httpx.URL, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(raw.method, url, stream=_NO_BODY, extensions={"timeout": NO_TIMEOUT})
        self.raw = raw
        self.transport = transport


class WireResponse(httpx.Response):
    """Carries the exact response; httpx itself uses only the status."""

    def __init__(self, raw: RawResponse) -> None:
        super().__init__(raw.status, stream=_NO_BODY)
        self.raw = raw


class _Switchboard(httpx.AsyncBaseTransport):
    """Lets each request go over its own transport."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request of this module."""
        if not isinstance(request, WireRequest):
            raise TypeError(f"this client sends WireRequest, not {type(request).__name__}")
        return await request.transport.handle_async_request(request)


class _Client(httpx.AsyncClient):
    @property  # type: ignore[misc] # read-only
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


@cache
def _client() -> httpx.AsyncClient:
    """Return the client, without cookies, redirects, proxies and default headers. It keeps nothing between requests."""
    client = _Client(transport=_Switchboard(), trust_env=False, follow_redirects=False, timeout=None)
    client.headers.clear()
    return client


async def send(transport: httpx.AsyncBaseTransport, request: RawRequest, url: httpx.URL) -> RawResponse:
    """Send a request over a transport that returns `WireResponse`."""
    response = await _client().send(WireRequest(request, url, transport), stream=True)
    if not isinstance(response, WireResponse):
        raise TypeError(f"the transport returned {type(response).__name__}")
    # httpx made a stream that knows the response: without it, both are freed at once, and the request with them.
    response.stream = _NO_BODY
    return response.raw


@lru_cache(maxsize=256)
def base_url(endpoint: Endpoint) -> httpx.URL:
    """Return scheme and authority; the request target is part of the `RawRequest`."""
    return httpx.URL(f"{'https' if endpoint.tls else 'http'}://{endpoint.authority}/")


def raw_request(
    request: Request, ours: Fields, deadline: float, scheme: bytes, *, head_wait: float
) -> RawRequest:
    """Put our own fields in front of the request's. Omit those that the request has itself, and Host before HTTP/1.1.

    ``deadline`` is the loop time until which a response body is awaited, ``head_wait`` the seconds until which the
    answer to a head alone is.
    """
    own, names = _encoded(request.headers)
    omitted = names if request.version is HttpVersion.HTTP_1_1 else names | {b"host"}
    ours = [field for field in ours if field[0].lower() not in omitted]
    length: Fields = []
    trailers, _ = _encoded(request.trailers)
    if trailers:
        named = b", ".join(dict.fromkeys(name for name, _ in trailers))
        length = [CHUNKED, (b"Trailer", named)]
    elif (request.body or request.method in WITH_CONTENT) and not names & FRAMING:
        length.append((b"Content-Length", str(len(request.body)).encode()))
    return RawRequest(
        method=request.method,
        target=request.target.encode("utf-8", "surrogatepass"),
        headers=[*ours, *own, *length],
        body=request.body,
        scheme=scheme,
        deadline=deadline,
        version=request.version.value.encode(),
        head_wait=head_wait if request.head_only else None,
        head_form=request.head_form,
        trailers=trailers,
    )


@lru_cache(maxsize=512)
def _encoded(headers: tuple[tuple[str, str], ...]) -> tuple[Fields, frozenset[bytes]]:
    """Return the fields as they are sent, and their names in lower case. Many requests have the same."""
    fields = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers]
    return fields, frozenset(name.lower() for name, _ in fields)
