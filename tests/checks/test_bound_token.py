"""Certificate-bound tokens (RFC 8705) presented by another caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.credentials import BoundToken
from specdrift.checks.credentials import bound_token
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play, together

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
    """Build an operation that needs a token, with the certificate or alone."""
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
    """Judge a server with these answers; it refuses every caller that is not named."""
    ctx = context(one, identities=(ALICE, BOB))

    def server(probe: Probe) -> HttpFacts | str:
        if probe.operation is None or probe.request is None:
            return MISSING
        return answers.get((probe.identity, bool(probe.request.headers)), DENIED)

    return bound_token.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


ALICES: Answers = {("alice", True): OK}
STOLEN: Answers = {**ALICES, ("bob", True): OK}


@pytest.mark.parametrize(
    ("one", "answers", "admitted"),
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
        "bob is admitted with it",
        "bob needs no token, which another check reports",
        "its owner is refused",
        "no caller needs a certificate, which another check reports",
        "a token alone, bound",
        "a token alone, for every caller",
        "no caller needs a token",
        "an opaque bearer token alone",
    ],
)
def test_another_caller_that_is_admitted_with_the_token_is_a_finding(
    one: PlannedOperation, answers: Answers, admitted: list[str]
) -> None:
    """Only where the owner is admitted with it and the other caller is refused without it."""
    found = conclude(one, answers).findings
    assert [(f.rule, f.identity) for f in found] == [("token-not-bound", identity) for identity in admitted]


@pytest.mark.parametrize(
    ("silent", "undecided"),
    [(("bob", False), 1), (("bob", True), 1), (("alice", True), 0), (None, 0)],
    ids=["without the token", "with it", "the owner", "all answered"],
)
def test_a_request_without_a_response_leaves_the_operation_undecided(
    silent: tuple[str, bool] | None, undecided: int
) -> None:
    """The token may be admitted, or not be needed at all."""
    ctx = context(guarded(), identities=(ALICE, BOB))

    def server(probe: Probe) -> HttpFacts | Ending:
        if probe.operation is None or probe.request is None:
            return MISSING
        asked = probe.identity, bool(probe.request.headers)
        own = probe.check == bound_token.CHECK.name or asked[0] == "alice"
        return Ending.TIMEOUT if own and asked == silent else STOLEN.get(asked, DENIED)

    found = bound_token.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())
    assert len(found.undecided) == undecided
    assert len(found.findings) == (1 if silent is None else 0)


@pytest.mark.parametrize(("proven", "confidence"), [(True, Confidence.HIGH), (False, Confidence.MEDIUM)])
def test_a_token_that_names_its_certificate_gives_high_confidence(
    proven: bool,  # noqa: FBT001 - a column of the table
    confidence: Confidence,
) -> None:
    """Of an opaque token only the configuration states the owner."""
    (finding,) = conclude(guarded(proven=proven), STOLEN).findings
    assert finding.confidence is confidence


def test_a_single_identity_is_reported_as_not_tested() -> None:
    """Nothing is sent."""
    ctx = context(guarded(), identities=(ALICE,))
    assert list(bound_token.CHECK.plan(ctx)) == []
    (entry,) = bound_token.CHECK.judge(ctx, play(CHECKS, ctx, lambda _: OK).classifier()).skipped
    assert "needs a second valid identity" in entry.reason


def test_the_other_caller_has_the_required_role() -> None:
    """A refusal for the role shows nothing about the token."""
    alice = replace(ALICE, roles=frozenset({"admin"}))
    readers = (replace(BOB, name="carol", roles=frozenset({"reader"})), BOB)
    ctx = context(guarded(roles=("admin",)), identities=(alice, *readers))
    assert {probe.identity for probe in bound_token.CHECK.plan(ctx)} == {"bob"}
