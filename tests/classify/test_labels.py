"""What a refusal may name an operation by: labels, help pages and forms of the words of its path."""

import json

import pytest

from specdrift.classify.explanation.labels import looks_like_a_label
from specdrift.classify.explanation.vocabulary import names_the_request
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer
from tests.classify.test_outliers import RESOURCES, run_of


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("procurement.read", True),
        ("https://docs.test/rest/repos#get-a-repository", True),
        ("https://docs.test/rest/repos/4711", False),
        ("J-P-M", False),
        ("4711", False),
    ],
)
def test_a_label_is_made_of_words(text: str, *, label: bool) -> None:
    """Initials and numbers may be data."""
    assert looks_like_a_label(text, 401) is label


@pytest.mark.parametrize(
    ("word", "named"),
    [("administration", True), ("quotas", True), ("adamant", False), ("art", False)],
)
def test_a_word_that_another_one_begins_is_a_form_of_it(word: str, *, named: bool) -> None:
    """``/admin/quota`` may be the realm ``administration``."""
    request = Request(method="GET", target="/admin/quota")
    assert names_the_request(word, request, "GET /admin/quota") is named


PAGES = {"/ant": "list-ants", "/bee": "get-a-bee", "/cow": "remove-cows", "/dog": "find-a-dog"}


@pytest.mark.parametrize("odd", [401, 404])
def test_help_pages_are_labels_whatever_the_status(odd: int) -> None:
    """One operation refuses by another status than the others, with a page of its own at the same place."""

    def refuse(path: str, _: int) -> HttpFacts:
        body = {"message": "Not here", "page": f"https://docs.test/zoo#{PAGES[path]}"}
        return answer(odd if path == "/ant" else 401, json.dumps(body))

    log, key = run_of(refuse, RESOURCES), OperationKey(path="/ant", method="GET")
    found = {log.classifier().compared(each).outcome for each in log.of("certificate", key, ANONYMOUS.name)}
    assert found == {Outcome.REFUSED_BY_APPLICATION}
