"""Removed operations: those that the template of another one matches now, and those that nothing has any more. Pure."""

from collections.abc import Iterable, Iterator

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.requirements import turns
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import fits, without_names


class Templates:
    """The operations of the newer document that requests to a path mean."""

    def __init__(self, newer: Iterable[Operation]) -> None:
        self._operations = {(without_names(one.key.path), one.key.method): one for one in newer}
        self._paths = dict.fromkeys(path for path, _ in self._operations)
        self._index = PathIndex(self._paths)

    def of(self, older: Operation) -> Iterator[Operation]:
        """Yield the operations of its method whose template matches a removed path."""
        path = without_names(older.key.path)
        if path in self._paths:
            return  # the path itself is still there, without the method
        for template in self._index.candidates(path):
            found = self._operations.get((template, older.key.method))
            if found is not None and fits(template, path):
                yield found


def reached_templates(
    removed: Iterable[Operation], templates: Templates, shared: frozenset[str]
) -> Iterator[Change]:
    """Yield a warning for each removed operation whose requests an operation that requires less matches.

    No error: values of the template's parameters may exclude the path.
    """
    for older in removed:
        for found in templates.of(older):
            turned = turns(older.requirement, found.requirement, shared)
            if any(direction is Direction.WEAKER for _, direction in turned):
                yield _reached(older, found)


def removed_operations(removed: Iterable[Operation], templates: Templates) -> Iterator[Change]:
    """Yield a note for each operation that required something, and that no template matches.

    The server may still have its route, and no check of the newer document requests it.
    """
    for older in removed:
        if not older.requirement.anonymous_allowed and not any(templates.of(older)):
            yield Change(
                kind=ChangeKind.OPERATION_REMOVED,
                direction=Direction.GONE,
                operation=None,
                after="",
                before=spelled(older.requirement),
                location=None,
                was_at=older.location,
                was=older.key,
            )


def _reached(older: Operation, newer: Operation) -> Change:
    return Change(
        kind=ChangeKind.TEMPLATE_REACHED,
        direction=Direction.OTHER,
        operation=newer.key,
        after=spelled(newer.requirement),
        before=spelled(older.requirement),
        location=newer.location,
        was_at=older.location,
        declared_at=newer.declared_at,
        was=older.key,
    )
