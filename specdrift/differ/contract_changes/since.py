"""Operations whose contract differs from an older document: those that ``--changed-since`` probes."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from specdrift.differ.contract_changes.changes import shared_names
from specdrift.differ.contract_changes.pairing import pair
from specdrift.differ.contract_changes.requirement_strength import alternatives_of
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.inputs import Place
from specdrift.model.contract.operation import Operation, OperationKey


class Aspect(StrEnum):
    """What has changed about an operation. Reports show the values."""

    NEW = "new"
    PATH = "path"
    SECURITY = "security"
    SERVERS = "servers"
    PARAMETERS = "parameters"


class Since(Struct, frozen=True, kw_only=True):
    """The differences from an older document."""

    changed: Mapping[OperationKey, tuple[Aspect, ...]]
    """Operations of the newer document."""
    removed: tuple[Operation, ...]
    """Operations of the older document only, former paths of moved ones included."""


def since(older: Contract, newer: Contract) -> Since:
    """Return the operations whose contract has changed. Descriptions and examples do not count."""
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
    if _requirement(older, shared) != _requirement(newer, shared):
        yield Aspect.SECURITY
    if older.servers != newer.servers:
        yield Aspect.SERVERS
    if _sent(older) != _sent(newer):
        yield Aspect.PARAMETERS


def _requirement(operation: Operation, shared: frozenset[str]) -> tuple[object, ...]:
    """The requirement. The demand tells ``security: []`` from no ``security``."""
    requirement = operation.requirement
    return requirement.demand, alternatives_of(requirement, shared)


def _sent(operation: Operation) -> tuple[object, ...]:
    """The request and the declared inputs, without the names of path parameters."""
    declared = [replace(one, name="") if one.place is Place.PATH else one for one in operation.inputs]
    return operation.target, operation.headers, operation.body, declared
