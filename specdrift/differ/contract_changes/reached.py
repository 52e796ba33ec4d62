"""Requests that mean another operation than before, because a path is new or gone. Pure.

A path takes the requests of the templates that it matches, and leaves them to these when it is gone.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.lost import Kept
from specdrift.differ.contract_changes.requirement_strength import MOST_COMPARED
from specdrift.differ.contract_changes.requirements import is_weaker
from specdrift.differ.contract_changes.spelling import spelled
from specdrift.model.contract.inputs import Allowed, Place
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import EXPRESSION, fits, values_in, without_names


class Match(Struct, frozen=True, kw_only=True):
    """An operation whose template matches a path, and whether its parameters allow the values there."""

    operation: Operation
    allowed: Allowed


class Templates:
    """The operations of a document that requests to a path mean which it does not have."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = {(without_names(one.key.path), one.key.method): one for one in operations}
        self._paths = dict.fromkeys(path for path, _ in self._operations)
        self._index = PathIndex(self._paths)

    def of(self, other: Operation) -> Iterator[Match]:
        """Yield the operations of its method whose template matches its path, the narrowest ones only."""
        path = without_names(other.key.path)
        if path in self._paths:
            return  # the document has the path itself, with or without the method
        matching = [one for one in self._index.candidates(path) if fits(one, path)][:MOST_COMPARED]
        for template in matching:
            found = self._operations.get((template, other.key.method))
            if found is not None and not any(one != template and fits(template, one) for one in matching):
                yield Match(operation=found, allowed=_allowed(found, path))


def _allowed(operation: Operation, path: str) -> Allowed:
    """Return whether the document allows the values that the path gives the operation's parameters."""
    names = [expression[1:-1] for expression in EXPRESSION.findall(operation.key.path)]
    declared = {one.name: one.constraint for one in operation.inputs if one.place is Place.PATH}
    answers = {
        declared[name].allows(text)
        for name, text in zip(names, values_in(operation.key.path, path) or (), strict=True)
        if name in declared and "{}" not in text
    }
    return next((one for one in (Allowed.NO, Allowed.UNKNOWN) if one in answers), Allowed.YES)


def reached_templates(
    removed: Iterable[Operation], templates: Templates, shared: frozenset[str]
) -> Iterator[Change]:
    """Yield each removed operation whose requests an operation that requires less matches now.

    A warning where values of the template's parameters may exclude the path (its handler may be called nevertheless),
    or where another template matches too that requires as much.
    """
    for older in removed:
        matches = tuple(templates.of(older))
        weaker = [one for one in matches if is_weaker(older.requirement, one.operation.requirement, shared)]
        for match in weaker:
            certain = match.allowed is Allowed.YES and len(weaker) == len(matches)
            yield _change(ChangeKind.TEMPLATE_REACHED, older, match.operation, certain=certain)


def shadowed_templates(
    added: Iterable[Operation], templates: Templates, shared: frozenset[str]
) -> Iterator[Change]:
    """Yield each new operation that requires less than the one whose template matched its requests.

    A warning where values of the template's parameters may have excluded the path, or another template matched too
    that required as little; nothing where no value was allowed.
    """
    for newer in added:
        matches = [one for one in templates.of(newer) if one.allowed is not Allowed.NO]
        weaker = [one for one in matches if is_weaker(one.operation.requirement, newer.requirement, shared)]
        for match in weaker:
            certain = match.allowed is Allowed.YES and len(weaker) == len(matches)
            yield _change(ChangeKind.TEMPLATE_SHADOWED, match.operation, newer, certain=certain)


def removed_operations(removed: Iterable[Operation], templates: Templates, kept: Kept) -> Iterator[Change]:
    """Yield a note for each operation that required something, and that no template matches.

    The server may still have its route, and no check of the newer document requests it. A warning where an extension
    still describes the operation: then the author of the change has not given it up.
    """
    for older in removed:
        if not older.requirement.anonymous_allowed and not any(templates.of(older)):
            place = kept.place_of(older)
            yield Change(
                kind=ChangeKind.OPERATION_SET_ASIDE if place else ChangeKind.OPERATION_REMOVED,
                direction=Direction.HIDDEN if place else Direction.GONE,
                operation=None,
                after="",
                before=spelled(older.requirement),
                location=place.at if place else older.declared_at,
                was_at=older.location,
                was=older.key,
            )


def _change(kind: ChangeKind, older: Operation, newer: Operation, *, certain: bool) -> Change:
    return Change(
        kind=kind,
        direction=Direction.WEAKER if certain else Direction.OTHER,
        operation=newer.key,
        after=spelled(newer.requirement),
        before=spelled(older.requirement),
        location=newer.location,
        was_at=older.location,
        declared_at=newer.declared_at,
        was=older.key,
    )
