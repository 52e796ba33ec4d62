"""Middleware in front of a router that changes the path or the method by which the router selects a route."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specdrift.source.deep_recursion import room
from specdrift.source.go.requests.gin_requests import GIN_REQUESTS
from specdrift.source.go.requests.handling import Handling, all_handlers
from specdrift.source.go.requests.known_middleware import library_guarding
from specdrift.source.go.requests.request_values import CertificateCase, RequestKind
from specdrift.source.go.requests.step_outcomes import ANY_TEXT, StepEvaluator
from specdrift.source.go.routers.handler_steps import code_place
from specdrift.source.go.values import go_texts
from specdrift.source.go.values.go_values import GoText, GoUnknown, GoValue, ValueOrigin, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.routers.handler_steps import FoundRoute, HandlerStep

PATH = re.compile(rb"\"(/[^\"\\\n]*)\"")
"""A text in code that may be a path."""
UNUSUAL = re.compile(r"//|/\.\.?(?:/|$)")
"""Empty segments and dot segments."""
MOST_TRIED = 40
ANY_CLIENT = RequestKind(CertificateCase.ANY, ANY_TEXT, ANY_TEXT, context_is_known=False, template=ANY_TEXT)


def texts_near(steps: Sequence[HandlerStep]) -> list[str]:
    """Return the paths that the files of some steps name."""
    places = (code_place(step.value) for step in steps)
    contents = dict.fromkeys(where[1].content for where in places if where is not None)
    texts = [found[1].decode("utf-8", "replace") for one in contents for found in PATH.finditer(one)]
    return list(dict.fromkeys(texts))[:MOST_TRIED]


def of_any_path(kind: RequestKind) -> RequestKind:
    """Return such requests with any path and method."""
    return replace(kind, methods=ANY_TEXT, path=ANY_TEXT, template=ANY_TEXT)


class ChangedPaths(Struct, frozen=True):
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
        paths = (self._behind(route, one, kind) for one in self.texts(route))
        return any(_leads_to(one, wanted) for path in paths if path is not None for one in alternatives(path))

    def of(self, route: FoundRoute, wanted: GoValue) -> ChangedPath | None:
        """Return what these steps do to paths of which one is the route's; ``None`` without such steps."""
        return ChangedPath(self, route, wanted) if self.steps_of(route) else None

    def arrives(self, route: FoundRoute, wanted: GoValue, path: str) -> bool | None:
        """Return whether a request gets through these steps to the path of a route; ``None`` if that is not known."""
        found = self._behind(route, path, ANY_CLIENT)
        outcomes = {_is_path(one, wanted) for one in alternatives(found)} if found is not None else {None}
        return outcomes.pop() if len(outcomes) == 1 else None

    def texts(self, route: FoundRoute) -> list[str]:
        """Return the paths that the files of these steps name."""
        return texts_near(route.steps[: self.steps_of(route)])

    def _behind(self, route: FoundRoute, path: str, kind: RequestKind) -> GoValue | None:
        """Return the path behind these steps; ``None`` if it is not certain that they let the request through."""
        sent = GoText((path,), frozenset({ValueOrigin.PATH}))
        state = self.evaluator.state(
            replace(of_any_path(kind), path=sent), Handling(GIN_REQUESTS, all_handlers)
        )
        for step in route.steps[: self.steps_of(route)]:
            outcome = self.evaluator.outcome(step, state) if library_guarding(step.value) is None else None
            if outcome is None or not outcome.passes or not outcome.is_evaluated:
                return None
            if outcome.path is not None:
                state.kind = replace(state.kind, path=outcome.path)
        return state.kind.path


class ChangedPath(Struct, frozen=True):
    """What the steps in front of the router of a route do to paths."""

    paths: ChangedPaths
    route: FoundRoute
    wanted: GoValue
    """The path of the route."""

    @property
    def at(self) -> SourceLocation:
        return self.route.steps[self.paths.steps_of(self.route) - 1].place

    def others(self, target: str) -> Iterator[str]:
        """Yield paths that code names, alone, before and after the target."""
        for text in self.paths.texts(self.route):
            yield text
            yield text.rstrip("/") + target
            yield target + text

    def arrives(self, path: str) -> bool | None:
        """Return whether a request for a path gets to the route; ``None`` if that is not known."""
        with room():
            # The escapes of a changed path may be those of the path that was sent.
            return None if "%" in path else self.paths.arrives(self.route, self.wanted, path)


def _is_path(path: GoValue, wanted: GoValue) -> bool | None:
    """Return whether a path is that of a route; ``None`` if that is not known."""
    if not isinstance(path, GoText) or not isinstance(wanted, GoText) or path.known is None:
        return None
    if go_texts.same(path, wanted) is False:
        return False
    # A parameter is one segment, and other segments are one or none: net/http redirects paths like that.
    segments = "".join("[^/]+" if one is None else re.escape(one) for one in wanted.pieces)
    is_plain = UNUSUAL.search(path.known) is None and wanted.pieces != (None,)
    return True if is_plain and re.fullmatch(segments, path.known) else None


def _leads_to(path: GoValue, wanted: GoValue) -> bool:
    """Return whether a path is that of a route, or any that the client names in a header."""
    return _is_path(path, wanted) or (isinstance(path, GoUnknown) and path.origins == {ValueOrigin.HEADER})
