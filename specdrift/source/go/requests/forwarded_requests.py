"""Evaluates the guards of a service for requests that a gateway forwards, with the headers that it sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from specdrift.model.result.source import Guarding, SourceRoute
from specdrift.source.deep_recursion import room
from specdrift.source.forwarded import ServiceOutcome
from specdrift.source.go.requests.changed_paths import ChangedPath, ChangedPaths, of_any_path
from specdrift.source.go.requests.gin_requests import GIN_REQUESTS
from specdrift.source.go.requests.handling import Handling, all_handlers
from specdrift.source.go.requests.known_middleware import library_guarding
from specdrift.source.go.requests.request_values import CertificateCase, RequestKind
from specdrift.source.go.requests.route_guards import (
    UNCLEAR,
    methods_of,
    of_gin,
    outcome_is_refusal,
    path_of,
)
from specdrift.source.go.requests.step_outcomes import StepEvaluator
from specdrift.source.go.routers.go_layers import AnsweringHandler
from specdrift.source.go.values.go_values import (
    Closure,
    DeclaredFunction,
    GoUnknown,
    ValueOrigin,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from specdrift.source.go.requests.handled_requests import HandledRequest, StepOutcome
    from specdrift.source.go.routers.handler_steps import FoundRoute

ABOUT_CALLERS = UNCLEAR | {ValueOrigin.HEADER}
Sent = tuple[tuple[str, str | None], ...]


class JudgedRoute(Struct, frozen=True):
    """A route as the finder has it, with what it takes to evaluate it."""

    route: FoundRoute
    template: str
    evaluator: StepEvaluator
    has_context: bool
    """Whether the server puts values into the context of each request."""


class ForwardedToGo(Struct):
    """Evaluates the middleware and the handlers of routes."""

    routes: Mapping[SourceRoute, Sequence[JudgedRoute]]
    _known: dict[tuple[SourceRoute, Sent], ServiceOutcome] = field(default_factory=dict)

    def outcome(self, route: SourceRoute, headers: Mapping[str, str | None]) -> ServiceOutcome:
        """Return what the guards of a route do with requests that have these headers."""
        sent = tuple(sorted(headers.items()))
        if (route, sent) not in self._known:
            with room():
                found = {_outcome(one, sent) for one in self.routes.get(route, ())}
            self._known[route, sent] = _together(route, found)
        return self._known[route, sent]

    def headers_of(self, route: SourceRoute) -> frozenset[str]:
        """Return the headers that middleware and handlers of a route read, in lower case."""
        with room():
            return frozenset(name for one in self.routes.get(route, ()) for name in _headers(one))

    def path_change(self, route: SourceRoute) -> ChangedPath | None:
        """Return what middleware in front of the router changes of paths and methods."""
        with room():
            several = (
                ChangedPaths(one.evaluator).of(one.route, path_of(one.route, one.template))
                for one in self.routes.get(route, ())
            )
            return next((one for one in several if one is not None), None)


def _together(route: SourceRoute, found: set[ServiceOutcome]) -> ServiceOutcome:
    """Return what all programs that serve a route do. A route without a guard passes what it is not known to reject."""
    if found == {ServiceOutcome.REJECTS}:
        return ServiceOutcome.REJECTS
    is_open = route.guard is Guarding.NONE or ServiceOutcome.PASSES in found
    return ServiceOutcome.PASSES if is_open else ServiceOutcome.UNKNOWN


def _kind(one: JudgedRoute, sent: Sent | None) -> RequestKind:
    return RequestKind(
        CertificateCase.ANY,
        methods_of(one.route),
        path_of(one.route, one.template),
        not one.has_context,
        of_gin(one.template),
        sent,
    )


def _outcome(one: JudgedRoute, sent: Sent) -> ServiceOutcome:
    """Return what is known of a request on the connection of a gateway, whose certificate is not the client's."""
    kind = _kind(one, sent)
    rewriting = ChangedPaths(one.evaluator).steps_of(one.route)
    first = of_any_path(kind) if rewriting else kind
    state = one.evaluator.state(first, Handling(GIN_REQUESTS, all_handlers))
    found: set[ServiceOutcome] = set()
    for outcome in _outcomes(one, state, kind, rewriting):
        found.add(outcome)
        if outcome is not ServiceOutcome.UNKNOWN:
            break  # it answers by itself
    if ServiceOutcome.REJECTS in found:
        return ServiceOutcome.REJECTS
    return ServiceOutcome.UNKNOWN if ServiceOutcome.UNKNOWN in found else ServiceOutcome.PASSES


def _headers(one: JudgedRoute) -> Iterator[str]:
    state = one.evaluator.state(_kind(one, None), Handling(GIN_REQUESTS, all_handlers))
    for step in one.route.steps:
        if library_guarding(step.value) is None:
            yield from one.evaluator.outcome(step, state).headers
    if isinstance(one.route.handler, Closure | DeclaredFunction):
        yield from one.evaluator.answer(one.route.handler, state).headers


def _outcomes(
    one: JudgedRoute, state: HandledRequest, last: RequestKind, rewriting: int
) -> Iterator[ServiceOutcome]:
    """Yield what each handler on the way does that does not certainly call the next one.

    ``last`` are the requests behind the first steps, of which the last one changes the path.
    """
    for number, step in enumerate(one.route.steps):
        state.kind = last if number == rewriting else state.kind
        kind = library_guarding(step.value)
        if kind is not None:
            yield from () if kind is Guarding.NONE else (ServiceOutcome.UNKNOWN,)
            continue
        outcome = one.evaluator.outcome(step, state)
        decided = _of_layer(outcome, last.names_sent)
        if decided is not None:
            yield ServiceOutcome.UNKNOWN if step.is_conditional else decided
        if outcome.gives_content is None:
            yield ServiceOutcome.UNKNOWN
            return  # it may answer before the guards behind it
    state.kind, handler = last, one.route.handler
    if isinstance(handler, Closure | DeclaredFunction):
        decided = _of_handler(one.evaluator.answer(handler, state), last.names_sent)
        yield from () if decided is None else (decided,)
    elif not isinstance(handler, AnsweringHandler):
        yield ServiceOutcome.UNKNOWN


def _of_layer(outcome: StepOutcome, sent: Collection[str]) -> ServiceOutcome | None:
    """Return what middleware does; ``None`` if it calls what comes next.

    ``sent``: the headers of the gateway. What code that is not known makes of their values is not known either.
    """
    if not outcome.is_evaluated:
        return ServiceOutcome.UNKNOWN
    if outcome.gives_content:
        return ServiceOutcome.PASSES
    if outcome.passes is not False:
        of_headers = ValueOrigin.HEADER in outcome.origins or not outcome.headers.isdisjoint(sent)
        unclear = outcome.origins & UNCLEAR or (outcome.denies and of_headers)
        return ServiceOutcome.UNKNOWN if not outcome.passes and unclear and outcome.may_refuse else None
    refuses = all(isinstance(one, GoUnknown) or outcome_is_refusal(one) for one in outcome.statuses)
    return ServiceOutcome.REJECTS if refuses and outcome.statuses else ServiceOutcome.UNKNOWN


def _of_handler(outcome: StepOutcome, sent: Collection[str]) -> ServiceOutcome | None:
    """Return what a handler answers; ``None`` if it serves the request, as far as the caller decides that."""
    about_callers = bool(outcome.origins & ABOUT_CALLERS) or not outcome.headers.isdisjoint(sent)
    if not outcome.is_evaluated or (outcome.returns_error and about_callers):
        return ServiceOutcome.UNKNOWN
    if outcome.denies and outcome.refuses:
        return ServiceOutcome.UNKNOWN if outcome.goes_on_after_refusal else ServiceOutcome.REJECTS
    return ServiceOutcome.UNKNOWN if outcome.denies and about_callers else None
