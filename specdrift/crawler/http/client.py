"""httpx is the client: it takes a request to the transport beneath it, and adds nothing of its own."""

from collections.abc import AsyncIterator

import httpx

from specdrift.crawler.http.conversation import WITH_CONTENT, Fields, Message, Response
from specdrift.model.exchange.probe import Endpoint, HttpVersion, Request


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
NO_TIMEOUT: dict[str, float] = {}
"""Time is kept outside of it."""
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
"""Fields that say how long a request's content is (RFC 9112 §6)."""


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


def message_for(request: Request, ours: Fields, deadline: float, scheme: bytes) -> Message:
    """The request with our own headers in front; without our Host where it brings another, or an older HTTP needs none.
    ``deadline`` is the loop time until which a body may be waited for.
    """
    own = [(n.encode(), v.encode("utf-8", "surrogatepass")) for n, v in request.headers]
    names = {name.lower() for name, _ in own}
    if b"host" in names or request.version is not HttpVersion.HTTP_1_1:
        ours = [field for field in ours if field[0] != b"Host"]
    if (request.body or request.method in WITH_CONTENT) and not names & FRAMING:
        own.append((b"Content-Length", str(len(request.body)).encode()))
    return Message(
        method=request.method,
        target=request.target.encode("utf-8", "surrogatepass"),
        headers=[*ours, *own],
        body=request.body,
        scheme=scheme,
        deadline=deadline,
        version=request.version.value.encode(),
    )


def request_of(message: Message, url: httpx.URL) -> httpx.Request:
    """For httpx, which names scheme and authority by it. The message is an extension, out of its reach: it would write
    the method in capitals, and merge headers of its own in.
    """
    extensions = {"message": message, "timeout": NO_TIMEOUT}
    return httpx.Request(message.method, url, stream=NO_BODY, extensions=extensions)


def message_of(request: httpx.Request) -> Message:
    """What ``request_of`` was given."""
    message: Message = request.extensions["message"]
    return message


def response_of(answer: Response) -> httpx.Response:
    """For httpx. The answer is an extension, out of its reach: it would decode the body, and fail at a Location that
    is no URL although it follows none.
    """
    return httpx.Response(answer.status, stream=NO_BODY, extensions={"answer": answer})


def answer_of(response: httpx.Response) -> Response:
    """What ``response_of`` was given."""
    answer: Response = response.extensions["answer"]
    return answer
