"""Operations that everybody may call, and that have more for valid certificates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, optional
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

PUBLIC = {"sku": "sk-4471", "list": 4820.5}
PARTNER = {**PUBLIC, "partner": 3977.25, "stock": 88120}


def found(having: set[str], *, says: str = "") -> list[tuple[str, int]]:
    """Return who is reported, where these callers get what only partners get, and each may be named."""

    def serve(probe: Probe) -> HttpFacts:
        body = PARTNER if probe.identity in having else PUBLIC
        named = {says: probe.identity} if says and probe.identity != ANONYMOUS.name else {}
        return answer(200, json.dumps({**body, **named}))

    plan = context(planned("/products", Demand.OPTIONAL), identities=(ALICE, OLD, SELF_SIGNED))
    checks = (certificate.CHECK, optional.CHECK)
    log = play(checks, plan, serve)
    findings = optional.CHECK.judge(plan, log.classifier()).findings
    return [(finding.identity or "", len(finding.probes)) for finding in findings]


@pytest.mark.parametrize("wrong", ["self-signed", "old"])
def test_an_invalid_certificate_must_not_get_more_than_none(wrong: str) -> None:
    """What a valid one gets beside what everybody gets; confirmed."""
    ((who, answers),) = found({"alice", wrong})
    assert who == wrong
    assert answers >= optional.CONFIRMED


@pytest.mark.parametrize("having", [{"alice"}, set(), {"alice", "anonymous", "self-signed"}])
def test_what_everybody_gets_is_no_finding(having: set[str]) -> None:
    """Nor what valid certificates alone get, nor the name of the caller in an answer."""
    assert found(having) == []
    assert found(having, says="client") == []
