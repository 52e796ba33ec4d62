"""Verdicts from data: the values of the resource, and how this server refuses."""

import base64
import json
import re
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.classify.tables.compared import COMPARED
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Classification, Confidence, Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

ADMITTED, REFUSED, INCONCLUSIVE = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
ACCOUNT = '{"owner": "Lerato Pietson", "balance": 48120.75, "iban": "EE382200221020145685"}'
INVOICE = '{"number": "INV-2026-0193", "lines": [{"sku": "AX-4419", "qty": 3}], "total": 915.4}'
REFUSAL = '{"viga": "Sellele lehele pääsemiseks on vaja luba."}'
Answers = Mapping[str, HttpFacts]
"""Answers by path."""


def add(log: ExchangeLog, exchange: Exchange) -> None:
    """Add an exchange to a log."""
    log.add(exchange.probe, exchange.observation)


def log_of(valid: Answers, refused: Answers, missing: HttpFacts, *, callers: int = 3) -> ExchangeLog:
    """Build the log of a run: the valid certificate twice, each other caller once, and an unknown path."""
    others = (ANONYMOUS, REVOKED, EXPIRED)[:callers]
    log = ExchangeLog(identities={each.name: each for each in (ALICE, *others)})
    for path, http in valid.items():
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt in (1, 2):
            sent = probe(ALICE.name, operation=key, request=request, attempt=attempt)
            add(log, exchange(sent, http))
        for identity in others:
            add(log, exchange(probe(identity.name, operation=key, request=request), refused[path]))
    unknown = probe(check="unknown-path", operation=None, request=Request(method="GET", target="/nonce"))
    add(log, exchange(unknown, missing))
    return log


def anonymous(log: ExchangeLog, path: str) -> Classification:
    """Classify the anonymous client's answer at a path."""
    (entry,) = log.of("certificate", OperationKey(path=path, method="GET"), ANONYMOUS.name)
    return log.classifier().compared(entry)


def _fits(text: str, before: str, after: str | None = None) -> bool:
    """Compare a reason, of which the names of places are left out."""
    return text == before if after is None else text.startswith(before) and text.endswith(after)


def row(classification: Classification) -> str:
    """Return the name of the row of that reason."""
    kept = re.sub("4(01|03)|200", "*", classification.reason)
    reasons = {each.name: each.reason.format(status="*", location="*", where="|") for each in COMPARED}
    return next((name for name, reason in reasons.items() if _fits(kept, *reason.split("|"))), "")


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
        (REFUSAL, 200, REFUSED),
        (REFUSAL, 500, REFUSED),
    ],
)
def test_the_data_decide_whatever_the_status_and_envelope(body: str, status: int, outcome: Outcome) -> None:
    """An answer with the values is an admission; one without them that the server repeats is a refusal."""
    refusal = answer(status if body == REFUSAL else 401, REFUSAL)
    log = log_of(TWO, {"/account": answer(status, body), "/invoice": refusal}, MISSING)
    assert anonymous(log, "/account").outcome is outcome
    assert anonymous(log, "/invoice").outcome is REFUSED


@pytest.mark.parametrize("fails_for_all", [True, False])
def test_a_failure_that_valid_certificates_get_too_refuses_no_caller(fails_for_all: bool) -> None:  # noqa: FBT001
    """A service that is down answers so to everybody. The twin answers so to those without a certificate alone."""
    busy, refusal = answer(503, '{"error": "busy"}'), answer(401, REFUSAL)
    valid = {"/orders": answer(200, ACCOUNT), "/users": answer(200, INVOICE)}
    refused = {"/orders": busy, "/users": refusal}
    for path in ("/reports", "/cards"):
        valid[path] = busy if fails_for_all else answer(200, f'{{"of": "{path} of Tallinn"}}')
        refused[path] = busy
    log = log_of(valid, refused, MISSING)
    found = anonymous(log, "/orders")
    assert found.outcome is (INCONCLUSIVE if fails_for_all else REFUSED)
    assert fails_for_all or found.confidence is Confidence.MEDIUM
    assert anonymous(log, "/users").outcome is REFUSED


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
@pytest.mark.parametrize("text", ["EE382200221020145685", "it is 48,120.75", "Lerato Pietson has 48120.75"])
def test_a_value_of_the_resource_in_a_refusal_is_a_leak(text: str, status: int) -> None:
    """The caller is refused, also by a guard that fails, and receives the account number."""
    leak = answer(status, json.dumps({"viga": "luba puudub", "account": text}))
    log = log_of(TWO, {"/account": leak, "/invoice": answer(403, REFUSAL)}, MISSING)
    classification = anonymous(log, "/account")
    assert (classification.outcome, classification.leaks) == (REFUSED, True)
    assert not anonymous(log, "/invoice").leaks


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ('{"code": "ROLE_REQUIRED", "message": "missing role"}', REFUSED),
        ('{"code": "ROLE_REQUIRED", "message": "EE3822-7 by Kask"}', INCONCLUSIVE),
        ('{"code": "ROLE_REQUIRED", "by": "Kask", "at": "Tallinn 7"}', INCONCLUSIVE),
    ],
)
def test_a_refusal_in_words_beside_empty_ones_is_judged_by_its_words(body: str, outcome: Outcome) -> None:
    """A gateway refuses without a body, and the service behind it for its own reason."""
    refused = {**dict.fromkeys(TWO, answer(403)), "/account": answer(403, body)}
    log = log_of({**TWO, "/third": answer(200, '{"n": "x71"}')}, {**refused, "/third": answer(403)}, MISSING)
    assert anonymous(log, "/account").outcome is outcome
    assert anonymous(log, "/invoice").outcome is REFUSED


def test_values_of_every_operation_are_no_leak() -> None:
    """A tenant and a version occur in answers and refusals."""
    meta = {"tenant": "tenant-77-acme-4419", "version": "2026.11.3"}
    valid = {f"/{n}": answer(200, json.dumps({"ref": f"a{n}9{n}71cc", **meta})) for n in range(4)}
    refused = {path: answer(403, json.dumps({"no": 1, **meta})) for path in valid}
    log = log_of(valid, refused, MISSING)
    assert {(anonymous(log, p).outcome, anonymous(log, p).leaks) for p in valid} == {(REFUSED, False)}


def test_values_of_the_request_are_no_leak() -> None:
    """A refusal may repeat the identifier that the caller sent."""
    path = "/accounts/EE382200221020145685"
    refusal = answer(403, '{"viga": "EE382200221020145685"}')
    log = log_of(
        {path: answer(200, ACCOUNT), **TWO},
        {path: refusal, **dict.fromkeys(TWO, answer(403, REFUSAL))},
        MISSING,
    )
    assert not anonymous(log, path).leaks


LEVELS = ("/levels/a", "/levels/b", "/levels/c")
NO_PAGE = answer(404, "none")


def after(log: ExchangeLog, path: str, header: tuple[str, str], http: HttpFacts) -> Classification:
    """Classify the answer to the anonymous client's request with one header more."""
    key, request = (
        OperationKey(path=path, method="GET"),
        Request(method="GET", target=path, headers=(header,)),
    )
    entry = exchange(probe(check="forwarded", operation=key, request=request), http)
    add(log, entry)
    return log.classifier().compared(entry)


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("ok", "no"), ("true", "false"), ("7", "-1")])
def test_a_header_that_says_what_a_denial_says_does_not_make_it_an_answer(yes: str, no: str) -> None:
    """The refusal is the same as without the header, and says nothing of the operation."""
    log = log_of(dict.fromkeys(LEVELS, answer(200, yes)), dict.fromkeys(LEVELS, answer(200, no)), NO_PAGE)
    assert {anonymous(log, path).outcome for path in LEVELS} == {REFUSED}
    assert after(log, LEVELS[0], ("X-Client-Verify", no), answer(200, no)).outcome is REFUSED
    assert after(log, LEVELS[0], ("X-Client-Verify", no), answer(200, yes)).outcome is ADMITTED


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("yes", "no")])
def test_a_denial_that_a_path_happens_to_say_is_a_denial(yes: str, no: str) -> None:
    """`/levels/0` is refused with `0` as every other path is, and a forgotten guard is found all the same."""
    paths = (f"/levels/{no}", f"/rooms/{no}", "/levels/all")
    valid = dict.fromkeys(paths, answer(200, yes))
    log = log_of(valid, dict.fromkeys(paths, answer(200, no)), NO_PAGE)
    assert {anonymous(log, path).outcome for path in paths} == {REFUSED}
    forgotten = {**dict.fromkeys(paths, answer(200, no)), paths[2]: answer(200, yes)}
    assert anonymous(log_of(valid, forgotten, NO_PAGE), paths[2]).outcome is ADMITTED


def test_an_answer_that_is_neither_data_nor_refusal_is_undecided() -> None:
    """A success without the data that no other operation returns to refused callers."""
    unusual = answer(200, '{"welcome": "visitor", "season": 3}')
    log = log_of(TWO, {"/account": unusual, "/invoice": answer(401, REFUSAL)}, MISSING, callers=1)
    assert anonymous(log, "/account").outcome is INCONCLUSIVE


def test_the_same_members_with_other_values_are_undecided() -> None:
    """It may be the handler's answer about another account, or the envelope of a refusal."""
    other = answer(200, '{"owner": "unknown", "balance": 0, "iban": "none"}')
    log = log_of(TWO, {"/account": other, "/invoice": answer(401, REFUSAL)}, MISSING, callers=1)
    classification = anonymous(log, "/account")
    assert (classification.outcome, row(classification)) == (INCONCLUSIVE, "like-valid-other-values")


def test_data_that_change_each_time_are_recognised_by_their_structure() -> None:
    """No value stays the same, so there are none to compare."""
    log = log_of({"/dice": answer(200, '{"roll": 4}')}, {"/dice": answer(200, '{"roll": 6}')}, MISSING)
    assert anonymous(log, "/dice").outcome is ADMITTED


def test_one_operation_with_one_answer_for_all_refused_callers() -> None:
    """Without a second operation, several callers show how the server refuses."""
    one = {"/account": answer(200, ACCOUNT)}
    log = log_of(one, {"/account": answer(200, REFUSAL)}, MISSING)
    assert row(anonymous(log, "/account")) == "one-denial"
    alone = log_of(one, {"/account": answer(200, REFUSAL)}, MISSING, callers=1)
    assert anonymous(alone, "/account").outcome is INCONCLUSIVE


def test_words_count_only_where_the_data_are_missing() -> None:
    """The text reads like a refusal, and the known values of the operation are absent."""
    one = {"/account": answer(200, ACCOUNT)}
    log = log_of(one, {"/account": answer(200, '{"error": "access denied"}')}, MISSING, callers=1)
    assert row(anonymous(log, "/account")) == "denial-without-data"


def test_an_answer_that_valid_certificates_get_is_no_refusal() -> None:
    """All callers get one answer on every operation, so it does not separate refusal from admission."""
    same = {path: answer(200, '{"status": "up"}') for path in TWO}
    assert not log_of(same, same, MISSING).classifier().denials


def test_a_refusal_may_have_a_member_of_the_operations_name() -> None:
    """GraphQL returns the data of each operation under its own name."""

    def refusal(name: str) -> HttpFacts:
        errors = [{"message": "You are not signed in", "path": [name]}]
        return answer(200, json.dumps({"data": {name: None}, "errors": errors}))

    refused = {path: refusal(path[1:]) for path in TWO}
    log = log_of(TWO, refused, MISSING, callers=1)
    assert {row(anonymous(log, path)) for path in TWO} == {"fits-denial"}


def test_a_word_of_the_resource_that_other_refusals_lack_is_undecided() -> None:
    """It may be a unit, or one row of the data: nothing tells them apart."""
    valid = {"/a": answer(200, '{"unit": "kWh"}'), **TWO}
    refused = {
        "/a": answer(403, '{"viga": "luba puudub", "unit": "kWh"}'),
        **dict.fromkeys(TWO, answer(403, REFUSAL)),
    }
    assert row(anonymous(log_of(valid, refused, MISSING), "/a")) == "traces"


@pytest.mark.parametrize(
    "refusal",
    [
        '{"viga": "Sellele lehele pääsemiseks on vaja luba.", "balance": 5}',
        '{"viga": "Sellele lehele pääsemiseks on vaja luba.", "rows": [{"name": "tamm", "sum": 881.75}]}',
        '{"viga": "Sellele lehele pääsemiseks on vaja luba.", "sum": 3120}',
        '{"viga": "Sellele lehele pääsemiseks on vaja luba.", "names": ["ivik", "oruj"]}',
    ],
    ids=["one digit", "another page", "a sum", "spelled backwards"],
)
def test_a_refusal_with_more_than_the_server_s_denial_is_undecided(refusal: str) -> None:
    """The values need not be known: the others lack them."""
    valid = {"/a": answer(200, '{"rows": [{"name": "kivi", "sum": 1560}], "balance": 5}'), **TWO}
    refused = {"/a": answer(403, refusal), **dict.fromkeys(TWO, answer(403, REFUSAL))}
    assert anonymous(log_of(valid, refused, MISSING), "/a").outcome is INCONCLUSIVE


def test_a_word_that_names_the_resource_in_each_denial_is_no_data() -> None:
    """Each refusal of the server says what it refuses."""
    valid = {
        path: answer(200, f'{{"title": "{path[1:]}s", "no": {n}551}}')
        for n, path in enumerate(("/ant", "/bee", "/cow"), 2)
    }
    refused = {path: answer(403, f'{{"viga": "luba puudub", "title": "{path[1:]}s"}}') for path in valid}
    log = log_of(valid, refused, MISSING)
    assert {row(anonymous(log, path)) for path in valid} == {"fits-denial"}


def test_a_refusal_with_the_data_of_all_operations_is_an_admission() -> None:
    """What every refusal has is no denial where it is the data of several operations."""
    valid = {
        f"/{n}": answer(200, f'{{"iban": "FI21{n}987654321{n}", "owner": "n{n}@example.test"}}')
        for n in range(1, 5)
    }
    everything = " ".join(each.body_excerpt for each in valid.values())
    refused = {path: answer(403, f"luba puudub: {everything}") for path in valid}
    log = log_of(valid, refused, MISSING)
    assert {anonymous(log, path).outcome for path in valid} == {ADMITTED}


def test_the_day_of_an_answer_is_no_datum() -> None:
    """Answers of one day share it, in the body of a refusal too."""

    def dated(text: str, status: int) -> HttpFacts:
        fields = (("content-type", "application/json"), ("date", "Thu, 26 Nov 2026 17:25:00 GMT"))
        return replace(answer(status, text), headers=fields)

    valid = {"/a": dated('{"at": "2026-11-26 17:25:00", "tree": "kuusi"}', 200)}
    refused = {"/a": dated('{"viga": "luba puudub", "at": "2026-11-26 17:25:01"}', 403)}
    assert anonymous(log_of(valid, refused, MISSING), "/a").outcome is REFUSED


def test_a_redirect_that_no_other_operation_has_is_undecided() -> None:
    """It may lead to the data; the others lead to the login."""
    refused = {
        "/account": answer(302, location="/internal/account"),
        "/invoice": answer(302, location="/login"),
    }
    assert anonymous(log_of(TWO, refused, MISSING), "/account").outcome is INCONCLUSIVE


def test_the_same_members_are_an_admission_where_the_server_refuses_otherwise() -> None:
    """Other operations answer 401: this one ran its handler for the anonymous client."""
    third = {**TWO, "/stock": answer(200, '{"sku": "BX-7721", "left": 1204}')}
    other = answer(200, '{"owner": "unknown", "balance": 0, "iban": "none"}')
    refused = {"/account": other, "/invoice": answer(401, REFUSAL), "/stock": answer(401, REFUSAL)}
    log = log_of(third, refused, MISSING, callers=1)
    assert row(anonymous(log, "/account")) == "like-valid-unrefused"
    assert {row(anonymous(log, path)) for path in ("/invoice", "/stock")} == {"fits-denial"}
