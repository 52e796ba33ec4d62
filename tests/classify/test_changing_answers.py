"""Operations whose own answers differ each time: no value shows who received the data."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from html import escape

import pytest
from msgspec.structs import replace

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

ADMITTED, REFUSED, UNDECIDED = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
NAMES = ("Oksanen", "Lindqvist", "Marchetti", "Okafor", "Quist", "Aoki", "Barreto", "Salo")
Answer = Callable[[str, int], HttpFacts]
"""The answer at a path to the request of a number."""


def items(number: int) -> list[Mapping[str, object]]:
    """Return the items of a page that no other request gets."""
    return [
        {"name": NAMES[number % 8], "score": 1000 + 97 * number},
        {"name": NAMES[(number + 3) % 8], "score": number},
    ]


def page(_: str, number: int) -> HttpFacts:
    """Answer with a page."""
    return answer(200, json.dumps({"items": items(number)}))


def outcome(
    refused: Answer, *, valid: Answer = page, others: Answer | None = None, times: int = 1
) -> Outcome:
    """Return the outcome of the anonymous client at ``/list``; ``others`` answers at two further paths.

    Callers who must be refused ask so many ``times``.
    """
    callers = (ANONYMOUS, REVOKED, EXPIRED)
    log = ExchangeLog(identities={each.name: each for each in (ALICE, *callers)})
    number = 0
    for path in ("/list", *(("/one", "/two") if others else ())):
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for identity in (ALICE, *callers * times, ALICE):
            number += 1
            sent = probe(identity.name, operation=key, request=request, attempt=number)
            respond = valid if identity is ALICE else (refused if path == "/list" else others or refused)
            got = exchange(sent, respond(path, number))
            log.add(got.probe, got.observation)
    entry = log.of("certificate", OperationKey(path="/list", method="GET"), ANONYMOUS.name)[0]
    return log.classifier().compared(entry).outcome


def denial(*_: object) -> HttpFacts:
    """Refuse as every time."""
    return answer(403, '{"viga": "luba puudub"}')


def numbered(_: str, number: int) -> HttpFacts:
    """Refuse with an incident number."""
    return answer(403, json.dumps({"viga": "luba puudub", "juhtum": 7_000_000 + 7919 * number}))


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("others", [None, denial, numbered])
def test_another_page_with_the_status_of_a_denial_is_undecided(status: int, others: Answer | None) -> None:
    """The status refuses, and the handler ran."""
    leak: Answer = lambda _, number: answer(status, json.dumps({"items": items(number)}))  # noqa: E731
    assert outcome(leak, others=others) is UNDECIDED


@pytest.mark.parametrize("others", [None, denial, numbered])
def test_another_page_inside_of_a_denial_is_undecided(others: Answer | None) -> None:
    """In a structure of its own."""
    leak: Answer = lambda _, number: answer(403, json.dumps({"viga": "ei", "sisu": items(number)}))  # noqa: E731
    assert outcome(leak, others=others) is UNDECIDED


def test_another_page_on_every_operation_is_undecided() -> None:
    """The leak is no denial of the server, however many operations have it."""
    leak: Answer = lambda _, number: answer(403, json.dumps({"items": items(number)}))  # noqa: E731
    assert outcome(leak, others=leak) is UNDECIDED


def rows(path: str, number: int) -> str:
    """Return cells with names that other requests get too, and a value that none gets, in words of HTML."""
    new = hashlib.sha256(f"{path}{number}".encode()).hexdigest()[:8]
    cells = (f"{NAMES[number % 8]} {new} {NAMES[(number + 3) % 8]}", f"{NAMES[(number + 5) % 8]} {new[::-1]}")
    return "".join(f"<tr><th>owner</th><td>{cell}</td></tr>" for cell in cells)


def site(path: str, number: int) -> HttpFacts:
    """Answer with a page of a site."""
    navigation = "<nav><a href='/contact'>Contact our service desk</a><a href='/terms'>Terms of use</a></nav>"
    footer = "<footer>Operated by Example Holding, all rights reserved</footer>"
    head = f"<!doctype html><title>Portal</title>{navigation}"
    return answer(200, f"{head}<table>{rows(path, number)}</table>{footer}")


def test_changing_data_that_several_operations_refuse_with_are_undecided() -> None:
    """What differs each time on one operation is no more an identifier because it does on another."""

    def leak(path: str, number: int) -> HttpFacts:
        return answer(
            401,
            f"<!doctype html><title>Logi sisse</title><pre>{escape(site(path, number).body_excerpt)}</pre>",
        )

    def correct(path: str, number: int) -> HttpFacts:
        new = hashlib.sha256(f"{path}{number}".encode()).hexdigest()[:8]
        return answer(401, f"<!doctype html><title>Logi sisse</title><pre>juhtum {new}</pre>")

    assert outcome(leak, valid=site, others=leak, times=3) is UNDECIDED
    assert outcome(correct, valid=site, others=correct, times=3) is REFUSED


def test_a_login_redirect_with_a_page_in_its_body_is_undecided() -> None:
    """The handler continued after the redirect (CWE-698)."""

    def leak(_: str, number: int) -> HttpFacts:
        return replace(answer(302, json.dumps({"items": items(number)}), location="/login"))

    assert outcome(leak) is UNDECIDED


@pytest.mark.parametrize("others", [None, denial])
def test_a_denial_that_is_always_the_same_refuses(others: Answer | None) -> None:
    """Where the data differ each time."""
    assert outcome(denial, others=others) is REFUSED


def test_a_denial_with_a_number_refuses_where_other_operations_give_it() -> None:
    """A single operation would not tell the number from an item."""
    assert outcome(numbered, others=numbered) is REFUSED
    assert outcome(numbered) is UNDECIDED


def test_a_total_beside_the_items_does_not_show_them() -> None:
    """A page without it may be the data all the same."""
    valid: Answer = lambda _, number: answer(200, json.dumps({"total": 742, "items": items(number)}))  # noqa: E731
    leak: Answer = lambda _, number: answer(403, json.dumps({"rows": items(number)}))  # noqa: E731
    assert outcome(leak, valid=valid) is UNDECIDED


def test_a_sentence_in_the_structure_of_the_data_is_no_admission() -> None:
    """It is the same each time, and the data are not."""
    valid: Answer = lambda _, number: answer(200, json.dumps({"text": f"{NAMES[number % 8]} {number}"}))  # noqa: E731
    refuse: Answer = lambda *_: answer(200, json.dumps({"text": "Selleks on vaja luba"}))  # noqa: E731
    assert outcome(refuse, valid=valid) is UNDECIDED
    assert outcome(valid, valid=valid) is ADMITTED


def test_one_caller_who_is_refused_alike_each_time_is_enough() -> None:
    """TLS refuses the other callers; the dice show nothing to compare with."""
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS)})
    key, request = OperationKey(path="/dice", method="GET"), Request(method="GET", target="/dice")
    for number in range(1, 5):
        for identity, body in ((ALICE, {"roll": number}), (ANONYMOUS, {"viga": "keelatud"})):
            sent = probe(identity.name, operation=key, request=request, attempt=number)
            got = exchange(sent, answer(200 if identity is ALICE else 403, json.dumps(body)))
            log.add(got.probe, got.observation)
    entry = log.of("certificate", key, ANONYMOUS.name)[0]
    assert log.classifier().compared(entry).outcome is REFUSED


@pytest.mark.parametrize(("method", "expected"), [("GET", REFUSED), ("POST", UNDECIDED)])
def test_a_success_without_data_is_no_refusal_of_an_unsafe_method(method: str, expected: Outcome) -> None:
    """The order may have been accepted."""
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, REVOKED)})
    key, request = OperationKey(path="/orders", method=method), Request(method=method, target="/orders")
    for attempt in (1, 2):
        for identity in (ALICE, ANONYMOUS, REVOKED):
            sent = probe(identity.name, operation=key, request=request, attempt=attempt)
            valid = answer(201, '{"order": "A-48213", "total": 1893.4}')
            got = exchange(sent, valid if identity is ALICE else answer(200, '{"viga": "keelatud"}'))
            log.add(got.probe, got.observation)
    entry = log.of("certificate", key, ANONYMOUS.name)[0]
    assert log.classifier().compared(entry).outcome is expected


def after_one_success(refused: HttpFacts, later: HttpFacts) -> Outcome:
    """Return the outcome of callers who are refused on two operations, where alice is admitted once only."""
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, REVOKED)})
    keys = [OperationKey(path=path, method="DELETE") for path in ("/items/7", "/orders/7")]
    for key in keys:
        request = Request(method=key.method, target=key.path)
        success = answer(200, json.dumps({"id": 48_213 + len(key.path)}))
        for attempt, to_alice in ((1, success), (2, later)):
            for identity in (ALICE, ANONYMOUS, REVOKED):
                sent = probe(identity.name, operation=key, request=request, attempt=attempt)
                got = exchange(sent, to_alice if identity is ALICE else refused)
                log.add(got.probe, got.observation)
    return log.classifier().compared(log.of("certificate", keys[0], ANONYMOUS.name)[0]).outcome


def test_what_admitted_callers_get_too_is_no_denial() -> None:
    """Alice deleted both, so that nothing is there for anybody."""
    gone = answer(404, '{"error": "no such thing"}')
    assert after_one_success(gone, gone) is UNDECIDED


def test_a_refusal_built_like_an_error_of_the_handler_has_no_data() -> None:
    """The handler reports its own errors in the same member."""
    refused = answer(403, '{"error": "no certificate"}')
    assert after_one_success(refused, answer(409, '{"error": "there is one"}')) is REFUSED


def test_a_sentence_says_nothing_where_valid_certificates_get_no_body() -> None:
    """Any body is of another kind than none."""
    sentence: Answer = lambda *_: answer(200, '{"hall": "north"}')  # noqa: E731
    assert outcome(sentence, valid=lambda *_: answer(200)) is UNDECIDED


@pytest.mark.parametrize(("stays", "expected"), [("N53W4ZLSFRYGYYLDMUWHEZLG", UNDECIDED), ("", REFUSED)])
def test_an_identifier_of_which_a_part_stays_is_undecided(stays: str, expected: Outcome) -> None:
    """Each caller is refused once: what stays may be the data, and what differs the time in the same encoding."""

    def refused(path: str, number: int) -> HttpFacts:
        new = hashlib.sha256(f"{path}{number}".encode()).digest()
        return answer(403, stays + base64.b32encode(new)[:40].decode())

    stable: Answer = lambda *_: answer(200, '{"owner": "Oksanen", "ref": "6cf8c2237ee8"}')  # noqa: E731
    assert outcome(refused, valid=stable) is expected


@pytest.mark.parametrize(
    ("digits", "expected"), [("", REFUSED), ("37220504", REFUSED), ("372205041", UNDECIDED)]
)
def test_random_hexadecimal_digits_may_all_be_decimal(digits: str, expected: Outcome) -> None:
    """Of eight digits, two in a hundred are. A number of another length is none of these."""

    def refused(path: str, number: int) -> HttpFacts:
        key = f"{(number * 2_654_435_761 + 0xABCD_0123) % 2**32:08x}"
        text = digits if digits and path == "/list" and number == 2 else key
        return answer(401, json.dumps({"error": "no"}), fields=[("surrogate-key", text)])

    assert outcome(refused, others=refused, times=3) is expected
