"""Redirects (RFC 9110 §15.4): the one request that follows a response, on the same origin. Pure."""

from enum import StrEnum
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.hosts import PORTS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Endpoint, Request
from specdrift.model.secrets import HIDDEN

STATUSES = frozenset({301, 302, 303, 307, 308})
"""Statuses with which a client requests the Location field's target."""
METHOD_KEPT = frozenset({307, 308})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST = 4096
"""Characters of a Location field that is followed."""
UNESCAPED = "!#$%&'()*+,/:;=?@[]~"
"""Characters of a URI reference (RFC 3986 §2.2) that stay."""
OF_THE_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-length", "expect"})


class NotFollowed(StrEnum):
    """Why a redirect is not followed."""

    OTHER_HOST = "other-host"
    OTHER_PORT = "other-port"
    """The same host with another scheme or port: another listener of it."""
    UNSAFE = "unsafe"
    """The method may change something (RFC 9110 §9.2.1) and would be sent to another target."""
    UNREADABLE = "unreadable"
    """The Location field is no usable URI reference, or it is redacted."""


class Redirect(Struct, frozen=True, kw_only=True):
    """Where a response sends the client."""

    request: Request | None = None
    """The request that follows it; ``None`` if it is not followed."""
    not_followed: NotFollowed | None = None


def redirect_of(endpoint: Endpoint, request: Request, http: HttpFacts) -> Redirect | None:
    """Return the redirect of a response; ``None`` for any other response.

    Cookies are those of this response alone. The method becomes GET where browsers change it (RFC 9110 §15.4.2).
    """
    if http.status not in STATUSES or not (location := http.header("location").strip()):
        return None
    try:
        parts = urlsplit(urljoin(f"{origin(endpoint)}{_path(request.target)}", location))
        place = (parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme))
    except ValueError:
        return Redirect(not_followed=NotFollowed.UNREADABLE)
    own = ("https" if endpoint.tls else "http", endpoint.host.lower(), endpoint.port)
    if place != own:
        elsewhere = NotFollowed.OTHER_PORT if place[1] == own[1] else NotFollowed.OTHER_HOST
        return Redirect(not_followed=elsewhere)
    query = f"?{quote(parts.query, safe=UNESCAPED)}" if parts.query else ""
    return _followed(request, http, quote(parts.path or "/", safe=UNESCAPED) + query)


def _followed(request: Request, http: HttpFacts, target: str) -> Redirect:
    method, cookies = _method(request.method, http.status), cookies_of(http)
    if HIDDEN in target or HIDDEN in "".join(cookies.values()) or len(target) > LONGEST:
        return Redirect(not_followed=NotFollowed.UNREADABLE)
    if method not in SAFE:
        return Redirect(not_followed=NotFollowed.UNSAFE)
    return Redirect(request=_following(request, method, target, cookies))


def _path(target: str) -> str:
    """Return path and query of a request target, also of the absolute form (RFC 9112 §3.2.2)."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in PORTS:
        return target
    _, slash, path = rest.partition("/")
    return slash + path


def origin(endpoint: Endpoint) -> str:
    """Return scheme, host and port (RFC 9110 §4.3.1)."""
    return f"{'https' if endpoint.tls else 'http'}://{endpoint.authority}"


def _method(method: str, status: int) -> str:
    if status in METHOD_KEPT or method in SAFE:
        return method
    return "GET" if status == 303 or method == "POST" else method


def _following(request: Request, method: str, target: str, cookies: dict[str, str]) -> Request:
    """The same request for another target, without the body if the method changed."""
    kept = method == request.method
    headers = [(name, value) for name, value in request.headers if kept or name.lower() not in OF_THE_BODY]
    if cookies:
        own = [pair for name, value in headers if name.lower() == "cookie" for pair in value.split(";")]
        kept_cookies = [pair.strip() for pair in own if pair.partition("=")[0].strip() not in cookies]
        headers = [header for header in headers if header[0].lower() != "cookie"]
        headers.append(("Cookie", "; ".join([*kept_cookies, *(f"{n}={v}" for n, v in cookies.items())])))
    return replace(
        request,
        method=method,
        target=target,
        headers=tuple(headers),
        body=request.body if kept else b"",
        head_only=False,
    )


def with_cookies(request: Request, cookies: dict[str, str]) -> Request:
    """Return the request with these cookies, beside those of other names that it has (RFC 6265 §5.4)."""
    return _following(request, request.method, request.target, cookies)


def cookies_of(http: HttpFacts) -> dict[str, str]:
    """Return name and value of the cookies that a response sets (RFC 6265 §5.2)."""
    found: dict[str, str] = {}
    for field, content in http.headers:
        pair, *attributes = content.split(";")
        name, equals, value = pair.partition("=")
        expired = any(each.strip().lower() in ("max-age=0", "max-age=-1") for each in attributes)
        if field == "set-cookie" and (equals or pair == HIDDEN) and not expired:
            found[name.strip()] = value.strip() if equals else pair
    return found
