"""Refusals that are counted or timed: short numbers that differ each time, and may come twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, REVOKED, answer
from tests.classify.test_outliers import RESOURCES, run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts

DENIED = "A client certificate is needed here."


def counted(_: str, number: int) -> HttpFacts:
    """Refuse with a running number."""
    return answer(403, json.dumps({"message": DENIED, "incident": 10_233 + number}))


def timed(path: str, number: int) -> HttpFacts:
    """Refuse with a duration: one that comes again, as small ones do."""
    return answer(403, json.dumps({"message": DENIED, "took": (len(path) * 7 + number * 5) % 8}))


def with_a_level(path: str, _: int) -> HttpFacts:
    """Refuse with a number that is the operation's, each time."""
    return answer(403, json.dumps({"message": DENIED, "level": RESOURCES[path]["level"] + 40}))


def asked_once(log: ExchangeLog) -> ExchangeLog:
    """Return a log in which only the anonymous client repeats its requests, as in a run."""
    found = ExchangeLog(identities=log.identities)
    for each in log.by_id.values():
        if each.probe.attempt == 1 or each.probe.identity in (ANONYMOUS.name, ALICE.name):
            found.add(each.probe, each.observation)
    return found


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        (counted, Outcome.REFUSED_BY_APPLICATION),
        (timed, Outcome.REFUSED_BY_APPLICATION),
        (with_a_level, Outcome.INCONCLUSIVE),
    ],
)
def test_a_place_with_other_numbers_each_time_is_the_servers(
    refuse: Callable[[str, int], HttpFacts], expected: Outcome
) -> None:
    """Repetitions on several operations show it, for callers too that send one request."""
    log, key = asked_once(run_of(refuse, RESOURCES)), OperationKey(path="/ant", method="GET")
    classify = log.classifier().compared
    refused = (each for name in (ANONYMOUS.name, REVOKED.name) for each in log.of("certificate", key, name))
    assert {classify(each).outcome for each in refused} == {expected}
