"""Turns the routes that were found in programs into those of the source's view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.result.source import (
    ANY_METHOD,
    Guarding,
    ListenerKind,
    PathComparison,
    RouteKind,
    SourceFinding,
    SourceRoute,
    TlsFact,
    UnresolvedKind,
)
from specdrift.source.go.requests.compared_paths import comparison_of
from specdrift.source.go.requests.forwarded_requests import JudgedRoute
from specdrift.source.go.requests.request_values import CertificateCase
from specdrift.source.go.requests.route_guards import RouteGuard, RouteGuards, defined_at
from specdrift.source.go.requests.step_outcomes import StepEvaluator
from specdrift.source.go.routers.handler_steps import FoundRoute, Reached, name_of
from specdrift.source.go.routers.path_patterns import REST
from specdrift.source.go.routers.route_finder import RouteFinder
from specdrift.source.go.routers.tls_configurations import TlsContext, of_listener
from specdrift.source.go.routers.wiring import is_standard
from specdrift.source.go.values.go_values import GoNil, GoValue
from specdrift.source.handshakes import NOT_KNOWN
from specdrift.source.protocol import WITHOUT_TLS, PlaintextListener

if TYPE_CHECKING:
    from collections.abc import Collection

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.interpreter.machine import Machine
    from specdrift.source.go.routers.go_serving import ServedHandler


MOST_READINGS = 4
"""How often routes are evaluated again, after handlers changed what others read."""


class ProgramRoutes(Struct, dict=True):
    """What one program serves."""

    machine: Machine
    named_guards: Collection[str]
    version: tuple[int, int]
    verifies: bool
    routes: list[SourceRoute] = field(default_factory=list)
    tls: list[TlsFact] = field(default_factory=list)
    findings: list[SourceFinding] = field(default_factory=list)
    plaintext: list[PlaintextListener] = field(default_factory=list)
    judged: dict[SourceRoute, list[JudgedRoute]] = field(default_factory=dict)
    """The routes with what evaluates requests for them."""

    @cached_property
    def forwarding(self) -> StepEvaluator:
        """Requests that gateways forward have limits of their own."""
        return StepEvaluator(self.machine)

    def read(self) -> None:
        """Follow each handler that is served."""
        evaluator = StepEvaluator(self.machine)
        context = TlsContext(self.machine.program, evaluator.result, self.verifies)
        guards = RouteGuards(evaluator, self.named_guards)
        finders: list[RouteFinder] = []
        by_handler: dict[GoValue, list[ServedHandler]] = {}
        for served in self.machine.served:
            by_handler.setdefault(served.handler, []).append(served)
        plain: list[tuple[ServedHandler, list[SourceRoute]]] = []
        alternatives: dict[SourceLocation, list[list[SourceRoute]]] = {}
        for handler, several in by_handler.items():
            before = evaluator.changes
            finder = RouteFinder(self.machine, evaluator, self.version)
            finder.follow(handler, Reached(several[0].place))
            finders.append(finder)
            served_as = self._served(several, context)
            own = [self._route(one, guards, served_as) for one in finder.routes]
            for _ in range(MOST_READINGS):
                if evaluator.changes == before:
                    break
                # Some were evaluated before a handler changed what they read.
                before = evaluator.changes
                evaluator.known.clear()
                own = [self._route(one, guards, served_as) for one in finder.routes]
            found = [route for one in own for route in one]
            self.routes += found
            for one in several:
                if one.is_conditional:
                    alternatives.setdefault(one.place, []).append(found)
            plain += [(one, found) for one in several if one.listener in WITHOUT_TLS]
        self.tls = list(dict.fromkeys(self.tls))
        self.findings = list(dict.fromkeys(self.findings))
        if self.tls:
            self.plaintext = [self._plaintext(one, found) for one, found in _at_places(plain) if found]
        self._note_lost(finders)
        for place, lists in alternatives.items():
            if any(_answers_more(one, other) for one in lists for other in lists):
                self.machine.unread(place, "one of several handlers, which have different routes")

    def _served(self, several: Sequence[ServedHandler], context: TlsContext) -> ServedAs:
        kinds: list[ListenerKind] = []
        configurations: list[tuple[TlsFact, ...]] = []
        for one in several:
            tls = of_listener(one, context)
            is_unsure = one.is_conditional and one.listener is ListenerKind.PLAINTEXT
            kinds.append(ListenerKind.UNKNOWN if is_unsure else one.listener)
            if tls is not None:
                self.tls += tls.facts
                self.findings += tls.findings
                configurations.append(tls.facts if tls.is_known else NOT_KNOWN)
        has_context = any(not isinstance(one.context, GoNil) for one in several)
        return ServedAs(tuple(dict.fromkeys(kinds)), tuple(dict.fromkeys(configurations)), has_context)

    def _route(self, one: FoundRoute, guards: RouteGuards, served: ServedAs) -> list[SourceRoute]:
        cases = [CertificateCase.WITHOUT]
        if not served.kinds or {ListenerKind.PLAINTEXT, ListenerKind.UNKNOWN} & set(served.kinds):
            cases.append(CertificateCase.PLAINTEXT)
        found: list[SourceRoute] = []
        comparison = comparison_of(one, guards.evaluator)
        for template, kind, path in _templates(one):
            if not guards.reaches(one, template, has_context=served.has_context):
                continue
            guard = guards.of(one, template, cases, has_context=served.has_context)
            if guard.always_refuses and not guard.kind.certain and any(step.others for step in one.steps):
                continue  # how a handler before it refuses
            if one.is_alone and guard.always_refuses:
                continue
            if one.is_alone:
                self.machine.unread(one.place, "a handler without a router answers all paths")
            if kind is not RouteKind.ROUTE or one.pattern.has_rest:
                if guard.decides_by_path:
                    self.machine.unread(one.place, "a handler that decides by the path itself")
                elif guard.always_refuses and not guard.kind.certain:
                    continue
            compared = PathComparison.UNKNOWN if guard.decides_by_path else comparison
            made = replace(self._made(one, path, kind, guard, served), comparison=compared)
            found.append(made)
            judged = JudgedRoute(one, template, self.forwarding, served.has_context)
            self.judged.setdefault(made, []).append(judged)
        return found

    def _made(
        self, one: FoundRoute, written: str, kind: RouteKind, guard: RouteGuard, served: ServedAs
    ) -> SourceRoute:
        return SourceRoute(
            methods=one.pattern.methods or (ANY_METHOD,),
            path=written.replace("{*", "{"),
            written=written,
            kind=kind,
            handler=name_of(one.handler) or "a handler of another module",
            location=one.place,
            handler_at=defined_at(one.handler),
            layers=guard.layers,
            guard=guard.kind,
            guard_name=_shown(guard),
            guard_listed_as=guard.name if guard.kind is Guarding.UNKNOWN else "",
            guard_conditional=guard.is_conditional,
            gives_data=kind is RouteKind.FALLBACK and guard.gives_data,
            runs=guard.runs,
            trail=one.trail,
            entry=self.machine.program,
            binaries=(self.machine.program,),
            conditional=one.is_conditional or bool(one.pattern.host),
            listeners=served.kinds,
            configurations=served.configurations,
        )

    def _plaintext(self, served: ServedHandler, found: Sequence[SourceRoute]) -> PlaintextListener:
        return PlaintextListener.of(
            self.machine.program, served.place, served.listener, found, conditional=served.is_conditional
        )

    def _note_lost(self, finders: Sequence[RouteFinder]) -> None:
        """List routers that code of other modules got, and routes of routers that are not served."""
        reached = {id(router) for finder in finders for router in finder.routers}
        followed = {place for finder in finders for place in finder.followed}
        for router, place, name in self.machine.given_away:
            if place not in followed and not is_standard(name) and name not in READING:
                self.machine.unread(place, "a router that code of another module got")
            del router
        for router in self.machine.routers:
            if id(router) not in reached:
                for one in getattr(router, "registrations", ()):
                    what = "a route of a router that is not known to be served"
                    self.machine.unread(one.place, what, UnresolvedKind.UNREACHED)


def _shown(guard: RouteGuard) -> str:
    """Return the name of a guard, of which it is not known what it does with its place."""
    places = (one.location for one in guard.layers if one.name == guard.name)
    place = next(places, None) if guard.kind is Guarding.UNKNOWN else None
    if guard.kind is Guarding.UNKNOWN and guard.why:
        return f"{guard.name}{guard.why}"
    return guard.name if place is None else f"{guard.name} ({place})"


def _answers_more(one: Sequence[SourceRoute], other: Sequence[SourceRoute]) -> bool:
    """Return whether a handler answers paths without a guard for which another one has a route."""
    paths = {route.written for route in one}
    open_to_all = [route for route in one if not route.guard.certain and _has_rest(route)]
    return any(
        route.written not in paths and route.written.startswith(wide.path.rstrip("/") + "/")
        for wide in open_to_all
        for route in other
    )


def _has_rest(route: SourceRoute) -> bool:
    return route.kind is RouteKind.FALLBACK or route.written.endswith(REST)


def _at_places(
    plain: Sequence[tuple[ServedHandler, list[SourceRoute]]],
) -> Iterator[tuple[ServedHandler, list[SourceRoute]]]:
    """Yield each call that serves once, with the routes of all handlers that it may serve."""
    by_place: dict[SourceLocation, tuple[ServedHandler, list[SourceRoute]]] = {}
    for served, found in plain:
        _, routes = by_place.setdefault(served.place, (served, []))
        routes += found
    yield from by_place.values()


READING = frozenset({"github.com/go-chi/chi/v5.Walk"})
"""Functions of other modules that add no route to a router."""


class ServedAs(Struct, frozen=True):
    """How a handler is served."""

    kinds: tuple[ListenerKind, ...]
    configurations: tuple[tuple[TlsFact, ...], ...]
    has_context: bool


def _templates(found: FoundRoute) -> Iterator[tuple[str, RouteKind, str]]:
    """Yield the templates of a pattern, and as what kind of route with what path; the rest of all is a fallback."""
    path = found.pattern.path
    if found.pattern.is_mount and path != "/":
        yield path.rstrip("/"), RouteKind.ROUTE, path.rstrip("/")
    if not found.is_fallback:
        yield path, RouteKind.ROUTE, path
    if found.is_fallback or (found.pattern.has_rest and path == "/"):
        yield path + REST, RouteKind.FALLBACK, path.rstrip("/")
    elif found.pattern.has_rest:
        yield path + REST, RouteKind.ROUTE, path + REST
