"""Requests for a resource that does not exist: sent where a refusal decides nothing, and what they explain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.classify.check_names import ABSENT
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK)
ORDER, NOTHING = "/orders/1", "/orders/specdrift-made-up"
LEFT = "Kept in hall 12"


def absent(planned: PlannedOperation) -> Request | None:
    """Return the request for nothing, of the only operation with a parameter."""
    return Request(method=planned.key.method, target=NOTHING) if "{" in planned.key.path else None


def server(refusals: dict[str, str]) -> Callable[[Probe], HttpFacts]:
    """A server that admits alice, and refuses others with the text of the path or a usual one."""

    def answers(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        target = probe.request.target
        if probe.identity != ALICE.name:
            return answer(404 if "/orders" in target else 401, refusals.get(target, '{"error": "no"}'))
        known = target in (ORDER, "/users", "/parts")
        return answer(200, json.dumps({"path": target, "number": 71429})) if known else answer(404, "{}")

    return answers


def verdict_and_requests(refusals: dict[str, str]) -> tuple[Verdict, list[str]]:
    """Return the verdict on the order, and what was requested of nothing, by whom."""
    ctx = context(
        *map(planned, ("/orders/{id}", "/users", "/parts")),
        identities=(ALICE, OLD, SELF_SIGNED),
        absent=absent,
    )
    log = play(CHECKS, ctx, server(refusals))
    operations = certificate.CHECK.judge(ctx, log.classifier()).operations
    sent = [e.probe.identity for e in log.by_check(unknown_path.CHECK.name) if e.probe.tag == ABSENT]
    return next(each.verdict for each in operations if "{" in each.operation.key.path), sent


SEEN = json.dumps({"error": "none", "at": LEFT})
HIDDEN = json.dumps({"error": "none", "version": "7.0.2"})


@pytest.mark.parametrize(
    ("refusals", "verdict"),
    [
        ({ORDER: HIDDEN, NOTHING: HIDDEN}, Verdict.CONSISTENT),
        ({ORDER: SEEN, NOTHING: HIDDEN}, Verdict.UNDECIDED),
    ],
)
def test_a_404_that_hides_orders_is_the_same_for_none(refusals: dict[str, str], verdict: Verdict) -> None:
    """What an order alone adds may be data of it; only callers whose refusal is unclear ask for none."""
    found, sent = verdict_and_requests(refusals)
    assert found is verdict
    assert sorted(sent) == ["anonymous", "old", "self-signed"]


def test_nothing_is_sent_where_refusals_are_clear() -> None:
    """The usual refusal needs no further control."""
    assert verdict_and_requests({}) == (Verdict.CONSISTENT, [])
