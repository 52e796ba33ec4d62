"""Middleware as routers hold it, and handlers that libraries wrap."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.go.values.go_values import GoValue, HandlerValue

if TYPE_CHECKING:
    from specdrift.model.contract.location import SourceLocation


class LayerShape(Enum):
    """How middleware calls what it wraps."""

    WRAPPER = auto()
    """A function from a handler to a handler."""
    CHAINED = auto()
    """A handler of gin, after which the next one is called."""


class AddedLayer(Struct, frozen=True):
    """Middleware that a router was given."""

    value: GoValue
    place: SourceLocation
    shape: LayerShape
    is_conditional: bool = False
    name: str = ""
    """How the code names it."""


class Registration(Struct, frozen=True):
    """A handler that a router was given for a path."""

    methods: tuple[str, ...]
    pattern: GoValue
    handler: GoValue
    place: SourceLocation
    layers: tuple[AddedLayer, ...] = ()
    is_conditional: bool = False
    is_mount: bool = False
    """Whether it answers all paths below."""


class WrappedHandler(HandlerValue, Struct, frozen=True):
    """A handler around which a library puts code that rejects no request, or that strips a prefix of the path."""

    inner: GoValue
    prefix: GoValue | None = None
    """What ``http.StripPrefix`` strips."""


class LayeredHandler(HandlerValue, Struct, frozen=True):
    """A handler with middleware around it, the outermost first."""

    inner: GoValue
    layers: tuple[AddedLayer, ...]


class AnsweringHandler(HandlerValue, Struct, frozen=True):
    """A handler of a library that always answers with one status."""

    name: str
    status: int
