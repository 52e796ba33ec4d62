"""The other values that a schema allows for members inside of members and lists: ``spec.kind`` of a body."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver

DEEPEST, MOST_MEMBERS, MOST_VALUES = 6, 20, 10
MOST_PARTS = 10
"""Parts of ``oneOf``, ``anyOf`` and ``allOf`` that are looked at."""
FIRST = "0"
"""The first element of a list, as a reference token of JSON Pointer (RFC 6901 §4)."""

Place = tuple[str, ...]
"""Names of members and positions in lists, from the outermost."""


class Choices(NamedTuple):
    """The other values of one member."""

    place: Place
    values: tuple[Value, ...]


def with_other_choices(
    value: Value, schema: DocumentNode, references: ReferenceResolver, *, own: bool = False
) -> Iterator[Value]:
    """Yield the value with each other choice of one nested member that it has; of its ``own`` members only if asked.

    Of a list the first element changes.
    """
    for place, choices in _choices(value, schema, references, ()):
        if len(place) > (0 if own else 1):
            yield from (_with(value, place, choice) for choice in choices)


def _choices(
    value: Value, schema: DocumentNode, references: ReferenceResolver, place: Place
) -> Iterator[Choices]:
    """Yield the choices of the members of a value: what it does not have is not entered."""
    for found in _schemas_of(value, schema, references):
        yield from _choices_in(value, found, references, place)


def _schemas_of(
    value: Value, schema: DocumentNode, references: ReferenceResolver, depth: int = 0
) -> Iterator[DocumentNode]:
    """Yield the Schema Objects that describe a value: of alternatives the first that it fits."""
    found = references.peek(schema)
    if found is None or not isinstance(found.value, dict) or depth > DEEPEST:
        return
    yield found
    for several in ("allOf", "oneOf", "anyOf"):
        parts = found.get(several)
        count = min(len(parts.value), MOST_PARTS) if isinstance(parts.value, list) else 0
        fitting = (part for part in map(parts.item, range(count)) if _fits(value, part, references))
        for part in islice(fitting, count if several == "allOf" else 1):
            yield from _schemas_of(value, part, references, depth + 1)


def _fits(value: Value, schema: DocumentNode, references: ReferenceResolver) -> bool:
    """Return whether a schema is for a value, as far as its type, members and constants show."""
    found = references.peek(schema)
    if found is None or not isinstance(found.value, dict):
        return False
    is_list, is_object = isinstance(value, list), isinstance(value, Mapping)
    properties, required = found.get("properties"), found.value.get("required")
    declared = found.value.get("type", "array" if "items" in found.value else "object")
    if is_list or not isinstance(value, Mapping):
        return bool(is_list == (declared == "array") and is_object == (declared == "object"))
    if declared != "object" or not set(required if isinstance(required, list) else ()) <= set(value):
        return False
    names = properties.value if isinstance(properties.value, dict) else {}
    constants = ((name, references.peek(properties.child(name))) for name in islice(names, MOST_MEMBERS))
    return all(
        name not in value or value[name] == node.value["const"]
        for name, node in constants
        if node is not None and isinstance(node.value, dict) and "const" in node.value
    )


def _choices_in(
    value: Value, found: DocumentNode, references: ReferenceResolver, place: Place
) -> Iterator[Choices]:
    """Yield the choices of the members of a value that one Schema Object has."""
    listed = found.value.get("enum")
    choices = listed[:MOST_VALUES] if isinstance(listed, list) else []
    if not choices and found.value.get("type") == "boolean":
        choices = [True, False]
    yield Choices(place, tuple(one for one in choices if not _is_same(value, one)))
    properties = found.get("properties")
    if len(place) >= DEEPEST:
        return
    if isinstance(value, Mapping) and isinstance(properties.value, dict):
        for name in islice(properties.value, MOST_MEMBERS):
            yield from _choices(value.get(name), properties.child(name), references, (*place, name))
    elif isinstance(value, list) and value:
        yield from _choices(value[0], found.get("items"), references, (*place, FIRST))


def _is_same(now: Value, choice: Value) -> bool:
    return now == choice and isinstance(now, type(choice))


def _with(value: Value, place: Place, choice: Value) -> Value:
    """Return the value with another one at a place."""
    if not place:
        return choice
    name, *inner = place
    if isinstance(value, list):
        return [_with(value[0], tuple(inner), choice), *value[1:]]
    members = value if isinstance(value, Mapping) else {}
    return {**members, name: _with(members.get(name), tuple(inner), choice)}
