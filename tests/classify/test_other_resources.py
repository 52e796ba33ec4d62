"""Refusals that depend on the resource: its state in other words than its own answer has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import answer, exchange, probe
from tests.classify.test_outliers import RESOURCES, run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts

OTHER = "/ant/4712"
STATES = {"/ant": "Has left our warehouse.", OTHER: "Is still being processed."}


def by_state(path: str, _: int) -> HttpFacts:
    """Refuse with a sentence about the resource."""
    return answer(401, json.dumps({"message": f"{STATES.get(path, '')} Sign in for details.".strip()}))


def as_always(*_: object) -> HttpFacts:
    """Refuse as every time."""
    return answer(401, json.dumps({"message": "Sign in for details."}))


def naming(path: str, _: int) -> HttpFacts:
    """Refuse with what was requested."""
    return answer(401, json.dumps({"message": f"Sign in for details of {path}"}))


def numbered(_: str, number: int) -> HttpFacts:
    """Refuse with an incident number."""
    return answer(401, json.dumps({"message": "Sign in for details.", "incident": 7_000_000 + 7919 * number}))


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        (by_state, Outcome.INCONCLUSIVE),
        (as_always, Outcome.REFUSED_BY_APPLICATION),
        (naming, Outcome.REFUSED_BY_APPLICATION),
        (numbered, Outcome.REFUSED_BY_APPLICATION),
    ],
)
def test_words_that_another_resource_does_not_have_are_about_the_resource(
    refuse: Callable[[str, int], HttpFacts], expected: Outcome
) -> None:
    """One refusal of another resource shows it; what the request says, and what differs each time, is no data."""
    log, key = run_of(refuse, RESOURCES), OperationKey(path="/ant", method="GET")
    sent = probe(check="consistency", operation=key, request=Request(method="GET", target=OTHER))
    log.add(sent, exchange(sent, refuse(OTHER, 99)).observation)
    classify = log.classifier().compared
    assert {classify(each).outcome for each in log.of("certificate", key, ANONYMOUS.name)} == {expected}
