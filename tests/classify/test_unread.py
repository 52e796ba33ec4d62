"""Refusals with a body that was not read whole: it may have the data."""

import json
from collections.abc import Callable

from msgspec.structs import replace

from specdrift.body.content import MAX_DECODED
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

REFUSED, UNDECIDED = Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
PATHS = ("/accounts", "/orders", "/users")
DATA = {
    "/accounts": answer(
        200, json.dumps({"iban": "FI2112345600000785", "owner": "Oksanen", "balance": 731502})
    ),
    "/orders": answer(200, json.dumps({"order": 4471193, "article": "gasket", "customer": "Lindqvist"})),
    "/users": answer(200, json.dumps({"user": "marchetti", "desk": 88213, "mail": "m@example.test"})),
}
DENIAL = answer(403, '{"viga": "luba puudub"}')
FILE = replace(answer(403, "\x0a\x07\x12\x05\x08\x01 luba puudub"), headers=(("content-type", "text/plain"),))


def outcome(refused: Callable[[str], HttpFacts]) -> Outcome:
    """Return the outcome of the anonymous client at the first path."""
    callers = (ANONYMOUS, REVOKED, EXPIRED)
    log = ExchangeLog(identities={each.name: each for each in (ALICE, *callers)})
    for path in PATHS:
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt, identity in enumerate((ALICE, *callers, ALICE), 1):
            sent = probe(identity.name, operation=key, request=request, attempt=attempt)
            got = exchange(sent, DATA[path] if identity is ALICE else refused(path))
            log.add(got.probe, got.observation)
    entry = log.of("certificate", OperationKey(path=PATHS[0], method="GET"), ANONYMOUS.name)[0]
    return log.classifier().compared(entry).outcome


def test_a_refusal_of_which_only_the_beginning_was_read_is_undecided() -> None:
    """The data may follow, even after the denial of the server."""
    assert outcome(lambda _: DENIAL) is REFUSED
    long = replace(DENIAL, truncated=True, length=MAX_DECODED)
    assert outcome(lambda path: long if path == PATHS[0] else DENIAL) is UNDECIDED
    assert outcome(lambda _: long) is UNDECIDED
    assert outcome(lambda _: replace(DENIAL, truncated=True)) is REFUSED  # the server broke off
    goes_on = replace(DENIAL, truncated=True, headers=(*DENIAL.headers, (":unread", "")))
    assert outcome(lambda _: goes_on) is UNDECIDED


def test_a_refusal_in_an_unknown_format_is_undecided() -> None:
    """If no other operation is refused likewise."""
    assert outcome(lambda path: FILE if path == PATHS[0] else DENIAL) is UNDECIDED
    assert outcome(lambda _: FILE) is REFUSED
