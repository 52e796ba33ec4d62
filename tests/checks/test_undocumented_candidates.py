"""Candidates from imported traffic, compared with paths that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import unknown_path
from specdrift.checks.undocumented import undocumented
from specdrift.model.contract.requirement import Demand
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.drift import Severity
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, context, http, planned, play
from tests.checks.test_undocumented import conclude, site

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CANDIDATE = Candidate(method="GET", path="/orders/{id}", target="/orders/17", file="access.log", line=12)
POST = replace(CANDIDATE, method="POST")
OPEN = planned("/public", Demand.NOT_REQUIRED)
ORDERS = http(200, shape="orders")


def test_an_answering_candidate_is_found_with_its_line() -> None:
    """The report has the template, so that it stays the same with the next log."""
    result = conclude(context(OPEN, candidates=(CANDIDATE,)), site({"GET /orders/17": ORDERS}))
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


def test_an_open_candidate_leaks_where_all_else_requires_a_certificate() -> None:
    """It was not meant to be open."""
    result = conclude(context(planned(), candidates=(CANDIDATE,)), site({"GET /orders/17": ORDERS}))
    assert [(f.severity, e.kind) for f, e in zip(result.findings, result.undocumented, strict=True)] == [
        (Severity.ERROR, "leaks")
    ]


def test_a_candidate_that_needs_a_certificate_is_a_warning() -> None:
    """It is guarded, but undocumented."""

    def server(probe: Probe) -> HttpFacts | str:
        known = probe.identity == ALICE.name
        return site({"GET /orders/17": ORDERS} if known else {}, otherwise=http(404 if known else 403))(probe)

    result = conclude(context(planned(), candidates=(CANDIDATE,)), server)
    assert [(f.severity, f.identity) for f in result.findings] == [(Severity.WARNING, "alice")]
    assert result.undocumented[0].admitted == ("alice",)


@pytest.mark.parametrize("path", ["/orders/admin", "/internal/orders", "/v1/orders/debug"])
def test_the_name_of_a_candidate_gives_its_kind(path: str) -> None:
    """Any segment may."""
    lead = replace(CANDIDATE, path=path, target=path)
    result = conclude(context(OPEN, candidates=(lead,)), site({f"GET {path}": ORDERS}))
    assert [(e.kind, f.severity) for e, f in zip(result.undocumented, result.findings, strict=True)] == [
        ("administers", Severity.ERROR)
    ]


@pytest.mark.parametrize(
    "answer",
    [http(404), http(403), http(302), http(500), http(200, shape="soft"), "certificate_required"],
    ids=["404", "403", "302", "500", "soft 404", "refused in TLS"],
)
def test_a_missing_or_guarded_candidate_is_no_finding(answer: HttpFacts | str) -> None:
    """A log may be outdated."""

    def server(probe: Probe) -> HttpFacts | str:
        soft = http(200, shape="soft")
        return answer if probe.request and probe.request.target == "/orders/17" else soft

    assert conclude(context(planned(), candidates=(CANDIDATE,)), server).findings == ()


def test_an_error_with_a_success_status_is_no_finding() -> None:
    """Some servers deny with status 200."""
    no = replace(http(200, shape="no"), shape=replace(http(200, shape="no").shape, signs=("error-member",)))
    assert conclude(context(planned(), candidates=(CANDIDATE,)), site({"GET /orders/17": no})).findings == ()


def test_a_folder_with_one_answer_for_all_paths_has_no_finding() -> None:
    """A single-page application below /orders; unknown paths elsewhere get 404."""

    def server(probe: Probe) -> HttpFacts:
        inside = probe.request is not None and probe.request.target.startswith("/orders/")
        return http(200, shape="page") if inside else http(404)

    ctx = context(planned(), candidates=(CANDIDATE,))
    assert conclude(ctx, server).findings == ()
    asked = [
        s.probe.request
        for s in play((unknown_path.CHECK, undocumented.CHECK), ctx, server).by_check("undocumented")
    ]
    assert {"/orders/17/nonce", "/nonce/17"} <= {request.target for request in asked if request}


def test_a_handler_that_accepts_any_value_is_found() -> None:
    """Another value of an expression is no path that does not exist."""

    def server(probe: Probe) -> HttpFacts:
        below = probe.request.target.removeprefix("/orders/") if probe.request else ""
        return ORDERS if below and "/" not in below else http(404)

    assert len(conclude(context(planned(), candidates=(CANDIDATE,)), server).findings) == 1


def test_an_answer_that_is_not_repeated_is_no_finding() -> None:
    """A finding rests on two answers."""
    ctx = context(planned(), candidates=(CANDIDATE,))
    result = conclude(ctx, lambda p: ORDERS if "/orders/17" in p.variant and p.attempt == 1 else http(404))
    assert result.findings == ()


@pytest.mark.parametrize("status", [400, 415, 422])
def test_a_handler_that_needs_another_request_is_found(status: int) -> None:
    """The query of the log is not sent; for anonymous clients a client error is only a refusal."""

    def server(probe: Probe) -> HttpFacts:
        there = probe.request is not None and probe.request.target == "/orders/17"
        return http(status) if there else http(404)

    (finding,) = conclude(context(planned(), candidates=(CANDIDATE,)), server).findings
    assert (finding.severity, finding.confidence, finding.identity) == (
        Severity.WARNING,
        Confidence.MEDIUM,
        "alice",
    )


def methods(candidates: tuple[Candidate, ...]) -> set[str]:
    """Return the methods that are sent to the path."""
    plan = undocumented.CHECK.plan(context(planned(), candidates=candidates))
    return {p.request.method for p in plan if p.request and p.request.target == "/orders/17"}


def test_a_method_that_may_not_be_sent_is_found_with_options_and_get() -> None:
    """Unless the configuration allows it."""
    assert methods((POST,)) == {"OPTIONS", "GET"}
    assert methods((replace(POST, unsafe_allowed=True),)) == {"POST"}


@pytest.mark.parametrize("asked", ["OPTIONS", "GET"])
def test_allow_shows_a_method_that_was_not_sent(asked: str) -> None:
    """Axum and others answer 405 with the allowed methods."""
    allow = http(405, headers=(("allow", "POST"),))
    result = conclude(context(planned(), candidates=(POST,)), site({f"{asked} /orders/17": allow}))
    (finding,) = result.findings
    assert (finding.subject, finding.severity, finding.confidence) == (
        "POST /orders/{id}",
        Severity.WARNING,
        Confidence.MEDIUM,
    )
    assert [(e.method, e.source) for e in result.undocumented] == [("POST", "access.log:12")]


def test_an_allow_that_sibling_paths_return_too_is_ignored() -> None:
    """Some servers send one list for everything."""
    allow = http(405, headers=(("allow", "GET, POST"),))
    assert conclude(context(planned(), candidates=(POST,)), lambda _: allow).findings == ()


def test_a_method_that_may_be_sent_is_sent_once() -> None:
    """It may change state: its controls are enough, and the confidence is lower."""
    ctx = context(planned(), candidates=(replace(POST, unsafe_allowed=True),))
    log = play(
        (unknown_path.CHECK, undocumented.CHECK), ctx, site({"POST /orders/17": http(201, shape="made")})
    )
    sent = [s.probe.identity for s in log.by_check("undocumented") if s.probe.variant == "POST /orders/17"]
    assert sorted(sent) == ["alice", "anonymous"]
    (finding,) = undocumented.CHECK.judge(ctx, log.classifier()).findings
    assert finding.subject == "POST /orders/{id}"


def test_without_an_answer_to_compare_with_there_is_no_finding() -> None:
    """The sibling paths returned no HTTP."""
    ctx = context(planned(), candidates=(replace(POST, unsafe_allowed=True),))
    answer = http(201, shape="made")
    result = conclude(ctx, lambda p: answer if p.variant == "POST /orders/17" else "internal_error")
    assert result.findings == ()


def test_a_recording_is_judged_with_its_candidates() -> None:
    """Without the wordlist; only recorded probes are judged."""
    ctx = context(planned("/v1/items"), candidates=(CANDIDATE,))
    log = play((unknown_path.CHECK, undocumented.CHECK), ctx, site({"GET /orders/17": ORDERS}))
    later = replace(ctx, documented=lambda *_: False, exhaustive=True)
    assert undocumented.CHECK.judge(later, log.classifier()) == undocumented.CHECK.judge(
        ctx, log.classifier()
    )
