"""The parameters of an operation, and a usable value for each."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from specdrift.loader.dialects import Dialect, ParameterShape
from specdrift.loader.paths import PathItem
from specdrift.loader.place import Place
from specdrift.loader.references import References
from specdrift.loader.tree import Value
from specdrift.loader.values import Chosen, choose, written
from specdrift.model.operation import OperationKey, ValueSource

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that "SHALL be ignored" (Parameter Object, ``name``)."""


class Valued(NamedTuple):
    """A parameter that will be sent, and what with."""

    shape: ParameterShape
    chosen: Chosen


class ParameterReader:
    """Parameters are shared by hundreds of operations: each is read, and given a value, once."""

    def __init__(self, dialect: Dialect, references: References) -> None:
        self._dialect = dialect
        self._references = references
        self._shapes: dict[int, ParameterShape | None] = {}
        self._chosen: dict[int, Chosen] = {}

    def declared(self, operation: Place, item: PathItem, key: OperationKey) -> list[Place]:
        """Parameter Objects of path item and operation; the operation's win (by ``name`` and ``in``)."""
        shared = item.get("parameters")
        own = operation.get("parameters")
        found: dict[tuple[Value, Value], Place] = {}
        for listed in (shared, own):
            for place in self._each(listed, key):
                found[_name(place)] = place
        return list(found.values())

    def _each(self, listed: Place | None, key: OperationKey) -> Iterator[Place]:
        if listed is None or not isinstance(listed.value, list):
            return
        for index in range(len(listed.value)):
            found = self._references.follow(listed.item(index), lost=f"The parameter was left out of {key}.")
            if found is not None and isinstance(found.value, dict):
                yield found

    def sent(self, declared: list[Place], configured: Mapping[str, str]) -> list[Valued]:
        """Those that a request carries: all of the path, required ones, and what the configuration names."""
        valued = []
        for place in declared:
            shape = self._shape(place)
            if shape is None or (shape.location == "header" and shape.name.lower() in _IGNORED_HEADERS):
                continue
            if shape.name in configured:
                valued.append(Valued(shape, Chosen(configured[shape.name], ValueSource.CONFIG)))
            elif shape.required:
                valued.append(Valued(shape, self._choose(shape)))
        return valued

    def _shape(self, place: Place) -> ParameterShape | None:
        key = id(place.value)
        if key not in self._shapes:
            self._shapes[key] = self._dialect.parameter(place)
        return self._shapes[key]

    def _choose(self, shape: ParameterShape) -> Chosen:
        key = id(shape)  # shapes live as long as this reader
        if key not in self._chosen:
            self._chosen[key] = self._usable(shape)
        return self._chosen[key]

    def _usable(self, shape: ParameterShape) -> Chosen:
        stated = written(shape.holder, self._references)
        if stated is not None and _fits(shape, stated.value):
            return stated
        chosen = choose(shape.schema, self._references)
        return chosen if _fits(shape, chosen.value) else Chosen("1", ValueSource.TYPE)


def _fits(shape: ParameterShape, value: object) -> bool:
    """An empty or dotted path segment would be another path."""
    return shape.location != "path" or value not in ("", ".", "..", None, [], {})


def _name(place: Place) -> tuple[Value, Value]:
    return str(place.value.get("in")), str(place.value.get("name"))
