"""What one identity's answers say about the values of parameters. Pure; its memory is bounded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar
from urllib.parse import unquote

from msgspec import Struct, field

from specdrift.learning.answer_reader import AnswerData, is_usable
from specdrift.learning.choice import names_of, of_collection, specific_names, suits
from specdrift.learning.path_shape import PathShape, collection_of, is_plural_of, parent
from specdrift.model.contract.inputs import Constraint, Place
from specdrift.model.contract.operation import Operation, OperationKey, ParameterValue, ValueSource
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import values_in

_Kept = TypeVar("_Kept")

MOST_ASSIGNMENTS = 4
"""Combinations of values for the path of one operation."""
MOST_FOR_ONE = 5
"""Values for one name, and for one beginning of a path."""
MOST_IN_FOLDER = 100
"""Answers of operations in one folder."""
FIXED = frozenset({ValueSource.CONFIG, ValueSource.CONST, ValueSource.ENUM})
"""Sources of values that are not replaced."""
GIVEN = FIXED - {ValueSource.CONFIG}
"""The same, where another resource than the configured one is wanted."""
STATED = frozenset({ValueSource.EXAMPLE, ValueSource.DEFAULT})
"""Sources of values that may exist."""


class LearnedValue(Struct, frozen=True):
    """A value, and where it was found."""

    value: str
    origin: str


Assignment = tuple[LearnedValue, ...]
"""Values of the expressions of a path, in their order."""


class _Answered(Struct, frozen=True):
    """An operation that answered with success."""

    operation: Operation
    values: Assignment
    answer: AnswerData


class Lessons(Struct):
    """Collects answers and proposes values."""

    paths: PathIndex
    """The paths of the operations that need values."""
    _by_collection: dict[str, list[_Answered]] = field(default_factory=lambda: defaultdict(list))
    _by_parent: dict[str, list[_Answered]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, list[LearnedValue]] = field(default_factory=lambda: defaultdict(list))
    _by_head: dict[str, list[Assignment]] = field(default_factory=lambda: defaultdict(list))

    def add(self, operation: Operation, values: Assignment, answer: AnswerData) -> None:
        """Learn from an answer of an operation, requested with these values in its path."""
        entry, path = _Answered(operation, values, answer), collection_of(operation.key.path)
        _keep(self._by_collection[path], entry)
        _keep(self._by_parent[parent(path)], entry, most=MOST_IN_FOLDER)
        shape = PathShape.of(operation.key.path)
        words = [word for part in reversed(shape.literals) for word in reversed(part.split("/")) if word]
        origin = str(operation.key)
        for datum in answer.data:
            for name in names_of(datum, words):
                _keep(self._by_name[name], LearnedValue(datum.text, origin))
        for link in answer.links:
            self.add_link(link, origin)

    def add_link(self, path: str, origin: str) -> None:
        """Learn from a path below the base path that an answer or a file has."""
        for template in self.paths.candidates(path):
            values = values_in(template, path)
            texts = [unquote(value) for value in values or ()]
            if texts and all(map(is_usable, texts)):
                shape, found = PathShape.of(template), tuple(LearnedValue(text, origin) for text in texts)
                for count in range(1, len(found) + 1):
                    _keep(self._by_head[shape.head(count)], found[:count])

    def proposals(
        self, operation: Operation, *, most: int = MOST_ASSIGNMENTS, fixed: frozenset[ValueSource] = FIXED
    ) -> list[tuple[ParameterValue, ...]]:
        """Return at most so many combinations of learned values for an operation, the likeliest first.

        Values of the ``fixed`` sources stay.
        """
        shape = PathShape.of(operation.key.path)
        own = {value.name: value for value in operation.parameters if value.location == "path"}
        places = [own.get(name) for name in shape.names]
        if None in places:
            return []
        known = [value for value in places if value]
        paths = self._assignments(operation, shape, known, fixed, most)
        others = [_learned(value, found) for value, found in self._beside_path(operation)]
        made = [
            tuple(_learned(value, found, fixed) for value, found in zip(places, path, strict=True) if value)
            for path in paths
        ]
        return [found for path in made if (found := (*(v for v in path if _is_new(v)), *others))]

    def asked(self, operation: Operation) -> tuple[OperationKey, ...]:
        """Return the operations that list the values of the last expression of a path, as far as they answered."""
        shape = PathShape.of(operation.key.path)
        if not shape.names:
            return ()
        found = self._listing(shape.collection(len(shape.names) - 1))
        return tuple(dict.fromkeys(entry.operation.key for entry in found))

    def _beside_path(self, operation: Operation) -> Iterator[tuple[ParameterValue, LearnedValue]]:
        """Yield a value for each made-up one in query and header."""
        for value in operation.parameters:
            if value.location in ("query", "header") and value.source is ValueSource.TYPE:
                constraint = constraint_of(operation, value)
                name = specific_names(value.name)
                suitable = (each for each in self._by_name.get(name, ()) if suits(each.value, constraint))
                yield from ((value, each) for each in islice(suitable, 1))

    def _assignments(
        self,
        operation: Operation,
        shape: PathShape,
        places: Sequence[ParameterValue],
        fixed: frozenset[ValueSource],
        most: int = MOST_ASSIGNMENTS,
    ) -> list[Assignment]:
        """Return at most so many combinations for the first expressions of a path."""
        if not places:
            return [()]
        value, count = places[-1], len(places)
        before = self._assignments(operation, shape, places[:-1], fixed)
        if value.source in fixed:
            return [(*each, LearnedValue(value.value, "")) for each in before]
        constraint = constraint_of(operation, value)
        found: dict[tuple[str, ...], Assignment] = {}
        for each in self._found(shape, count, value, constraint, before, most=most):
            if all(_allows(place, one, fixed) for place, one in zip(places, each, strict=False)):
                found.setdefault(tuple(one.value for one in each), each)
                if len(found) == most:
                    break
        return list(found.values())

    def _found(
        self,
        shape: PathShape,
        count: int,
        value: ParameterValue,
        constraint: Constraint,
        before: Iterable[Assignment],
        *,
        most: int,
    ) -> Iterator[Assignment]:
        """Yield combinations: of links, of the collection, of equal names elsewhere, and what the document states."""
        linked = self._by_head.get(shape.head(count), ())
        yield from (each for each in linked if suits(each[-1].value, constraint))
        for entry in self._listing(shape.collection(count - 1)):
            if len(entry.values) == count - 1:
                word = shape.word(count - 1)
                # One less than there may be in all: other answers may name further ones.
                texts = of_collection(entry.answer, value.name, word, constraint, most=most - 1)
                origin = str(entry.operation.key)
                yield from ((*entry.values, LearnedValue(text, origin)) for text in texts)
        for each in before:
            named = self._by_name.get(specific_names(value.name), ())
            yield from ((*each, one) for one in named if suits(one.value, constraint))
            if value.source in STATED:
                yield (*each, LearnedValue(value.value, ""))

    def _listing(self, collection: str) -> list[_Answered]:
        """Return the answers that may list the values behind a path, the likeliest first."""
        own, below = self._by_collection.get(collection, []), self._by_parent.get(collection, [])
        beside = (
            entry
            for entry in self._by_parent.get(parent(collection), ())
            if is_plural_of(collection_of(entry.operation.key.path), collection)
        )
        return [*own, *beside, *below]


def constraint_of(operation: Operation, value: ParameterValue) -> Constraint:
    """Return the constraint of the document on a parameter."""
    own = (i for i in operation.inputs if (i.name, i.place) == (value.name, Place(value.location)))
    found = next(own, None)
    return found.constraint if found else Constraint()


def _allows(place: ParameterValue, found: LearnedValue, fixed: frozenset[ValueSource]) -> bool:
    """Return whether a value may stand where the document or the configuration may fix another."""
    return place.source not in fixed or place.value == found.value


def _learned(
    value: ParameterValue, found: LearnedValue, fixed: frozenset[ValueSource] = FIXED
) -> ParameterValue:
    if not found.origin or value.source in fixed:
        return value
    return ParameterValue(
        name=value.name,
        location=value.location,
        value=found.value,
        source=ValueSource.LEARNED,
        origin=found.origin,
    )


def _is_new(value: ParameterValue) -> bool:
    return value.source is ValueSource.LEARNED


def _keep(known: list[_Kept], one: _Kept, *, most: int = MOST_FOR_ONE) -> None:
    """Add to a short list."""
    if len(known) < most and one not in known:
        known.append(one)
