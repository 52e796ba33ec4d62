"""gRPC services on the listener of an API: which answers show that one runs without a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.undocumented import grpc
from specdrift.checks.undocumented.grpc_calls import READING
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Probe
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext

    Answer = HttpFacts | Ending | str
    Server = Callable[[Probe], Answer]

HEALTH, REFLECTION, ALPHA = (call.path for call in READING)
BOTH = (HTTP_1, HTTP_2)


def trailers(status: str, *, length: int = 0) -> HttpFacts:
    """Build a gRPC answer with this status, and a message of this length."""
    fields = (("content-type", "application/grpc"), *((("grpc-status", status),) if status else ()))
    return replace(http(200, headers=fields), length=length)


OK, UNIMPLEMENTED, UNAUTHENTICATED = trailers("0", length=7), trailers("12"), trailers("16")
METHOD_REFUSED = trailers("13")


def service(
    anonymous: dict[str, Answer], *, otherwise: Answer = UNIMPLEMENTED, get: Answer = METHOD_REFUSED
) -> Server:
    """Build a gRPC server beside an API. A valid certificate runs health and reflection."""

    def server(probe: Probe) -> Answer:
        request = probe.request
        assert request is not None
        if not request.headers:
            return http(404)
        if request.method == "GET":
            return get
        if probe.identity != ANONYMOUS.name:
            return OK
        return anonymous.get(request.target, otherwise)

    return server


def conclude(server: Server, ctx: PlanContext | None = None) -> Conclusions:
    """Return the conclusions of the check."""
    ctx = ctx or context(planned(), alpn=BOTH)
    return grpc.CHECK.judge(ctx, play((grpc.CHECK,), ctx, server).classifier())


def sent(server: Server, ctx: PlanContext) -> list[Probe]:
    """Return the probes that are sent to the server."""
    return [exchange.probe for exchange in play((grpc.CHECK,), ctx, server).by_check("grpc")]


@pytest.mark.parametrize(
    ("path", "severity", "kind"),
    [
        (HEALTH, Severity.NOTE, "informs"),
        (REFLECTION, Severity.WARNING, "serves"),
        (ALPHA, Severity.WARNING, "serves"),
    ],
)
def test_a_service_that_runs_without_a_certificate_is_reported(
    path: str, severity: Severity, kind: str
) -> None:
    """Alone: interceptors guard unary calls and streams separately."""
    result = conclude(service({path: OK}))
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.subject) == (
        "undocumented-endpoint",
        severity,
        f"gRPC {path}",
    )
    assert finding.identity == ANONYMOUS.name
    assert "as with a valid one" in finding.message
    assert [(e.method, e.path, e.kind, e.admitted) for e in result.undocumented] == [
        ("POST", path, kind, ("anonymous", "alice"))
    ]
    assert not result.skipped


def test_a_stream_that_does_not_end_ran() -> None:
    """A message came, and its trailers did not within the time."""
    assert conclude(service({REFLECTION: trailers("", length=40)})).findings


@pytest.mark.parametrize(
    "refusal",
    [
        UNAUTHENTICATED,
        trailers("7"),
        UNIMPLEMENTED,
        http(401),
        http(403),
        http(404),
        http(302),
        "certificate_required",
    ],
)
def test_a_refusal_is_silent(refusal: Answer) -> None:
    """By gRPC, by a proxy in front of it, and in TLS."""
    result = conclude(service({}, otherwise=refusal))
    assert (result.findings, result.undocumented, result.skipped) == ((), (), ())


@pytest.mark.parametrize(
    "unclear",
    [trailers("14"), trailers("5"), trailers(""), http(503), http(415), http(429), http(200), Ending.CLOSED],
)
def test_what_is_not_established_is_listed(unclear: Answer) -> None:
    """A service that is not available now, an answer that is not gRPC's, and none."""
    result = conclude(service({HEALTH: unclear}))
    assert not result.findings
    (skipped,) = result.skipped
    assert HEALTH in skipped.reason
    assert REFLECTION not in skipped.reason


def test_what_is_absent_for_a_valid_certificate_is_not_listed() -> None:
    """There is no such service to run."""

    def server(probe: Probe) -> Answer:
        if probe.identity != ANONYMOUS.name:
            return UNIMPLEMENTED
        return service({}, otherwise=trailers("14"))(probe)

    assert not conclude(server).skipped


def test_an_answer_that_every_path_gets_is_not_reported() -> None:
    """A catch-all that ends every call well runs nothing; it is listed."""
    result = conclude(service({}, otherwise=OK))
    assert not result.findings
    assert len(result.skipped) == 1


def test_one_answer_of_two_is_not_reported() -> None:
    """The repetition on a fresh connection is refused."""

    def server(probe: Probe) -> Answer:
        return UNAUTHENTICATED if probe.attempt > 1 else service({HEALTH: OK})(probe)

    result = conclude(server)
    assert not result.findings
    assert result.skipped


@pytest.mark.parametrize("get", [http(405), http(415), trailers("13"), trailers("12")])
def test_a_call_follows_an_answer_of_grpc(get: HttpFacts) -> None:
    """With its own status, and behind an HTTP server, which refuses GET or the media type."""
    assert len(conclude(service({HEALTH: OK, REFLECTION: OK}, get=get)).findings) == 2


@pytest.mark.parametrize("get", [http(404), http(401), http(200), "certificate_required", Ending.CLOSED])
def test_an_api_without_grpc_gets_no_call(get: Answer) -> None:
    """GET is all that it gets: three requests without a certificate."""
    probes = sent(service({}, get=get), context(planned(), alpn=BOTH))
    assert [(probe.request.method, probe.identity) for probe in probes if probe.request] == [
        ("GET", "anonymous")
    ] * 3


def test_an_api_that_takes_post_on_every_path_gets_no_call() -> None:
    """It refuses GET of a path that does not exist in the same way."""
    probes = sent(lambda _: http(405), context(planned(), alpn=BOTH))
    assert {probe.request.method for probe in probes if probe.request} == {"GET"}


def test_a_failure_where_other_paths_are_answered_is_listed() -> None:
    """A proxy cannot reach what it has for gRPC's media type."""
    (skipped,) = conclude(service({}, get=http(502))).skipped
    assert HEALTH in skipped.reason
    assert REFLECTION in skipped.reason


@pytest.mark.parametrize(
    "ctx",
    [
        context(planned(demand=Demand.NOT_REQUIRED), alpn=BOTH),
        context(planned("/{service}/{method}"), alpn=BOTH),
        context(planned(), alpn=BOTH, only_changed=True),
        context(planned(), alpn=BOTH, with_wordlist=False),
    ],
)
def test_nothing_is_sent_where_nothing_is_to_be_found(ctx: PlanContext) -> None:
    """Without guarded operations, where the document has the paths, and in a limited run."""
    assert not list(grpc.CHECK.plan(ctx))


def test_a_listener_without_http2_is_called_by_grpc_web() -> None:
    """Over HTTP/1.1, and without methods whose requests are streams."""
    ctx = context(planned(), alpn=(HTTP_1,), candidates=(replace(PURGE, unsafe_allowed=True),))
    probes = sent(service({HEALTH: OK, PURGE.target: OK}), ctx)
    calls = [probe for probe in probes if probe.request and probe.request.method == "POST"]
    assert {probe.request.target for probe in calls if probe.request} >= {HEALTH, PURGE.target}
    assert REFLECTION not in {probe.request.target for probe in probes if probe.request}
    assert {probe.connection.alpn for probe in probes} == {HTTP_1}
    assert {dict(probe.request.headers)["content-type"] for probe in calls if probe.request} == {
        "application/grpc-web+proto"
    }
    found = conclude(service({HEALTH: OK}), context(planned(), alpn=(HTTP_1,))).findings
    assert "called by gRPC-Web without a certificate" in found[0].message
    assert not conclude(service({}, otherwise=UNAUTHENTICATED), context(planned(), alpn=(HTTP_1,))).findings


def test_a_listener_with_grpc_gets_few_requests() -> None:
    """A correct one gets two calls more, and one if reflection is of the older version."""
    assert len(sent(service({}, otherwise=UNAUTHENTICATED), context(planned(), alpn=BOTH))) == 5
    assert len(sent(service({}), context(planned(), alpn=BOTH))) == 6


PURGE = Candidate(
    method="POST", path="/shop.v1.Orders/List", target="/shop.v1.Orders/List", file="a.log", line=3
)


def test_an_imported_method_is_called_where_that_is_allowed() -> None:
    """It may change something."""
    allowed = context(planned(), alpn=BOTH, candidates=(replace(PURGE, unsafe_allowed=True),))
    (finding,) = conclude(service({PURGE.target: OK}), allowed).findings
    assert (finding.severity, finding.subject) == (Severity.ERROR, f"gRPC {PURGE.target}")
    assert "a.log:3" in finding.message
    assert not conclude(service({PURGE.target: UNAUTHENTICATED}), allowed).findings


def test_an_imported_method_is_listed_where_it_may_not_be_called() -> None:
    """It is never OK."""
    ctx = context(planned(), alpn=BOTH, candidates=(PURGE, replace(PURGE, path="/orders", target="/orders")))
    (skipped,) = conclude(service({}), ctx).skipped
    assert PURGE.target in skipped.reason
    assert PURGE.target not in [probe.request.target for probe in sent(service({}), ctx) if probe.request]


def test_nothing_is_called_where_every_unsafe_method_is_forbidden() -> None:
    """The owner's ``unsafe-methods = "never"`` holds for gRPC too, and what was not called is listed."""
    ctx = context(planned(), alpn=BOTH, only_safe=True)
    server = service({}, otherwise=UNAUTHENTICATED)
    assert {probe.request.method for probe in sent(server, ctx) if probe.request} == {"GET"}
    (skipped,) = conclude(server, ctx).skipped
    assert "/grpc.health.v1.Health/Check" in skipped.reason
