"""Programs that are made up build the routers that were read from them: a batch of them, compiled in one crate."""

from pathlib import Path

import pytest

from specdrift.model.result.source import RouteKind
from specdrift.source import SourceQuery, read
from tests.lab.axum_lab import cargo_available
from tests.source.corpus_runner import ask, build, crate
from tests.source.predictions import predicted, questions
from tests.source.programs import COUNT, SEED, batch, programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not cargo_available(), reason="the programs need cargo 1.85 or newer"),
]
MADE = programs(SEED, COUNT)
TEXT = batch(MADE)


@pytest.fixture(scope="module")
def compiled() -> Path:
    """All programs, compiled once."""
    return build(TEXT)


@pytest.mark.parametrize("name", MADE)
def test_a_made_up_program_answers_as_it_was_read(name: str, compiled: Path) -> None:
    """Each path that it may mean, each method: the status, the handler, and the layers in their order."""
    seen = read(SourceQuery(folder=crate(TEXT), entry=f"generated::{name}")).view
    assert seen.unresolved == ()
    answers = ask(compiled, questions(name, MADE[name], seen.routes))
    wrong = [
        (method, path, answer, prediction.answers)
        for (_, method, path), answer in answers.items()
        if not (prediction := predicted(seen.routes, method, path)).allows(answer, head=method == "HEAD")
    ]
    assert wrong == []
    assert {route.path for route in seen.routes if route.kind is RouteKind.ROUTE}


def test_the_programs_have_all_that_is_to_be_tried() -> None:
    """A batch without nesting, merging or layers would test nothing."""
    for construct in (
        ".nest(",
        ".merge(",
        ".layer(",
        ".route_layer(",
        ".fallback(",
        ".nest_service(",
        "ServiceBuilder",
        "let change",
    ):
        assert TEXT.count(construct) >= COUNT // 5, construct
