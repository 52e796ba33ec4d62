"""The target: from a base URL, or the servers of the document, to the endpoint to connect to."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from specdrift.errors import UsageError, concerning
from specdrift.model.contract.base_paths import encoded
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import ascii_host
from specdrift.model.exchange.probe import Endpoint
from specdrift.rules.ids import UNDEFINED_SERVER_VARIABLE
from specdrift.settings import NetworkSettings, Resolve, ServerSettings

Confirm = Callable[[str], bool]
"""Asks the owner a question that is answered with yes or no."""


def base_url_of(
    configured: str, contract: Contract, *, allow_hosts: Sequence[str] = (), confirm: Confirm | None = None
) -> str:
    """Return the base URL: the configured one, or the document's first https server with the owner's consent.

    That is an entry of ``allow_hosts``, or a confirmation. Raises UsageError without a base URL or consent.
    """
    if configured:
        return _normalized(configured)
    url = _normalized(_server_of(contract))
    host = urlsplit(url).hostname or ""
    allowed = wire_name(host) in map(wire_name, allow_hosts)
    if not allowed and not (
        confirm and confirm(f"Only the document names {url}. Send requests and credentials there?")
    ):
        raise UsageError(
            f"nothing is sent to {url}, which only the document names: give it as the second argument, or allow its "
            f"host: --allow-hosts {host}, or [network] allow-hosts in the configuration"
        )
    return url


def _server_of(contract: Contract) -> str:
    """Return the document's first https server. Raises UsageError without one."""
    document = contract.document.source
    undefined = next((d for d in contract.diagnostics if d.rule == UNDEFINED_SERVER_VARIABLE), None)
    for server in contract.servers:
        url = urljoin(document, server) if document.startswith(("http://", "https://")) else server
        if url.startswith("https://") and not ("{" in url and undefined):
            return url
    if undefined is not None:
        raise UsageError(f"no base URL: {undefined} Or give it as the second argument")
    raise UsageError(
        "no base URL: the document's servers have no https URL. Give it as the second argument: "
        "specdrift check SPEC https://host:port/base"
    )


def endpoint_of(base_url: str, server: ServerSettings, network: NetworkSettings) -> Endpoint:
    """Return the endpoint of a base URL. Raises UsageError for a host that is not allowed."""
    parts = _split(base_url)
    host, port = wire_name(parts.hostname or ""), parts.port or 443
    allowed = network.allow_hosts
    if allowed and host not in map(wire_name, allowed):
        with concerning("network.allow-hosts"):
            named = ", ".join(allowed)
            raise UsageError(
                f"{parts.hostname} is not in network.allow-hosts ({named}): nothing is sent there"
            )
    return Endpoint(
        host=host,
        port=port,
        server_name=wire_name(server.server_name or host),
        address=pinned(network.resolve, host, port),
    )


def wire_name(host: str) -> str:
    """Return a configured host as it is sent (A-labels). Raises UsageError for an invalid name."""
    try:
        return ascii_host(host)
    except ValueError as error:
        raise UsageError(f"{host} is not a valid host name: {error}") from None


def pinned(resolve: Iterable[Resolve], host: str, port: int) -> str:
    """Return the address of ``--resolve`` for a host as it is sent; empty without one."""
    found = (entry.address for entry in resolve if (wire_name(entry.host), entry.port) == (host, port))
    return next(found, "")


def path_of(base_url: str) -> str:
    """Return the percent-encoded path, without a trailing slash."""
    return encoded(urlsplit(base_url).path).rstrip("/")


def with_document_path(base_url: str, contract: Contract) -> str:
    """Return the base URL followed by the base path of the document's servers; empty if it ends with that already."""
    plain = (url for url in contract.servers if "{" not in url)
    path = next((path_of(url) for url in plain), "")
    own = path_of(base_url)
    return "" if not path or own.endswith(path) else urljoin(base_url, own + path)


def _normalized(base_url: str) -> str:
    parts = _split(base_url)
    return urlunsplit(parts._replace(path=encoded(parts.path).rstrip("/")))


def _split(base_url: str) -> SplitResult:
    """Split a base URL. Raises UsageError for one that cannot be a base URL."""
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{base_url} is not a URL: {error}") from None
    if parts.scheme != "https":
        raise UsageError(f"{base_url}: mutual TLS needs an https URL")
    if not parts.hostname:
        raise UsageError(f"{base_url} has no host")
    if parts.username or parts.password:
        raise UsageError("credentials in a URL end up in logs; put them under [schemes] in the configuration")
    if parts.query or parts.fragment:
        raise UsageError(f"{base_url}: a base URL has no query and no fragment")
    return parts


async def addresses_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the IP addresses of an endpoint: the pinned one, else the resolver's; empty if there are none."""
    if endpoint.address:
        return (endpoint.address,)
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return ()
    return tuple(dict.fromkeys(str(info[4][0]) for info in infos))
