"""Follows a served handler to its routes, through routers and middleware."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.result.source import PathComparison, UnresolvedKind
from specdrift.source.go.interpreter import go_operators
from specdrift.source.go.interpreter.go_members import SERVE, member, method_of
from specdrift.source.go.routers import path_patterns
from specdrift.source.go.routers.chi_router import ChiRouter
from specdrift.source.go.routers.gin_router import GinGroup
from specdrift.source.go.routers.go_layers import (
    AddedLayer,
    AnsweringHandler,
    LayeredHandler,
    LayerShape,
    Registration,
    WrappedHandler,
)
from specdrift.source.go.routers.handler_steps import (
    FoundRoute,
    HandlerStep,
    Reached,
    StepKind,
    name_of,
    short_name,
)
from specdrift.source.go.routers.path_patterns import RoutePattern
from specdrift.source.go.routers.serve_mux import ServeMux
from specdrift.source.go.routers.wiring import ROUTERS, is_per_request
from specdrift.source.go.values.go_values import (
    Closure,
    DeclaredFunction,
    GoChoice,
    GoNil,
    GoTruth,
    GoUnknown,
    GoValue,
    LibraryCode,
    NamedValue,
    Pointer,
    Record,
    record_of,
)

if TYPE_CHECKING:
    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.interpreter.machine import Machine

DEEPEST_HANDLER = 40
MOST_ROUTES = 20_000


class Surveyor(Protocol):
    """Evaluates functions that handle requests."""

    def survey(self, value: GoValue) -> tuple[GoValue, ...]:
        """Return the handlers that a function calls with the request it gets."""
        ...

    def may_call_others(self, value: GoValue) -> bool:
        """Return whether a function may call further handlers, which the survey did not come to."""
        ...


class RouteFinder(Struct):
    """Finds the routes of served handlers."""

    machine: Machine
    evaluator: Surveyor
    version: tuple[int, int]
    """The version of Go that the program is written for."""
    routes: list[FoundRoute] = field(default_factory=list)
    followed: set[SourceLocation] = field(default_factory=set)
    """Calls of other modules whose result is served."""
    routers: list[GoValue] = field(default_factory=list)
    """Routers that were reached."""

    def follow(self, value: GoValue, reached: Reached) -> None:
        """Follow a handler."""
        if reached.depth > DEEPEST_HANDLER or len(self.routes) > MOST_ROUTES:
            self.machine.unread(reached.place, "handlers within handlers")
            return
        match value:
            case GoChoice(values=values):
                for one in values:
                    self.follow(one, replace(reached, is_conditional=True, depth=reached.depth + 1))
            case GoUnknown():
                self._unknown(value, reached)
            case _:
                follower = next((one for kind, one in FOLLOWERS.items() if isinstance(value, kind)), None)
                if follower is None:
                    self._unread(value, reached)
                else:
                    follower(self, value, reached)

    def _unread(self, value: GoValue, reached: Reached) -> None:
        del value
        self.machine.unread(reached.place, "a handler that was not followed")

    def _unknown(self, value: GoUnknown, reached: Reached) -> None:
        """Follow the handler that code of another module was given; it is a layer around it."""
        inner = [one for one in value.holds if self._is_handler(one)]
        # Functions that make names or log lines are given to middleware as well.
        inner = [one for one in inner if isinstance(one, ROUTERS)] or inner
        if value.place is not None:
            self.followed.add(value.place)
        if len(inner) != 1 or value.made_by.startswith("?"):
            self._opaque(value, reached)
            return
        step = HandlerStep(
            StepKind.EXTERNAL,
            value,
            inner[0],
            (),
            short_name(value.made_by),
            value.place or reached.place,
            reached.stripped,
        )
        self.follow(inner[0], reached.behind(step))

    def _opaque(self, value: GoUnknown, reached: Reached) -> None:
        """Note a handler of another module: as a route, if it has a path of its own."""
        if reached.around is None or reached.around.has_rest:
            what = short_name(value.made_by) or "a value that is not known"
            self.machine.unread(reached.place, f"the handler is {what}, which was not followed")
        if reached.around is not None:
            self._emit(value, reached)

    def _is_handler(self, value: GoValue) -> bool:
        record = record_of(value)
        if record is not None:
            return record.kind is not None and method_of(self.machine, record.kind, SERVE) is not None
        if isinstance(value, Closure | DeclaredFunction):
            return is_per_request(self.machine, value)
        return isinstance(value, HANDLERS)

    def _emit(self, value: GoValue, reached: Reached) -> None:
        around = reached.around or RoutePattern("/", has_rest=True)
        self.routes.append(
            FoundRoute(
                around,
                value,
                reached.steps,
                reached.place,
                reached.stripped,
                reached.is_conditional,
                reached.is_fallback,
                reached.trail,
                routed=reached.routed,
                comparison=reached.comparison or PathComparison.UNKNOWN,
                is_cleaned=reached.is_cleaned,
                is_alone=reached.around is None and isinstance(value, Closure | DeclaredFunction),
            )
        )

    def function(self, value: GoValue, reached: Reached) -> None:
        """Follow a function: the handlers that it calls, or itself."""
        targets = self.evaluator.survey(value)
        if self.evaluator.may_call_others(value):
            self.machine.unread(reached.place, "a handler that takes too many steps to evaluate")
        if not targets:
            self._emit(value, reached)
            return
        place = (
            value.called_at if isinstance(value, Closure) and value.called_at is not None else reached.place
        )
        for target in targets:
            others = tuple(one for one in targets if one is not target)
            step = HandlerStep(
                StepKind.DIRECT, value, target, others, name_of(value), place, reached.stripped
            )
            self.follow(target, reached.behind(step))

    def record(self, value: GoValue, reached: Reached) -> None:
        """Follow a struct with a method ``ServeHTTP``, its own or that of an embedded handler."""
        found = member(self.machine, value, SERVE)
        if isinstance(found, LibraryCode) and found.receiver is not None and found.receiver is not value:
            self.follow(found.receiver, replace(reached, depth=reached.depth + 1))
        elif isinstance(found, DeclaredFunction):
            self.function(found, reached)
        else:
            self._unread(value, reached)

    def answering(self, value: GoValue, reached: Reached) -> None:
        self._emit(value, reached)

    def nothing(self, value: GoValue, reached: Reached) -> None:
        """Note a handler that is ``nil``: the program panics."""
        del value
        self.machine.unread(reached.place, "a handler that is nil")

    def wrapped(self, value: GoValue, reached: Reached) -> None:
        """Follow a handler that a library wrapped; it may strip a prefix off the path."""
        if not isinstance(value, WrappedHandler):
            return
        inner = replace(reached, depth=reached.depth + 1)
        if value.prefix is not None:
            prefix = path_patterns.known_text(value.prefix)
            if prefix is None:
                self.machine.unread(reached.place, "a prefix that is not known is stripped off the path")
                return
            inner = replace(inner, stripped=reached.stripped + prefix.rstrip("/"))
        self.follow(value.inner, inner)

    def layered(self, value: GoValue, reached: Reached) -> None:
        if isinstance(value, LayeredHandler):
            steps = self._steps(value.layers, reached)
            self.follow(value.inner, reached.behind(*steps))

    def _steps(
        self, layers: tuple[AddedLayer, ...] | list[AddedLayer], reached: Reached
    ) -> list[HandlerStep]:
        return [
            HandlerStep(
                STEP_KINDS[one.shape],
                one.value,
                GoNil(),
                (),
                one.name or name_of(one.value),
                one.place,
                reached.stripped,
                one.is_conditional or isinstance(one.value, GoChoice),
            )
            for one in layers
        ]

    def mux(self, value: GoValue, reached: Reached) -> None:
        """Follow the routes of a router of net/http."""
        if isinstance(value, ServeMux) and self._enter(value, reached):
            reached = reached.within(path_patterns.mux_comparison(self.version))
            for one in value.registrations:
                pattern = path_patterns.of_mux(one.pattern, self.version)
                self._registration(
                    one, pattern, reached.stripped, replace(reached, route_path=reached.route_path)
                )

    def chi(self, value: GoValue, reached: Reached) -> None:
        """Follow the routes of a router of chi."""
        if not isinstance(value, ChiRouter) or not self._enter(value, reached):
            return
        base = reached.route_path if reached.route_path is not None else reached.stripped
        compared = reached.within(PathComparison.AS_SENT)
        inside = compared.behind(*self._steps(value.tree.layers, reached))
        for one in value.tree.registrations:
            pattern = path_patterns.of_chi(one.pattern, is_mount=one.is_mount)
            exact = path_patterns.has_expressions(one.pattern)
            mounted = inside.within(PathComparison.UNKNOWN) if exact else inside
            if pattern is not None and one.is_mount:
                mounted = replace(inside, route_path=base.rstrip("/") + pattern.path.rstrip("/"))
            found = replace(pattern, methods=one.methods) if pattern is not None else None
            if found is not None and reached.route_path is not None and found.path == "/":
                found = replace(found, is_mount=True)
            self._registration(one, found, base, mounted)
        for one in value.tree.not_found:
            prefix = RoutePattern(base.rstrip("/") + "/", has_rest=True)
            self._registration(one, prefix, "", replace(inside, is_fallback=True))

    def gin(self, value: GoValue, reached: Reached) -> None:
        """Follow the routes of an engine of gin."""
        if not isinstance(value, GinGroup) or not self._enter(value, reached):
            return
        settings = value.engine.fields
        is_usual = SETTINGS_OF_PATHS.isdisjoint(settings)
        if go_operators.truth(settings.get("RemoveExtraSlash", GoTruth(value=False))) is not False:
            reached = replace(reached, is_cleaned=True)
        reached = reached.within(PathComparison.DECODED if is_usual else PathComparison.UNKNOWN)
        for one in value.engine.registrations:
            pattern = path_patterns.of_gin(one.pattern)
            found = replace(pattern, methods=one.methods) if pattern is not None else None
            self._registration(one, found, reached.stripped, reached)
        for one in value.engine.not_found:
            inside = reached.behind(*self._steps(value.engine.layers, reached))
            everything = RoutePattern("/", has_rest=True)
            self._registration(one, everything, reached.stripped, replace(inside, is_fallback=True))

    def _enter(self, value: GoValue, reached: Reached) -> bool:
        self.routers.append(value)
        return reached.depth <= DEEPEST_HANDLER

    def _registration(
        self, one: Registration, pattern: RoutePattern | None, base: str, reached: Reached
    ) -> None:
        if pattern is None:
            self.machine.unread(one.place, "a route whose path is not known", UnresolvedKind.SERVED)
            return
        whole = path_patterns.below(base, pattern)
        left = path_patterns.restricted(whole, reached.around)
        if left is None:
            return
        inner = reached.inner(one.place, left, conditional=one.is_conditional)
        self.follow(one.handler, inner.behind(*self._steps(one.layers, reached)))


SETTINGS_OF_PATHS = frozenset({"UseRawPath", "RemoveExtraSlash"})
"""Fields of an engine of gin that change how it compares paths."""
STEP_KINDS: Mapping[LayerShape, StepKind] = {
    LayerShape.WRAPPER: StepKind.WRAPPER,
    LayerShape.CHAINED: StepKind.CHAINED,
}
HANDLERS = *ROUTERS, WrappedHandler, LayeredHandler
FOLLOWERS: Mapping[type[GoValue], Callable[[RouteFinder, GoValue, Reached], None]] = {
    ServeMux: RouteFinder.mux,
    ChiRouter: RouteFinder.chi,
    GinGroup: RouteFinder.gin,
    WrappedHandler: RouteFinder.wrapped,
    LayeredHandler: RouteFinder.layered,
    AnsweringHandler: RouteFinder.answering,
    LibraryCode: RouteFinder.answering,
    Closure: RouteFinder.function,
    DeclaredFunction: RouteFinder.function,
    Pointer: RouteFinder.record,
    Record: RouteFinder.record,
    NamedValue: RouteFinder.record,
    GoNil: RouteFinder.nothing,
}
