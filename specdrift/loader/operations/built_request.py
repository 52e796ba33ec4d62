"""Builds the request of an operation: its target below the base path, and the headers that its parameters need.
Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from specdrift.loader.operations import serialise
from specdrift.loader.operations.rendered_parameter import Rendered
from specdrift.loader.values import improbable
from specdrift.model.contract.operation import ParameterValue, ValueSource

_EXPRESSION = re.compile(r"\{([^{}/]+)\}")
_LITERAL = "!$&'()*+,;=:@/?%~"
_PLAIN = re.compile(r"[A-Za-z0-9_.\-!$&'()*+,;=:@/?%~]*")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")


class BuiltRequest(NamedTuple):
    """Members of ``Operation`` with the same names."""

    target: str
    headers: tuple[tuple[str, str], ...]
    parameters: tuple[ParameterValue, ...]
    missing: tuple[str, ...]


def build(
    path: str,
    parameters: Sequence[Rendered],
    configured: Mapping[str, str],
    *,
    changing: bool,
    further: tuple[tuple[str, str], ...] = (),
) -> BuiltRequest:
    """Fill the path template and collect the other parameters. Names in the template without a parameter get a value
    too, one of nothing that exists if the request may be ``changing`` something. ``further`` are header fields that no
    parameter states.
    """
    texts = {one.shown.name: one.text for one in parameters if one.shown.location == "path"}
    for name in _EXPRESSION.findall(path):
        # Amazon API Gateway: the parameter of {proxy+} is "proxy".
        if name.endswith("+") and name.removesuffix("+") in texts:
            texts.setdefault(name, texts[name.removesuffix("+")])
    made_up = _made_up(path, texts, configured, improbable.TEXT if changing else "1")
    target = _fill(path, texts | {value.name: serialise.strict(value.value) for value in made_up})
    query = [one.text for one in parameters if one.shown.location in ("query", "querystring") and one.text]
    if query:
        target += ("&" if "?" in target else "?") + "&".join(query)
    headers, missing = _headers(parameters)
    return BuiltRequest(target, (*headers, *further), (*made_up, *(one.shown for one in parameters)), missing)


def _made_up(
    path: str, known: Mapping[str, str], configured: Mapping[str, str], usual: str
) -> list[ParameterValue]:
    return [
        ParameterValue(
            name=name,
            location="path",
            value=configured.get(name, usual),
            source=ValueSource.CONFIG if name in configured else ValueSource.TYPE,
        )
        for name in dict.fromkeys(_EXPRESSION.findall(path))
        if name not in known
    ]


def _fill(path: str, texts: Mapping[str, str]) -> str:
    parts = _EXPRESSION.split(path)
    return "".join(texts[part] if i % 2 else _literal(part) for i, part in enumerate(parts))


def _literal(text: str) -> str:
    """Return a fixed part of a template; only characters that a target cannot contain are encoded."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=_LITERAL, errors="replace")


def _headers(parameters: Sequence[Rendered]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the header fields, and the names of parameters whose values no field can carry."""
    fields = [
        (one.shown.name, one.text, one.shown.name) for one in parameters if one.shown.location == "header"
    ]
    cookies = [one for one in parameters if one.shown.location == "cookie"]
    if cookies:
        fields.append(("Cookie", "; ".join(one.text for one in cookies), cookies[0].shown.name))
    missing = tuple(asked for name, value, asked in fields if not _sendable(name, value))
    return tuple((name, value) for name, value, _ in fields if _sendable(name, value)), missing


def _sendable(name: str, value: str) -> bool:
    return bool(_FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value))
