"""Middleware in front of a router that changes the path or the method by which the router selects a route."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from specdrift.source.go.requests.gin_requests import GIN_REQUESTS
from specdrift.source.go.requests.handling import Handling, all_handlers
from specdrift.source.go.requests.known_middleware import library_guarding
from specdrift.source.go.requests.request_values import CertificateCase, RequestKind
from specdrift.source.go.requests.step_outcomes import ANY_TEXT, StepEvaluator
from specdrift.source.go.routers.handler_steps import code_place
from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import GoText, GoUnknown, GoValue, ValueOrigin, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specdrift.source.go.routers.handler_steps import FoundRoute

PATH = re.compile(rb"\"(/[^\"\\\n]*)\"")
"""A text in code that may be a path."""
MOST_TRIED = 40
ANY_CLIENT = RequestKind(CertificateCase.ANY, ANY_TEXT, ANY_TEXT, context_is_known=False, template=ANY_TEXT)


def of_any_path(kind: RequestKind) -> RequestKind:
    """Return such requests with any path and method."""
    return replace(kind, methods=ANY_TEXT, path=ANY_TEXT, template=ANY_TEXT)


@dataclass(frozen=True, slots=True)
class ChangedPaths:
    """Finds what changes paths on the way to routes."""

    evaluator: StepEvaluator

    def steps_of(self, route: FoundRoute) -> int:
        """Return the number of steps to the last one that may change the path or the method before a router."""
        state = self.evaluator.state(ANY_CLIENT, Handling(GIN_REQUESTS, all_handlers))
        found = 0
        for number, step in enumerate(route.steps[: route.routed], 1):
            if library_guarding(step.value) is None and self.evaluator.outcome(step, state).path is not None:
                found = number
        return found

    def choose(self, route: FoundRoute, kind: RequestKind) -> bool:
        """Return whether one of these steps decides by the path, which is not that of the route there."""
        state = self.evaluator.state(of_any_path(kind), Handling(GIN_REQUESTS, all_handlers))
        steps = [one for one in route.steps[: self.steps_of(route)] if library_guarding(one.value) is None]
        outcomes = [self.evaluator.outcome(step, state) for step in steps]
        return any(one.passes is not True and ValueOrigin.PATH in one.origins for one in outcomes)

    def arrive(self, route: FoundRoute, wanted: GoValue, kind: RequestKind) -> bool:
        """Return whether a request with a path that code names gets through these steps to the path of a route."""
        steps = route.steps[: self.steps_of(route)]
        for path in _candidates(route, len(steps)):
            state = self.evaluator.state(
                replace(of_any_path(kind), path=path), Handling(GIN_REQUESTS, all_handlers)
            )
            for step in steps:
                outcome = (
                    self.evaluator.outcome(step, state) if library_guarding(step.value) is None else None
                )
                if outcome is None or not outcome.passes or not outcome.is_evaluated:
                    break
                if outcome.path is not None:
                    state.kind = replace(state.kind, path=outcome.path)
            else:
                if any(_leads_to(one, wanted) for one in alternatives(state.kind.path)):
                    return True
        return False


def _leads_to(path: GoValue, wanted: GoValue) -> bool:
    """Return whether a path is that of a route, or any that the client names in a header."""
    if isinstance(path, GoText) and isinstance(wanted, GoText) and path.known is not None:
        return go_texts.same(path, wanted) is not False
    return isinstance(path, GoUnknown) and path.origins == {ValueOrigin.HEADER}


def _candidates(route: FoundRoute, steps: int) -> Iterator[GoText]:
    """Yield the paths that the files of the steps name."""
    files = [where[1] for step in route.steps[:steps] if (where := code_place(step.value)) is not None]
    texts = [found[1].decode("utf-8", "replace") for one in files for found in PATH.finditer(one.content)]
    for text in list(dict.fromkeys(texts))[:MOST_TRIED]:
        yield GoText((text,), frozenset({ValueOrigin.PATH}))
