"""Requests with cursors, cookies and tokens that the API's own answers have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from tests.checks.plan_builders import ALICE, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.checks.core.base import PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, consistency.CHECK)
PAGE = http(200, text='{"items": [{"nextCursor": "no"}], "nextCursor": "bz0z", "total": 7}')
LINKED = http(200, headers=(("link", '<https://api.test:8443/secure?cursor=a%2Fb>; rel="next"'),))
BODY_LINK = http(200, text='{"links": {"next": "/secure?cursor=c1&x=2"}}')

CARTS = http(200, text='{"data": [{"kind": "a", "id": "c-1"}, {"kind": "a", "id": "c-2"}], "has_more": true}')
NUMBERED = http(200, text='[{"no": 7, "in": [{"no": 1}, {"no": 2}, {"no": 3}]}, {"no": 9}]')
ALIKE = http(200, text='[{"kind": "a"}, {"kind": "a"}]')


def listing(
    name: str = "cursor", allowed: tuple[str, ...] = (), kind: str = "string", pattern: str = ""
) -> PlannedOperation:
    """Plan a list with an optional parameter."""
    own = planned("/secure")
    limits = Constraint(type=kind, allowed=allowed, pattern=pattern)
    given = Input(name=name, place=Place.QUERY, constraint=limits)
    return replace(own, operation=replace(own.operation, inputs=(given,)))


@pytest.mark.parametrize(
    ("operation", "answer", "targets"),
    [
        (listing(), PAGE, {"/secure?cursor=bz0z"}),
        (listing(), LINKED, {"/secure?cursor=a%2Fb"}),
        (listing(), BODY_LINK, {"/secure?cursor=c1"}),
        (listing("total"), PAGE, set()),
        (listing(allowed=("x", "y")), PAGE, set()),
        (listing("starting_after"), CARTS, {"/secure?starting_after=c-2"}),
        (listing("before", kind="integer"), NUMBERED, {"/secure?before=9"}),
        (listing("after", kind="integer"), CARTS, set()),
        (listing("after", pattern="^[0-9]$"), CARTS, set()),
        (listing("after"), ALIKE, set()),
    ],
    ids=[
        "a member",
        "a Link field",
        "a link",
        "a member of now",
        "an enum",
        "the last element",
        "the last number",
        "no number",
        "a pattern",
        "elements that nothing tells apart",
    ],
)
def test_the_next_page_is_requested_without_a_certificate(
    operation: PlannedOperation, answer: HttpFacts, targets: set[str]
) -> None:
    """With the value that the answer to a valid certificate has."""
    sent: set[str] = set()

    def server(probe: Probe) -> HttpFacts:
        if probe.identity == ANONYMOUS.name and probe.tag and "next page" in probe.tag.name and probe.request:
            sent.add(probe.request.target)
        return answer if probe.identity == ALICE.name and probe.operation else http(401)

    play(CHECKS, context(operation), server)
    assert sent == targets


def open_operation() -> PlannedOperation:
    """Plan an operation without a requirement."""
    return planned("/config", demand=Demand.NOT_REQUIRED)


@pytest.mark.parametrize("accepts", [True, False])
@pytest.mark.parametrize("demand", [Demand.REQUIRED, Demand.ONE_OF_SEVERAL])
def test_cookies_of_an_open_operation_are_sent_to_guarded_ones(accepts: bool, demand: Demand) -> None:  # noqa: FBT001
    """A guard may accept any session; where the document has another alternative, it may be what that requires."""
    data = http(200, text='{"ward": "Cardiology-3a", "beds": 24}')

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return http(404)
        if probe.operation.path == "/config":
            return http(200, shape="config", headers=(("set-cookie", "sid=5f1; Path=/; Secure"),))
        session = ("Cookie", "sid=5f1") in probe.request.headers
        return data if probe.identity != ANONYMOUS.name or (accepts and session) else http(401)

    ctx = context(planned("/secure", demand=demand), open_operation())
    log = play(CHECKS, ctx, server)
    findings = consistency.CHECK.judge(ctx, log.classifier()).findings
    assert len(findings) == int(accepts and demand is Demand.REQUIRED)
    assert all("the cookies that GET /config sets" in finding.message for finding in findings)


def test_cookies_of_a_refusal_are_sent_once_more() -> None:
    """A guard may take the session that it has just begun itself."""
    sent: list[str] = []

    def server(probe: Probe) -> HttpFacts:
        fields = probe.request.headers if probe.request else ()
        sent.extend(value for name, value in fields if name == "Cookie")
        return http(200) if probe.identity == ALICE.name else http(401, headers=(("set-cookie", "sid=9"),))

    play(CHECKS, context(planned("/secure")), server)
    assert "sid=9" in sent


TOKEN_ANSWERS = {
    "a member": http(200, shape="config", text='{"access_token": "g5.e1_A-9", "token_type": "Bearer"}'),
    "a member inside": http(200, shape="config", text='{"session": {"token": "g5.e1_A-9"}}'),
    "a field": http(200, shape="config", headers=(("authorization", "Bearer g5.e1_A-9"),)),
}


@pytest.mark.parametrize("accepts", [True, False])
@pytest.mark.parametrize("answer", TOKEN_ANSWERS.values(), ids=TOKEN_ANSWERS)
def test_a_token_of_an_open_operation_is_sent_to_guarded_ones(answer: HttpFacts, accepts: bool) -> None:  # noqa: FBT001
    """A guard may accept a guest's token in the place of a certificate."""
    data = http(200, text='{"ward": "Cardiology-3a", "beds": 24}')

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None or probe.request is None:
            return http(404)
        if probe.operation.path == "/config":
            return answer
        token = ("Authorization", "Bearer g5.e1_A-9") in probe.request.headers
        return data if probe.identity != ANONYMOUS.name or (accepts and token) else http(401)

    ctx = context(planned("/secure"), open_operation())
    log = play(CHECKS, ctx, server)
    findings = consistency.CHECK.judge(ctx, log.classifier()).findings
    assert len(findings) == int(accepts)
    assert all("the token that GET /config hands out" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, '{"token": "off"}'),
        (200, '{"token": "two words"}'),
        (401, '{"token": "g5.e1_A-9"}'),
        (200, "[]"),
    ],
)
def test_what_is_no_token_is_not_sent(status: int, text: str) -> None:
    """Codes, sentences and refusals hand out none."""
    sent: list[str] = []

    def server(probe: Probe) -> HttpFacts:
        fields = probe.request.headers if probe.request else ()
        sent.extend(value for name, value in fields if name == "Authorization")
        if probe.operation is not None and probe.operation.path == "/config":
            return http(status, text=text)
        return http(200) if probe.identity == ALICE.name else http(401)

    play(CHECKS, context(planned("/secure"), open_operation()), server)
    assert sent == []


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("refresh", "0; url=/guest/secure"),), "", ["/guest/secure"]),
        ((("refresh", "5;/guest/secure#top"),), "", ["/guest/secure"]),
        ((), "<html><meta http-equiv=refresh content='0;url=/guest/secure'></html>", ["/guest/secure"]),
        ((), '<META HTTP-EQUIV="Refresh" CONTENT="3; URL=/guest/secure">', ["/guest/secure"]),
        ((("refresh", "0; url=https://elsewhere.test/"),), "", []),
        ((("refresh", "0; url=//elsewhere.test/"),), "", []),
        ((("refresh", "30"),), "", []),
        ((("refresh", "0; url=/secure"),), "", []),
    ],
)
def test_the_page_to_which_a_refusal_refreshes_is_requested(
    headers: tuple[tuple[str, str], ...], body: str, expected: list[str]
) -> None:
    """Browsers follow it like a redirect; another origin and the same page are left out."""
    sent: list[str] = []

    def server(probe: Probe) -> HttpFacts:
        first = (
            probe.attempt == 1 and probe.identity == ANONYMOUS.name and probe.tag and not probe.tag.control
        )
        if first and probe.tag and "Refresh" in probe.tag.name and probe.request:
            sent.append(probe.request.target)
        if probe.identity == ALICE.name:
            return http(200, text='{"ward": "Cardiology-3a"}')
        return http(200, shape="page", text=body, headers=headers)

    play(CHECKS, context(planned("/secure")), server)
    assert sent == expected
