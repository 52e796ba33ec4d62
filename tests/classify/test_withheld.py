"""Refusals with a value of another operation that refuses the same caller."""

import json
from collections.abc import Mapping

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer
from tests.classify.test_outliers import REFUSED, RESOURCES, UNDECIDED, Denial, run_of

OTHERS: Mapping[str, Mapping[str, object]] = {
    **RESOURCES,
    "/bee": {**RESOURCES["/bee"], "keeper": "Ottar Myhre", "mail": "ottar@hives.example"},
    "/cow": {**RESOURCES["/cow"], "note": "calves in early spring"},
}
ANT, BEE = OperationKey(path="/ant", method="GET"), OperationKey(path="/bee", method="GET")


def _saying(text: str, *paths: str) -> Denial:
    """Refuse with the text beside words that refuse; on other paths with these alone."""
    said = f"A client certificate is required. {text}"
    plain = "A client certificate is required."
    return lambda path, _: answer(401, json.dumps({"message": said if path in paths else plain}))


def _outcome(log: ExchangeLog, operation: OperationKey = ANT) -> Outcome:
    (entry, *_) = log.of("certificate", operation, ANONYMOUS.name)
    return log.classifier().compared(entry).outcome


@pytest.mark.parametrize(
    "text",
    [
        "Last seen: Ottar Myhre",
        "Last seen: OTTAR MYHRE.",
        "Write to ottar@hives.example",
        "It says: calves in early spring",
    ],
    ids=["a name", "in capitals", "an address", "a text"],
)
def test_a_value_of_another_operation_is_undecided(text: str) -> None:
    """The words that refuse beside it do not explain it."""
    assert _outcome(run_of(_saying(text, "/ant"), OTHERS)) is UNDECIDED


@pytest.mark.parametrize("text", ["", "Ask your team.", "Last week: Ottar", "Ottar, then Myhre's own ants"])
def test_other_words_are_no_value_of_another_operation(text: str) -> None:
    """A single plain word stands anywhere; two words are a name only together."""
    assert _outcome(run_of(_saying(text, "/ant"), OTHERS)) is REFUSED


def test_two_operations_do_not_explain_each_other() -> None:
    """Only one of them has the value in its own answers."""
    log = run_of(_saying("Last seen: Ottar Myhre", "/ant", "/bee"), OTHERS)
    assert {_outcome(log), _outcome(log, BEE)} == {UNDECIDED}


def test_what_most_refusals_say_is_the_servers() -> None:
    """It is no data of one operation that its audit trail quotes the denial."""
    trail = {**OTHERS, "/dog": {**RESOURCES["/dog"], "event": "Access denied"}}
    assert _outcome(run_of(_saying("Access denied", *OTHERS), trail)) is REFUSED


def test_what_an_open_operation_gives_everyone_is_public() -> None:
    """Nothing is withheld from the caller."""
    log = run_of(_saying("Last seen: Ottar Myhre", "/ant"), OTHERS)
    log.open_operations = frozenset({BEE})
    assert _outcome(log) is REFUSED
