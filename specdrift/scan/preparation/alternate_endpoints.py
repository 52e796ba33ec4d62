"""Further doors to the API: the same port without TLS, configured listeners, other servers of the document."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import SplitResult, urljoin, urlsplit

from specdrift.checks.bypass import plaintext
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.errors import UsageError
from specdrift.model.contract.base_paths import encoded
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.target import addresses_of, pinned, wire_name
from specdrift.settings import Settings

MAX_ADDRESSES = 4
UNSAID = "/"
"""The server of a document that names none (OpenAPI 3.1.1 §4.8.1)."""


def doors_of(run: Run) -> tuple[AlternateEndpoint, ...]:
    """The doors, each once, without those that lead to somebody else's host.

    The owner's word makes a host ours: the target's, those of ``server.listeners``, and ``network.allow-hosts``; a
    document may name anybody's. Raises UsageError for a listener that cannot be asked.
    """
    plain = replace(run.endpoint, tls=False, server_name="")
    written = replace(plain, host=urlsplit(run.base_url).hostname or plain.host)
    url = f"http://{written.authority}{run.base_path}"
    same_port = AlternateEndpoint(url=url, endpoint=plain, base_path=run.base_path)
    doors = (same_port, *_listeners(run), *_servers(run))
    taken = {_place(AlternateEndpoint(url=run.base_url, endpoint=run.endpoint, base_path=run.base_path))}
    return tuple({_place(door): door for door in doors if _place(door) not in taken}.values())


def elsewhere(contract: Contract, endpoint: Endpoint, settings: Settings) -> Iterator[Skipped]:
    """Once for the run: hosts that the document names and nobody has said to be ours."""
    ours = {endpoint.host, *map(wire_name, settings.network.allow_hosts)}
    parts = (_split(url) for url in _named(contract))
    hosts = sorted({p.hostname for p in parts if p is not None and p.hostname and _host(p) not in ours})
    if hosts:
        where = f"the document's servers at {', '.join(hosts)}"
        reason = f"{where}: other hosts are asked only if network.allow-hosts names them"
        yield Skipped(check=plaintext.CHECK.name, reason=reason)


async def located(
    doors: Sequence[AlternateEndpoint], target: Endpoint, addresses: tuple[str, ...]
) -> tuple[AlternateEndpoint, ...]:
    """The doors with an address each, once for each address: ``addresses`` are all that the target's host has, of both
    families, whether or not the target answers there. A name that does not resolve has no door.
    """
    placed = []
    for door in doors:
        ours = door.endpoint.host == target.host
        found = addresses if ours else await addresses_of(door.endpoint)
        placed += [
            replace(door, endpoint=replace(door.endpoint, address=address))
            for address in ((door.endpoint.address,) if door.endpoint.address else found[:MAX_ADDRESSES])
        ]
    return tuple(placed)


def _listeners(run: Run) -> Iterator[AlternateEndpoint]:
    allowed = run.settings.network.allow_hosts
    for url in run.settings.server.listeners:
        parts = _split(url)
        if parts is None:
            raise UsageError(f"server.listeners: {url} is no http or https URL of a host")
        if allowed and _host(parts) not in map(wire_name, allowed):
            raise UsageError(
                f"server.listeners: {parts.hostname} is not in network.allow-hosts ({', '.join(allowed)})"
            )
        yield _door(parts, run, base_path=encoded(parts.path).rstrip("/") or run.base_path)


def _servers(run: Run) -> Iterator[AlternateEndpoint]:
    """Server URLs of the document at hosts that are ours; relative ones are the target's."""
    ours = {run.endpoint.host, *map(wire_name, run.settings.network.allow_hosts)}
    for url in _named(run.contract):
        parts = _split(url, run.base_url)
        if parts is not None and _host(parts) in ours:
            yield _door(parts, run, base_path=encoded(parts.path).rstrip("/"))


def _named(contract: Contract) -> tuple[str, ...]:
    """The server URLs of the document and its operations, without what stands for "it names none"."""
    urls = [*contract.servers, *(url for o in contract.operations for url in o.servers)]
    return tuple(url for url in dict.fromkeys(urls) if url != UNSAID)


def _door(parts: SplitResult, run: Run, *, base_path: str) -> AlternateEndpoint:
    host, tls = _host(parts), parts.scheme == "https"
    port = parts.port or PORTS[parts.scheme]
    name = run.endpoint.server_name if host == run.endpoint.host else host
    endpoint = Endpoint(
        host=host,
        port=port,
        server_name=name if tls else "",
        address=pinned(run.settings, host, port),
        tls=tls,
    )
    written = replace(endpoint, host=parts.hostname or host)
    return AlternateEndpoint(
        url=f"{parts.scheme}://{written.authority}{base_path}", endpoint=endpoint, base_path=base_path
    )


def _host(parts: SplitResult) -> str:
    return ascii_host(parts.hostname or "")


def _split(url: str, base_url: str = "") -> SplitResult | None:
    """The parts of a URL that can be asked; nothing where there is a user in it, a query or no host."""
    try:
        parts = urlsplit(urljoin(base_url, url))
        _ = parts.port, _host(parts)
    except ValueError:
        return None
    usable = parts.scheme in PORTS and "@" not in parts.netloc and not parts.query
    return parts if usable else None


def _place(door: AlternateEndpoint) -> tuple[str, int, bool, str]:
    return door.endpoint.host, door.endpoint.port, door.endpoint.tls, door.base_path
