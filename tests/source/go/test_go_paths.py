"""Which spellings of a path the routers of Go take for a route, compared with the running ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.source import PathComparison, RouteKind, SourceRoute
from specdrift.source.gateway.join.bypasses import early_variants, variants
from specdrift.source.route_matcher import answers, takes
from tests.source.go.corpus_servers import CorpusAnswer, Question, ask, build, compiler
from tests.source.go.go_predictions import METHODS, NO_ROUTE, REFUSALS
from tests.source.go.test_go_corpus import ROUTERS, routes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def spellings(path: str) -> Iterator[str]:
    """Yield a path in many spellings, with values that hold slashes and dot segments."""
    head = path.rpartition("/")[0]
    for each in (path, f"{head}/..%2Fhealth", f"{head}/%2e%2e", f"{head}/a%2Fb"):
        yield each
        yield from (spelled for spelled, _ in (*variants(each), *early_variants(each)))


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="Go is not installed")
@pytest.mark.parametrize("router", ROUTERS)
def test_running_routers_take_the_spellings_that_were_predicted(router: str) -> None:
    """With a certificate, so that no guard hides what a router does."""
    program = build()
    if program is None:
        pytest.skip("the modules of the corpus could not be downloaded")
    routes = [one for one in routes_of(router) if one.kind is RouteKind.ROUTE]
    asked = [
        Question(router, method, spelled, "valid")
        for one in routes
        if one.comparison is not PathComparison.UNKNOWN
        for method in METHODS
        if answers(one, method)
        for spelled in spellings(re.sub(r"\{[^{}]*\}", "7", one.path))
    ]
    answered = ask(program, asked) if asked else {}
    wrong = [
        (*each, one.status, one.body)
        for each, one in answered.items()
        if not _is_predicted(routes, each, one)
    ]
    assert wrong == []


def _is_predicted(routes: Sequence[SourceRoute], question: Question, answer: CorpusAnswer) -> bool:
    """Return whether what answers is a route that takes the path, and none does only if it is not known to be taken."""
    takers = [(one, takes(one, question.path)) for one in routes if answers(one, question.method)]
    reached = answer.status not in NO_ROUTE
    own = {taken for one, taken in takers if reached and answer.body.endswith(one.handler.rpartition(".")[2])}
    is_taken = any(taken for _, taken in takers)
    return bool(own - {False}) or answer.status in REFUSALS if is_taken else own != {False}
