"""Removed paths that the template of another operation matches: requests to them mean that one now. Pure."""

from collections.abc import Iterable, Iterator

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.requirements import turns
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import fits, without_names


def reached_templates(
    removed: Iterable[Operation], newer: Iterable[Operation], shared: frozenset[str]
) -> Iterator[Change]:
    """Yield a warning for each removed operation whose requests an operation that requires less matches.

    No error: values of the template's parameters may exclude the path.
    """
    operations = {(without_names(one.key.path), one.key.method): one for one in newer}
    paths = dict.fromkeys(path for path, _ in operations)
    index = PathIndex(paths)
    for older in removed:
        path = without_names(older.key.path)
        if path in paths:
            continue  # the path itself is still there, without the method
        for template in index.candidates(path):
            found = operations.get((template, older.key.method))
            if found is None or not fits(template, path):
                continue
            turned = turns(older.requirement, found.requirement, shared)
            if any(direction is Direction.WEAKER for _, direction in turned):
                yield _reached(older, found)


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
