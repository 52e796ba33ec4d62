"""Renders a parameter for a request."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote_plus

from specdrift.loader.dialects import ParameterShape
from specdrift.loader.operations import serialise
from specdrift.loader.parse.tree import Value
from specdrift.loader.values.value_choice import ChosenValue
from specdrift.model.contract.operation import ParameterValue


class Rendered(NamedTuple):
    """A rendered parameter."""

    text: str
    """The path segment, a part of the query (``a=1&a=2``), a field value, or a cookie pair."""
    shown: ParameterValue
    """The value for reports."""


def render(shape: ParameterShape, chosen: ChosenValue) -> Rendered:
    """Render a parameter by its place, style and media type."""
    # A value serialised by ``content`` is one text; others keep their structure.
    value = serialise.text(chosen.value) if shape.media_type else chosen.value
    shown = ParameterValue(
        name=shape.name, location=shape.location, value=_shown(chosen.value), source=chosen.source
    )
    return Rendered(_text(shape, value, chosen), shown)


def _text(shape: ParameterShape, value: Value, chosen: ChosenValue) -> str:
    match shape.location:
        case "path":
            return serialise.path(shape.name, value, style=shape.style, explode=shape.explode)
        case "header":
            return serialise.header(value, explode=shape.explode)
        case "querystring":
            return _query_string(chosen.value)
        case "cookie":
            return serialise.cookie(shape.name, value, style=shape.style, explode=shape.explode)
        case _:
            encode = serialise.reserved if shape.allow_reserved else serialise.strict
            return serialise.query(shape.name, value, style=shape.style, explode=shape.explode, encode=encode)


def _query_string(value: Value) -> str:
    """Render ``in: querystring`` (3.2): the value is the whole query."""
    if isinstance(value, Mapping):
        return "&".join(f"{quote_plus(str(k))}={quote_plus(serialise.text(v))}" for k, v in value.items())
    return serialise.reserved(serialise.text(value))


def _shown(value: Value) -> str:
    simple = isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
    return ",".join(map(serialise.text, value)) if simple else serialise.text(value)
