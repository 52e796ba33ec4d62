"""The other values that a schema allows for members inside of members and lists: ``spec.kind`` of a body."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver

DEEPEST, MOST_MEMBERS, MOST_VALUES = 6, 20, 10
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
    found = references.peek(schema)
    if found is None or not isinstance(found.value, dict):
        return
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
