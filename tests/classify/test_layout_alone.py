"""A denial in the layout of the site, in a run of one operation: nothing tells the layout from the data."""

import json
from collections.abc import Callable, Sequence

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

ADMITTED, REFUSED, UNDECIDED = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE
SITE = {"build": "2026.11.3-4471193", "contact": "support-desk@example.test", "region": "eu-north-88213"}
DATA = {
    "/accounts": {"iban": "FI2112345600000785", "owner": "Oksanen", "balance": 731502},
    "/orders": {"order": 9917345, "article": "gasket", "customer": "Lindqvist"},
    "/users": {"user": "marchetti", "desk": 66102, "mail": "marchetti@example.test"},
}


def page(body: dict[str, object], status: int = 200) -> HttpFacts:
    """Return an answer in the envelope of the site."""
    return answer(status, json.dumps({**SITE, "body": body}))


def outcome(paths: Sequence[str], refused: Callable[[str], HttpFacts]) -> Outcome:
    """Return the outcome of the anonymous client at the first path."""
    callers = (ANONYMOUS, REVOKED, EXPIRED)
    log = ExchangeLog(identities={each.name: each for each in (ALICE, *callers)})
    for path in paths:
        key, request = OperationKey(path=path, method="GET"), Request(method="GET", target=path)
        for attempt, identity in enumerate((ALICE, *callers, ALICE), 1):
            sent = probe(identity.name, operation=key, request=request, attempt=attempt)
            got = exchange(sent, page(dict(DATA[path])) if identity is ALICE else refused(path))
            log.add(got.probe, got.observation)
    entry = log.of("certificate", OperationKey(path=paths[0], method="GET"), ANONYMOUS.name)[0]
    return log.classifier().compared(entry).outcome


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_denial_in_the_layout_of_the_site_is_no_admission(status: int) -> None:
    """With one operation it is undecided, with several the layout is known."""
    assert outcome(["/accounts"], lambda _: page({"viga": "luba puudub"}, status)) is UNDECIDED
    assert outcome(list(DATA), lambda _: page({"viga": "luba puudub"}, status)) is REFUSED


@pytest.mark.parametrize("status", [200, 403])
def test_the_whole_data_are_an_admission(status: int) -> None:
    """In any status, and in a run of one operation too."""
    assert outcome(["/accounts"], lambda path: page(dict(DATA[path]), status)) is ADMITTED
    assert outcome(list(DATA), lambda path: page(dict(DATA[path]), status)) is ADMITTED
