"""The values of expressions that build a service. All are frozen."""

from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.contract.location import SourceLocation
from specdrift.model.partly_compared import PartlyCompared
from specdrift.model.result.source import ListenerKind, RouteKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import SourceFile

Spot = tuple[str, int]
"""A file name and a byte offset; identifies a call."""


class CodePlace(Struct, frozen=True):
    """A node and its file."""

    file: SourceFile
    node: Node

    def unresolved(self, what: str) -> UnresolvedExpression:
        """Return the code as an expression of a served router that was not followed."""
        return UnresolvedExpression(self.file.place(self.node), what, UnresolvedKind.SERVED)


class UnknownValue(PartlyCompared, frozen=True, eq=False):
    """A value that is irrelevant to routing or could not be evaluated."""

    aside: ClassVar = frozenset({"made"})

    source_text: str = ""
    made: CodePlace | None = None
    """The call that returns it, which may be a router; ``None`` for values that are none."""
    known: str = ""
    """A text as far as it is known; ``…`` stands for the rest."""


class TextValue(Struct, frozen=True):
    value: str


class BoolValue(Struct, frozen=True):
    """A known condition."""

    value: bool


class NumberValue(Struct, frozen=True):
    """A length or index; used to slice paths."""

    value: int


class EnumVariant(Struct, frozen=True):
    """An enum variant of the crates with its fields."""

    type: str
    name: str
    fields: tuple["Value", ...] = ()


Bound = tuple[tuple[str, RustItem], ...]
"""Types by name: of ``Self``, and of parameters of generic functions and implementations."""


class FunctionValue(PartlyCompared, frozen=True, eq=False):
    """A function that may be called or be a handler."""

    aside: ClassVar = frozenset({"item", "closure", "module", "scope"})

    name: str
    location: SourceLocation
    item: RustItem | None = None
    """``None`` for external code."""
    closure: Node | None = None
    module: RustModule | None = None
    scope: object = None
    """Where a closure is defined."""
    path: tuple[str, ...] = ()
    bound: Bound = ()
    """Its type parameters."""

    @property
    def written_in(self) -> RustModule | None:
        """The module in which it is defined; ``None`` for external code."""
        return self.item.module if self.item else self.module

    @property
    def code(self) -> Node | None:
        """The whole function or closure."""
        return self.item.node if self.item else self.closure


class ServedCall(Struct, frozen=True):
    """A call that serves a connection or gives a request to the router, in its function."""

    function: Node
    module: RustModule
    owner: str
    """The type of a method."""
    call: Node | None
    """``None`` for what the function returns."""


class RouterLayer(PartlyCompared, frozen=True, eq=False):
    """A layer."""

    aside: ClassVar = frozenset({"module", "gate"})

    name: str
    location: SourceLocation
    spot: Spot
    function: FunctionValue | None = None
    """The function that it runs, if it has one."""
    type: str = ""
    """The name of its type otherwise."""
    arguments: tuple[str, ...] = ()
    conditional: bool = False
    module: RustModule | None = None
    """Where it is added."""
    held: "StructValue | None" = None
    """What it is made with, if that was evaluated."""
    gate: ServedCall | None = None
    """Not a layer of a router: what stands before a call may end connections or refuse requests."""


MOST_LAYERS = 100
"""Layers around one route that are read: the work grows with routes and layers."""


class LayerStack(Struct, frozen=True):
    """A ServiceBuilder, a tuple of layers, or a single layer; the first is outermost."""

    layers: tuple[RouterLayer, ...] = ()
    in_option: bool = False
    """It is in an option that surely has it; without, an option may be empty."""


class AxumEndpoint(PartlyCompared, frozen=True, eq=False):
    """Methods, handler, and the layers around it, outermost first."""

    aside: ClassVar = frozenset({"trail", "nested"})

    methods: tuple[str, ...]
    handler: FunctionValue
    location: SourceLocation
    layers: tuple[RouterLayer, ...] = ()
    conditional: bool = False
    either: bool = False
    """Each branch of a condition has it, with other layers."""
    kind: RouteKind = RouteKind.ROUTE
    trail: tuple[SourceLocation, ...] = ()
    """The calls of ``merge`` and ``nest`` that moved it, innermost first."""
    unplaced: bool = False
    """It is below a prefix that is not known."""
    nested: tuple[tuple[int, str], ...] = ()
    """For each router that it was nested into: the number of layers around it before, and its path."""
    sealed: bool = False
    """It belongs to a router nested as a service; the outer 405 fallback does not apply."""

    def by(self, place: SourceLocation | None) -> "AxumEndpoint":
        return replace(self, trail=(*self.trail, place)) if place else self

    def below(self, path: str) -> "AxumEndpoint":
        """Return the endpoint of this path in a router that is nested into another."""
        return replace(self, nested=(*self.nested, (len(self.layers), path)))

    @property
    def is_full(self) -> bool:
        """Whether no more layers are read: the outermost stands for all others, and may be a guard."""
        return len(self.layers) > MOST_LAYERS

    def under(self, layers: tuple[RouterLayer, ...]) -> "AxumEndpoint":
        if self.is_full or not layers:
            return self
        every = (*layers, *self.layers)
        if len(every) > MOST_LAYERS:
            outer = every[-MOST_LAYERS - 1]
            every = (RouterLayer("(further layers)", outer.location, outer.spot), *every[-MOST_LAYERS:])
        return replace(self, layers=every)


class MethodRouter(Struct, frozen=True):
    """A MethodRouter."""

    endpoints: tuple[AxumEndpoint, ...] = ()
    path: str | None = None
    """The path of utoipa's ``routes!``."""


class ForeignService(Struct, frozen=True):
    """A service of another crate: files and what answers without one, or the router of gRPC services."""

    endpoints: tuple[AxumEndpoint, ...] = ()
    router: "Router | None" = None


class RoutedEndpoint(Struct, frozen=True):
    """A path and its endpoint."""

    path: str
    endpoint: AxumEndpoint


class Router(Struct, frozen=True):
    """A Router."""

    routes: tuple[RoutedEndpoint, ...] = ()
    fallbacks: tuple[RoutedEndpoint, ...] = ()
    """By the prefix that they answer below; ``""`` for its own."""
    unresolved: tuple[UnresolvedExpression, ...] = ()
    origins: frozenset[Spot] = frozenset()
    """Calls that created it and the routers merged into it."""
    inherits_fallback: bool = False
    """It is of axum 0.6: nested as a service without a fallback, it uses the outer router's."""

    @property
    def own_fallback(self) -> bool:
        return any(not fallback.path for fallback in self.fallbacks)


class ResponseValue(Struct, frozen=True):
    """The response of a router: a service that returns it serves the router."""

    router: Router
    calls: frozenset[Spot] = frozenset()
    """The calls that give a request to it."""


class TransportValue(Struct, frozen=True):
    """A listener, a connection, an acceptor or a server."""

    kind: ListenerKind
    gates: tuple[RouterLayer, ...] = ()
    """What may refuse connections in it."""


class SequenceValue(Struct, frozen=True):
    """A tuple, an array or a vector."""

    items: tuple["Value", ...] = ()
    is_list: bool = False


class StructValue(Struct, frozen=True):
    """A struct of the crates with its known fields."""

    type: str
    fields: tuple[tuple[str, "Value"], ...] = ()

    def get(self, name: str) -> "Value":
        return dict(self.fields).get(name, UnknownValue())

    def with_field(self, name: str, value: "Value") -> "StructValue":
        return replace(self, fields=tuple({**dict(self.fields), name: value}.items()))


class CellValue(Struct, frozen=True):
    """An empty cell, which is filled later."""

    spot: Spot
    """The call that makes it."""


class FunctionChoice(Struct, frozen=True):
    """One of several functions."""

    functions: tuple[FunctionValue, ...]


Value = (
    CellValue
    | FunctionChoice
    | UnknownValue
    | TextValue
    | BoolValue
    | NumberValue
    | EnumVariant
    | ForeignService
    | FunctionValue
    | LayerStack
    | MethodRouter
    | ResponseValue
    | Router
    | SequenceValue
    | StructValue
    | TransportValue
)
UNKNOWN = UnknownValue()
ROUTERS = frozenset({"Router", "OpenApiRouter", "ApiRouter"})
"""Types of routers."""


class Scope(Struct):
    """Variables, with those of the enclosing blocks."""

    around: "Scope | None" = None
    variables: dict[str, Value] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Paths imported by ``use`` in the block, by alias."""

    def imported(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Return a path with its first segment replaced by what a ``use`` of the block or around it imports."""
        if path and path[0] in self.imports:
            return (*self.imports[path[0]], *path[1:])
        return self.around.imported(path) if self.around else path

    def get(self, name: str) -> Value | None:
        if name in self.variables:
            return self.variables[name]
        return self.around.get(name) if self.around else None

    def declared(self, name: str) -> str:
        """Return the name of the type that a variable is declared with; empty if there is none."""
        if name in self.variables:
            return self.types.get(name, "")
        return self.around.declared(name) if self.around else ""

    def assign(self, name: str, value: Value) -> None:
        """Assign to a variable in the scope that declares it."""
        if name in self.variables or self.around is None:
            self.variables[name] = value
        else:
            self.around.assign(name, value)

    def fork(self) -> "Scope":
        """Return a copy for a branch."""
        return Scope(
            self.around.fork() if self.around else None, dict(self.variables), dict(self.types), self.imports
        )

    def become(self, other: "Scope") -> None:
        """Take the values of a copy."""
        self.variables, self.types = other.variables, other.types
        if self.around and other.around:
            self.around.become(other.around)
