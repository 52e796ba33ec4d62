"""How paths of requests are compared with those of a route, behind the middleware around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.model.result.source import PathComparison
from specdrift.source.go.requests import known_middleware
from specdrift.source.go.requests.gin_requests import GIN_REQUESTS
from specdrift.source.go.requests.handling import Handling, all_handlers
from specdrift.source.go.requests.request_values import CertificateCase, RequestKind
from specdrift.source.go.requests.step_outcomes import ANY_TEXT
from specdrift.source.go.values.go_values import (
    GoUnknown,
    GoValue,
    LibraryCode,
    ValueOrigin,
    alternatives,
    record_of,
)

if TYPE_CHECKING:
    from specdrift.source.go.requests.handled_requests import StepOutcome
    from specdrift.source.go.requests.step_outcomes import StepEvaluator
    from specdrift.source.go.routers.handler_steps import FoundRoute, HandlerStep


def comparison_of(route: FoundRoute, evaluator: StepEvaluator) -> PathComparison:
    """Return how the routers compare paths, unless something in front of them looks at paths or changes them."""
    kind = RequestKind(CertificateCase.WITHOUT, path=ANY_TEXT, context_is_known=False)
    state = evaluator.state(kind, Handling(GIN_REQUESTS, all_handlers))
    for step in route.steps:
        if not _keeps(step, evaluator.outcome(step, state)):
            return PathComparison.UNKNOWN
    return route.comparison


def _keeps(step: HandlerStep, outcome: StepOutcome) -> bool:
    value = step.value
    if isinstance(value, LibraryCode | GoUnknown):
        name = value.name if isinstance(value, LibraryCode) else value.made_by
        return not known_middleware.changes_paths(name)
    looks = ValueOrigin.PATH in outcome.origins and outcome.passes is not True
    return outcome.is_evaluated and not looks and _is_kept(outcome.request)


def _is_kept(request: GoValue | None) -> bool:
    """Return whether a request has the path that was sent."""
    for one in alternatives(request) if request is not None else ():
        sent = record_of(one)
        for each in alternatives(sent.fields["URL"]) if sent is not None and "URL" in sent.fields else ():
            url = record_of(each)
            # A text that is not known may equal another one that is not known.
            if url is None or list(url.fields) != ["Path"] or url.fields["Path"] is not ANY_TEXT:
                return False
    return True
