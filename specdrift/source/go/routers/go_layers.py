"""Middleware as routers hold it, and handlers that libraries wrap."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from specdrift.source.go.values.go_values import GoValue, HandlerValue

if TYPE_CHECKING:
    from specdrift.model.contract.location import SourceLocation


class LayerShape(Enum):
    """How middleware calls what it wraps."""

    WRAPPER = auto()
    """A function from a handler to a handler."""
    CHAINED = auto()
    """A handler of gin, after which the next one is called."""


@dataclass(frozen=True, slots=True)
class AddedLayer:
    """Middleware that a router was given."""

    value: GoValue
    place: SourceLocation
    shape: LayerShape
    is_conditional: bool = False
    name: str = ""
    """How the code names it."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler that a router was given for a path."""

    methods: tuple[str, ...]
    pattern: GoValue
    handler: GoValue
    place: SourceLocation
    layers: tuple[AddedLayer, ...] = ()
    is_conditional: bool = False
    is_mount: bool = False
    """Whether it answers all paths below."""


@dataclass(frozen=True, slots=True)
class WrappedHandler(HandlerValue):
    """A handler around which a library puts code that rejects no request, or that strips a prefix of the path."""

    inner: GoValue
    prefix: GoValue | None = None
    """What ``http.StripPrefix`` strips."""


@dataclass(frozen=True, slots=True)
class LayeredHandler(HandlerValue):
    """A handler with middleware around it, the outermost first."""

    inner: GoValue
    layers: tuple[AddedLayer, ...]


@dataclass(frozen=True, slots=True)
class AnsweringHandler(HandlerValue):
    """A handler of a library that always answers with one status."""

    name: str
    status: int
