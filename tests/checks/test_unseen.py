"""Operations of which it is not known whether refused requests change something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.effects import effect
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.reasons import SkipReason
from tests.checks.plan_builders import ALICE, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.checks.core.base import PlannedOperation
    from specdrift.model.exchange.observation import Ending, HttpFacts
    from specdrift.model.exchange.probe import Probe

NOTE = RequestBody(media_type="application/json", content=b'{"note": "x"}', source=ValueSource.EXAMPLE)


def writing(method: str = "POST", *, body: RequestBody | None = NOTE) -> PlannedOperation:
    """Return an operation that changes something."""
    one = planned("/notes", method=method)
    content = body.content if body else b""
    return replace(
        one,
        operation=replace(one.operation, body=body),
        request=replace(one.request, body=content),
        unsafe_allowed=True,
        destructive_allowed=True,
    )


def reasons(
    *operations: PlannedOperation,
    status: int = 201,
    shown: bool = False,
    refusal: HttpFacts | str | None = None,
) -> list[str]:
    """Return what is not established on a server that stores notes of valid certificates with this status."""
    kept = ["first"]

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        if probe.identity == ANONYMOUS.name:
            return refusal or http(401)
        if probe.request.target != "/notes":
            return http(404)
        if probe.request.method == "GET":
            return replace(http(200), body_excerpt=json.dumps(kept if shown else ["first"]))
        kept.append(json.loads(probe.request.body or b"{}").get("note", ""))
        return http(status)

    ctx = context(*operations, identities=(ALICE,))
    log = play((unknown_path.CHECK, certificate.CHECK, effect.CHECK), ctx, server)
    skipped = effect.CHECK.judge(ctx, log.classifier()).skipped
    assert {each.kind for each in skipped} <= {SkipReason.EFFECT_UNKNOWN}
    assert all(each.operation for each in skipped)
    return [each.reason for each in skipped]


def test_a_write_that_is_shown_is_established() -> None:
    """Reading is no effect."""
    assert reasons(planned("/notes"), writing(), shown=True) == []


@pytest.mark.parametrize(
    ("operations", "status", "said"),
    [
        ((planned("/notes"), writing()), 201, "no GET of the document shows"),
        ((planned("/notes"), writing()), 422, "own request for that gets HTTP 422"),
        ((writing(body=replace(NOTE, content=b'{"n": [1]}')),), 201, "nothing in its request can be marked"),
        ((writing("DELETE", body=None),), 204, "no GET of the same path"),
        ((writing("LOCK", body=None),), 204, "nothing in its request can be marked"),
    ],
    ids=["not shown", "not taken", "no mark", "no resource", "another method"],
)
def test_the_reason_says_what_would_show_it(
    operations: tuple[PlannedOperation, ...], status: int, said: str
) -> None:
    """Each is listed with its operation."""
    (reason,) = reasons(*operations, status=status)
    assert said in reason


def test_a_caller_who_is_refused_in_the_handshake_sends_no_request() -> None:
    """There is nothing to carry out."""
    assert reasons(planned("/notes"), writing(), refusal="certificate_required") == []
