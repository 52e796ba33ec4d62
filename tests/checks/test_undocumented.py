"""Undocumented endpoints: which answers count, and which only look like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import unknown_path
from specdrift.checks.undocumented import undocumented
from specdrift.checks.undocumented.wordlist import AFTER, AT_ROOT, WORDLIST, EndpointKind
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Phase
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.model.exchange.probe import Probe

WITH_A_SLASH = Candidate(method="GET", path="/accounts/", target="/accounts/", file="access.log", line=1)
CHECKS = (unknown_path.CHECK, undocumented.CHECK)


def site(
    pages: dict[str, HttpFacts], *, otherwise: HttpFacts | None = None
) -> Callable[[Probe], HttpFacts | str]:
    """Build a server with these ``METHOD /path`` pages."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        return pages.get(f"{probe.request.method} {probe.request.target}", otherwise or http(404))

    return server


def conclude(ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> Conclusions:
    """Return the conclusions of the check."""
    return undocumented.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


def test_metrics_for_anonymous_clients_are_an_error() -> None:
    """They leak to every caller."""
    result = conclude(context(planned()), site({"GET /metrics": http(200, shape="metrics")}))
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.subject) == (
        "undocumented-endpoint",
        Severity.ERROR,
        "GET /metrics",
    )
    assert "callers without a certificate" in finding.message
    assert [(e.path, e.kind, e.admitted) for e in result.undocumented] == [
        ("/metrics", "leaks", ("anonymous", "alice"))
    ]


@pytest.mark.parametrize(
    ("path", "severity"), [("/debug/pprof/", Severity.WARNING), ("/admin", Severity.ERROR)]
)
def test_a_leak_to_holders_of_a_certificate_alone_is_a_warning(path: str, severity: Severity) -> None:
    """They may read other data of the service too; what administers it is another matter."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if probe.identity == "anonymous":
            return "certificate_required"
        return http(200, shape="profile") if probe.request.target == path else http(404)

    (finding,) = conclude(context(planned()), server).findings
    assert (finding.severity, finding.subject) == (severity, f"GET {path}")
    assert "to holders of a valid certificate" in finding.message


def test_health_is_a_note() -> None:
    """It informs only."""
    (finding,) = conclude(context(planned()), site({"GET /health": http(200, shape="up")})).findings
    assert finding.severity is Severity.NOTE


def test_a_documented_path_is_not_probed() -> None:
    """Neither as written nor by a template."""
    ctx = context(planned("/metrics"), planned("/{anything}"))
    targets = {
        p.request.target for p in undocumented.CHECK.plan(ctx) if p.request and p.request.method == "GET"
    }
    assert not {"/metrics", "/health", "/admin"} & targets


@pytest.mark.parametrize(("open_to_all", "found"), [(False, []), (True, [("/accounts/", ("anonymous",))])])
def test_a_documented_path_with_a_slash_more_is_no_other_endpoint(
    open_to_all: bool,  # noqa: FBT001
    found: list[object],
) -> None:
    """It is that operation in another spelling; without a certificate it is a way in all the same."""
    ctx = context(planned("/accounts"), candidates=(WITH_A_SLASH,))
    page = http(200, shape="accounts")

    def server(probe: Probe) -> HttpFacts | str:
        spelled = probe.request is not None and probe.request.target.rstrip("/") == "/accounts"
        return page if spelled and (open_to_all or probe.identity != "anonymous") else http(404)

    assert [(e.path, e.admitted) for e in conclude(ctx, server).undocumented] == found


def test_the_methods_of_a_path_are_requested_separately() -> None:
    """Methods that another operation's path allows are not allowed here."""
    one, me = planned("/users/{id}"), OperationKey(path="/users/me", method="GET")
    taken = replace(one, operation=replace(one.operation, taken_for=me))
    asked = [
        [
            p.request.target
            for p in undocumented.CHECK.plan(context(s))
            if p.request and p.request.method == "OPTIONS"
        ]
        for s in (one, taken)
    ]
    assert "/users/1" in asked[0]
    assert "/users/1" not in asked[1]


def test_a_server_with_one_answer_for_all_paths_has_no_finding() -> None:
    """A single-page application: the page for /admin is the page for every path."""
    page = http(200, shape="spa")
    result = conclude(context(planned()), site({}, otherwise=page))
    assert result.findings == ()
    real = conclude(context(planned()), site({"GET /metrics": http(200, shape="metrics")}, otherwise=page))
    assert [finding.subject for finding in real.findings] == ["GET /metrics"]


def test_paths_below_the_base_path_are_probed_too() -> None:
    """Routers are mounted there, with their debug routes."""
    ctx = context(planned("/v1/secure"), base_path="/api")
    result = conclude(ctx, site({"GET /api/debug/vars": http(200, shape="vars")}))
    assert [finding.subject for finding in result.findings] == ["GET /api/debug/vars"]


ALLOW = http(405, headers=(("allow", "GET, HEAD, OPTIONS, DELETE"),))


@pytest.mark.parametrize(
    ("answer", "findings"),
    [(http(200, shape="gone"), ["DELETE /secure"]), (http(422), ["DELETE /secure"]), (http(405), [])],
)
def test_a_method_in_allow_is_requested_before_it_is_reported(answer: HttpFacts, findings: list[str]) -> None:
    """The document has GET; a router may list DELETE and answer 405 all the same."""
    ctx = context(replace(planned(), unsafe_allowed=True, destructive_allowed=True))
    result = conclude(ctx, site({"OPTIONS /secure": ALLOW, "DELETE /secure": answer}))
    assert [(f.severity, f.subject) for f in result.findings] == [
        (Severity.WARNING, subject) for subject in findings
    ]
    assert [(u.method, u.path) for u in result.undocumented] == [tuple(f.split()) for f in findings]


def test_a_method_in_allow_that_may_not_be_sent_is_not_reported() -> None:
    """It is listed as skipped: the header alone shows nothing."""
    result = conclude(context(planned()), site({"OPTIONS /secure": ALLOW}))
    assert not (result.findings)
    assert not (result.undocumented)
    (skipped,) = result.skipped
    assert "Allow names DELETE /secure" in skipped.reason


def asked(ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> set[str]:
    """Return the targets that the check requests with GET."""
    log = play(CHECKS, ctx, server)
    requests = (entry.probe.request for entry in log.by_check(undocumented.CHECK.name))
    return {request.target for request in requests if request and request.method == "GET"}


@pytest.mark.parametrize("shown", [http(200, shape="up"), http(401), http(503)])
def test_paths_of_a_product_are_requested_once_it_is_there(shown: HttpFacts) -> None:
    """Where its first paths are missing, the others are too; a rejection or failure shows nothing."""
    ctx = context(planned())
    everything = asked(replace(ctx, exhaustive=True), site({}))
    assert set(AFTER) <= everything
    assert asked(ctx, site({})) == everything - set(AFTER)
    pages = {"GET /actuator/health": shown, "GET /actuator/env": http(200, shape="env")}
    assert "/actuator/heapdump" in asked(ctx, site(pages))
    assert "GET /actuator/env" in {finding.subject for finding in conclude(ctx, site(pages)).findings}


def test_pages_of_servers_are_requested_at_the_root_only() -> None:
    """A base path belongs to the application."""
    ctx = context(planned(), base_path="/v1")
    below = {target for target in asked(ctx, site({})) if target.startswith("/v1/")}
    assert "/v1/metrics" in below
    assert not below & {f"/v1{path}" for path in AT_ROOT}
    every = asked(replace(ctx, exhaustive=True), site({}))
    assert {f"/v1{path}" for path in AT_ROOT} <= every


def test_a_method_that_every_path_answers_is_not_reported() -> None:
    """The page for DELETE on a path that does not exist is the page for this one."""
    page = http(200, shape="page")
    ctx = context(replace(planned(), unsafe_allowed=True, destructive_allowed=True))
    pages = {"OPTIONS /secure": ALLOW, "DELETE /secure": page}
    assert conclude(ctx, site(pages, otherwise=page)).findings == ()


def test_a_documented_method_that_is_not_selected_is_no_finding() -> None:
    """A run that is limited to one operation of a path knows the other operations of the document."""
    options = http(405, headers=(("allow", "GET, DELETE"),))
    ctx = replace(context(planned()), declared=frozenset({OperationKey(path="/secure", method="DELETE")}))
    assert conclude(ctx, site({"OPTIONS /secure": options})).findings == ()


def test_a_method_of_a_template_that_matches_the_path_is_documented() -> None:
    """``GET /vessels/_search`` is ``GET /vessels/{imo}`` with that value."""
    options = http(405, headers=(("allow", "GET, POST, PATCH"),))
    search = planned("/vessels/_search", method="POST")
    site_of = site({"OPTIONS /vessels/_search": options, "GET /vessels/_search": http(200, shape="vessel")})
    for declared in (OperationKey(path="/vessels/{imo}", method="GET"), planned("/vessels/{imo}").key):
        ctx = replace(context(replace(search, unsafe_allowed=True)), declared=frozenset({declared}))
        assert [finding.subject for finding in conclude(ctx, site_of).findings] == []
    other = replace(context(search), declared=frozenset({OperationKey(path="/{any}", method="GET")}))
    assert [finding.subject for finding in conclude(other, site_of).findings] == ["GET /vessels/_search"]


def test_an_allow_that_every_path_returns_is_ignored() -> None:
    """Some servers send the same list for paths that do not exist."""
    options = http(200, headers=(("allow", "GET, POST, TRACE"),))
    pages = {"OPTIONS /secure": options, "OPTIONS /nonce": options}
    assert conclude(context(planned()), site(pages)).findings == ()


def test_only_safe_methods_are_sent() -> None:
    """GET and OPTIONS."""
    probes = list(undocumented.CHECK.plan(context(planned(), identities=(ALICE,))))
    assert {p.request.method for p in probes if p.request} == {"GET", "OPTIONS"}


def test_an_answer_is_requested_once_more() -> None:
    """A finding rests on two answers."""
    ctx = context(planned())
    log = play(CHECKS, ctx, site({"GET /metrics": http(200, shape="metrics")}))
    again = [s.probe for s in log.by_check("undocumented") if s.probe.phase is Phase.CONFIRM]
    assert {(p.identity, p.variant) for p in again} == {
        ("anonymous", "GET /metrics"),
        ("alice", "GET /metrics"),
    }


def test_the_wordlist_has_absolute_paths_with_a_kind() -> None:
    """An error in it would send nonsense."""
    assert all(path.startswith("/") and " " not in path for path in WORDLIST)
    assert set(WORDLIST.values()) == set(EndpointKind)


def test_a_random_sibling_is_requested_in_each_folder() -> None:
    """Nested routers have their own not-found answers."""
    ctx = context(planned("/v1/items/{id}"), planned("/v1/items"), planned("/v2/x/y"), base_path="/api")
    assert unknown_path.unknown_paths(ctx) == ("/nonce", "/api/nonce", "/api/v1/nonce", "/api/v2/x/nonce")


def test_a_random_path_that_a_template_matches_is_no_control() -> None:
    """/{tenant} would match it."""
    assert unknown_path.unknown_paths(context(planned("/{tenant}"))) == ()


def to(*names: str, pages: dict[str, HttpFacts], refusal: HttpFacts) -> Callable[[Probe], HttpFacts | str]:
    """Build a server whose pages are for these callers; others get the refusal, if there is one."""

    def server(probe: Probe) -> HttpFacts | str:
        answer = site(pages)(probe)
        known = isinstance(answer, HttpFacts) and answer.status == 200
        return refusal if known and probe.identity not in names else answer

    return server


@pytest.mark.parametrize("status", [401, 403])
def test_a_page_for_another_role_is_found(status: int) -> None:
    """Alice is refused here and not at unknown paths; bob is admitted, and named."""
    ctx = context(planned(), identities=(ALICE, BOB))
    server = to("bob", pages={"GET /admin": http(200, shape="admin")}, refusal=http(status))
    result = conclude(ctx, server)
    (finding,) = result.findings
    assert (finding.identity, finding.severity) == ("bob", Severity.ERROR)
    assert 'answers 200 to "bob", and not to "alice"' in finding.message
    assert [e.admitted for e in result.undocumented] == [("bob",)]


def test_a_found_page_is_requested_by_every_valid_identity() -> None:
    """So that the result names the admitted ones."""
    ctx = context(planned(), identities=(ALICE, BOB))
    server = to("alice", "bob", pages={"GET /metrics": http(200, shape="metrics")}, refusal=http(401))
    assert [e.admitted for e in conclude(ctx, server).undocumented] == [("alice", "bob")]


def test_a_blanket_refusal_is_not_followed_up() -> None:
    """Where every unknown path is refused, a refusal shows nothing."""
    ctx = context(planned(), identities=(ALICE, BOB))
    log = play(CHECKS, ctx, site({}, otherwise=http(403)))
    asked = {s.probe.identity for s in log.by_check("undocumented")}
    assert asked == {"anonymous", "alice"}


BLOCKED = "<html><title>Request Rejected</title>Your support ID is: 7263401155"


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("/.git/HEAD", BLOCKED, False),
        ("/.git/HEAD", "ref: refs/heads/main\n", True),
        ("/.git/HEAD", "8c8ea1573f0d21b69c0f4cda90b1e6e1b58e4a6b\n", True),
        ("/.env", BLOCKED, False),
        ("/.env", "# production\nDB_PASSWORD=example\n", True),
        ("/config", BLOCKED, True),
    ],
)
def test_a_page_of_a_firewall_is_no_file(path: str, body: str, found: bool) -> None:  # noqa: FBT001
    """It answers such paths with 200 and a support number, and other paths that do not exist with 404."""
    page = replace(http(200, shape="page"), body_excerpt=body)
    assert bool(conclude(context(planned()), site({f"GET {path}": page})).findings) is found
