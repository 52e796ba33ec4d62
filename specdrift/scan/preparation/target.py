"""Where the API is: from a base URL (or the document's servers) to something to connect to."""

import asyncio
import socket
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from specdrift.errors import UsageError
from specdrift.model.contract.base_paths import encoded
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import ascii_host
from specdrift.model.exchange.probe import Endpoint
from specdrift.settings import Settings


def base_url_of(settings: Settings, contract: Contract) -> str:
    """The base URL in force. Raises UsageError where neither configuration nor document has a usable one."""
    if settings.base_url:
        return _as_sent(settings.base_url)
    document = contract.document.source
    for server in contract.servers:
        url = urljoin(document, server) if document.startswith(("http://", "https://")) else server
        if url.startswith("https://"):
            return _as_sent(url)
    raise UsageError(
        "no base URL: the document's servers name no https address. Give it as the second argument: "
        "specdrift check SPEC https://host:port/base"
    )


def endpoint_of(base_url: str, settings: Settings) -> Endpoint:
    """What to connect to for a base URL, with ``--resolve`` and the server name applied."""
    parts = _split(base_url)
    host, port = wire_name(parts.hostname or ""), parts.port or 443
    allowed = settings.network.allow_hosts
    if allowed and host not in map(wire_name, allowed):
        raise UsageError(
            f"{parts.hostname} is not in network.allow-hosts ({', '.join(allowed)}): nothing is sent there"
        )
    return Endpoint(
        host=host,
        port=port,
        server_name=wire_name(settings.server.server_name or host),
        address=pinned(settings, host, port),
    )


def wire_name(host: str) -> str:
    """A host that the owner wrote, as it is sent. Raises UsageError for one that cannot be."""
    try:
        return ascii_host(host)
    except ValueError as error:
        raise UsageError(f"{host} cannot be the name of a host: {error}") from None


def pinned(settings: Settings, host: str, port: int) -> str:
    """The address of ``--resolve`` for a host as it is sent; empty without one."""
    found = (r.address for r in settings.network.resolve if (wire_name(r.host), r.port) == (host, port))
    return next(found, "")


def path_of(base_url: str) -> str:
    """The base path as it is sent, without a slash at its end."""
    return encoded(urlsplit(base_url).path).rstrip("/")


def _as_sent(base_url: str) -> str:
    """The URL with its path as it is sent. Raises UsageError for what is no base URL."""
    parts = _split(base_url)
    return urlunsplit(parts._replace(path=encoded(parts.path).rstrip("/")))


def _split(base_url: str) -> SplitResult:
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{base_url} is no URL: {error}") from None
    if parts.scheme != "https":
        raise UsageError(f"{base_url}: mutual TLS needs an https URL")
    if not parts.hostname:
        raise UsageError(f"{base_url} names no host")
    if parts.username or parts.password:
        raise UsageError("credentials in a URL end up in logs; put them under [schemes] in the configuration")
    if parts.query or parts.fragment:
        raise UsageError(f"{base_url}: a base URL has no query and no fragment")
    return parts


async def addresses_of(endpoint: Endpoint) -> tuple[str, ...]:
    """The IP addresses of an endpoint: the pinned one, else what the resolver says; empty if it knows none."""
    if endpoint.address:
        return (endpoint.address,)
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return ()
    return tuple(dict.fromkeys(str(info[4][0]) for info in infos))
