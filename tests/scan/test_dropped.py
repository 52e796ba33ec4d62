"""Why an answer with the data of an operation is no finding of the check that sent the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks.bypass import method_variant
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.scan.conclusion.dropped import Dropped, why_dropped
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

DATA = answer(200, '{"iban": "FI2112345600000785", "owner": "Oksanen", "balance": 731502}')
OTHER = answer(200, '{"order": 4471193, "article": "gasket", "customer": "Lindqvist"}')
PART = answer(401, '{"viga": "luba puudub", "balance": 731502}')
DENIED, MISSING = answer(401, '{"viga": "luba puudub"}'), answer(404, '{"viga": "ei leitud"}')
CHECKS = (unknown_path.CHECK, certificate.CHECK, method_variant.CHECK)


@pytest.mark.parametrize(
    ("leak", "why"),
    [
        (lambda probe: DATA if is_for_it(probe) and probe.attempt == 1 else DENIED, Dropped.NOT_EACH_TIME),
        (lambda _: DATA, Dropped.NOWHERE),
        (lambda _: PART, Dropped.PART),
        (lambda probe: DATA if is_for_it(probe) else MISSING, Dropped.UNKNOWN),
    ],
    ids=["once", "at every path", "a part", "confirmed"],
)
def test_the_reason_is_what_the_log_shows(leak: Callable[[Probe], HttpFacts], why: Dropped) -> None:
    """Only the undefined method gets the data without a certificate."""

    def server(probe: Probe) -> HttpFacts:
        if probe.request and probe.request.method == "FOO" and probe.identity == ANONYMOUS.name:
            return leak(probe)
        if not is_for_it(probe):
            return MISSING
        valid = DATA if probe.request and probe.request.target == "/secure" else OTHER
        return DENIED if probe.identity == ANONYMOUS.name else valid

    log = play(CHECKS, context(planned("/secure"), planned("/orders")), server)
    first = next(
        each for each in log.by_check(method_variant.CHECK.name) if each.probe.variant == "method FOO"
    )
    assert first.probe.request
    assert first.probe.request.target == "/secure"
    assert why_dropped(first, log.classifier()) is why


def is_for_it(probe: Probe) -> bool:
    """Return whether it requests the operation."""
    return probe.request is not None and probe.request.target in ("/secure", "/orders")
