"""httpx is the client: it takes a request to the transport beneath it, and adds nothing of its own."""

import math
from collections.abc import AsyncIterator

import httpx

from specdrift.crawler.conversation import Answer, Fields, Message
from specdrift.model.probe import Endpoint, HttpVersion, Request


class _NoCookies(httpx.Cookies):
    """Takes none and gives none; httpx would parse every response for them."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leaves them where they are."""


class _NoBody(httpx.AsyncByteStream):
    """A body that is not for httpx, which would read even an empty one through its decoders."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        nothing: tuple[bytes, ...] = ()
        for part in nothing:
            yield part


NO_COOKIES = _NoCookies()
NO_BODY = _NoBody()


class _Client(httpx.AsyncClient):
    @property  # type: ignore[misc] # read-only on purpose: nobody may set any
    def cookies(self) -> httpx.Cookies:
        return NO_COOKIES


def client_over(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client without cookies, redirects, proxies or default headers."""
    client = _Client(transport=transport, trust_env=False, follow_redirects=False, timeout=None)
    client.headers.clear()
    return client


def url_of(endpoint: Endpoint) -> httpx.URL:
    """Scheme and authority; the request target is given apart, as it goes onto the wire."""
    return httpx.URL(f"{'https' if endpoint.tls else 'http'}://{endpoint.authority}/")


def request_of(request: Request, url: httpx.URL, ours: Fields, deadline: float) -> httpx.Request:
    """The request with our own headers in front; without our Host where it brings another, or an older HTTP needs none.
    ``deadline`` is the loop time until which a body may be waited for.
    """
    own = [(n.encode(), v.encode("utf-8", "surrogatepass")) for n, v in request.headers]
    brings_host = any(name.lower() == b"host" for name, _ in own)
    needs_none = request.version is not HttpVersion.HTTP_1_1
    if brings_host or needs_none:
        ours = [field for field in ours if field[0] != b"Host"]
    # Built here and not by the client, which would merge its own defaults in for every single one.
    message = httpx.Request(
        request.method,
        url,
        headers=[*ours, *own],
        content=request.body or None,
        extensions={
            "target": request.target.encode("utf-8", "surrogatepass"),
            "deadline": deadline,
            "version": request.version.value.encode(),
        },
    )
    message.method = request.method  # methods are case-sensitive; httpx writes them in capitals
    if needs_none and not brings_host:
        del message.headers["Host"]  # httpx puts one in
    return message


def message_of(request: httpx.Request) -> Message:
    """What goes onto the wire, to the byte."""
    return Message(
        method=request.method,
        target=request.extensions.get("target", request.url.raw_path),
        headers=request.headers.raw,
        body=request.content,
        scheme=request.url.raw_scheme,
        deadline=request.extensions.get("deadline", math.inf),
        version=request.extensions.get("version", b"1.1"),
    )


def response_of(answer: Answer) -> httpx.Response:
    """For httpx. The answer is an extension, out of its reach: it would decode the body, and fail at a Location that
    is no URL although it follows none.
    """
    return httpx.Response(answer.status, stream=NO_BODY, extensions={"answer": answer})


def answer_of(response: httpx.Response) -> Answer:
    """What ``response_of`` was given."""
    answer: Answer = response.extensions["answer"]
    return answer
