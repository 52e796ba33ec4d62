"""What an expression that builds a service can be. All frozen: a router that is changed is another router."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import RouteKind, UnresolvedExpression
from specdrift.source.rust.items import RustItem, RustModule

Spot = tuple[str, int]
"""A file's name and a byte in it: names a call in the source."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that is irrelevant to routing or could not be evaluated; ``said`` is its source text."""

    said: str = ""


@dataclass(frozen=True, slots=True)
class TextValue:
    value: str


@dataclass(frozen=True, slots=True)
class BoolValue:
    """A condition that is known."""

    value: bool


@dataclass(frozen=True, slots=True)
class NumberValue:
    """Only lengths and the like: they cut paths."""

    value: int


@dataclass(frozen=True, slots=True)
class EnumVariant:
    """An enum variant of the crates with its fields."""

    type: str
    name: str
    fields: tuple["Value", ...] = ()


Bound = tuple[tuple[str, RustItem], ...]
"""What names of types stand for: ``Self``, and parameters of generic functions and implementations."""


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function that may be called or be a handler. ``item`` is ``None`` outside of these crates; a ``closure`` keeps
    where it is written. ``bound`` are the types for which it is meant.
    """

    name: str
    location: SourceLocation
    item: RustItem | None = field(default=None, compare=False, repr=False)
    closure: Node | None = field(default=None, compare=False, repr=False)
    module: RustModule | None = field(default=None, compare=False, repr=False)
    scope: object = field(default=None, compare=False, repr=False)
    path: tuple[str, ...] = ()
    bound: Bound = field(default=(), repr=False)

    @property
    def written_in(self) -> RustModule | None:
        """The module in which it is defined; ``None`` for external code."""
        return self.item.module if self.item else self.module

    @property
    def code(self) -> Node | None:
        """The whole function or closure."""
        return self.item.node if self.item else self.closure


@dataclass(frozen=True, slots=True)
class RouterLayer:
    """``function`` is what it runs, where that is one; ``type`` its type's name otherwise."""

    name: str
    location: SourceLocation
    spot: Spot
    function: FunctionValue | None = None
    type: str = ""
    arguments: tuple[str, ...] = ()
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class LayerStack:
    """A ServiceBuilder, a tuple of layers, or one: the first is the outermost."""

    layers: tuple[RouterLayer, ...] = ()


@dataclass(frozen=True, slots=True)
class AxumEndpoint:
    """Methods, handler, and the layers around it, outermost first."""

    methods: tuple[str, ...]
    handler: FunctionValue
    location: SourceLocation
    layers: tuple[RouterLayer, ...] = ()
    conditional: bool = False
    kind: RouteKind = RouteKind.ROUTE
    trail: tuple[SourceLocation, ...] = field(default=(), compare=False)
    """The calls of ``merge`` and ``nest`` by which it came where it is, the innermost first."""
    sealed: bool = False
    """It belongs to a router nested as a service; the outer 405 fallback does not apply."""

    def by(self, place: SourceLocation | None) -> "AxumEndpoint":
        return replace(self, trail=(*self.trail, place)) if place else self

    def under(self, layers: Iterable[RouterLayer]) -> "AxumEndpoint":
        return replace(self, layers=(*layers, *self.layers))


@dataclass(frozen=True, slots=True)
class MethodRouter:
    """A MethodRouter. ``fallback`` answers other methods."""

    endpoints: tuple[AxumEndpoint, ...] = ()
    path: str | None = None
    """Where it belongs by itself: utoipa's ``routes!``."""


@dataclass(frozen=True, slots=True)
class RoutedEndpoint:
    """A path and what answers there."""

    path: str
    endpoint: AxumEndpoint


@dataclass(frozen=True, slots=True)
class Router:
    """``fallbacks`` are by the prefix below which they answer, ``""`` for its own; ``births`` the calls of the source
    that went into it; ``inherits``: it is of axum 0.6, in which a router that is nested as a service and has no
    fallback takes that of the router around.
    """

    routes: tuple[RoutedEndpoint, ...] = ()
    fallbacks: tuple[RoutedEndpoint, ...] = ()
    unresolved: tuple[UnresolvedExpression, ...] = ()
    births: frozenset[Spot] = frozenset()
    inherits: bool = False

    @property
    def own_fallback(self) -> bool:
        return any(not fallback.path for fallback in self.fallbacks)


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """A tuple, an array, a vec."""

    items: tuple["Value", ...] = ()


@dataclass(frozen=True, slots=True)
class StructValue:
    """A struct of the crates, with its known fields."""

    type: str
    fields: tuple[tuple[str, "Value"], ...] = ()

    def get(self, name: str) -> "Value":
        return dict(self.fields).get(name, UnknownValue())

    def with_field(self, name: str, value: "Value") -> "StructValue":
        return replace(self, fields=tuple({**dict(self.fields), name: value}.items()))


@dataclass(frozen=True, slots=True)
class FunctionChoice:
    """One of several functions."""

    functions: tuple[FunctionValue, ...]


Value = (
    FunctionChoice
    | UnknownValue
    | TextValue
    | BoolValue
    | NumberValue
    | EnumVariant
    | FunctionValue
    | LayerStack
    | MethodRouter
    | Router
    | SequenceValue
    | StructValue
)
UNKNOWN = UnknownValue()


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
