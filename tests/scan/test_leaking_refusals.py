"""Refusals of altered requests that have the data: a validator or a parser answered before the guard."""

from __future__ import annotations

import json

import pytest

from specdrift.checks.bypass import undeclared_input
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.rules.ids import DATA_IN_REFUSAL
from specdrift.scan.conclusion.leaking_refusals import leaking_refusals
from tests.checks.plan_builders import context, planned, play
from tests.classify.exchanges import answer

ITEM = {"iban": "FI2112345600000785", "owner": "Oksanen", "balance": 731502}
DATA = {
    "/secure": answer(200, json.dumps(ITEM)),
    "/orders": answer(200, json.dumps({"order": 4471193, "article": "gasket", "customer": "Lindqvist"})),
}
CHECKS = (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK)


def accused(failed: str, *, rules: frozenset[str] = frozenset({DATA_IN_REFUSAL})) -> list[str]:
    """Return the paths of the findings about a server that answers preconditions of /secure with 412."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        path = probe.request.target.partition("?")[0]
        if path not in DATA:
            return answer(404, '{"viga": "ei leitud"}')
        if probe.identity == "alice":
            return DATA[path]
        if path == "/secure" and "If-Match" in dict(probe.request.headers):
            return answer(412, failed)
        return answer(401, '{"viga": "luba puudub"}')

    ctx = context(*map(planned, DATA), rules=rules)
    log = play(CHECKS, ctx, server)
    classifier = log.classifier()
    results = certificate.CHECK.judge(ctx, classifier).operations
    found = leaking_refusals(results, (), log.by_id.values(), classifier, ctx)
    return [each.operation.path for each in found if each.operation]


@pytest.mark.parametrize(
    "failed",
    [
        json.dumps(ITEM),
        json.dumps({"error": "precondition", "current": ITEM}),
        '{"iban": "FI2112345600000785"}',
    ],
    ids=["the resource", "the resource in an error", "a part of it"],
)
def test_a_refusal_with_the_data_is_certain(failed: str) -> None:
    """It was sent to a caller without a certificate."""
    assert accused(failed) == ["/secure"]


@pytest.mark.parametrize("failed", ['{"error": "precondition failed"}', '{"error": "Oksanen"}', ""])
def test_a_refusal_without_them_is_none(failed: str) -> None:
    """A word of the resource alone may be there by chance: it leaves the operation undecided at most."""
    assert accused(failed) == []


def test_a_rule_that_is_left_out_is_not_reported() -> None:
    """The operation stays undecided then."""
    assert accused(json.dumps(ITEM), rules=frozenset()) == []
