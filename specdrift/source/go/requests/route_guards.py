"""What protects a route: its layers and its handler, for requests without a client certificate."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.source import ANY_METHOD, Guarding, SourceLayer
from specdrift.source.go.requests.changed_paths import ChangedPaths, of_any_path
from specdrift.source.go.requests.gin_requests import GIN_REQUESTS
from specdrift.source.go.requests.handled_requests import HandledRequest, StepOutcome
from specdrift.source.go.requests.handling import Handling, all_handlers
from specdrift.source.go.requests.known_middleware import library_guarding
from specdrift.source.go.requests.other_spellings import other_spellings
from specdrift.source.go.requests.request_values import CertificateCase, RequestKind
from specdrift.source.go.requests.step_outcomes import StepEvaluator
from specdrift.source.go.routers.handler_steps import FoundRoute, HandlerStep, name_of
from specdrift.source.go.values.go_values import (
    Closure,
    DeclaredFunction,
    GoText,
    GoUnknown,
    GoValue,
    LibraryCode,
    ValueOrigin,
    choice,
    text_of,
)

if TYPE_CHECKING:
    from specdrift.model.contract.location import SourceLocation

GET = "GET"
UNCLEAR = frozenset({ValueOrigin.CERTIFICATE, ValueOrigin.REQUEST, ValueOrigin.CONTEXT})
"""What an unknown condition of a guard may depend on."""


class RouteGuard(Struct, frozen=True):
    """What protects a route."""

    layers: tuple[SourceLayer, ...]
    kind: Guarding
    name: str = ""
    is_conditional: bool = False
    decides_by_path: bool = False
    """Whether the handler compares the path."""
    always_refuses: bool = False
    """Whether the handler refuses or redirects each request without a certificate."""
    gives_data: bool = False
    """Whether the handler may answer such requests with data."""
    why: str = ""
    """What decides whether it passes requests on, for people, if that is not known."""
    runs: tuple[SourceLocation, ...] = ()
    """The functions that it gives such requests to, to answer them."""


class EvaluatedLayer(Struct, frozen=True):
    """A layer, and whether it answers requests without a certificate by itself."""

    layer: SourceLayer
    gives_content: bool | None = False
    """Whether it writes content; ``None`` if something that is not known decides that."""
    why: str = ""
    """What decides whether it passes requests on, for people."""


class RouteGuards(Struct, frozen=True):
    """Evaluates what protects routes."""

    evaluator: StepEvaluator
    named: Collection[str]
    """Names of guards in the configuration."""

    def of(
        self, route: FoundRoute, template: str, cases: Sequence[CertificateCase], *, has_context: bool
    ) -> RouteGuard:
        """Return what protects a route on connections of some kinds, for the paths of a template.

        ``has_context`` means that the server puts values into the context of each request.
        """
        kinds = [
            RequestKind(case, methods_of(route), path_of(route, template), not has_context, of_gin(template))
            for case in cases
        ]
        found = self._of(route, kinds)
        if found.kind is Guarding.UNKNOWN and route.pattern.methods == (GET,):
            # Not if only HEAD makes the difference.
            exact = self._of(route, [replace(kind, methods=text_of(GET)) for kind in kinds])
            found = exact if exact.kind is Guarding.NONE else found
            return self._spelled(route, kinds, found)
        return self._spelled(route, kinds, self._rewritten(route, kinds, found))

    def _spelled(self, route: FoundRoute, kinds: Sequence[RequestKind], found: RouteGuard) -> RouteGuard:
        """Return what protects a route for all paths by which its router selects it: the weakest guard."""
        for path, seen_by in other_spellings(route, kinds[0].path):
            if found.kind in {Guarding.NONE, Guarding.TOKEN}:
                break
            spelled = [replace(kind, path=path) for kind in kinds]
            is_seen_by_all = seen_by > len(route.steps)
            other = self._of(route, spelled) if is_seen_by_all else self._of(route, kinds, seen_by, spelled)
            if not other.kind.certain and (found.kind.certain or other.kind is not Guarding.UNKNOWN):
                found = replace(other, name=found.name or other.name)
        return found

    def reaches(self, route: FoundRoute, template: str, *, has_context: bool) -> bool:
        """Return whether a request of any client may take this way, where handlers choose among several by the path."""
        path = path_of(route, template)
        kind = RequestKind(CertificateCase.ANY, methods_of(route), path, not has_context, of_gin(template))
        if not any(step.others for step in route.steps):
            return True
        return self._reaches(route, kind, kind) or any(
            self._reaches(route, replace(kind, path=one), kind, seen_by)
            for one, seen_by in other_spellings(route, path)
        )

    def _reaches(self, route: FoundRoute, sent: RequestKind, kind: RequestKind, seen_by: int = 0) -> bool:
        """Return whether such a request may take a way; behind the first steps, it has another path."""
        rewriting = ChangedPaths(self.evaluator).steps_of(route)
        first = of_any_path(kind) if rewriting else sent
        state = self.evaluator.state(first, Handling(GIN_REQUESTS, all_handlers))
        for number, step in enumerate(route.steps):
            state.kind = kind if number >= max(rewriting, seen_by) else state.kind
            outcome = self.evaluator.outcome(step, state) if library_guarding(step.value) is None else None
            if step.others and outcome is not None and outcome.is_evaluated and outcome.passes is False:
                return False
        return True

    def _rewritten(self, route: FoundRoute, kinds: Sequence[RequestKind], found: RouteGuard) -> RouteGuard:
        """Return what protects a route whose path was another one when guards in front of its router saw it."""
        rewritten = ChangedPaths(self.evaluator)
        rewriting = rewritten.steps_of(route)
        if not rewriting:
            return found
        of_any = self._of(route, kinds, rewriting)
        if of_any.kind.certain or not any(rewritten.choose(route, one) for one in kinds):
            return of_any
        if any(rewritten.arrive(route, one.path, one) for one in kinds):
            return replace(of_any, kind=Guarding.NONE, name="")
        return replace(of_any, kind=Guarding.UNKNOWN, name=route.steps[rewriting - 1].name)

    def _of(
        self,
        route: FoundRoute,
        kinds: Sequence[RequestKind],
        rewriting: int = 0,
        sent: Sequence[RequestKind] = (),
    ) -> RouteGuard:
        """Return what protects a route; the first steps get any path, or that sent, if a step changes it."""
        first = (sent or [of_any_path(one) for one in kinds]) if rewriting else kinds
        states = [self.evaluator.state(one, Handling(GIN_REQUESTS, all_handlers)) for one in first]
        evaluated = [self._layer(step, states) for step in route.steps[:rewriting]]
        for state, kind in zip(states, kinds, strict=True):
            state.kind = kind
        evaluated += [self._layer(step, states) for step in route.steps[rewriting:]]
        layers = tuple(one.layer for one in evaluated)
        answers = self._answers(route, states)
        handler = self._handler(route, answers)
        found = _behind(self._strongest(route, layers, handler), evaluated)
        return replace(
            found,
            decides_by_path=any(ValueOrigin.PATH in one.origins for one in answers),
            why=next(
                (one.why for one in evaluated if one.layer.name == found.name), _why(route.handler, answers)
            ),
            always_refuses=bool(answers) and all(one.has_no_content for one in answers),
            gives_data=isinstance(route.handler, GoUnknown) or any(one.gives_data for one in answers),
            runs=tuple(
                place for one in answers for each in one.ran if (place := defined_at(each)) is not None
            ),
        )

    def _strongest(self, route: FoundRoute, layers: tuple[SourceLayer, ...], handler: Guarding) -> RouteGuard:
        certain = [one for one in layers if one.guarding.certain]
        # A guard that a condition adds protects only if there is no other one.
        certain.sort(key=lambda one: one.conditional)
        if certain and not (certain[0].conditional and handler.certain):
            return RouteGuard(layers, certain[0].guarding, certain[0].name, certain[0].conditional)
        if handler.certain:
            return RouteGuard(layers, handler, name_of(route.handler))
        for kind in (Guarding.UNKNOWN, Guarding.TOKEN):
            if (found := next((one for one in layers if one.guarding is kind), None)) is not None:
                return RouteGuard(layers, kind, found.name)
            if handler is kind:
                return RouteGuard(layers, kind, name_of(route.handler))
        return RouteGuard(layers, Guarding.NONE)

    def _layer(self, step: HandlerStep, states: Sequence[HandledRequest]) -> EvaluatedLayer:
        kind = Guarding.NAMED if self._is_named(step) else library_guarding(step.value)
        if kind is not None:
            return EvaluatedLayer(_layer(step, kind))
        outcomes = [self.evaluator.outcome(step, state) for state in states]
        kind = kind_of(outcomes)
        idle = all(one.passes for one in outcomes) and any(one.reads_certificate for one in outcomes)
        place = defined_at(step.value)
        nothing_at = place if idle and kind is Guarding.NONE and _seems_to_refuse(outcomes) else None
        content = [one.gives_content for one in outcomes]
        # A layer that a condition adds may not be there.
        gives = True if all(content) and not step.is_conditional else None if True in content else False
        gives = None if None in content and gives is False else gives
        return EvaluatedLayer(_layer(step, kind, nothing_at), gives, _why(step.value, outcomes))

    def _is_named(self, step: HandlerStep) -> bool:
        return bool({step.name, step.name.rpartition(".")[2], name_of(step.value)} & set(self.named))

    def _answers(self, route: FoundRoute, states: Sequence[HandledRequest]) -> list[StepOutcome]:
        if not isinstance(route.handler, Closure | DeclaredFunction):
            return []
        return [self.evaluator.answer(route.handler, state) for state in states]

    def _handler(self, route: FoundRoute, answers: Sequence[StepOutcome]) -> Guarding:
        if name_of(route.handler) in self.named:
            return Guarding.NAMED
        if isinstance(route.handler, GoUnknown | LibraryCode):
            return Guarding.UNKNOWN
        return kind_of_handler(answers) if answers else Guarding.NONE


def _why(function: GoValue, outcomes: Sequence[StepOutcome]) -> str:
    """Return where middleware is written, and what decides whether it passes requests on."""
    place, why = defined_at(function), next((one.why for one in outcomes if one.why), "")
    if not why and any(one.passes is False and not _denies(one) for one in outcomes):
        why = "whose own answer may be a success"
    return f"{f' ({place})' if place is not None else ''}{f', {why},' if why else ''}"


def _layer(step: HandlerStep, kind: Guarding, nothing_at: SourceLocation | None = None) -> SourceLayer:
    return SourceLayer(
        name=step.name,
        location=step.place,
        guarding=kind,
        conditional=step.is_conditional,
        checks_nothing_at=nothing_at,
    )


def _behind(found: RouteGuard, layers: Sequence[EvaluatedLayer]) -> RouteGuard:
    """Return what protects a route if layers in front of its guard may answer with content by themselves."""
    if not found.kind.certain:
        return found
    certain = [index for index, one in enumerate(layers) if one.layer.guarding.certain]
    always = [index for index in certain if not layers[index].layer.conditional]
    guard = next(iter(always or certain), len(layers))
    answering = [one for one in layers[:guard] if one.gives_content is not False]
    if not answering:
        return found
    kind = Guarding.NONE if any(one.gives_content for one in answering) else Guarding.UNKNOWN
    return RouteGuard(found.layers, kind, answering[0].layer.name if kind is Guarding.UNKNOWN else "")


def kind_of(outcomes: Sequence[StepOutcome]) -> Guarding:
    """Return how middleware authenticates, by what it does with requests without a certificate."""
    reads = any(one.reads_certificate for one in outcomes)
    identity = any(one.reads_identity for one in outcomes)
    origins = frozenset[ValueOrigin]().union(*(one.origins for one in outcomes))
    if all(one.passes is False and one.is_evaluated for one in outcomes):
        if not (reads or identity):
            return Guarding.UNKNOWN if origins & UNCLEAR else Guarding.NONE
        if any(not _denies(one) for one in outcomes):
            return Guarding.UNKNOWN
        return Guarding.CERTIFICATE if reads else Guarding.IDENTITY
    may_refuse = any(one.passes is not True and (one.may_refuse or one.passes is False) for one in outcomes)
    if not may_refuse:
        return Guarding.UNKNOWN if any(not one.is_evaluated for one in outcomes) else Guarding.NONE
    if reads or identity or origins & UNCLEAR:
        return Guarding.UNKNOWN
    return (
        Guarding.TOKEN
        if ValueOrigin.HEADER in origins and any(one.denies for one in outcomes)
        else Guarding.NONE
    )


def _denies(outcome: StepOutcome) -> bool:
    """Return whether no answer of middleware is a success; what other code answers is no answer of the handler."""
    return all(isinstance(one, GoUnknown) or outcome_is_refusal(one) for one in outcome.statuses)


def outcome_is_refusal(status: GoValue) -> bool:
    """Return whether a status refuses."""
    return StepOutcome(False, (status,), frozenset(), False, False).refuses  # noqa: FBT003


def kind_of_handler(outcomes: Sequence[StepOutcome]) -> Guarding:
    """Return how a handler authenticates."""
    reads = any(one.reads_certificate for one in outcomes)
    identity = any(one.reads_identity for one in outcomes)
    origins = frozenset[ValueOrigin]().union(*(one.origins for one in outcomes))
    if (reads or identity) and all(one.refuses and one.is_evaluated for one in outcomes):
        if any(one.goes_on_after_refusal for one in outcomes):
            return Guarding.NONE
        return Guarding.CERTIFICATE if reads else Guarding.IDENTITY
    unclear = any(not one.is_evaluated or (one.returns_error and reads) for one in outcomes)
    denying = any(one.denies for one in outcomes)
    if unclear or (denying and (reads or identity or origins & UNCLEAR)):
        return Guarding.UNKNOWN
    return Guarding.TOKEN if denying and ValueOrigin.HEADER in origins else Guarding.NONE


def _seems_to_refuse(outcomes: Sequence[StepOutcome]) -> bool:
    """Return whether middleware that passes all requests on has an answer for those without a certificate."""
    return any(one.denies for one in outcomes)


def defined_at(value: GoValue) -> SourceLocation | None:
    """Return where a function is written."""
    match value:
        case Closure(node=node, file=file):
            return file.place(node)
        case DeclaredFunction(function=function):
            return function.file.place(function.node)
    return None


def methods_of(route: FoundRoute) -> GoValue:
    """Return the methods of requests for a route."""
    methods = list(route.pattern.methods)
    if not methods or ANY_METHOD in methods:
        return GoText((None,))
    if "GET" in methods:
        methods.append("HEAD")
    return choice(text_of(one) for one in dict.fromkeys(methods))


def path_of(route: FoundRoute, template: str) -> GoValue:
    """Return the path of requests for a route, with parameters that are not known."""
    origin = frozenset({ValueOrigin.PATH})
    if route.stripped or any(step.stripped for step in route.steps):
        return GoText((None,), origin)
    return GoText(tuple(_pieces(template)) or ("",), origin)


def of_gin(template: str) -> GoValue:
    """Return a template as gin writes it: its parameters begin with ``:`` or ``*``."""
    written = re.sub(r"\{(\*?)([^{}*]*)\}", lambda one: (one[1] or ":") + one[2], template)
    return GoText((written,), frozenset({ValueOrigin.PATH}))


def _pieces(path: str) -> Iterator[str | None]:
    rest = path
    while rest:
        before, brace, after = rest.partition("{")
        if before:
            yield before
        if brace:
            yield None
        rest = after.partition("}")[2]
