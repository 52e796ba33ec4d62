"""Routers of chi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import field

from specdrift.source.go.interpreter.go_calls import call_value
from specdrift.source.go.language.go_files import code_of, part, parts
from specdrift.source.go.routers.go_layers import AddedLayer, LayeredHandler, LayerShape, Registration
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    GoNil,
    GoText,
    GoUnknown,
    GoValue,
    Items,
    LibraryObject,
    TypeName,
    plain,
)

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Call, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction

PATH = "github.com/go-chi/chi"
PATHS = (PATH, f"{PATH}/v5", f"{PATH}/v4")
VERBS = ("Connect", "Delete", "Get", "Head", "Options", "Patch", "Post", "Put", "Trace")


class ChiRouter(LibraryObject, eq=False):
    """A router, or an inline one that adds middleware to the routes of another."""

    layers: list[AddedLayer] = field(default_factory=list)
    """Middleware of the router, outside of its routing; of an inline one, around its routes only."""
    registrations: list[Registration] = field(default_factory=list)
    not_found: list[Registration] = field(default_factory=list)
    """What answers paths of no route, and other methods of those of routes."""
    of: ChiRouter | None = None
    """The router that an inline one adds routes to."""
    has_routes: bool = False

    @property
    def kind(self) -> TypeName:
        return TypeName(PATH, "Mux")

    @property
    def tree(self) -> ChiRouter:
        return self.of.tree if self.of is not None else self


def _new(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return ChiRouter()


def layers_of(machine: Machine, call: Call, shape: LayerShape, first: int = 0) -> list[AddedLayer]:
    """Return the middleware among the arguments of a call."""
    nodes = parts(part(call.node, "arguments"))[first:]
    found: list[AddedLayer] = []
    for index, value in enumerate(call.arguments[first:]):
        node = nodes[index] if index < len(nodes) else call.node
        of_list = node.type == "variadic_argument" or index >= len(nodes)
        name = "" if of_list or node.type == "func_literal" else code_of(node)
        if of_list and isinstance(value, GoUnknown) and value.made_by in {"", "..."}:
            name = code_of(node).removesuffix("...")  # a list that is not known
        place = call.place if of_list else call.frame.file.place(node)
        found.append(AddedLayer(value, place, shape, machine.is_conditional, name))
    return found


def _use(machine: Machine, call: Call) -> GoValue:
    router = call.receiver
    if not isinstance(router, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    if router.has_routes:
        machine.unread(call.place, "middleware added after a route: chi panics")
    router.layers += layers_of(machine, call, LayerShape.WRAPPER)
    return NIL


def _with(machine: Machine, call: Call) -> GoValue:
    router = call.receiver
    if not isinstance(router, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    return _inline(router, layers_of(machine, call, LayerShape.WRAPPER))


def _inline(router: ChiRouter, more: list[AddedLayer]) -> ChiRouter:
    if router.of is None:
        router.has_routes = True
    own = router.layers if router.of is not None else []
    return ChiRouter(layers=[*own, *more], of=router)


def _group(machine: Machine, call: Call) -> GoValue:
    router = call.receiver
    if not isinstance(router, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    inner = _inline(router, [])
    _fill(machine, call, call.argument(0), inner)
    return inner


def _fill(machine: Machine, call: Call, function: GoValue, router: ChiRouter) -> None:
    if not isinstance(function, GoNil):
        call_value(machine, function, [router], call.node, call.frame, is_dynamic=False)


def _route(machine: Machine, call: Call) -> GoValue:
    router = call.receiver
    if not isinstance(router, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    inner = ChiRouter()
    _fill(machine, call, call.argument(1), inner)
    add(machine, router, (), call, (call.argument(0), inner), is_mount=True)
    return inner


def _mount(machine: Machine, call: Call) -> GoValue:
    router = call.receiver
    if not isinstance(router, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    add(machine, router, (), call, (call.argument(0), call.argument(1)), is_mount=True)
    return NIL


def add(
    machine: Machine,
    router: ChiRouter,
    methods: tuple[str, ...],
    call: Call,
    given: Sequence[GoValue],
    *,
    is_mount: bool = False,
) -> None:
    """Add a route, with the middleware of the inline router that it is added to."""
    layers = tuple(router.layers) if router.of is not None else ()
    router.has_routes = True
    router.tree.has_routes = True
    machine.routers[router.tree] = None
    pattern, handler = given
    if not machine.is_conditional:
        _replace(router.tree, methods, pattern)
    router.tree.registrations.append(
        Registration(methods, pattern, handler, call.place, layers, machine.is_conditional, is_mount)
    )


def _replace(router: ChiRouter, methods: tuple[str, ...], pattern: GoValue) -> None:
    """Remove the routes of a pattern that chi replaces; a mount replaces those for all methods."""
    path = _path_of(pattern)
    if path is not None:
        router.registrations[:] = [
            one
            for one in router.registrations
            if one.is_mount
            or _path_of(one.pattern) != path
            or (methods and not (one.methods and set(one.methods) <= set(methods)))
        ]


def _path_of(pattern: GoValue) -> str | None:
    inner = plain(pattern)
    return inner.known if isinstance(inner, GoText) else None


def _verb(method: str) -> LibraryFunction:
    def run(machine: Machine, call: Call) -> GoValue:
        if not isinstance(call.receiver, ChiRouter):
            return machine.purpose.unknown_call(machine, call)
        add(machine, call.receiver, (method,), call, (call.argument(0), call.argument(1)))
        return NIL

    return run


def _handle(machine: Machine, call: Call) -> GoValue:
    """Add a handler for all methods, or for that which the pattern begins with."""
    if not isinstance(call.receiver, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    methods, pattern = split_method(call.argument(0))
    add(machine, call.receiver, methods, call, (pattern, call.argument(1)))
    return NIL


def split_method(pattern: GoValue) -> tuple[tuple[str, ...], GoValue]:
    """Return the method that a pattern begins with, and the rest."""
    inner = plain(pattern)
    known = inner.known if isinstance(inner, GoText) else None
    if known is None or not any(one in known for one in " \t"):
        return (), inner
    method, path = known.split(None, 1) if known.split(None, 1)[1:] else (known, "")
    return (method.upper(),), GoText((path.strip(),))


def _method(machine: Machine, call: Call) -> GoValue:
    if not isinstance(call.receiver, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    name = plain(call.argument(0))
    known = name.known if isinstance(name, GoText) else None
    if known is None:
        machine.unread(call.place, "a route with a method that is not known")
        return NIL
    add(machine, call.receiver, (known.upper(),), call, (call.argument(1), call.argument(2)))
    return NIL


def _not_found(machine: Machine, call: Call) -> GoValue:
    if not isinstance(call.receiver, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    router = call.receiver
    layers = tuple(router.layers) if router.of is not None else ()
    router.tree.not_found.append(
        Registration((), UNKNOWN, call.argument(0), call.place, layers, machine.is_conditional)
    )
    return NIL


class ChiChain(LibraryObject, eq=False):
    """Middleware that is put around a handler at once."""

    layers: tuple[AddedLayer, ...] = ()

    @property
    def kind(self) -> TypeName:
        return TypeName(PATH, "Middlewares")


def _chain(machine: Machine, call: Call) -> GoValue:
    return ChiChain(layers=tuple(layers_of(machine, call, LayerShape.WRAPPER)))


def _middlewares(machine: Machine, call: Call) -> GoValue:
    if not isinstance(call.receiver, ChiRouter):
        return machine.purpose.unknown_call(machine, call)
    return ChiChain(layers=tuple(call.receiver.layers))


def _chain_handler(machine: Machine, call: Call) -> GoValue:
    chain = call.receiver
    if isinstance(chain, ChiChain):
        return LayeredHandler(call.argument(0), chain.layers)
    listed = plain(chain) if chain is not None else None
    if not isinstance(listed, Items) or not listed.is_complete:
        return machine.purpose.unknown_call(machine, call)
    layers = (
        AddedLayer(one, call.place, LayerShape.WRAPPER, machine.is_conditional) for one in listed.values
    )
    return LayeredHandler(call.argument(0), tuple(layers))


def _benign(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return GoText((None,))


METHODS: Mapping[str, LibraryFunction] = {
    **{name: _verb(name.upper()) for name in VERBS},
    "Use": _use,
    "With": _with,
    "Group": _group,
    "Route": _route,
    "Mount": _mount,
    "Handle": _handle,
    "HandleFunc": _handle,
    "Method": _method,
    "MethodFunc": _method,
    "NotFound": _not_found,
    "MethodNotAllowed": _not_found,
    "Middlewares": _middlewares,
}
CHI: Mapping[str, LibraryFunction] = {
    **{f"{path}.{name}": _new for path in PATHS for name in ("NewRouter", "NewMux")},
    **{
        f"{path}.{owner}.{name}": function
        for path in PATHS
        for owner in ("Mux", "Router")
        for name, function in METHODS.items()
    },
    **{f"{path}.Chain": _chain for path in PATHS},
    **{f"{path}.Middlewares.{name}": _chain_handler for path in PATHS for name in ("Handler", "HandlerFunc")},
    **{f"{path}.URLParam": _benign for path in PATHS},
    **{f"{path}.URLParamFromCtx": _benign for path in PATHS},
}
