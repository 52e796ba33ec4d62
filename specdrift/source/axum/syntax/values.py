"""What an expression that builds a service can be. All frozen: a router that is changed is another router."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import RouteKind, UnresolvedExpression
from specdrift.source.rust.items import Item, Module

Spot = tuple[str, int]
"""A file's name and a byte in it: names a call in the source."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything that is of no use for routing, or that was not understood. ``said`` is how it is written."""

    said: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition that is known."""

    value: bool


@dataclass(frozen=True, slots=True)
class Number:
    """Only lengths and the like: they cut paths."""

    value: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of an enum of these crates, ``type`` by name, with what it holds."""

    type: str
    name: str
    fields: tuple["Value", ...] = ()


Bound = tuple[tuple[str, Item], ...]
"""What names of types stand for: ``Self``, and parameters of generic functions and implementations."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that may be called or be a handler. ``item`` is ``None`` outside of these crates; a ``closure`` keeps
    where it is written. ``bound`` are the types for which it is meant.
    """

    name: str
    location: SourceLocation
    item: Item | None = field(default=None, compare=False, repr=False)
    closure: Node | None = field(default=None, compare=False, repr=False)
    module: Module | None = field(default=None, compare=False, repr=False)
    scope: object = field(default=None, compare=False, repr=False)
    path: tuple[str, ...] = ()
    bound: Bound = field(default=(), repr=False)

    @property
    def written_in(self) -> Module | None:
        """The module whose names its code uses; ``None`` outside of these crates."""
        return self.item.module if self.item else self.module

    @property
    def code(self) -> Node | None:
        """The whole function or closure."""
        return self.item.node if self.item else self.closure


@dataclass(frozen=True, slots=True)
class Layer:
    """``function`` is what it runs, where that is one; ``type`` its type's name otherwise."""

    name: str
    location: SourceLocation
    spot: Spot
    function: Function | None = None
    type: str = ""
    arguments: tuple[str, ...] = ()
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Layers:
    """A ServiceBuilder, a tuple of layers, or one: the first is the outermost."""

    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True)
class Handling:
    """Something that answers: methods, handler, and the layers around it, the outermost first."""

    methods: tuple[str, ...]
    handler: Function
    location: SourceLocation
    layers: tuple[Layer, ...] = ()
    conditional: bool = False
    kind: RouteKind = RouteKind.ROUTE
    trail: tuple[SourceLocation, ...] = field(default=(), compare=False)
    """The calls of ``merge`` and ``nest`` by which it came where it is, the innermost first."""
    sealed: bool = False
    """It is of a router that is nested as a service: what is said of 405 outside does not reach it."""

    def by(self, place: SourceLocation | None) -> "Handling":
        return replace(self, trail=(*self.trail, place)) if place else self

    def under(self, layers: Iterable[Layer]) -> "Handling":
        return replace(self, layers=(*layers, *self.layers))


@dataclass(frozen=True, slots=True)
class Methods:
    """A MethodRouter. ``fallback`` answers other methods."""

    handlings: tuple[Handling, ...] = ()
    path: str | None = None
    """Where it belongs by itself: utoipa's ``routes!``."""


@dataclass(frozen=True, slots=True)
class Routed:
    """A path and what answers there."""

    path: str
    handling: Handling


@dataclass(frozen=True, slots=True)
class Router:
    """``fallbacks`` are by the prefix below which they answer, ``""`` for its own; ``births`` the calls of the source
    that went into it; ``inherits``: it is of axum 0.6, in which a router that is nested as a service and has no
    fallback takes that of the router around.
    """

    routes: tuple[Routed, ...] = ()
    fallbacks: tuple[Routed, ...] = ()
    unresolved: tuple[UnresolvedExpression, ...] = ()
    births: frozenset[Spot] = frozenset()
    inherits: bool = False

    @property
    def own_fallback(self) -> bool:
        return any(not fallback.path for fallback in self.fallbacks)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A tuple, an array, a vec."""

    items: tuple["Value", ...] = ()


@dataclass(frozen=True, slots=True)
class Struct:
    """A value of a type of these crates, with the fields that matter."""

    type: str
    fields: tuple[tuple[str, "Value"], ...] = ()

    def get(self, name: str) -> "Value":
        return dict(self.fields).get(name, Unknown())

    def with_field(self, name: str, value: "Value") -> "Struct":
        return replace(self, fields=tuple({**dict(self.fields), name: value}.items()))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several functions."""

    functions: tuple[Function, ...]


Value = (
    Choice
    | Unknown
    | Text
    | Flag
    | Number
    | Variant
    | Function
    | Layers
    | Methods
    | Router
    | Sequence
    | Struct
)
UNKNOWN = Unknown()


@dataclass(slots=True)
class Scope:
    """Variables, with those of the blocks around."""

    around: "Scope | None" = None
    variables: dict[str, Value] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Value | None:
        if name in self.variables:
            return self.variables[name]
        return self.around.get(name) if self.around else None

    def assign(self, name: str, value: Value) -> None:
        """Give a variable another value, wherever it was declared."""
        if name in self.variables or self.around is None:
            self.variables[name] = value
        else:
            self.around.assign(name, value)

    def fork(self) -> "Scope":
        """The same variables, to go another way with."""
        return Scope(self.around.fork() if self.around else None, dict(self.variables), dict(self.types))

    def become(self, other: "Scope") -> None:
        """Take the values of a fork."""
        self.variables, self.types = other.variables, other.types
        if self.around and other.around:
            self.around.become(other.around)
