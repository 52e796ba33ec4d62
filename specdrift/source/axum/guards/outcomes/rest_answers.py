"""What answers the requests that no route matches: whether a client without a certificate may get data."""

from dataclasses import dataclass

from specdrift.model.result.source import RouteKind
from specdrift.source.axum.evaluate.foreign_services import FILES
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import Atom, Holding, Present, Value, is_own
from specdrift.source.axum.guards.outcomes.outer_answers import may_answer
from specdrift.source.axum.guards.outcomes.refusal_statuses import may_succeed
from specdrift.source.axum.syntax.values import AxumEndpoint
from specdrift.source.rust import syntax

RESTS = frozenset({RouteKind.FALLBACK, RouteKind.OTHER_METHODS})
PAGE = "Html"
"""The type of axum for a page."""


@dataclass(frozen=True, slots=True)
class RestAnswers:
    """Evaluates fallbacks."""

    case: AbsentCase

    def may_give_data(self, endpoint: AxumEndpoint) -> bool:
        """Return whether a fallback may answer with data: neither an error nor a file or a page for everybody."""
        function = endpoint.handler
        if endpoint.kind not in RESTS:
            return False
        if function.code is None or function.written_in is None:
            return not FILES & set(function.path)
        if function.item is not None and syntax.field(function.code, "return_type") is None:
            return False
        owner = function.item.owner if function.item is not None else ""
        found = self.case.alone(function.code, function.written_in, owner)
        if found is None or may_succeed(self.case.profiles, function.code, function.written_in):
            return True
        return may_answer(_without_pages(found.value), self.case)


def _without_pages(value: Value) -> Value:
    return {one for one in value if not _is_page(one)}


def _is_page(one: Atom) -> bool:
    if isinstance(one, Present):
        return all(map(_is_page, one.inner))
    return isinstance(one, Holding) and one.type == PAGE and all(is_own(value) for _, value in one.fields)
