"""Serialises values by ``style`` and ``explode`` (OpenAPI Parameter Object, "Style Values"). Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from specdrift.loader.parse.tree import Value

Encode = Callable[[str], str]

_DELIMITERS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def text(value: object) -> str:
    """Return a primitive before URL encoding; anything else as JSON."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def strict(value: str) -> str:
    """Percent-encode all but unreserved characters (RFC 3986 §2.3)."""
    return quote(value, safe="", errors="replace")


def reserved(value: str) -> str:
    """Percent-encode all but reserved and unreserved characters (``allowReserved``); ``#`` would end a target."""
    return quote(value, safe="!$&'()*+,;=:@/?[]%", errors="replace")


def plain(value: str) -> str:
    """Do not encode: header fields, and cookies of style ``cookie``."""
    return value


def path(name: str, value: Value, *, style: str, explode: bool) -> str:
    """Return the replacement of ``{name}`` in a path template."""
    if style == "matrix":
        return _matrix(strict(name), value, explode=explode)
    prefix, separator = (".", "." if explode else ",") if style == "label" else ("", ",")
    return prefix + separator.join(_flat(value, explode=explode, encode=strict))


def header(value: Value, *, explode: bool) -> str:
    """Return a header field's value, style ``simple``."""
    return ",".join(_flat(value, explode=explode, encode=plain))


def query(name: str, value: Value, *, style: str, explode: bool, encode: Encode = strict) -> str:
    """Return a parameter's part of the query: ``a=1&a=2``."""
    if style == "deepObject" and isinstance(value, Mapping):
        key = strict(name)
        return "&".join(f"{key}%5B{strict(k)}%5D={encode(text(v))}" for k, v in value.items())
    delimiter = _DELIMITERS.get(style, ",")
    return "&".join(_pairs(name, value, explode=explode, delimiter=delimiter, key=strict, encode=encode))


def cookie(name: str, value: Value, *, style: str, explode: bool) -> str:
    """Return a parameter's part of ``Cookie``: ``a=1; a=2``.

    Style ``cookie`` (3.2) does not encode; ``form`` percent-encodes as in a query, with the delimiter of cookies (RFC
    6265 §4.2.1).
    """
    encode = plain if style == "cookie" else strict
    return "; ".join(_pairs(name, value, explode=explode, delimiter=",", key=encode, encode=encode))


def _pairs(
    name: str, value: Value, *, explode: bool, delimiter: str, key: Encode, encode: Encode
) -> list[str]:
    if explode and isinstance(value, Mapping):
        return [f"{key(str(k))}={encode(text(v))}" for k, v in value.items()]
    if explode and _is_list(value):
        return [f"{key(name)}={encode(text(item))}" for item in value]
    return [f"{key(name)}=" + delimiter.join(_flat(value, explode=False, encode=encode))]


def _matrix(key: str, value: Value, *, explode: bool) -> str:
    if explode and isinstance(value, Mapping):
        return "".join(f";{pair}" for pair in _flat(value, explode=True, encode=strict))
    if explode and _is_list(value):
        return "".join(f";{key}={strict(text(item))}" for item in value)
    return f";{key}=" + ",".join(_flat(value, explode=False, encode=strict))


def _flat(value: Value, *, explode: bool, encode: Encode) -> list[str]:
    if isinstance(value, Mapping):
        pairs = [(encode(str(k)), encode(text(v))) for k, v in value.items()]
        return [f"{k}={v}" for k, v in pairs] if explode else [part for pair in pairs for part in pair]
    if _is_list(value):
        return [encode(text(item)) for item in value]
    return [encode(text(value))]


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
