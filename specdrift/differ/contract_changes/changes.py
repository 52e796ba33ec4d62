"""All security changes between two documents."""

from collections.abc import Iterable, Iterator

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.pairing import pair
from specdrift.differ.contract_changes.requirements import Turn, turns
from specdrift.differ.contract_changes.servers import server_changes
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand, SecurityScheme

Turned = dict[tuple[int, int], tuple[Turn, ...]]
"""Changes by the ids of both requirements: most operations share that of the root."""

_OPEN = frozenset({Demand.UNDECLARED, Demand.NOT_REQUIRED})


def changes(older: Contract, newer: Contract) -> tuple[Change, ...]:
    """Return the changes of requirements and servers. Removed operations are no security change."""
    pairs = pair(older.operations, newer.operations)
    shared = shared_names(older.schemes, newer.schemes)
    turned: Turned = {}
    security = [c for before, after in pairs.both for c in _of_operation(before, after, shared, turned)]
    return (*security, *_added(older.operations, pairs.added), *server_changes(pairs.both))


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
            yield Change(
                kind=ChangeKind.OPEN_OPERATION_ADDED,
                direction=Direction.WEAKER,
                operation=operation.key,
                after=spelled(operation.requirement),
                before="",
                location=operation.location,
                declared_at=operation.declared_at,
            )
