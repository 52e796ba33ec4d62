"""Reads the parameters of an operation, with a usable value for each."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from specdrift.loader.dialects import Dialect, ParameterShape
from specdrift.loader.operations.path_reader import PathItem
from specdrift.loader.operations.rendered_parameter import Rendered, render
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.values import improbable, input_reader
from specdrift.loader.values.value_choice import ChosenValue, choose, made_up, others, written
from specdrift.model.contract.inputs import Input
from specdrift.model.contract.operation import OperationKey, ParameterValue, ValueSource
from specdrift.model.contract.reserved_headers import is_framing, is_reserved

_MOST = 2_000_000
GivenValues = Mapping[tuple[str, str], ParameterValue]
"""Values by place and name."""
NOTHING_GIVEN: GivenValues = {}
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that "SHALL be ignored" (OpenAPI Parameter Object, ``name``)."""


class DeclaredParameter:
    """A Parameter Object.

    ``shape`` is ``None`` for one that describes the body, or that is incomplete.
    """

    __slots__ = ("asked", "name", "node", "rendered", "shape")

    def __init__(self, node: DocumentNode, shape: ParameterShape | None) -> None:
        self.node = node
        self.name = (str(node.value.get("in")), str(node.value.get("name")))
        self.shape = shape
        self.rendered: dict[bool, Rendered] = {}
        """The made-up or stated value, for methods that may change something and for others."""
        self.asked: tuple[Input, ...] | None = None


class ParameterReader:
    """Reads each parameter once: hundreds of operations may share it."""

    def __init__(self, dialect: Dialect, references: ReferenceResolver) -> None:
        self._dialect = dialect
        self._references = references
        self._known: dict[int | tuple[int, str], DeclaredParameter] = {}
        self._left = _MOST

    def declared(self, operation: DocumentNode, item: PathItem, key: OperationKey) -> list[DeclaredParameter]:
        """Return the parameters of path item and operation; the operation's win (by ``name`` and ``in``).

        Raises `Unreadable` if references multiply them.
        """
        found: dict[tuple[str, str], DeclaredParameter] = {}
        for holder in (item.holders.get("parameters"), operation):
            if holder is not None and holder.value and "parameters" in holder.value:
                for parameter in self._each(holder.child("parameters"), key):
                    found[parameter.name] = parameter
        return list(found.values())

    def _each(self, listed: DocumentNode, key: OperationKey) -> Iterator[DeclaredParameter]:
        values = listed.value if isinstance(listed.value, list) else ()
        self._left -= len(values)
        if self._left < 0:
            raise Unreadable(f"more than {_MOST:,} parameters.")
        for index, value in enumerate(values):
            reference = value.get("$ref") if isinstance(value, dict) else None
            spot = (id(listed.document), reference) if isinstance(reference, str) else id(value)
            found = self._known.get(spot) or self._read(listed.item(index), key)
            if found is not None:
                self._known[spot] = found
                yield found

    def _read(self, node: DocumentNode, key: OperationKey) -> DeclaredParameter | None:
        found = self._references.follow(node, lost=f"The parameter is omitted from {key}.")
        if found is None or not isinstance(found.value, dict):
            return None
        return DeclaredParameter(found, self._dialect.parameter(found))

    def sent(
        self,
        declared: list[DeclaredParameter],
        configured: Mapping[str, str],
        *,
        changing: bool,
        given: GivenValues = NOTHING_GIVEN,
    ) -> list[Rendered]:
        """Return the parameters of a request: all path parameters, required ones, and configured ones.

        Made-up values of a request that may be ``changing`` something are of nothing that exists. ``given`` are other
        values, by place and name.
        """
        rendered = []
        for parameter in declared:
            shape = parameter.shape
            if shape is None or _is_ignored(shape) or _is_forbidden(shape, configured):
                continue
            value = given.get((shape.location, shape.name))
            if value is not None:
                rendered.append(render(shape, ChosenValue(value.value, value.source)))
            elif shape.name in configured:
                rendered.append(render(shape, ChosenValue(configured[shape.name], ValueSource.CONFIG)))
            elif shape.required:
                if changing not in parameter.rendered:
                    parameter.rendered[changing] = render(shape, self._usable(shape, changing=changing))
                rendered.append(parameter.rendered[changing])
        return rendered

    def absent(
        self, operation: DocumentNode, item: PathItem, key: OperationKey
    ) -> tuple[ParameterValue, ...]:
        """Return for each path parameter a value of its type and format that names nothing that exists."""
        shapes = (parameter.shape for parameter in self.declared(operation, item, key))
        return tuple(
            render(shape, made_up(shape.schema, self._references, unlike=improbable.INTEGER)).shown
            for shape in shapes
            if shape is not None and shape.location == "path"
        )

    def forbidden(
        self, declared: Iterable[DeclaredParameter], configured: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Return the header parameters that a request would have, and that a document may not set."""
        shapes = (parameter.shape for parameter in declared)
        return tuple(
            shape.name
            for shape in shapes
            if shape and (shape.required or shape.name in configured) and _is_forbidden(shape, configured)
        )

    def varied(
        self, declared: list[DeclaredParameter], configured: Mapping[str, str], *, changing: bool
    ) -> Iterator[list[Rendered]]:
        """Yield other values for the request: each path parameter with a value from its other sources."""
        usual = self.sent(declared, configured, changing=changing)
        unlike = improbable.INTEGER if changing else None
        for shape in (parameter.shape for parameter in declared):
            if shape is not None and shape.location == "path" and shape.name not in configured:
                for chosen in others(shape.holder, shape.schema, self._references, unlike=unlike):
                    if _fits(shape, chosen.value):
                        other = render(shape, chosen)
                        yield [other if _same(one, other) else one for one in usual]

    def inputs(self, declared: Iterable[DeclaredParameter]) -> tuple[Input, ...]:
        """Return the document's constraints on the parameters."""
        return tuple(one for parameter in declared for one in self._constraints_of(parameter))

    def _constraints_of(self, parameter: DeclaredParameter) -> tuple[Input, ...]:
        """Return the constraint on one parameter, or nothing; cached."""
        if parameter.asked is None:
            shape = parameter.shape
            found: tuple[Input, ...] = ()
            if shape is not None and not _is_ignored(shape) and not _is_forbidden(shape, {}):
                found = input_reader.of_parameter(shape, self._references)
            parameter.asked = tuple(replace(one, at=parameter.node.here) for one in found)
        return parameter.asked

    def _usable(self, shape: ParameterShape, *, changing: bool) -> ChosenValue:
        stated = written(shape.holder, self._references)
        if stated is not None and _fits(shape, stated.value):
            return stated
        integer = improbable.INTEGER if shape.location == "path" else improbable.QUANTITY
        chosen = choose(shape.schema, self._references, unlike=integer if changing else None)
        if _fits(shape, chosen.value):
            return chosen
        return ChosenValue(improbable.TEXT if changing else "1", ValueSource.TYPE)


def _is_ignored(shape: ParameterShape) -> bool:
    return shape.location == "header" and shape.name.lower() in _IGNORED_HEADERS


def _is_forbidden(shape: ParameterShape, configured: Mapping[str, str]) -> bool:
    if shape.location != "header":
        return False
    return is_framing(shape.name) if shape.name in configured else is_reserved(shape.name)


def _same(one: Rendered, other: Rendered) -> bool:
    return (one.shown.location, one.shown.name) == (other.shown.location, other.shown.name)


def _fits(shape: ParameterShape, value: object) -> bool:
    """Return whether a value can be a path segment: an empty or dotted one changes the path."""
    return shape.location != "path" or value not in ("", ".", "..", None, [], {})
