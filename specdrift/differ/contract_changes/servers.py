"""Changes of servers, by origin."""

from collections.abc import Collection, Iterable, Iterator

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.origins import ServerOrigin, origin_of
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation

_MOST_SHOWN = 5
_DIRECTIONS = {
    ChangeKind.SERVER_ADDED: Direction.WEAKER,
    ChangeKind.SERVER_REMOVED: Direction.STRONGER,
    ChangeKind.SERVER_RELATIVE: Direction.OTHER,
}
"""A variable with any value allows every host. The deployment chooses the host that serves the document."""


def origins(operation: Operation) -> dict[ServerOrigin, str]:
    """Return the origins of the servers that an operation may have, each with its URL. A relative URL has none."""
    found: dict[ServerOrigin, str] = {}
    for url in operation.allowed_servers:
        origin = origin_of(url)
        if origin is not None:
            found.setdefault(origin, url)
    return found


def _is_new(origin: ServerOrigin, others: Collection[ServerOrigin]) -> bool:
    """Return whether no other one stands for it, or is the same host without TLS."""
    return origin not in others and not any(one.includes(origin) or origin.upgrades(one) for one in others)


def _relative(operation: Operation) -> str:
    """Return the first relative URL, ``/`` where the document names no server; empty without one."""
    return next((url for url in operation.allowed_servers if origin_of(url) is None), "")


def server_changes(
    pairs: Iterable[tuple[Operation, Operation]], unread: Collection[SourceLocation] = ()
) -> Iterator[Change]:
    """Yield one change for each origin and location in the document.

    ``unread`` are the places of the older document at which servers cannot be read: there nothing can be compared.
    """
    groups: dict[tuple[ChangeKind, str, SourceLocation | None], list[tuple[Operation, Operation]]] = {}
    undecided: dict[SourceLocation, tuple[Operation, Operation]] = {}
    for older, newer in pairs:
        before, after = origins(older), origins(newer)
        if older.servers_at in unread and older.servers_at is not None:
            undecided.setdefault(older.servers_at, (older, newer))
            continue
        if not before:
            continue  # the older document has no servers to compare with
        if (url := _relative(newer)) and not _relative(older):
            groups.setdefault((ChangeKind.SERVER_RELATIVE, url, newer.servers_at), []).append((older, newer))
        for kind, one, other in (
            (ChangeKind.SERVER_ADDED, after, before),
            (ChangeKind.SERVER_REMOVED, before, after),
        ):
            for origin, url in one.items():
                if after and _is_new(origin, other):
                    groups.setdefault((kind, url, newer.servers_at), []).append((older, newer))
    for (kind, url, location), members in groups.items():
        yield _change(kind, url, location, members)
    for at, (older, newer) in undecided.items():
        yield _undecided(at, older, newer)


def _undecided(at: SourceLocation, older: Operation, newer: Operation) -> Change:
    return Change(
        kind=ChangeKind.OLDER_SERVERS_UNREADABLE,
        direction=Direction.UNDECIDED,
        operation=newer.key,
        after=_listed(newer),
        before=_listed(older),
        location=newer.servers_at or newer.declared_at,
        was_at=at,
    )


def _change(
    kind: ChangeKind, url: str, location: SourceLocation | None, members: list[tuple[Operation, Operation]]
) -> Change:
    older, newer = members[0]
    added = kind is not ChangeKind.SERVER_REMOVED
    own = len(members) == 1 and location is not None and location.pointer.count("/") != 1
    return Change(
        kind=kind,
        direction=_DIRECTIONS[kind],
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
