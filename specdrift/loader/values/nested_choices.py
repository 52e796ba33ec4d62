"""The other values that a schema allows for members inside of members: ``spec.kind`` of a body."""

from collections.abc import Iterator, Mapping
from itertools import islice

from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver

DEEPEST, MOST_MEMBERS, MOST_VALUES = 4, 20, 10

Place = tuple[str, ...]
"""Names of members, from the outermost."""


def with_other_choices(value: Value, schema: DocumentNode, references: ReferenceResolver) -> Iterator[Value]:
    """Yield the value with each other choice of one nested member that it has; nothing of its own members."""
    for place, choices in _choices(schema, references, ()):
        if len(place) > 1:
            for choice in choices:
                changed = _with(value, place, choice)
                if changed is not None:
                    yield changed


def _choices(
    schema: DocumentNode, references: ReferenceResolver, place: Place
) -> Iterator[tuple[Place, list[Value]]]:
    found = references.peek(schema)
    if found is None or not isinstance(found.value, dict):
        return
    listed = found.value.get("enum")
    if isinstance(listed, list):
        yield place, listed[:MOST_VALUES]
    elif found.value.get("type") == "boolean":
        yield place, [True, False]
    properties = found.get("properties")
    if isinstance(properties.value, dict) and len(place) < DEEPEST:
        for name in islice(properties.value, MOST_MEMBERS):
            yield from _choices(properties.child(name), references, (*place, name))


def _with(value: Value, place: Place, choice: Value) -> Value | None:
    """Return the value with another one at a place; ``None`` if the place is not there, or has this value."""
    name, *inner = place
    if not isinstance(value, Mapping) or (inner and name not in value):
        return None
    if not inner:
        same = name in value and value[name] == choice and isinstance(value[name], type(choice))
        return None if same else {**value, name: choice}
    changed = _with(value[name], tuple(inner), choice)
    return None if changed is None else {**value, name: changed}
