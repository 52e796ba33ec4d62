"""Routes and guards read from Go code equal those of the running routers, with and without a certificate."""

from functools import cache
from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding, SourceRoute, SourceView
from specdrift.source import SourceQuery, read
from tests.source.go.corpus_servers import CORPUS, ask, build, compiler
from tests.source.go.go_predictions import answering, fits, questions

pytestmark = [pytest.mark.slow, pytest.mark.skipif(compiler() is None, reason="Go is not installed")]
ROUTERS = tuple(sorted(path.name for path in (CORPUS / "cases").iterdir()))


@cache
def view() -> SourceView:
    """Return what is read of the corpus."""
    return read(SourceQuery(folder=CORPUS)).view


def routes_of(router: str) -> list[SourceRoute]:
    """Return the routes of one router of the corpus."""
    return [one for one in view().routes if f"cases/{router}/" in one.location.file]


@pytest.fixture(scope="module")
def corpus() -> Path:
    """Return the compiled corpus."""
    program = build()
    if program is None:
        pytest.skip("the modules of the corpus could not be downloaded")
    return program


def test_all_of_the_corpus_is_read() -> None:
    """Nothing is left out, and each router has routes."""
    assert view().unresolved == ()
    assert [router for router in ROUTERS if not routes_of(router)] == []


@pytest.mark.parametrize("router", ROUTERS)
def test_the_running_router_answers_as_its_source_was_read(router: str, corpus: Path) -> None:
    """Each path that the source may mean, each method, with and without a certificate: handler and refusal."""
    own = routes_of(router)
    code = (CORPUS / "cases" / router / f"{router}.go").read_text(encoding="utf-8")
    answers = ask(corpus, questions(router, code, own))
    wrong = [
        (*question, answer.status, answer.body)
        for question, answer in answers.items()
        if not fits(own, question, answer)
    ]
    assert wrong == []
    reached = {route for question in answers if (route := answering(own, question)) is not None}
    assert reached == set(own)


UNCLEAR = {"/", "/passed", "/refused"}
"""A guard that decides by the method, of a route for all methods; and guards whose list may be nil or empty."""


def test_guards_of_the_corpus_are_decided() -> None:
    """The comparison would allow any answer where nothing was decided."""
    assert {route.path for route in view().routes if route.guard is Guarding.UNKNOWN} == UNCLEAR
