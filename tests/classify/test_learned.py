"""Verdicts from data: what only the resource says, and how this server refuses."""

import base64
import json
from collections.abc import Mapping

import pytest

from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.tables.compared import COMPARED
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Classification, Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, probe, seen

ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
ACCOUNT = '{"owner": "Lerato Pietson", "balance": 48120.75, "iban": "EE382200221020145685"}'
INVOICE = '{"number": "INV-2026-0193", "lines": [{"sku": "AX-4419", "qty": 3}], "total": 915.4}'
NO = '{"viga": "Sellele lehele pääsemiseks on vaja luba."}'
Answers = Mapping[str, HttpFacts]
"""Answers by path."""


def add(log: ExchangeLog, exchange: Exchange) -> None:
    """Put an exchange into a log."""
    log.add(exchange.probe, exchange.observation)


def log_of(valid: Answers, refused: Answers, missing: HttpFacts, *, callers: int = 3) -> ExchangeLog:
    """A run on some paths: the valid certificate twice, each other caller once, and a path that does not exist."""
    others = (ANONYMOUS, REVOKED, EXPIRED)[:callers]
    log = ExchangeLog(identities={each.name: each for each in (ALICE, *others)})
    for path, http in valid.items():
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt in (1, 2):
            asked = probe(ALICE.name, operation=key, request=request, attempt=attempt)
            add(log, seen(asked, http))
        for identity in others:
            add(log, seen(probe(identity.name, operation=key, request=request), refused[path]))
    unknown = probe(check="unknown-path", operation=None, request=Request(method="GET", target="/nonce"))
    add(log, seen(unknown, missing))
    return log


def anonymous(log: ExchangeLog, path: str) -> Classification:
    """What the anonymous caller's answer at a path means."""
    (entry,) = log.of("certificate", OperationKey(path=path, method="GET"), ANONYMOUS.name)
    return log.classifier().compared(entry)


def row(reading: Classification) -> str:
    """The name of the row of that reason."""
    named = {each.reason.format(status="*", location="*"): each.name for each in COMPARED}
    return named.get(reading.reason.replace("200", "*").replace("403", "*").replace("401", "*"), "")


TWO = {"/account": answer(200, ACCOUNT), "/invoice": answer(200, INVOICE)}
MISSING = answer(404, '{"detail": "not here"}')


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (ACCOUNT, 401, ADMITTED),
        (json.dumps({"error": {"data": json.loads(ACCOUNT)}}), 403, ADMITTED),
        (json.dumps({"error": "no", "debug": f"row was {ACCOUNT}"}), 404, ADMITTED),
        ("<pre>Lerato Pietson;48120.75;EE382200221020145685</pre>", 500, ADMITTED),
        ("owner=Lerato+Pietson&balance=48120.75&iban=EE382200221020145685", 418, ADMITTED),
        ("<p>no</p><!-- cache: dd Lerato Pietson /dd 48120.75 EE382200221020145685 -->", 403, ADMITTED),
        (f"denied {base64.b64encode(ACCOUNT.encode()).decode()}", 403, ADMITTED),
        (NO, 200, REFUSED),
        (NO, 500, REFUSED),
    ],
)
def test_the_data_decide_whatever_the_status_and_envelope(body: str, status: int, outcome: Outcome) -> None:
    """A caller who has the values was admitted; one that has none got this server's refusal."""
    refusal = answer(status if body == NO else 401, NO)
    log = log_of(TWO, {"/account": answer(status, body), "/invoice": refusal}, MISSING)
    assert anonymous(log, "/account").outcome is outcome
    assert anonymous(log, "/invoice").outcome is REFUSED


@pytest.mark.parametrize("text", ["EE382200221020145685", "it is 48,120.75", "Lerato Pietson has 48120.75"])
def test_a_value_of_the_resource_in_a_refusal_is_a_leak(text: str) -> None:
    """The caller is refused, and has the account number all the same."""
    leak = answer(403, json.dumps({"viga": "luba puudub", "account": text}))
    log = log_of(TWO, {"/account": leak, "/invoice": answer(403, NO)}, MISSING)
    reading = anonymous(log, "/account")
    assert (reading.outcome, reading.leaks) == (REFUSED, True)
    assert not anonymous(log, "/invoice").leaks


def test_values_that_every_operation_has_are_no_leak() -> None:
    """A tenant and a version stand in answers and refusals alike."""
    meta = {"tenant": "tenant-77-acme-4419", "version": "2026.11.3"}
    valid = {f"/{n}": answer(200, json.dumps({"ref": f"a{n}9{n}71cc", **meta})) for n in range(4)}
    refused = {path: answer(403, json.dumps({"no": 1, **meta})) for path in valid}
    log = log_of(valid, refused, MISSING)
    assert {(anonymous(log, p).outcome, anonymous(log, p).leaks) for p in valid} == {(REFUSED, False)}


def test_what_the_request_had_is_no_leak() -> None:
    """A refusal may repeat the identifier that the caller sent."""
    path = "/accounts/EE382200221020145685"
    refusal = answer(403, '{"viga": "EE382200221020145685"}')
    log = log_of(
        {path: answer(200, ACCOUNT), **TWO}, {path: refusal, **dict.fromkeys(TWO, answer(403, NO))}, MISSING
    )
    assert not anonymous(log, path).leaks


def test_an_answer_that_is_neither_is_undecided() -> None:
    """A success without the data that no other operation gives to refused callers."""
    odd = answer(200, '{"welcome": "visitor", "season": 3}')
    log = log_of(TWO, {"/account": odd, "/invoice": answer(401, NO)}, MISSING, callers=1)
    assert anonymous(log, "/account").outcome is INCONCLUSIVE


def test_the_same_members_with_other_values_are_undecided() -> None:
    """The handler's own answer about somebody else, or the envelope of a refusal: it cannot be told."""
    other = answer(200, '{"owner": "nobody", "balance": 0, "iban": "none"}')
    log = log_of(TWO, {"/account": other, "/invoice": answer(401, NO)}, MISSING, callers=1)
    reading = anonymous(log, "/account")
    assert (reading.outcome, row(reading)) == (INCONCLUSIVE, "like-valid-other-values")


def test_data_that_change_each_time_are_told_by_their_structure() -> None:
    """Nothing stays the same, so there are no values to look for."""
    log = log_of({"/dice": answer(200, '{"roll": 4}')}, {"/dice": answer(200, '{"roll": 6}')}, MISSING)
    assert anonymous(log, "/dice").outcome is ADMITTED


def test_one_operation_that_answers_all_refused_callers_alike() -> None:
    """Without a second operation, several callers show how the server refuses."""
    one = {"/account": answer(200, ACCOUNT)}
    log = log_of(one, {"/account": answer(200, NO)}, MISSING)
    assert row(anonymous(log, "/account")) == "one-denial"
    alone = log_of(one, {"/account": answer(200, NO)}, MISSING, callers=1)
    assert anonymous(alone, "/account").outcome is INCONCLUSIVE


def test_words_count_only_where_the_data_are_missing() -> None:
    """A text that reads like a refusal, of an operation whose values are known and not there."""
    one = {"/account": answer(200, ACCOUNT)}
    log = log_of(one, {"/account": answer(200, '{"error": "access denied"}')}, MISSING, callers=1)
    assert row(anonymous(log, "/account")) == "denial-without-data"


def test_an_answer_that_valid_certificates_get_is_no_refusal() -> None:
    """Where everybody is answered alike on every operation, nothing tells a refusal from an admission."""
    same = {path: answer(200, '{"status": "up"}') for path in TWO}
    assert not log_of(same, same, MISSING).classifier().denials


def test_a_refusal_may_have_a_member_of_the_operations_name() -> None:
    """As GraphQL does: the data of each operation under its own name."""

    def refusal(name: str) -> HttpFacts:
        errors = [{"message": "You are not signed in", "path": [name]}]
        return answer(200, json.dumps({"data": {name: None}, "errors": errors}))

    refused = {path: refusal(path[1:]) for path in TWO}
    log = log_of(TWO, refused, MISSING, callers=1)
    assert {row(anonymous(log, path)) for path in TWO} == {"fits-denial"}


def test_a_label_of_the_resource_is_no_data() -> None:
    """Where all else changes each time, a unit in a refusal proves nothing."""
    valid = {"/a": answer(200, '{"unit": "kWh"}'), **TWO}
    refused = {
        "/a": answer(403, '{"viga": "luba puudub", "unit": "kWh"}'),
        **dict.fromkeys(TWO, answer(403, NO)),
    }
    assert anonymous(log_of(valid, refused, MISSING), "/a").outcome is REFUSED


def test_a_redirect_that_no_other_operation_has_is_undecided() -> None:
    """It may lead to the data: the others lead to the login."""
    refused = {
        "/account": answer(302, location="/internal/account"),
        "/invoice": answer(302, location="/login"),
    }
    assert anonymous(log_of(TWO, refused, MISSING), "/account").outcome is INCONCLUSIVE


def test_the_same_members_are_an_admission_where_the_server_refuses_otherwise() -> None:
    """Other operations answer 401: this one ran its handler for somebody without a certificate."""
    third = {**TWO, "/stock": answer(200, '{"sku": "BX-7721", "left": 1204}')}
    other = answer(200, '{"owner": "nobody", "balance": 0, "iban": "none"}')
    refused = {"/account": other, "/invoice": answer(401, NO), "/stock": answer(401, NO)}
    log = log_of(third, refused, MISSING, callers=1)
    assert row(anonymous(log, "/account")) == "like-valid-unrefused"
    assert {row(anonymous(log, path)) for path in ("/invoice", "/stock")} == {"fits-denial"}
