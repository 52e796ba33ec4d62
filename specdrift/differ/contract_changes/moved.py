"""Operations that left a document for another one of the same change. Pure."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.differ.contract_changes.changes import shared_names
from specdrift.differ.contract_changes.pairing import pair
from specdrift.differ.contract_changes.requirements import is_weaker
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey


def guarded_and_gone(older: Contract, newer: Contract) -> tuple[Operation, ...]:
    """Return the operations that required something, and that the newer document does not have."""
    removed = pair(older.operations, newer.operations).removed
    return tuple(one for one in removed if not one.requirement.anonymous_allowed)


class PerhapsMoved(Struct, frozen=True, kw_only=True):
    """An operation that left the document, and that another document has and requires less for."""

    before: Operation
    after: Operation
    document: str


def perhaps_moved(older: Contract, newer: Contract, others: Iterable[Contract]) -> Iterator[PerhapsMoved]:
    """Yield the operations that may have moved to another document, of which it is unknown what it had before.

    The first such document of an operation counts.
    """
    gone = list(guarded_and_gone(older, newer))
    for other in others:
        names = shared_names(older.schemes, other.schemes)
        for before, after in pair(gone, other.operations).both:
            if is_weaker(before.requirement, after.requirement, names):
                gone.remove(before)
                yield PerhapsMoved(before=before, after=after, document=other.document.source)


def with_moved(
    older: Contract, newer: Contract, others: Iterable[tuple[Contract | None, Contract]]
) -> Contract:
    """Return the newer document, with the operations that left it for another document.

    ``others`` are documents before (None: it is new) and after the change. An operation that one had before has not
    come from this document. Of several that came, one that requires less counts.
    """
    gone = guarded_and_gone(older, newer)
    moved: dict[OperationKey, Operation] = {}
    schemes = dict.fromkeys(newer.schemes)
    for before, after in others:
        come = pair(before.operations if before else (), after.operations).added
        names = shared_names(older.schemes, after.schemes)
        for one, other in pair(gone, come).both:
            schemes |= dict.fromkeys(after.schemes)
            if one.key not in moved or is_weaker(one.requirement, other.requirement, names):
                moved[one.key] = other
    return replace(newer, operations=(*newer.operations, *moved.values()), schemes=tuple(schemes))
