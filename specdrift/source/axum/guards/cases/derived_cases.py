"""Cases in which more is known than in others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specdrift.source.axum.guards.absent.absent_insertions import InsertedTypes
from specdrift.source.axum.guards.cases.answer_trees import KnownResults, SharedResults
from specdrift.source.axum.guards.cases.request_context import RequestContext
from specdrift.source.axum.guards.presence.request_effects import RequestEffects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Node

    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.absent.absent_requests import RequestFacts
    from specdrift.source.axum.guards.absent.absent_values import Value
    from specdrift.source.axum.guards.presence.request_effects import LayersAround


def anew(case: AbsentCase) -> AbsentCase:
    """Return a case without what was evaluated for its requests alone."""
    return replace(case, known=KnownResults(), stack=[], effects=RequestEffects())


def of_chain(case: AbsentCase, chain: frozenset[int]) -> AbsentCase:
    """Return the case in which no middleware runs but some."""
    return replace(anew(case), context=RequestContext(chain=chain), extensions=InsertedTypes())


def of_layers(case: AbsentCase, around: LayersAround) -> AbsentCase:
    """Return the case in which it is known what the layers around a function have done."""
    context = replace(case.context, around=around)
    return replace(anew(case), context=context, base=case.every)


def of_requests(case: AbsentCase, request: RequestFacts) -> AbsentCase:
    """Return the case in which the method and path of the requests are known."""
    context = replace(case.context, request=request)
    return replace(anew(case), context=context, base=case.every)


def of_results(case: AbsentCase, results: Mapping[str, Value]) -> AbsentCase:
    """Return the case in which it is known what some more functions and methods return."""
    every = {**case.results, **results}
    return replace(anew(case), results=every, shared=case.shared.of_results(every), base=case.every)


def assuming(case: AbsentCase, condition: Node, *, outcome: bool) -> AbsentCase:
    """Return the case in which a condition has an outcome: the same one each time, with what it evaluated."""
    key = condition.id, outcome
    if key not in case.known.assumed:
        conditions = case.conditions.assuming(condition, outcome=outcome)
        case.known.assumed[key] = replace(
            anew(case), conditions=conditions, shared=SharedResults(), base=case.every
        )
    return case.known.assumed[key]


def seeking(case: AbsentCase, name: str) -> AbsentCase:
    """Return the case that collects what is made of a type."""
    return replace(anew(case), sought={name: set()}, shared=SharedResults())
