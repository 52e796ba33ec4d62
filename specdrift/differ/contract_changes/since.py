"""Which operations a newer document describes otherwise than an older one: those are worth asking again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from specdrift.differ.contract_changes.changes import shared_names
from specdrift.differ.contract_changes.pairing import pair
from specdrift.differ.contract_changes.strength import alternatives_of
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.inputs import Place
from specdrift.model.contract.operation import Operation, OperationKey


class Aspect(StrEnum):
    """What about an operation has changed. The values are shown."""

    NEW = "new"
    PATH = "path"
    SECURITY = "security"
    SERVERS = "servers"
    PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """``changed`` are operations of the newer document; ``removed`` those that only the older one has, the former
    places of moved ones included.
    """

    changed: Mapping[OperationKey, tuple[Aspect, ...]]
    removed: tuple[Operation, ...]


def since(older: Contract, newer: Contract) -> Since:
    """The operations whose contract has changed. Texts, examples in answers and line numbers do not count."""
    pairs = pair(older.operations, newer.operations)
    shared = shared_names(older.schemes, newer.schemes)
    moved = {after.key for _, after in pairs.moved}
    changed: dict[OperationKey, tuple[Aspect, ...]] = {one.key: (Aspect.NEW,) for one in pairs.added}
    for before, after in pairs.both:
        aspects = tuple(_aspects(before, after, shared))
        if after.key in moved:
            aspects = (Aspect.PATH, *aspects)
        if aspects:
            changed[after.key] = aspects
    removed = (*pairs.removed, *(before for before, _ in pairs.moved))
    return Since(changed=changed, removed=removed)


def _aspects(older: Operation, newer: Operation, shared: frozenset[str]) -> Iterator[Aspect]:
    if _asked(older, shared) != _asked(newer, shared):
        yield Aspect.SECURITY
    if older.servers != newer.servers:
        yield Aspect.SERVERS
    if _sent(older) != _sent(newer):
        yield Aspect.PARAMETERS


def _asked(operation: Operation, shared: frozenset[str]) -> tuple[object, ...]:
    """The demand counts beside the alternatives: an explicit ``[]`` is checked, no ``security`` is not."""
    requirement = operation.requirement
    return requirement.demand, alternatives_of(requirement, shared)


def _sent(operation: Operation) -> tuple[object, ...]:
    """What a request carries, and what else it may carry. Names of path parameters are no matter."""
    declared = [replace(one, name="") if one.place is Place.PATH else one for one in operation.inputs]
    return operation.target, operation.headers, operation.body, declared
