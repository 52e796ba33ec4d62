"""Handlers in front of others on the way to that of a route."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.source import PathComparison
from specdrift.source.go.routers.go_layers import AnsweringHandler
from specdrift.source.go.values.go_values import (
    Closure,
    DeclaredFunction,
    GoUnknown,
    GoValue,
    LibraryCode,
    LibraryObject,
    record_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.language.go_files import GoFile
    from specdrift.source.go.language.go_packages import GoPackage
    from specdrift.source.go.routers.path_patterns import RoutePattern


class StepKind(Enum):
    """How a handler around others calls these."""

    WRAPPER = auto()
    CHAINED = auto()
    DIRECT = auto()
    """A handler that calls another one, which it has in a variable."""
    EXTERNAL = auto()
    """Code of another module."""


class HandlerStep(Struct, frozen=True):
    """A handler or middleware in front of the handler of a route."""

    kind: StepKind
    value: GoValue
    target: GoValue
    """What it must call; of ``DIRECT``."""
    others: tuple[GoValue, ...]
    """What else it may call."""
    name: str
    place: SourceLocation
    stripped: str
    """What was stripped off the path before."""
    is_conditional: bool = False


class FoundRoute(Struct, frozen=True):
    """A handler, the paths that lead to it, and what is in front of it."""

    pattern: RoutePattern
    handler: GoValue
    steps: tuple[HandlerStep, ...]
    place: SourceLocation
    stripped: str = ""
    is_conditional: bool = False
    is_fallback: bool = False
    """Whether it answers what no route does."""
    trail: tuple[SourceLocation, ...] = ()
    routed: int = 0
    """The number of steps in front of the last router."""
    comparison: PathComparison = PathComparison.UNKNOWN
    is_cleaned: bool = False
    """Whether its router selects it by paths without empty segments and dot segments, however they were sent."""
    is_alone: bool = False
    """Whether no router is around it: it answers all paths."""


class Reached(Struct, frozen=True):
    """How a handler is reached."""

    place: SourceLocation
    around: RoutePattern | None = None
    """The pattern of the router around, as the client sends the path."""
    stripped: str = ""
    """What was stripped off the path."""
    comparison: PathComparison | None = None
    """How the routers around compare paths; ``None`` without one."""
    route_path: str | None = None
    """The prefix that routers of chi ignore: that of the mounts around."""
    steps: tuple[HandlerStep, ...] = ()
    routed: int = 0
    """The number of steps in front of the router around."""
    is_conditional: bool = False
    is_fallback: bool = False
    is_cleaned: bool = False
    trail: tuple[SourceLocation, ...] = ()
    depth: int = 0

    def inner(self, place: SourceLocation, around: RoutePattern | None, *, conditional: bool) -> Reached:
        """Return how a handler that is registered here is reached."""
        return replace(
            self,
            place=place,
            around=around,
            routed=len(self.steps),
            is_conditional=self.is_conditional or conditional,
            trail=(self.place, *self.trail) if self.depth else self.trail,
            depth=self.depth + 1,
        )

    def within(self, comparison: PathComparison) -> Reached:
        """Return how the routes of a router are reached, which compares paths in its own way."""
        alike = self.comparison in (None, comparison) and not self.stripped
        return replace(self, comparison=comparison if alike else PathComparison.UNKNOWN)

    def behind(self, *steps: HandlerStep) -> Reached:
        return replace(self, steps=(*self.steps, *steps), depth=self.depth + 1)


def name_of(value: GoValue) -> str:
    """Return the name of a function for people."""
    match value:
        case Closure(name=name) | AnsweringHandler(name=name):
            return name
        case DeclaredFunction(function=function):
            return str(function)
        case LibraryCode(name=name) | GoUnknown(made_by=name):
            return short_name(name)
    record = record_of(value)
    kind = record.kind if record is not None else value.kind if isinstance(value, LibraryObject) else None
    return kind.name if kind is not None else ""


def short_name(name: str) -> str:
    """Return the name of a function of a library with its package only."""
    return name.removeprefix("?.").rpartition("/")[2]


def code_place(value: GoValue) -> tuple[Node, GoFile, GoPackage] | None:
    """Return where a function of the modules is written."""
    if isinstance(value, Closure):
        return value.node, value.file, value.package
    if isinstance(value, DeclaredFunction):
        return value.function.node, value.function.file, value.function.package
    return None
