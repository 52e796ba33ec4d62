"""Numbers in answers that refused requests move, where no answer shows their marks."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import unknown_path
from specdrift.checks.choices.body_members import with_value
from specdrift.checks.effects import effect
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, context, http, planned, play

DENIED, MISSING = http(401), http(404)
CHECKS = (unknown_path.CHECK, effect.CHECK)
BODY = RequestBody(media_type="application/json", content=b'{"count": 2}', source=ValueSource.EXAMPLE)
COUNT = Input(
    name="count", place=Place.BODY, constraint=Constraint(type="integer", minimum=1, maximum=900_000)
)


def conclusions(moves: str, by: str = "count") -> tuple[list[str], list[str], int]:
    """Return findings, undecided operations and the requests of a store.

    ``moves``: the number that a refused reservation moves too. ``by``: what moves them.
    """
    store = {"left": 5_000_000, "asked": 212}

    def server(probe: Probe) -> HttpFacts:
        request, valid = probe.request, probe.identity == ALICE.name
        assert request is not None
        if request.target == "/stock" and request.method == "GET":
            text = json.dumps({"stock": store})
            return http(200, text=text, shape=text) if valid else DENIED
        if request.target != "/reservations":
            return MISSING
        count = int(json.loads(request.body)["count"]) if by == "count" else 1
        for name, sign in (("left", -1), ("asked", 1)):
            if valid or name == moves:
                store[name] += sign * count
        return http(201) if valid else DENIED

    act = planned("/reservations", method="POST")
    request = replace(act.request, headers=(("Content-Type", BODY.media_type),), body=BODY.content)
    act = replace(
        act,
        request=request,
        operation=replace(act.operation, body=BODY, inputs=(COUNT,)),
        unsafe_allowed=True,
    )
    ctx = context(planned("/stock"), act, identities=(ALICE,))
    log = play(CHECKS, ctx, server)
    found = effect.CHECK.judge(ctx, log.classifier())
    assert all(finding.confidence is Confidence.MEDIUM for finding in found.findings)
    sent = len(list(log.by_check(effect.CHECK.name)))
    return [each.message for each in found.findings], [each.reason for each in found.undecided], sent


def test_a_stock_that_falls_by_a_refused_amount_is_reported() -> None:
    """What is reserved is gone."""
    ((message,), undecided, _) = conclusions("left")
    assert '"stock.left" of GET /stock falls' in message
    assert undecided == []


def test_a_total_that_rises_by_a_refused_amount_is_undecided() -> None:
    """It may be a statistic of what was asked."""
    (findings, (reason,), _) = conclusions("asked")
    assert findings == []
    assert '"stock.asked" of GET /stock rises' in reason


@pytest.mark.parametrize(("moves", "by"), [("", "count"), ("asked", "requests"), ("left", "requests")])
def test_what_does_not_follow_the_amount_is_no_effect(moves: str, by: str) -> None:
    """Nothing is changed, or requests are counted."""
    assert conclusions(moves, by)[:2] == ([], [])


def test_few_requests_are_sent_where_no_number_follows() -> None:
    """The marks, and two amounts of a valid certificate."""
    assert conclusions("", "requests")[2] < conclusions("")[2] <= 20


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\nold\r\n--b--\r\n'


@pytest.mark.parametrize(("value", "name"), [("mark7", b'"mark7.bin"'), ('../x"', b'"a.bin"')])
def test_a_file_is_named_by_its_mark(value: str, name: bytes) -> None:
    """Lists of files have names, and no content; a name with signs stays in the content."""
    written = with_value(PART, "multipart/form-data; boundary=b", "file", value)
    assert b"filename=" + name in written
    assert b"\r\n\r\n" + value.encode() + b"\r\n" in written
