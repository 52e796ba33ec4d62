"""Routers of gin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from msgspec import field

from specdrift.source.go.interpreter.standard_library import argument, clean_path
from specdrift.source.go.routers import go_serving
from specdrift.source.go.routers.chi_router import layers_of
from specdrift.source.go.routers.go_layers import AddedLayer, AnsweringHandler, LayerShape, Registration
from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import (
    NIL,
    GoText,
    GoUnknown,
    GoValue,
    Items,
    LibraryObject,
    TypeName,
    plain,
    text_of,
)

if TYPE_CHECKING:
    from specdrift.source.go.interpreter.machine import Call, Machine
    from specdrift.source.go.interpreter.standard_library import LibraryFunction

PATH = "github.com/gin-gonic/gin"
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANY = ("GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE")
"""The methods of ``Any``."""


class GinGroup(LibraryObject, eq=False):
    """A group of routes, or the engine itself."""

    NOT_FOLLOWED: ClassVar[frozenset[str]] = frozenset({"Handlers"})
    base: GoValue = field(default_factory=lambda: text_of("/"))
    layers: list[AddedLayer] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)
    """Of an engine: its routes, with the middleware that was there when they were added."""
    not_found: list[Registration] = field(default_factory=list)
    of: GinGroup | None = None
    """The engine."""

    @property
    def kind(self) -> TypeName:
        return TypeName(PATH, "RouterGroup" if self.of is not None else "Engine")

    @property
    def engine(self) -> GinGroup:
        return self.of if self.of is not None else self


def _new(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return GinGroup()


def _use(machine: Machine, call: Call) -> GoValue:
    group = call.receiver
    if not isinstance(group, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    group.layers += layers_of(machine, call, LayerShape.CHAINED)
    return group


def _group(machine: Machine, call: Call) -> GoValue:
    group = call.receiver
    if not isinstance(group, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    layers = [*group.layers, *layers_of(machine, call, LayerShape.CHAINED, 1)]
    base = joined_paths(group.base, call.argument(0))
    return GinGroup(base=base, layers=layers, of=group.engine)


def joined_paths(base: GoValue, path: GoValue) -> GoValue:
    """Return the path of a route in a group, as gin joins it."""
    one, other = plain(base), plain(path)
    if (
        not isinstance(one, GoText)
        or not isinstance(other, GoText)
        or one.known is None
        or other.known is None
    ):
        return go_texts.joined([one, other]) if isinstance(other, GoText) else GoUnknown()
    if not other.known:
        return one
    whole = clean_path(one.known, other.known)
    return text_of(f"{whole}/" if other.known.endswith("/") and not whole.endswith("/") else whole)


def _add(machine: Machine, call: Call, group: GinGroup, methods: tuple[str, ...], first: int) -> GoValue:
    """Add a route: its last handler answers, those before it are middleware."""
    own = layers_of(machine, call, LayerShape.CHAINED, first + 1)
    # Without a handler of its own, the last middleware answers.
    layers = [*group.layers, *own]
    if not layers:
        machine.unread(call.place, "a route without a handler")
        return group
    pattern = joined_paths(group.base, call.argument(first))
    handler = layers.pop()
    machine.routers[group.engine] = None
    group.engine.registrations.append(
        Registration(
            methods,
            pattern,
            handler.value,
            call.place,
            tuple(layers),
            machine.is_conditional,
        )
    )
    return group


def _verb(methods: tuple[str, ...]) -> LibraryFunction:
    def run(machine: Machine, call: Call) -> GoValue:
        if not isinstance(call.receiver, GinGroup):
            return machine.purpose.unknown_call(machine, call)
        return _add(machine, call, call.receiver, methods, 0)

    return run


def _handle(machine: Machine, call: Call) -> GoValue:
    if not isinstance(call.receiver, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    name = plain(call.argument(0))
    known = name.known if isinstance(name, GoText) else None
    if known is None:
        machine.unread(call.place, "a route with a method that is not known")
        return call.receiver
    return _add(machine, call, call.receiver, (known,), 1)


def _match(machine: Machine, call: Call) -> GoValue:
    if not isinstance(call.receiver, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    names = plain(call.argument(0))
    values = [plain(one) for one in names.values] if isinstance(names, Items) and names.is_complete else []
    methods = tuple(one.known for one in values if isinstance(one, GoText) and one.known is not None)
    if not methods or len(methods) != len(values):
        machine.unread(call.place, "a route with methods that are not known")
        return call.receiver
    return _add(machine, call, call.receiver, methods, 1)


def _files(machine: Machine, call: Call) -> GoValue:
    """Add a route that serves files: of a folder, or one file."""
    if not isinstance(call.receiver, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    group, name = call.receiver, call.name.rpartition(".")[2]
    below = text_of("/*filepath") if name in {"Static", "StaticFS"} else text_of("")
    pattern = joined_paths(joined_paths(group.base, call.argument(0)), below)
    group.engine.registrations.append(
        Registration(
            ("GET", "HEAD"),
            pattern,
            AnsweringHandler(f"gin.{name}", 200),
            call.place,
            tuple(group.layers),
            machine.is_conditional,
        )
    )
    return group


def _not_found(machine: Machine, call: Call) -> GoValue:
    if not isinstance(call.receiver, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    layers = layers_of(machine, call, LayerShape.CHAINED)
    if layers:
        handler = layers.pop()
        engine = call.receiver.engine
        engine.not_found.append(
            Registration((), text_of(""), handler.value, call.place, tuple(layers), machine.is_conditional)
        )
    return NIL


def _run(machine: Machine, call: Call) -> GoValue:
    """Serve the engine."""
    if not isinstance(call.receiver, GinGroup):
        return machine.purpose.unknown_call(machine, call)
    listener = LISTENERS[call.name.rpartition(".")[2]](call)
    return go_serving.serve(machine, call, call.receiver, listener)


def _address(call: Call) -> GoValue:
    return go_serving.GoListener(go_serving.kind_of_address(call.argument(0)))


LISTENERS: Mapping[str, go_serving.ListenerOf] = {
    "Run": _address,
    "RunTLS": go_serving.fixed(go_serving.TLS_BY_DEFAULT),
    "RunListener": lambda call: call.argument(0),
    "RunUnix": go_serving.fixed(go_serving.LOCAL),
    "RunFd": go_serving.fixed(go_serving.NOT_KNOWN),
    "RunQUIC": go_serving.fixed(go_serving.TLS_BY_DEFAULT),
}


def _handler(machine: Machine, call: Call) -> GoValue:
    del machine
    return call.receiver or GoUnknown()


def _same(machine: Machine, call: Call) -> GoValue:
    del machine, call
    return NIL


def _base_path(machine: Machine, call: Call) -> GoValue:
    del machine
    return call.receiver.base if isinstance(call.receiver, GinGroup) else GoUnknown()


METHODS: Mapping[str, LibraryFunction] = {
    **{name: _verb((name,)) for name in VERBS},
    "Any": _verb(ANY),
    "Handle": _handle,
    "Match": _match,
    "Group": _group,
    "Use": _use,
    "NoRoute": _not_found,
    "NoMethod": _not_found,
    **dict.fromkeys(("Static", "StaticFS", "StaticFile", "StaticFileFS"), _files),
    **dict.fromkeys(LISTENERS, _run),
    "Handler": _handler,
    "With": _handler,
    "BasePath": _base_path,
    **dict.fromkeys(
        (
            *(
                "SetTrustedProxies",
                "SetHTMLTemplate",
                "SetFuncMap",
                "LoadHTMLGlob",
                "LoadHTMLFiles",
                "LoadHTMLFS",
            ),
            *("Delims", "SecureJsonPrefix", "Routes"),
        ),
        _same,
    ),
}
GIN: Mapping[str, LibraryFunction] = {
    f"{PATH}.New": _new,
    f"{PATH}.Default": _new,
    f"{PATH}.HandlerFunc": argument(0),
    f"{PATH}.WrapH": argument(0),
    f"{PATH}.WrapF": argument(0),
    f"{PATH}.SetMode": _same,
    **{
        f"{PATH}.{owner}.{name}": function
        for owner in ("Engine", "RouterGroup", "IRouter", "IRoutes")
        for name, function in METHODS.items()
    },
}
