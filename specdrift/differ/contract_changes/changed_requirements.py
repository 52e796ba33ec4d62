"""The requirements of all operations whose requirement differs between two documents, before and after."""

from collections.abc import Iterator

from msgspec import Struct

from specdrift.differ.contract_changes.change import Direction
from specdrift.differ.contract_changes.changes import shared_names
from specdrift.differ.contract_changes.pairing import pair
from specdrift.differ.contract_changes.requirements import turns
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey


class RequirementChange(Struct, frozen=True, kw_only=True):
    """One operation."""

    operation: OperationKey
    """In the newer document; of a removed operation, in the older one."""
    was: OperationKey | None = None
    """In the older document, if its path has changed."""
    before: str = ""
    """The older requirement, as text; empty for a new operation."""
    after: str = ""
    """The newer requirement; empty for a removed operation."""
    direction: Direction | None = None
    """None for new and removed operations."""


def requirement_changes(older: Contract, newer: Contract) -> tuple[RequirementChange, ...]:
    """Return the operations that were added or removed, or have another requirement, by path."""
    return tuple(sorted(_rows(older, newer), key=lambda row: row.operation))


def _rows(older: Contract, newer: Contract) -> Iterator[RequirementChange]:
    pairs = pair(older.operations, newer.operations)
    shared = shared_names(older.schemes, newer.schemes)
    for before, after in pairs.both:
        row = _row(before, after, shared)
        if row.direction is not None:
            yield row
    for one in pairs.added:
        yield RequirementChange(operation=one.key, after=spelled(one.requirement))
    for one in pairs.removed:
        yield RequirementChange(operation=one.key, before=spelled(one.requirement))


def _row(before: Operation, after: Operation, shared: frozenset[str]) -> RequirementChange:
    directions = [direction for _, direction in turns(before.requirement, after.requirement, shared)]
    return RequirementChange(
        operation=after.key,
        was=before.key if before.key != after.key else None,
        before=spelled(before.requirement),
        after=spelled(after.requirement),
        direction=directions[0] if directions else None,
    )
