"""What answers the requests that no route matches: whether a client without a certificate may get data."""

from msgspec import Struct
from tree_sitter import Node

from specdrift.model.result.source import RouteKind
from specdrift.source.axum.evaluate.foreign_services import FILES
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import Atom, Holding, Present, is_own
from specdrift.source.axum.guards.outcomes.outer_answers import may_answer
from specdrift.source.axum.guards.outcomes.refusal_statuses import may_succeed
from specdrift.source.axum.path_attributes import parameter_types
from specdrift.source.axum.syntax.values import AxumEndpoint
from specdrift.source.rust import syntax
from specdrift.source.rust.syntax import descendants, text

RESTS = frozenset({RouteKind.FALLBACK, RouteKind.OTHER_METHODS})
STORES = frozenset({"State", "Extension"})
"""Extractors of what a service holds, of which a page may be made."""
PAGE = "Html"
"""The type of axum for a page."""


class RestAnswers(Struct, frozen=True):
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
        fixed = not any(STORES & _names(kind) for kind in parameter_types(function))
        rest = {one for one in found.value if not (fixed and _is_page(one))}
        return may_answer(rest, self.case)


def _names(kind: Node) -> set[str]:
    return {text(one) for one in descendants(kind) if one.type == "type_identifier"}


def _is_page(one: Atom) -> bool:
    if isinstance(one, Present):
        return all(map(_is_page, one.inner))
    if isinstance(one, Holding) and not one.type and one.fields:
        return all(map(_is_page, one.fields[-1][1]))  # headers before it
    return isinstance(one, Holding) and one.type == PAGE and all(is_own(value) for _, value in one.fields)
