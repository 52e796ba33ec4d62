"""Pairs the operations of two documents, also across renamed paths."""

from collections.abc import Callable, Hashable, Iterable
from urllib.parse import urlsplit

from msgspec import Struct

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import without_names


class Pairs(Struct, frozen=True, kw_only=True):
    """The operations of two documents."""

    both: tuple[tuple[Operation, Operation], ...]
    """Pairs of older and newer operation."""
    moved: tuple[tuple[Operation, Operation], ...]
    """The pairs with different paths."""
    added: tuple[Operation, ...]
    removed: tuple[Operation, ...]


def template(operation: Operation) -> tuple[str, str]:
    """Return method and path template without parameter names."""
    return operation.key.method, without_names(operation.key.path)


def pair(older: Iterable[Operation], newer: Iterable[Operation]) -> Pairs:
    """Pair by path and method, by path without parameter names, by path below the server, by ``operationId``.

    Each must be unique in its document.
    """
    old, new = list(older), list(newer)
    both = [*_taken(old, new, lambda o: o.key), *_taken(old, new, template), *_taken(old, new, _whole_path)]
    moved = _taken(old, new, _identifier)
    return Pairs(both=(*both, *moved), moved=tuple(moved), added=tuple(new), removed=tuple(old))


def _whole_path(operation: Operation) -> Hashable:
    """Return method and template with the path of the first server: ``/v1`` may move into the paths, or out of them."""
    server = urlsplit(operation.servers[0]).path if operation.servers else ""
    return operation.key.method, without_names(server.rstrip("/") + operation.key.path)


def _identifier(operation: Operation) -> Hashable:
    return (operation.key.method, operation.operation_id) if operation.operation_id else None


def _taken(
    old: list[Operation], new: list[Operation], name: Callable[[Operation], Hashable]
) -> list[tuple[Operation, Operation]]:
    """Remove the pairs with equal names from both lists. Names must be unique in each document."""
    before, after = _by_name(old, name), _by_name(new, name)
    pairs = [(before[key], after[key]) for key in before if key in after]
    _without(old, {one.key for one, _ in pairs})
    _without(new, {other.key for _, other in pairs})
    return pairs


def _by_name(operations: list[Operation], name: Callable[[Operation], Hashable]) -> dict[Hashable, Operation]:
    named: dict[Hashable, list[Operation]] = {}
    for operation in operations:
        named.setdefault(name(operation), []).append(operation)
    return {key: group[0] for key, group in named.items() if key is not None and len(group) == 1}


def _without(operations: list[Operation], keys: set[object]) -> None:
    operations[:] = [operation for operation in operations if operation.key not in keys]
