"""All security changes between two documents."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.lost import Kept, Lost
from specdrift.differ.contract_changes.pairing import pair
from specdrift.differ.contract_changes.reached import (
    Templates,
    reached_templates,
    removed_operations,
    shadowed_templates,
)
from specdrift.differ.contract_changes.requirements import Turn, is_weaker, turns
from specdrift.differ.contract_changes.servers import server_changes
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand, SecurityScheme

Turned = dict[tuple[int, int], tuple[Turn, ...]]
"""Changes by the ids of both requirements: most operations share that of the root."""

_OPEN = frozenset({Demand.UNDECLARED, Demand.NOT_REQUIRED})


def changes(older: Contract, newer: Contract) -> tuple[Change, ...]:
    """Return the changes of requirements and servers, and the operations that required something and are gone."""
    pairs = pair(older.operations, newer.operations)
    shared = shared_names(older.schemes, newer.schemes)
    turned: Turned = {}
    security = [c for before, after in pairs.both for c in _of_operation(before, after, shared, turned)]
    lost = Lost(older.unread)
    unread = [(operation, at) for operation in pairs.added if (at := lost.place_of(operation)) is not None]
    known = {operation.key for operation, _ in unread}
    new = [operation for operation in pairs.added if operation.key not in known]
    added = tuple(_added(older.operations, new))
    replacing = tuple(_replacing(pairs.removed, new, shared))
    gone = [*pairs.removed, *(before for before, _ in pairs.moved)]
    templates, unseen = Templates(newer.operations), Lost(newer.unread)
    paired = {(before.key, after.key) for before, after in pairs.moved}
    reached = [
        one for one in reached_templates(gone, templates, shared) if (one.was, one.operation) not in paired
    ]
    reported = {change.operation for change in (*added, *replacing)}
    come = [one for one in (*new, *(after for _, after in pairs.moved)) if one.key not in reported]
    shadowed = [
        one
        for one in shadowed_templates(come, Templates(older.operations), shared)
        if (one.was, one.operation) not in paired
    ]
    missing = [operation for operation in pairs.removed if unseen.place_of(operation) is None]
    removed = removed_operations(missing, templates, Kept(newer.set_aside))
    undecided = [_undecided(operation, at) for operation, at in unread]
    servers = server_changes(pairs.both, older.unread_servers)
    paths = (*added, *replacing, *reached, *shadowed)
    return (*security, *paths, *undecided, *removed, *servers)


def comparable(older: Contract, newer: Contract) -> bool:
    """Return whether the documents have an operation in common, or the newer one has none at all."""
    return not newer.operations or bool(pair(older.operations, newer.operations).both)


def shared_names(older: Iterable[SecurityScheme], newer: Iterable[SecurityScheme]) -> frozenset[str]:
    """Return the names of schemes that are equal in both documents; others may be renamed."""
    return frozenset(scheme.name for scheme in set(older) & set(newer))


def _of_operation(
    older: Operation, newer: Operation, shared: frozenset[str], turned: Turned
) -> Iterator[Change]:
    which = id(older.requirement), id(newer.requirement)
    if which not in turned:
        turned[which] = turns(older.requirement, newer.requirement, shared)
    for kind, direction in turned[which]:
        yield Change(
            kind=kind,
            direction=direction,
            operation=newer.key,
            after=spelled(newer.requirement),
            before=spelled(older.requirement),
            location=newer.location,
            was_at=older.location,
            declared_at=newer.declared_at,
        )


def _added(older: tuple[Operation, ...], added: Iterable[Operation]) -> Iterator[Change]:
    """New operations with anonymous access, if the older document has guarded operations."""
    guarded = next((one for one in older if one.requirement.demand not in _OPEN), None)
    if guarded is None:
        return
    for operation in added:
        if operation.requirement.anonymous_allowed:
            yield _new(ChangeKind.OPEN_OPERATION_ADDED, operation)


def _replacing(
    removed: Iterable[Operation], added: Iterable[Operation], shared: frozenset[str]
) -> Iterator[Change]:
    """New operations that require less than every removed one that they may replace.

    Those are the removed ones of the same method; without one, the removed ones of methods without a new operation.
    """
    new = list(added)
    gone: dict[str, list[Operation]] = {}
    for operation in removed:
        gone.setdefault(operation.key.method, []).append(operation)
    methods = {operation.key.method for operation in new}
    unaccounted = [one for method, those in gone.items() if method not in methods for one in those]
    for operation in new:
        former = gone.get(operation.key.method, unaccounted)
        if not former or operation.requirement.anonymous_allowed:
            continue  # open operations are reported whatever was removed
        if all(is_weaker(one.requirement, operation.requirement, shared) for one in former):
            yield _new(ChangeKind.REPLACEMENT_ADDED, operation, before=former[0])


def _undecided(operation: Operation, at: SourceLocation) -> Change:
    """An operation that the older document may have had where it cannot be read."""
    return replace(
        _new(ChangeKind.OLDER_UNREADABLE, operation),
        direction=Direction.UNDECIDED,
        before="the operation is not read",
        was_at=at,
    )


def _new(kind: ChangeKind, operation: Operation, *, before: Operation | None = None) -> Change:
    return Change(
        kind=kind,
        direction=Direction.WEAKER,
        operation=operation.key,
        after=spelled(operation.requirement),
        before=spelled(before.requirement) if before else "",
        location=operation.location,
        was_at=before.location if before else None,
        declared_at=operation.declared_at,
    )
