"""Chooses a usable value for a Schema Object: one in the document, else one of its type and format."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from specdrift.loader.parse import scalars
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.values import improbable
from specdrift.model.contract.operation import ValueSource

_DEEPEST = 8
_MOST_VALUES = 500
_DEEPEST_OPTIONAL = 3
"""Depth of schemas down to which objects get their optional members: deeper ones may refer to each other in cycles."""
_MOST_EXAMPLES = 5
_LARGEST, _MOST_NESTED = 100_000, 100
"""Larger or more deeply nested examples are ignored."""


class ChosenValue(NamedTuple):
    """A JSON value and its source."""

    value: Value
    source: ValueSource


def choose(schema: DocumentNode, references: ReferenceResolver, *, unlike: int | None = None) -> ChosenValue:
    """Choose an example, default, const or enum member, else by type and format. References are followed without
    findings. With ``unlike``, the integer to prefer, a made-up value is one of nothing that exists.
    """
    return _Maker(references, unlike).choose(schema, depth=0)


def made_up(schema: DocumentNode, references: ReferenceResolver, *, unlike: int) -> ChosenValue:
    """Make a value of the type and format that names nothing that exists, whatever else the schema states."""
    return _Maker(references, unlike).plain(schema)


def written(holder: DocumentNode, references: ReferenceResolver) -> ChosenValue | None:
    """Return ``example`` or the first of ``examples`` beside a schema: of a parameter, media type or header."""
    return next(_written(holder, references), None)


def stated(schema: Mapping[str, Value]) -> ChosenValue | None:
    """Return the value in a Schema Object: example, default, const or the first of its enum."""
    return next(_stated(schema), None)


def all_written(holder: DocumentNode, references: ReferenceResolver) -> tuple[ChosenValue, ...]:
    """Return all values of ``example`` and ``examples`` beside a schema, at most ``_MOST_EXAMPLES``."""
    return tuple(islice(_written(holder, references), _MOST_EXAMPLES))


def all_stated(schema: DocumentNode, references: ReferenceResolver) -> tuple[ChosenValue, ...]:
    """Return the values in a Schema Object itself, at most ``_MOST_EXAMPLES``."""
    found = references.peek(schema)
    values = _stated(found.value) if found and isinstance(found.value, dict) else iter(())
    return tuple(islice(values, _MOST_EXAMPLES))


def with_optional(
    schema: DocumentNode, references: ReferenceResolver, *, unlike: int | None = None
) -> ChosenValue:
    """Make a value of the type as ``choose`` does, whose objects have their optional members too.

    Members that only answers have (``readOnly``) and deprecated ones are left out.
    """
    return _Maker(references, unlike, optional=True).plain(schema)


def each_alternative(
    schema: DocumentNode, references: ReferenceResolver, *, unlike: int | None = None
) -> Iterator[ChosenValue]:
    """Yield a value for each part of ``oneOf`` and ``anyOf``; none if the schema has no alternatives."""
    found = references.peek(schema)
    for several in ("oneOf", "anyOf") if found and isinstance(found.value, dict) else ():
        for part in islice(_places(found.get(several)) if found else (), _MOST_EXAMPLES):
            yield choose(part, references, unlike=unlike)


def others(
    holder: DocumentNode, schema: DocumentNode, references: ReferenceResolver, *, unlike: int | None = None
) -> Iterator[ChosenValue]:
    """Yield all values in the document, the best first; then one of the type, unless an enum or const limits it."""
    listed = False
    yield from _written(holder, references)
    for chosen in _Maker(references).every(schema, depth=0):
        listed = listed or chosen.source in (ValueSource.CONST, ValueSource.ENUM)
        yield chosen
    if not listed:
        yield _Maker(references, unlike).plain(schema)


def _written(holder: DocumentNode, references: ReferenceResolver) -> Iterator[ChosenValue]:
    members = holder.value if isinstance(holder.value, dict) else {}
    if _is_usable(members.get("example")):
        yield ChosenValue(members["example"], ValueSource.EXAMPLE)
    if isinstance(members.get("examples"), dict):
        examples = holder.child("examples")
        for name in examples.value:
            found = references.peek(examples.child(name))
            value = _of_example(found) if found else None
            if _is_usable(value):
                yield ChosenValue(value, ValueSource.EXAMPLE)


def _of_example(example: DocumentNode) -> Value:
    """Return the value of an Example Object: ``dataValue`` in OpenAPI 3.2, else ``value``; in 2.0 and lists it is the
    value itself.
    """
    value = example.get("value").value
    return example.get("dataValue").value if value is None else value


def _stated(schema: Mapping[str, Value]) -> Iterator[ChosenValue]:
    if _is_usable(schema.get("example")):
        yield ChosenValue(schema["example"], ValueSource.EXAMPLE)
    yield from _each(schema.get("examples"), ValueSource.EXAMPLE)
    if _is_usable(schema.get("default")):
        yield ChosenValue(schema["default"], ValueSource.DEFAULT)
    if "const" in schema and (schema["const"] is None or _is_usable(schema["const"])):
        yield ChosenValue(schema["const"], ValueSource.CONST)
    yield from _each(schema.get("enum"), ValueSource.ENUM)


def _each(values: object, source: ValueSource) -> Iterator[ChosenValue]:
    listed = values if isinstance(values, list) else ()
    return (ChosenValue(value, source) for value in listed if _is_usable(value))


def _is_usable(value: Value) -> bool:
    """Return whether there is a value, of limited depth and size."""
    waiting, left = [(value, 0)], _LARGEST
    while waiting and left > 0:
        part, depth = waiting.pop()
        if depth > _MOST_NESTED:
            return False
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        left -= 1 + len(inner)
        waiting.extend((one, depth + 1) for one in inner if isinstance(one, dict | list))
    return value is not None and left > 0


class _Maker:
    """Makes one value of at most five hundred parts: schemas may refer to each other in cycles."""

    def __init__(
        self, references: ReferenceResolver, unlike: int | None = None, *, optional: bool = False
    ) -> None:
        self._references = references
        self._unlike = unlike
        self._optional = optional
        self._left = _MOST_VALUES

    @property
    def _any_text(self) -> str:
        return improbable.TEXT if self._unlike is not None else "1"

    def choose(self, schema: DocumentNode, *, depth: int) -> ChosenValue:
        found = self._found(schema, depth)
        if found is None:
            return ChosenValue(self._any_text, ValueSource.TYPE)
        return stated(found.value) or ChosenValue(self._make(found, depth + 1), ValueSource.TYPE)

    def every(self, schema: DocumentNode, *, depth: int) -> Iterator[ChosenValue]:
        """Yield all values in a schema and its parts."""
        found = self._found(schema, depth)
        if found is not None:
            yield from _stated(found.value)
            for several in ("allOf", "oneOf", "anyOf"):
                for part in _places(found.get(several)):
                    yield from self.every(part, depth=depth + 1)

    def plain(self, schema: DocumentNode) -> ChosenValue:
        """Return a value of its type and format, whatever else it states."""
        found = self._found(schema, 0)
        return ChosenValue(self._any_text if found is None else self._make(found, 1), ValueSource.TYPE)

    def _found(self, schema: DocumentNode, depth: int) -> DocumentNode | None:
        """Resolve the references of a schema, within limits."""
        self._left -= 1
        found = self._references.peek(schema)
        if found is None or not isinstance(found.value, dict) or depth > _DEEPEST or self._left < 0:
            return None
        return found

    def _make(self, schema: DocumentNode, depth: int) -> Value:
        if parts := _places(schema.get("allOf")):
            return self._joined(schema, parts, depth)
        for several in ("oneOf", "anyOf"):
            if branches := _places(schema.get(several)):
                usable = (node for node in branches if node.get("type").value != "null")
                return self.choose(next(usable, branches[0]), depth=depth).value
        kind = _type(schema.value)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if self._unlike is not None:
            return scalars.make_improbable(kind, schema.value, integer=self._unlike)
        return scalars.make(kind, schema.value)

    def _joined(self, schema: DocumentNode, parts: list[DocumentNode], depth: int) -> Value:
        """Merge ``allOf``: objects are merged; of other types the first part counts."""
        made = [self.choose(part, depth=depth).value for part in parts]
        objects = [value for value in made if isinstance(value, dict)]
        if not objects:
            return made[0]
        return {key: value for part in (*objects, self._object(schema, depth)) for key, value in part.items()}

    def _array(self, schema: DocumentNode, depth: int) -> list[Value]:
        least = schema.get("minItems").value
        number = min(least, self._left) if isinstance(least, int) else 1
        return [self.choose(schema.get("items"), depth=depth).value for _ in range(max(1, number))]

    def _object(self, schema: DocumentNode, depth: int) -> dict[str, Value]:
        properties, required = schema.get("properties"), schema.get("required").value
        names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        if self._optional and depth <= _DEEPEST_OPTIONAL:
            names = list(dict.fromkeys((*names, *self._sent(properties))))
        return {name: self.choose(properties.get(name), depth=depth).value for name in names[: self._left]}

    def _sent(self, properties: DocumentNode) -> Iterator[str]:
        """Yield the names of the members that requests may have."""
        for name in properties.value if isinstance(properties.value, dict) else ():
            found = self._references.peek(properties.child(name))
            members = found.value if found and isinstance(found.value, dict) else {}
            if isinstance(name, str) and not (members.get("readOnly") or members.get("deprecated")):
                yield name


def _places(listed: DocumentNode) -> list[DocumentNode]:
    return [listed.item(i) for i in range(len(listed.value))] if isinstance(listed.value, list) else []


def _type(schema: Mapping[str, Value]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if isinstance(kind, str):
        return kind
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"
