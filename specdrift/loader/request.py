"""The request of an operation: its target below the base path, and the headers its parameters need. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from specdrift.loader import serialise
from specdrift.loader.parameters import Valued
from specdrift.model.operation import ParameterValue, ValueSource

_EXPRESSION = re.compile(r"\{([^{}/]+)\}")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")


class Request(NamedTuple):
    """As the members of the same names of :class:`specdrift.model.operation.Operation`."""

    target: str
    headers: tuple[tuple[str, str], ...]
    parameters: tuple[ParameterValue, ...]
    missing: tuple[str, ...]


def build(path: str, valued: Sequence[Valued], configured: Mapping[str, str]) -> Request:
    """Fills a path template and collects the rest. Template names without a parameter get a value too."""
    by_place: dict[str, list[Valued]] = {
        "path": [],
        "query": [],
        "querystring": [],
        "header": [],
        "cookie": [],
    }
    for one in valued:
        by_place[one.shape.location].append(one)
    target, made_up = _path(path, by_place["path"], configured)
    query = [_query(one) for one in by_place["query"]] + [
        _query_string(one) for one in by_place["querystring"]
    ]
    if query:
        target += ("&" if "?" in target else "?") + "&".join(part for part in query if part)
    headers, missing = _headers(by_place["header"], by_place["cookie"])
    shown = (ParameterValue(name=n, location=p, value=v, source=s) for n, p, v, s in map(_shown, valued))
    return Request(target, headers, (*made_up, *shown), missing)


def _path(
    path: str, valued: Sequence[Valued], configured: Mapping[str, str]
) -> tuple[str, tuple[ParameterValue, ...]]:
    texts = {
        one.shape.name: serialise.path(
            one.shape.name, one.chosen.value, style=one.shape.style, explode=one.shape.explode
        )
        for one in valued
    }
    made_up = []
    for name in _EXPRESSION.findall(path):
        if name not in texts:
            value = configured.get(name, "1")
            source = ValueSource.CONFIG if name in configured else ValueSource.TYPE
            texts[name] = serialise.strict(value)
            made_up.append(ParameterValue(name=name, location="path", value=value, source=source))
    literals = _EXPRESSION.split(path)
    parts = (texts[part] if i % 2 else _literal(part) for i, part in enumerate(literals))
    return "".join(parts), tuple(made_up)


def _literal(text: str) -> str:
    """The fixed parts of a template as written; only what a target cannot hold is encoded."""
    return quote(text, safe="!$&'()*+,;=:@/?%~", errors="replace")


def _query(one: Valued) -> str:
    shape = one.shape
    encode = serialise.reserved if shape.allow_reserved else serialise.strict
    return serialise.query(shape.name, _content(one), style=shape.style, explode=shape.explode, encode=encode)


def _query_string(one: Valued) -> str:
    """``in: querystring`` (3.2): the value is the whole query."""
    value = one.chosen.value
    if isinstance(value, Mapping):
        return "&".join(f"{quote_plus(str(k))}={quote_plus(serialise.text(v))}" for k, v in value.items())
    return serialise.reserved(serialise.text(value))


def _headers(
    headers: Sequence[Valued], cookies: Sequence[Valued]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    fields = [
        (one.shape.name, serialise.header(_content(one), explode=one.shape.explode), one.shape.name)
        for one in headers
    ]
    pairs = [
        serialise.query(one.shape.name, _content(one), style="form", explode=one.shape.explode)
        for one in cookies
    ]
    if pairs:
        fields.append(("Cookie", "; ".join(pair.replace("&", "; ") for pair in pairs), cookies[0].shape.name))
    good = [(name, value) for name, value, _ in fields if _sendable(name, value)]
    missing = [asked for name, value, asked in fields if not _sendable(name, value)]
    return tuple(good), tuple(missing)


def _sendable(name: str, value: str) -> bool:
    return bool(_FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value))


def _content(one: Valued) -> object:
    """A value serialised by ``content`` is one text; others keep their structure."""
    return serialise.text(one.chosen.value) if one.shape.media_type else one.chosen.value


def _shown(one: Valued) -> tuple[str, str, str, ValueSource]:
    shape, chosen = one
    value = chosen.value
    simple = isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
    text = ",".join(map(serialise.text, value)) if simple else serialise.text(value)
    return shape.name, shape.location, text, chosen.source
