"""The parameters of an operation, and a usable value for each."""

from collections.abc import Iterator, Mapping

from specdrift.loader.dialects import Dialect, ParameterShape
from specdrift.loader.paths import PathItem
from specdrift.loader.place import Place
from specdrift.loader.references import References, is_reference
from specdrift.loader.rendering import Rendered, render
from specdrift.loader.values import Chosen, choose, written
from specdrift.model.operation import OperationKey, ValueSource

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that "SHALL be ignored" (Parameter Object, ``name``)."""


class ParameterReader:
    """Parameters are shared by hundreds of operations: each is read, and given a value, once."""

    def __init__(self, dialect: Dialect, references: References) -> None:
        self._dialect = dialect
        self._references = references
        self._shapes: dict[int, ParameterShape | None] = {}
        self._rendered: dict[int, Rendered] = {}

    def declared(self, operation: Place, item: PathItem, key: OperationKey) -> list[Place]:
        """Parameter Objects of path item and operation; the operation's win (by ``name`` and ``in``)."""
        found: dict[tuple[str, str], Place] = {}
        for holder in (item.holders.get("parameters"), operation):
            if holder is not None and holder.value and "parameters" in holder.value:
                for place in self._each(holder.child("parameters"), key):
                    found[str(place.value.get("in")), str(place.value.get("name"))] = place
        return list(found.values())

    def _each(self, listed: Place, key: OperationKey) -> Iterator[Place]:
        for index, value in enumerate(listed.value if isinstance(listed.value, list) else ()):
            place: Place | None = listed.item(index)
            if place and is_reference(value):
                place = self._references.follow(place, lost=f"The parameter was left out of {key}.")
            if place and isinstance(place.value, dict):
                yield place

    def sent(self, declared: list[Place], configured: Mapping[str, str]) -> list[Rendered]:
        """Those that a request carries: all of the path, required ones, and what the configuration names."""
        rendered = []
        for place in declared:
            shape = self._shape(place)
            if shape is None or (shape.location == "header" and shape.name.lower() in _IGNORED_HEADERS):
                continue
            if shape.name in configured:
                rendered.append(render(shape, Chosen(configured[shape.name], ValueSource.CONFIG)))
            elif shape.required:
                rendered.append(self._render(shape))
        return rendered

    def _shape(self, place: Place) -> ParameterShape | None:
        key = id(place.value)
        if key not in self._shapes:
            self._shapes[key] = self._dialect.parameter(place)
        return self._shapes[key]

    def _render(self, shape: ParameterShape) -> Rendered:
        key = id(shape)  # shapes live as long as this reader
        if key not in self._rendered:
            self._rendered[key] = render(shape, self._usable(shape))
        return self._rendered[key]

    def _usable(self, shape: ParameterShape) -> Chosen:
        stated = written(shape.holder, self._references)
        if stated is not None and _fits(shape, stated.value):
            return stated
        chosen = choose(shape.schema, self._references)
        return chosen if _fits(shape, chosen.value) else Chosen("1", ValueSource.TYPE)


def _fits(shape: ParameterShape, value: object) -> bool:
    """An empty or dotted path segment would be another path."""
    return shape.location != "path" or value not in ("", ".", "..", None, [], {})
