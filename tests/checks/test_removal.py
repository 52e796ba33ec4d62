"""A DELETE that is refused, and whether the resource is there afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import unknown_path
from specdrift.checks.effects import effect
from specdrift.checks.effects.removal import removals_apart
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.reasons import UndecidedReason
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.checks.core.base import PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

NOTE, DENIED, FORBIDDEN, MISSING, DONE = http(200, shape="note"), http(401), http(403), http(404), http(204)
CHECKS = (unknown_path.CHECK, effect.CHECK)


def removing(roles: tuple[str, ...] = ()) -> tuple[PlannedOperation, PlannedOperation]:
    """Return GET and DELETE of one path; the latter is for these roles."""
    delete = planned("/notes/7", method="DELETE", roles=roles)
    return planned("/notes/7"), replace(delete, unsafe_allowed=True, destructive_allowed=True)


def messages(remover: str, *, answer: HttpFacts | None = None, roles: tuple[str, ...] = ()) -> list[str]:
    """Return what is found on a server where this caller's DELETE removes the note, whatever it answers."""
    kept = [NOTE]

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        valid = probe.identity == ALICE.name
        if probe.request.target != "/notes/7":
            return MISSING
        if probe.request.method == "DELETE":
            if probe.identity in (remover, ALICE.name):
                kept[:] = [MISSING]
            refusal = DENIED if probe.identity == ANONYMOUS.name else FORBIDDEN
            return DONE if valid else (probe.identity == remover and answer) or refusal
        return DENIED if probe.identity == ANONYMOUS.name else kept[0]

    ctx = context(*removing(roles), identities=(ALICE, BOB))
    log = play(CHECKS, ctx, server)
    return [finding.message for finding in effect.CHECK.judge(ctx, log.classifier()).findings]


@pytest.mark.parametrize(
    ("remover", "answer", "roles", "said"),
    [
        ("anonymous", None, (), "is not admitted"),
        ("anonymous", DONE, (), "gets HTTP 204, and the resource is removed: GET /notes/7"),
        ("bob", None, ("reader",), "is not admitted"),
    ],
    ids=["refused", "answered", "without the role"],
)
def test_a_resource_that_is_gone_is_a_finding(
    remover: str, answer: HttpFacts | None, roles: tuple[str, ...], said: str
) -> None:
    """Only the valid certificate's answers show it."""
    (message,) = messages(remover, answer=answer, roles=roles)
    assert said in message
    assert message.endswith("of a valid certificate gets HTTP 404 afterwards.")


def test_a_resource_that_stays_is_none() -> None:
    """The valid certificate removes it later."""
    assert messages("alice") == []


def test_what_cannot_be_read_is_not_removed_by_others_first() -> None:
    """Without GET of the same path, no caller asks before the usual requests."""
    ctx = context(removing()[1], identities=(ALICE, BOB))
    assert list(effect.CHECK.plan(ctx)) == []


def test_what_lies_below_is_removed_by_itself() -> None:
    """A caller that removes the note removes its lines with it."""
    lines = (
        planned("/notes/7/lines"),
        replace(planned("/notes/7/lines", method="DELETE"), unsafe_allowed=True),
    )
    other = (planned("/tags/7"), replace(planned("/tags/7", method="DELETE"), unsafe_allowed=True))
    ctx = context(*removing(), *lines, *other, identities=(ALICE, BOB))
    apart = [[one.planned.key.path for one in group] for group in removals_apart(ctx)]
    assert apart == [["/notes/7", "/tags/7"], ["/notes/7/lines"]]


def changing(*changes: str, valid_changes: bool = True, method: str = "POST") -> tuple[list[str], list[str]]:
    """Return the undecided and the unknown operations of a server where these callers' requests change an order."""
    kept = [0]

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        who, target = probe.identity, probe.request.target
        if probe.request.method == method and target.startswith("/orders/7"):
            counted = who in changes or (who == ALICE.name and valid_changes)
            kept[0] += counted
            return DENIED if who == ANONYMOUS.name else http(200)
        if target != "/orders/7":
            return MISSING
        return DENIED if who == ANONYMOUS.name else http(200, shape=f"order {kept[0]}")

    path = "/orders/7" if method == "DELETE" else "/orders/7/lines/cancel"
    act = replace(planned(path, method=method), unsafe_allowed=True, destructive_allowed=True)
    ctx = context(planned("/orders/7"), act, identities=(ALICE,))
    log = play(CHECKS, ctx, server)
    found = effect.CHECK.judge(ctx, log.classifier())
    assert found.findings == ()
    assert all(each.kind is UndecidedReason.UNCLEAR_EFFECT for each in found.undecided)
    return [str(each.operation) for each in found.undecided], [str(each.operation) for each in found.skipped]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_resource_that_is_another_one_after_a_refused_request_is_undecided(method: str) -> None:
    """The request took effect, or others changed it."""
    undecided, _ = changing("anonymous", method=method)
    assert [key.partition(" ")[0] for key in undecided] == [method]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_resource_that_stays_the_same_is_established(method: str) -> None:
    """The valid certificate's request changes it, so that an effect would be seen."""
    assert changing(method=method) == ([], [])


def test_what_nothing_changes_shows_nothing() -> None:
    """Not even the valid certificate's request is seen."""
    assert changing(valid_changes=False) == ([], ["POST /orders/7/lines/cancel"])
