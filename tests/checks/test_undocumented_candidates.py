"""What feeds speak of, held against what is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import unknown_path
from specdrift.checks.undocumented import undocumented
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.drift import Severity
from specdrift.model.result.verdict import Confidence
from tests.checks.test_undocumented import conclude, site
from tests.checks.world import ALICE, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

LEAD = Candidate(method="GET", path="/orders/{id}", target="/orders/17", file="access.log", line=12)
POST = replace(LEAD, method="POST")
OPEN = planned("/public", Demand.NOT_REQUIRED)
ORDERS = http(200, shape="orders")


def test_a_place_of_a_feed_that_answers_is_found_with_its_line() -> None:
    """The report has the template, so that it stays the same with the next log."""
    result = conclude(context(OPEN, candidates=(LEAD,)), site({"GET /orders/17": ORDERS}))
    (finding,) = result.findings
    assert (finding.subject, finding.severity) == ("GET /orders/{id}", Severity.WARNING)
    assert finding.message.startswith("GET /orders/{id} answers 200 to callers without")
    assert "access.log:12" in finding.message
    (entry,) = result.undocumented
    assert (entry.path, entry.kind, entry.source, entry.admitted) == (
        "/orders/{id}",
        "serves",
        "access.log:12",
        ("anonymous", "alice"),
    )


def test_it_leaks_where_everything_else_asks_for_a_certificate() -> None:
    """Then nobody meant it to be open."""
    result = conclude(context(planned(), candidates=(LEAD,)), site({"GET /orders/17": ORDERS}))
    assert [(f.severity, e.kind) for f, e in zip(result.findings, result.undocumented, strict=True)] == [
        (Severity.ERROR, "leaks")
    ]


def test_a_place_that_only_a_certificate_opens_is_a_warning() -> None:
    """It is guarded, and still in no document."""

    def server(probe: Probe) -> HttpFacts | str:
        known = probe.identity == ALICE.name
        return site({"GET /orders/17": ORDERS} if known else {}, otherwise=http(404 if known else 403))(probe)

    result = conclude(context(planned(), candidates=(LEAD,)), server)
    assert [(f.severity, f.identity) for f in result.findings] == [(Severity.WARNING, "alice")]
    assert result.undocumented[0].admitted == ("alice",)


@pytest.mark.parametrize("path", ["/orders/admin", "/internal/orders", "/v1/orders/debug"])
def test_the_name_of_a_place_tells_its_kind(path: str) -> None:
    """Any segment of it may."""
    lead = replace(LEAD, path=path, target=path)
    result = conclude(context(OPEN, candidates=(lead,)), site({f"GET {path}": ORDERS}))
    assert [(e.kind, f.severity) for e, f in zip(result.undocumented, result.findings, strict=True)] == [
        ("administers", Severity.ERROR)
    ]


@pytest.mark.parametrize(
    "answer",
    [http(404), http(403), http(302), http(500), http(200, shape="soft"), "certificate_required"],
    ids=["404", "403", "302", "500", "soft 404", "refused in TLS"],
)
def test_a_place_that_is_gone_or_guarded_gives_nothing(answer: HttpFacts | str) -> None:
    """A log is of yesterday."""

    def server(probe: Probe) -> HttpFacts | str:
        soft = http(200, shape="soft")
        return answer if probe.request and probe.request.target == "/orders/17" else soft

    assert conclude(context(planned(), candidates=(LEAD,)), server).findings == ()


def test_an_error_in_a_success_gives_nothing() -> None:
    """Some say no with status 200."""
    no = replace(http(200, shape="no"), shape=replace(http(200, shape="no").shape, signs=("error-member",)))
    assert conclude(context(planned(), candidates=(LEAD,)), site({"GET /orders/17": no})).findings == ()


def test_a_folder_that_answers_everything_alike_gives_nothing() -> None:
    """A single-page application below /orders; elsewhere unknown paths get 404."""

    def server(probe: Probe) -> HttpFacts:
        inside = probe.request is not None and probe.request.target.startswith("/orders/")
        return http(200, shape="page") if inside else http(404)

    ctx = context(planned(), candidates=(LEAD,))
    assert conclude(ctx, server).findings == ()
    asked = [
        s.probe.request
        for s in play((unknown_path.CHECK, undocumented.CHECK), ctx, server).by_check("undocumented")
    ]
    assert {"/orders/17/nonce", "/nonce/17"} <= {request.target for request in asked if request}


def test_a_handler_that_takes_any_value_is_found() -> None:
    """Another value of an expression is no path that does not exist."""

    def server(probe: Probe) -> HttpFacts:
        below = probe.request.target.removeprefix("/orders/") if probe.request else ""
        return ORDERS if below and "/" not in below else http(404)

    assert len(conclude(context(planned(), candidates=(LEAD,)), server).findings) == 1


def test_an_answer_that_does_not_come_again_gives_nothing() -> None:
    """A finding rests on two answers."""
    ctx = context(planned(), candidates=(LEAD,))
    result = conclude(ctx, lambda p: ORDERS if "/orders/17" in p.variant and p.attempt == 1 else http(404))
    assert result.findings == ()


@pytest.mark.parametrize("status", [400, 415, 422])
def test_a_handler_that_wants_another_request_is_there(status: int) -> None:
    """The query of the log was left behind; to anonymous callers a client error is only a refusal."""

    def server(probe: Probe) -> HttpFacts:
        there = probe.request is not None and probe.request.target == "/orders/17"
        return http(status) if there else http(404)

    (finding,) = conclude(context(planned(), candidates=(LEAD,)), server).findings
    assert (finding.severity, finding.confidence, finding.identity) == (
        Severity.WARNING,
        Confidence.MEDIUM,
        "alice",
    )


def methods(ctx_leads: tuple[Candidate, ...]) -> set[str]:
    """The methods that are sent to the place."""
    plan = undocumented.CHECK.plan(context(planned(), candidates=ctx_leads))
    return {p.request.method for p in plan if p.request and p.request.target == "/orders/17"}


def test_a_method_that_may_not_be_sent_is_looked_for_with_options_and_get() -> None:
    """Unless the owner allows it."""
    assert methods((POST,)) == {"OPTIONS", "GET"}
    assert methods((replace(POST, unsafe_allowed=True),)) == {"POST"}


@pytest.mark.parametrize("asked", ["OPTIONS", "GET"])
def test_allow_tells_of_a_method_that_was_not_sent(asked: str) -> None:
    """Axum and others answer 405 with the methods that there are."""
    allow = http(405, headers=(("allow", "POST"),))
    result = conclude(context(planned(), candidates=(POST,)), site({f"{asked} /orders/17": allow}))
    (finding,) = result.findings
    assert (finding.subject, finding.severity, finding.confidence) == (
        "POST /orders/{id}",
        Severity.WARNING,
        Confidence.MEDIUM,
    )
    assert [(e.method, e.source) for e in result.undocumented] == [("POST", "access.log:12")]


def test_an_allow_that_paths_beside_it_get_as_well_says_nothing() -> None:
    """Some servers send one list for everything."""
    allow = http(405, headers=(("allow", "GET, POST"),))
    assert conclude(context(planned(), candidates=(POST,)), lambda _: allow).findings == ()


def test_a_method_that_may_be_sent_is_sent_once() -> None:
    """It may change something: its controls are enough, and the confidence says so."""
    ctx = context(planned(), candidates=(replace(POST, unsafe_allowed=True),))
    log = play(
        (unknown_path.CHECK, undocumented.CHECK), ctx, site({"POST /orders/17": http(201, shape="made")})
    )
    sent = [s.probe.identity for s in log.by_check("undocumented") if s.probe.variant == "POST /orders/17"]
    assert sorted(sent) == ["alice", "anonymous"]
    (finding,) = undocumented.CHECK.judge(ctx, log.classifier()).findings
    assert finding.subject == "POST /orders/{id}"


def test_without_an_answer_to_compare_nothing_is_said() -> None:
    """The paths beside it brought no HTTP."""
    ctx = context(planned(), candidates=(replace(POST, unsafe_allowed=True),))
    answer = http(201, shape="made")
    result = conclude(ctx, lambda p: answer if p.variant == "POST /orders/17" else "internal_error")
    assert result.findings == ()


def test_a_recording_is_judged_with_its_leads_although_nothing_is_looked_up() -> None:
    """What was asked is looked for; what was not asked is not there."""
    ctx = context(planned("/v1/items"), candidates=(LEAD,))
    log = play((unknown_path.CHECK, undocumented.CHECK), ctx, site({"GET /orders/17": ORDERS}))
    later = replace(ctx, documented=lambda *_: False, exhaustive=True)
    assert undocumented.CHECK.judge(later, log.classifier()) == undocumented.CHECK.judge(
        ctx, log.classifier()
    )
