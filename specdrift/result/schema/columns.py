"""Stores many records by columns: each different value of a member once, and for each record the number of its value.

For recordings. Thousands of exchanges share their requests, answers and texts, and each is read once.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar

from specdrift.result.schema.codec import (
    NEEDED,
    Codec,
    Member,
    Misfit,
    Schema,
    array,
    misfit,
    name_difference,
)

T = TypeVar("T")
Column = Sequence[Any]

_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["values", "numbers"],
        "properties": {
            "values": {"type": ["array", "object"]},
            "numbers": {"type": "array", "items": {"type": ["integer", "null"]}},
        },
    },
}


def columns(codec: Codec[T]) -> Codec[Sequence[T]]:
    """Return the codec of many values of a record. Values that are records again are columns, too."""
    stored = {part.name: part for part in codec.members if not part.derived}
    defaults = {name: part.default for name, part in stored.items() if part.default is not NEEDED}
    inner = {name: _distinct(part.codec) for name, part in stored.items()}

    def dump(values: Sequence[T]) -> dict[str, Any]:
        return {name: _dump(part, inner[name], values) for name, part in stored.items()}

    def load(raw: object) -> Sequence[T]:
        if not isinstance(raw, dict):
            misfit("an object of columns", raw)
        if (stored.keys() - defaults.keys()) - raw.keys() or raw.keys() - stored.keys():
            name_difference(frozenset(stored), {**defaults, **raw})
        found = {name: _load(name, stored[name].codec, inner[name], raw[name]) for name in raw}
        sizes = {len(column) for column in found.values()}
        if len(sizes) > 1:
            raise Misfit("the columns differ in length")
        missing = {
            name: repeat(stored[name].codec.load(default), max(sizes, default=0))
            for name, default in defaults.items()
            if name not in found
        }
        return list(_built(codec, {**found, **missing}))

    return Codec(_SCHEMA, dump, load)


def _distinct(codec: Codec[Any]) -> Codec[Any]:
    return columns(codec) if codec.members else array(codec)


def _dump(part: Member[Any], inner: Codec[Sequence[Any]], values: Sequence[Any]) -> dict[str, Any]:
    """Return a column. ``null`` stands for itself, so that the other values of a nullable record are records."""
    get, write = part.get, part.codec.write
    by_text: dict[str, int] = {}
    distinct: list[Any] = []
    numbers: list[int | None] = []
    for value in map(get, values):
        text = write(value)
        if (number := by_text.get(text)) is None and text != "null":
            number = by_text[text] = len(distinct)
            distinct.append(value)
        numbers.append(number)
    return {"values": inner.dump(distinct), "numbers": numbers}


def _load(name: str, codec: Codec[Any], inner: Codec[Sequence[Any]], raw: object) -> Column:
    try:
        if not isinstance(raw, dict) or raw.keys() != {"values", "numbers"}:
            misfit("values and numbers", raw)
        return _numbered(inner.load(raw["values"]), raw["numbers"], codec)
    except Misfit as error:
        raise error.inside(f".{name}") from None


def _numbered(values: Sequence[Any], numbers: object, codec: Codec[Any]) -> Column:
    """Return the value of each number."""
    if not isinstance(numbers, list):
        misfit("a list of numbers", numbers)
    known: dict[object, Any] = dict(enumerate(values))
    if None in numbers:
        known[None] = codec.load(None)
    # Exact types: JSON's true and 1.0 equal 1.
    if not set(map(type, numbers)) <= {int, type(None)} or not known.keys() >= set(numbers):
        raise Misfit("a number has no value")
    return [known[number] for number in numbers]


def _built(codec: Codec[T], found: dict[str, Any]) -> Iterator[T]:
    build, names = codec.build, tuple(found)
    assert build is not None  # noqa: S101 - the codec is one of a record
    for row in zip(*found.values(), strict=False):
        yield build(**dict(zip(names, row, strict=True)))
