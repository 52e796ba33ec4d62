"""Routes read from source equal those of the real axum, on a corpus with one router per construct."""

from pathlib import Path

import pytest

from specdrift.model.result.source import SourceView
from specdrift.source import SourceQuery, read
from tests.lab.axum_lab import cargo_available
from tests.source.corpus_runner import CORPUS, Answer, ask, build
from tests.source.predictions import predicted, questions
from tests.source.programs import COUNT, SEED, batch, programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not cargo_available(), reason="the corpus needs cargo 1.85 or newer"),
]
SOURCE = CORPUS / "src"
MODULES = (
    *("plain", "layers", "late_fallback", "nested", "merged", "methods", "paths", "variables", "types"),
    *("builders", "services", "documented", "typed", "older", "oldest", "files", "fallbacks"),
    *("tower_layers", "loops", "conditions", "generics", "members", "expanded"),
)
"""Modules of which everything is understood."""
UNREAD = {"chosen": 1}
"""Modules of which parts are listed as not understood, and how many."""


def view(module: str) -> SourceView:
    """What is read of a module's router."""
    return read(SourceQuery(folder=CORPUS, entry=f"{module}::app")).view


def text_of(module: str) -> str:
    """The source of a module and of what it has below it."""
    files = [SOURCE / f"{module}.rs", *sorted((SOURCE / module).rglob("*.rs"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


@pytest.fixture(scope="module")
def corpus() -> Path:
    """The compiled corpus, with the programs of the other test in the same crate: one build of a minute for both."""
    return build(batch(programs(SEED, COUNT)))


def test_every_module_of_the_corpus_is_tested() -> None:
    """A construct that is added is tested."""
    helpers = {"main", "marks", "generated"}
    own = {path.stem for path in SOURCE.iterdir() if path.suffix == ".rs" or path.is_dir()}
    assert own - helpers == {*MODULES, *UNREAD}


@pytest.mark.parametrize("module", MODULES)
def test_the_running_router_answers_as_its_source_was_read(module: str, corpus: Path) -> None:
    """Each path that the source may mean, each method: the status, the handler, and the layers in their order."""
    seen = view(module)
    assert seen.unresolved == ()
    answers = ask(corpus, questions(module, text_of(module), seen.routes))
    wrong = [
        (method, path, answer, prediction.answers)
        for (_, method, path), answer in answers.items()
        if not (prediction := predicted(seen.routes, method, path)).allows(answer, head=method == "HEAD")
    ]
    assert wrong == []
    answered = {path for (_, _, path), answer in answers.items() if answer.status == 200}
    assert answered, "the router was asked for nothing that it has"


@pytest.mark.parametrize("module", UNREAD)
def test_what_is_not_understood_is_listed_and_the_rest_is_right(module: str, corpus: Path) -> None:
    """Nothing is guessed: what was read answers so, and what answers beyond it is why parts are listed."""
    seen = view(module)
    assert len(seen.unresolved) == UNREAD[module]
    answers = ask(corpus, questions(module, text_of(module), seen.routes))
    for route in seen.routes:
        answer = answers[module, "GET", route.path]
        assert predicted(seen.routes, "GET", route.path).allows(answer, head=False)
    beyond = [path for (_, way, path), answer in answers.items() if way == "GET" and answer.status == 200]
    assert len(beyond) > len(seen.routes)


def test_an_unknown_method_differs_from_an_unknown_path(corpus: Path) -> None:
    """405 and 404 as axum has them: the prediction that the other tests rely on tells them apart too."""
    answers = ask(corpus, [("plain", "DELETE", "/items"), ("documented", "GET", "/nope")])
    assert answers["plain", "DELETE", "/items"] == Answer(405, "", ())
    assert answers["documented", "GET", "/nope"].status == 404
    assert predicted(view("plain").routes, "DELETE", "/items").answers == (Answer(405, "", ()),)
    assert predicted(view("documented").routes, "GET", "/nope").answers == (Answer(404, "", ()),)
