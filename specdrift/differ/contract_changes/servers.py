"""Changes of servers, by origin."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.model.contract.hosts import PORTS
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation

Origin = tuple[str, str, int | None]
"""Scheme, host and port (RFC 6454)."""

_MOST_SHOWN = 5
_PORTS = {**PORTS, "ws": 80, "wss": 443}
_BY_TLS = {"https": "http", "wss": "ws"}


def origins(operation: Operation) -> dict[Origin, str]:
    """Return the origins of the servers that an operation may have, each with its URL. A relative URL has none."""
    found: dict[Origin, str] = {}
    for url in operation.allowed_servers:
        origin = _origin(url)
        if origin is not None:
            found.setdefault(origin, url)
    return found


def _origin(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ("", url, None)
    if not parts.netloc:
        return None
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), port or _PORTS.get(scheme)


def _upgrades(origin: Origin, others: Iterable[Origin]) -> bool:
    """Return whether it is a TLS origin of a host that the others have without TLS."""
    scheme, host, _ = origin
    return any((_BY_TLS.get(scheme), host) == other[:2] for other in others)


def server_changes(pairs: Iterable[tuple[Operation, Operation]]) -> Iterator[Change]:
    """Yield one change for each origin and location in the document."""
    groups: dict[tuple[ChangeKind, str, SourceLocation | None], list[tuple[Operation, Operation]]] = {}
    for older, newer in pairs:
        before, after = origins(older), origins(newer)
        if not before:
            continue  # the older document has no servers to compare with
        for kind, one, other in (
            (ChangeKind.SERVER_ADDED, after, before),
            (ChangeKind.SERVER_REMOVED, before, after),
        ):
            for origin, url in one.items():
                if after and origin not in other and not _upgrades(origin, other):
                    groups.setdefault((kind, url, newer.servers_at), []).append((older, newer))
    for (kind, url, location), members in groups.items():
        yield _change(kind, url, location, members)


def _change(
    kind: ChangeKind, url: str, location: SourceLocation | None, members: list[tuple[Operation, Operation]]
) -> Change:
    older, newer = members[0]
    added = kind is ChangeKind.SERVER_ADDED
    own = len(members) == 1 and location is not None and location.pointer.count("/") != 1
    return Change(
        kind=kind,
        direction=Direction.WEAKER if added else Direction.STRONGER,
        operation=newer.key if own else None,
        after=url if added else _listed(newer),
        before=_listed(older) if added else url,
        location=location or newer.declared_at,
        was_at=older.servers_at or older.declared_at,
        others=len(members) - 1,
    )


def _listed(operation: Operation) -> str:
    shown, more = operation.allowed_servers[:_MOST_SHOWN], len(operation.allowed_servers) - _MOST_SHOWN
    return ", ".join((*shown, f"{more} more") if more > 0 else shown)
