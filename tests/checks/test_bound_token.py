"""Tokens of one caller in the hands of another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import BoundToken
from specdrift.checks.credentials import bound_token
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Confidence
from tests.checks.world import ALICE, BOB, context, http, planned, play, together

if TYPE_CHECKING:
    from specdrift.checks.core.base import Conclusions, PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, bound_token.CHECK)
OK, DENIED, MISSING = http(200), http(401), http(404)
BARE = Request(method="GET", target="/secure")
WITH_TOKEN = replace(BARE, headers=(("Authorization", "Bearer alices"),))
Answers = dict[tuple[str, bool], "HttpFacts"]
"""By caller, and whether the request carries alice's token."""


def guarded(
    demand: Demand = Demand.REQUIRED, *, proven: bool = True, roles: tuple[str, ...] = ()
) -> PlannedOperation:
    """An operation that asks for a token: beside the certificate, or alone."""
    token = BoundToken(
        owner="alice",
        scheme="oauth",
        proven=proven,
        certificate=demand is Demand.REQUIRED,
        request=WITH_TOKEN,
        bare=BARE,
    )
    basis = together(planned(roles=roles)) if demand is Demand.REQUIRED else planned(demand=demand)
    return replace(
        basis, request=WITH_TOKEN, has_all_credentials=True, valid_for=frozenset({"alice"}), bound=token
    )


def conclude(one: PlannedOperation, answers: Answers) -> Conclusions:
    """What the check makes of a server that answers so; whoever is not named is refused."""
    ctx = context(one, identities=(ALICE, BOB))

    def server(probe: Probe) -> HttpFacts | str:
        if probe.operation is None or probe.request is None:
            return MISSING
        return answers.get((probe.identity, bool(probe.request.headers)), DENIED)

    return bound_token.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


ALICES: Answers = {("alice", True): OK}
STOLEN: Answers = {**ALICES, ("bob", True): OK}


@pytest.mark.parametrize(
    ("one", "answers", "thieves"),
    [
        (guarded(), ALICES, []),
        (guarded(), STOLEN, ["bob"]),
        (guarded(), {**STOLEN, ("bob", False): OK}, []),
        (guarded(), {("bob", True): OK}, []),
        (guarded(), {**STOLEN, ("anonymous", True): OK}, []),
        (guarded(Demand.OTHER), ALICES, []),
        (guarded(Demand.OTHER), {**STOLEN, ("anonymous", True): OK}, ["anonymous", "bob"]),
        (guarded(Demand.OTHER), {**ALICES, ("anonymous", True): OK, ("anonymous", False): OK}, []),
        (guarded(Demand.OTHER, proven=False), {**STOLEN, ("anonymous", True): OK}, []),
    ],
    ids=[
        "bound",
        "bob gets in with it",
        "bob needs no token, which is said elsewhere",
        "its owner does not get in",
        "nobody needs a certificate, which is said elsewhere",
        "a token alone, bound",
        "a token alone, for everybody",
        "nobody needs a token",
        "an opaque token alone is its bearer's",
    ],
)
def test_who_gets_in_with_somebody_elses_token(
    one: PlannedOperation, answers: Answers, thieves: list[str]
) -> None:
    """Drift only where the owner is admitted with it and the thief does not get in without."""
    found = conclude(one, answers).findings
    assert [(f.rule, f.identity) for f in found] == [("token-not-bound", thief) for thief in thieves]


@pytest.mark.parametrize(("proven", "confidence"), [(True, Confidence.HIGH), (False, Confidence.MEDIUM)])
def test_a_token_that_names_its_certificate_makes_it_sure(
    proven: bool,  # noqa: FBT001 - a column of the table
    confidence: Confidence,
) -> None:
    """Of an opaque one only the configuration says whose it is."""
    (finding,) = conclude(guarded(proven=proven), STOLEN).findings
    assert finding.confidence is confidence


def test_with_one_identity_there_is_no_thief() -> None:
    """That is said, and nothing is sent."""
    ctx = context(guarded(), identities=(ALICE,))
    assert list(bound_token.CHECK.plan(ctx)) == []
    (entry,) = bound_token.CHECK.judge(ctx, play(CHECKS, ctx, lambda _: OK).classifier()).skipped
    assert "needs a second valid identity" in entry.reason


def test_the_thief_is_best_one_of_the_right_role() -> None:
    """Who is refused for the role says nothing about the token."""
    alice = replace(ALICE, roles=frozenset({"admin"}))
    readers = (replace(BOB, name="carol", roles=frozenset({"reader"})), BOB)
    ctx = context(guarded(roles=("admin",)), identities=(alice, *readers))
    assert {probe.identity for probe in bound_token.CHECK.plan(ctx)} == {"bob"}
