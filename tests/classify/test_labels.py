"""What a refusal may name an operation by: labels, help pages and forms of the words of its path."""

import json

import pytest

from specdrift.classify.explanation.labels import looks_like_a_label
from specdrift.classify.explanation.vocabulary import names_the_request, names_the_status
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
        ("inventory.v1.Inventory.ListItems", True),
        ("inventory.1893.Inventory", False),
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


@pytest.mark.parametrize("target", ["/admin/quota", "/admin/quota/", "/admin/quota/?page=2"])
def test_a_url_of_the_path_names_it(target: str) -> None:
    """With and without the slash at its end: servers redirect from one to the other."""
    request = Request(method="GET", target=target)
    assert names_the_request("https://api.test/admin/quota", request, "GET /admin/quota")
    assert not names_the_request("https://api.test/accounts/4711", request, "GET /admin/quota")


@pytest.mark.parametrize(
    ("word", "named"),
    [("shelves/a1/items", True), ("/shelves/a1", True), ("a1/items/7", False), ("helves/a1", False)],
)
def test_a_part_of_the_path_is_a_form_of_it(word: str, *, named: bool) -> None:
    """Behind a gateway, services name resources without the version of the interface."""
    request = Request(method="GET", target="/v1/shelves/a1/items?page=2")
    assert names_the_request(word, request, "GET /v1/shelves/{shelf}/items") is named


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("urn:ietf:params:scim:api:messages:2.0:error", True),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", True),
        ("urn:ietf:params:oauth:request_uri:6esc_11acc5", False),
        ("urn:example:orders", False),
    ],
)
def test_registered_names_of_a_protocol_are_no_data(word: str, *, named: bool) -> None:
    """SCIM names its schema in each message (RFC 7644 §3.12); a value of its own stays one."""
    assert names_the_status(word, answer(401)) is named


METHODS = {"/ant": "ListAnts", "/bee": "GetBee", "/cow": "RemoveCow", "/dog": "FindDog"}


def test_a_method_is_a_label_with_the_version_of_its_interface() -> None:
    """As google.rpc.ErrorInfo names it, and the message of one operation again."""

    def refuse(path: str, _: int) -> HttpFacts:
        method = METHODS[path]
        said = f"Permission 'zoo.{method}' denied" if path == "/ant" else "Denied"
        return answer(403, json.dumps({"message": said, "metadata": {"method": f"zoo.v1.Zoo.{method}"}}))

    log, key = run_of(refuse, RESOURCES), OperationKey(path="/ant", method="GET")
    found = {log.classifier().compared(each).outcome for each in log.of("certificate", key, ANONYMOUS.name)}
    assert found == {Outcome.REFUSED_BY_APPLICATION}


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
