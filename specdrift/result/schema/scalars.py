"""Codecs of single values."""

import binascii
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

from msgspec.structs import replace

from specdrift.result.schema.codec import Codec, Schema, array, encode, misfit, unchanged


def _checked(wanted: str, schema: Schema, *types: type, text: Callable[[Any], str]) -> Codec[Any]:
    def load(raw: object) -> object:
        if type(raw) not in types:  # exact: JSON's true is no number, although Python's is
            misfit(wanted, raw)
        return raw

    return Codec(schema, unchanged, load, as_is=frozenset(types), text=text)


def _write_number(value: float) -> str:
    return float.__repr__(value) if type(value) is float and math.isfinite(value) else encode(value)


TEXT: Codec[str] = _checked("a string", {"type": "string"}, str, text=encode_basestring_ascii)
FLAG: Codec[bool] = _checked(
    "true or false", {"type": "boolean"}, bool, text={True: "true", False: "false"}.__getitem__
)
COUNT: Codec[int] = _checked("a whole number", {"type": "integer", "minimum": 0}, int, text=int.__repr__)
NUMBER: Codec[float] = _checked("a number", {"type": "number"}, int, float, text=_write_number)
JSON: Codec[object] = Codec({}, unchanged, unchanged)
"""Any JSON value."""


def _load_blank(raw: object) -> str:
    return "" if raw is None else TEXT.load(raw)


BLANK: Codec[str] = Codec(
    {"type": ["string", "null"]},
    lambda value: value or None,
    _load_blank,
    as_is=TEXT.as_is,
    text=lambda value: encode_basestring_ascii(value) if value else "null",
)
"""A string that is ``null`` where the model has an empty one."""

EXCERPT: Codec[str] = replace(TEXT, schema={"type": "string", "maxLength": 2000})


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
        return binascii.a2b_base64(TEXT.load(raw), strict_mode=True)
    except ValueError:  # also for characters beyond ASCII
        misfit("base64", raw)


BYTES: Codec[bytes] = Codec(
    {"type": "string", "contentEncoding": "base64"},
    lambda value: binascii.b2a_base64(value, newline=False).decode(),
    _load_bytes,
    text=lambda value: f'"{binascii.b2a_base64(value, newline=False).decode()}"',
)

TEXTS: Codec[tuple[str, ...]] = array(TEXT)
NAMES: Codec[frozenset[str]] = Codec(
    {**TEXTS.schema, "uniqueItems": True},
    sorted,
    lambda raw: frozenset(TEXTS.load(raw)),
)
"""A set of strings, written in order."""


def _load_pair(raw: object) -> tuple[str, str]:
    if not isinstance(raw, list) or [type(each) for each in raw] != [str, str]:
        misfit("a pair of strings", raw)
    return _pair(raw[0], raw[1])


@lru_cache(maxsize=1024)
def _pair(name: str, value: str) -> tuple[str, str]:
    """One object for the same header field of thousands of answers."""
    return name, value


@lru_cache(maxsize=1024)
def _write_pair(pair: tuple[str, str]) -> str:
    return f"[{encode_basestring_ascii(pair[0])}, {encode_basestring_ascii(pair[1])}]"


PAIR: Codec[tuple[str, str]] = Codec(
    {"type": "array", "prefixItems": [TEXT.schema, TEXT.schema], "minItems": 2, "items": False},
    list,
    _load_pair,
    text=_write_pair,
)
HEADERS: Codec[tuple[tuple[str, str], ...]] = array(PAIR)
"""Header fields in wire order; a name may occur more than once."""
