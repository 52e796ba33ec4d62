"""Codecs of single values."""

import base64
from datetime import UTC, date, datetime
from typing import Any

from specdrift.result.schema.codec import Codec, Schema, array, misfit


def _checked(wanted: str, schema: Schema, *types: type) -> Codec[Any]:
    def load(raw: object) -> object:
        if type(raw) not in types:  # exact: JSON's true is no number, although Python's is
            misfit(wanted, raw)
        return raw

    return Codec(schema, lambda value: value, load)


TEXT: Codec[str] = _checked("a string", {"type": "string"}, str)
FLAG: Codec[bool] = _checked("true or false", {"type": "boolean"}, bool)
COUNT: Codec[int] = _checked("a whole number", {"type": "integer", "minimum": 0}, int)
NUMBER: Codec[float] = _checked("a number", {"type": "number"}, int, float)
JSON: Codec[object] = Codec({}, lambda value: value, lambda raw: raw)
"""Any JSON value."""


def _load_blank(raw: object) -> str:
    return "" if raw is None else TEXT.load(raw)


BLANK: Codec[str] = Codec({"type": ["string", "null"]}, lambda value: value or None, _load_blank)
"""A string that is ``null`` where the model has an empty one."""

EXCERPT: Codec[str] = Codec({"type": "string", "maxLength": 2000}, TEXT.dump, TEXT.load)


def _load_time(raw: object) -> datetime:
    try:
        return datetime.fromisoformat(TEXT.load(raw)).astimezone(UTC)
    except (ValueError, OverflowError):
        misfit("a time like 2026-01-31T12:00:00Z", raw)


def _dump_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


TIME: Codec[datetime] = Codec({"type": "string", "format": "date-time"}, _dump_time, _load_time)


def _load_date(raw: object) -> date:
    try:
        return date.fromisoformat(TEXT.load(raw))
    except ValueError:
        misfit("a date like 2026-01-31", raw)


DATE: Codec[date] = Codec({"type": "string", "format": "date"}, date.isoformat, _load_date)


def _load_bytes(raw: object) -> bytes:
    try:
        return base64.b64decode(TEXT.load(raw), validate=True)
    except ValueError:  # also for characters beyond ASCII
        misfit("base64", raw)


BYTES: Codec[bytes] = Codec(
    {"type": "string", "contentEncoding": "base64"},
    lambda value: base64.b64encode(value).decode(),
    _load_bytes,
)

TEXTS: Codec[tuple[str, ...]] = array(TEXT)
NAMES: Codec[frozenset[str]] = Codec(
    {**TEXTS.schema, "uniqueItems": True},
    sorted,
    lambda raw: frozenset(TEXTS.load(raw)),
)
"""A set of strings, written in order."""


def _load_pair(raw: object) -> tuple[str, str]:
    first_and_second = TEXTS.load(raw)
    if len(first_and_second) != 2:
        misfit("a pair of strings", raw)
    return (first_and_second[0], first_and_second[1])


PAIR: Codec[tuple[str, str]] = Codec(
    {"type": "array", "prefixItems": [TEXT.schema, TEXT.schema], "minItems": 2, "items": False},
    list,
    _load_pair,
)
HEADERS: Codec[tuple[tuple[str, str], ...]] = array(PAIR)
"""Header fields in wire order; a name may occur more than once."""
