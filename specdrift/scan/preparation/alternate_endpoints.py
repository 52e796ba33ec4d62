"""Alternate endpoints of the API: the same port without TLS, configured listeners, other servers of the document."""

from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec.structs import replace

from specdrift.checks.bypass import plaintext
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.errors import UsageError
from specdrift.model.contract.base_paths import encoded
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.target import addresses_of, pinned, wire_name

MAX_ADDRESSES = 4
DEFAULT_SERVER = "/"
"""The server of a document that names none (OpenAPI 3.1.1 §4.8.1)."""


def alternate_endpoints(run: Run) -> tuple[AlternateEndpoint, ...]:
    """Return the endpoints on hosts that the configuration allows.

    These are the target's host, those of ``server.listeners``, and ``network.allow-hosts``; a document may name hosts
    of third parties. Raises UsageError for a listener that is not a URL, or not allowed.
    """
    plain = replace(run.endpoint, tls=False, server_name="")
    written = replace(plain, host=urlsplit(run.base_url).hostname or plain.host)
    url = f"http://{written.authority}{run.base_path}"
    same_port = AlternateEndpoint(url=url, endpoint=plain, base_path=run.base_path)
    found = (same_port, *_listeners(run), *_servers(run))
    taken = {_place(AlternateEndpoint(url=run.base_url, endpoint=run.endpoint, base_path=run.base_path))}
    return tuple({_place(one): one for one in found if _place(one) not in taken}.values())


def not_allowed_hosts(
    contract: Contract, endpoint: Endpoint, allow_hosts: Sequence[str]
) -> Iterator[Skipped]:
    """Yield one entry for the document's hosts that the configuration does not allow."""
    allowed = {endpoint.host, *map(wire_name, allow_hosts)}
    parts = (_split(url) for url in _named(contract))
    hosts = sorted({p.hostname for p in parts if p is not None and p.hostname and _host(p) not in allowed})
    if hosts:
        servers = f"the document's servers at {', '.join(hosts)}"
        reason = f"{servers}: other hosts are probed only if network.allow-hosts names them"
        yield Skipped(check=plaintext.CHECK.name, kind=SkipReason.FILTERED, reason=reason)


async def resolved(
    endpoints: Sequence[AlternateEndpoint], target: Endpoint, addresses: tuple[str, ...]
) -> tuple[AlternateEndpoint, ...]:
    """Return the endpoints once for each of their IP addresses, without those that do not resolve.

    ``addresses`` are all of the target's host, of both families, whether or not the target answers there.
    """
    found: list[AlternateEndpoint] = []
    for one in endpoints:
        same_host = one.endpoint.host == target.host
        candidates = addresses if same_host else await addresses_of(one.endpoint)
        found += [
            replace(one, endpoint=replace(one.endpoint, address=address))
            for address in ((one.endpoint.address,) if one.endpoint.address else candidates[:MAX_ADDRESSES])
        ]
    return tuple(found)


def _listeners(run: Run) -> Iterator[AlternateEndpoint]:
    allowed = run.network.allow_hosts
    for url in run.server.listeners:
        parts = _split(url)
        if parts is None:
            raise UsageError(f"server.listeners: {url} is not an http or https URL with a host")
        if allowed and _host(parts) not in map(wire_name, allowed):
            raise UsageError(
                f"server.listeners: {parts.hostname} is not in network.allow-hosts ({', '.join(allowed)})"
            )
        yield _endpoint(parts, run, base_path=encoded(parts.path).rstrip("/") or run.base_path)


def _servers(run: Run) -> Iterator[AlternateEndpoint]:
    """Yield the document's servers on allowed hosts; relative URLs are on the target's."""
    named = set(map(wire_name, run.network.allow_hosts))
    allowed = {run.endpoint.host, *named}
    own = AlternateEndpoint(url=run.base_url, endpoint=run.endpoint, base_path=run.base_path)
    for url in _named(run.contract):
        parts = _split(url, run.base_url)
        if parts is not None and _host(parts) in allowed:
            found = _endpoint(parts, run, base_path=encoded(parts.path).rstrip("/"))
            yield replace(found, of_owner=_host(parts) in named or _origin(found) == _origin(own))


def _named(contract: Contract) -> tuple[str, ...]:
    """Return the server URLs of the document and its operations, without the default server."""
    urls = [*contract.servers, *(url for o in contract.operations for url in o.servers)]
    return tuple(url for url in dict.fromkeys(urls) if url != DEFAULT_SERVER)


def _endpoint(parts: SplitResult, run: Run, *, base_path: str) -> AlternateEndpoint:
    host, tls = _host(parts), parts.scheme == "https"
    port = parts.port or PORTS[parts.scheme]
    name = run.endpoint.server_name if host == run.endpoint.host else host
    endpoint = Endpoint(
        host=host,
        port=port,
        server_name=name if tls else "",
        address=pinned(run.network.resolve, host, port),
        tls=tls,
    )
    written = replace(endpoint, host=parts.hostname or host)
    return AlternateEndpoint(
        url=f"{parts.scheme}://{written.authority}{base_path}", endpoint=endpoint, base_path=base_path
    )


def _host(parts: SplitResult) -> str:
    return ascii_host(parts.hostname or "")


def _split(url: str, base_url: str = "") -> SplitResult | None:
    """Split a URL; return ``None`` for one with a user, a query or no host."""
    try:
        parts = urlsplit(urljoin(base_url, url))
        _ = parts.port, _host(parts)
    except ValueError:
        return None
    usable = parts.scheme in PORTS and "@" not in parts.netloc and not parts.query
    return parts if usable else None


def _origin(one: AlternateEndpoint) -> tuple[str, int, bool]:
    return one.endpoint.host, one.endpoint.port, one.endpoint.tls


def _place(one: AlternateEndpoint) -> tuple[str, int, bool, str]:
    return (*_origin(one), one.base_path)
