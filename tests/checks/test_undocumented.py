"""What answers outside the document, and what only seems to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import unknown_path
from specdrift.checks.undocumented import undocumented
from specdrift.checks.undocumented.wordlist import WORDLIST, EndpointKind
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Phase
from specdrift.model.result.drift import Severity
from tests.checks.world import ALICE, BOB, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, undocumented.CHECK)


def site(
    pages: dict[str, HttpFacts], *, otherwise: HttpFacts | None = None
) -> Callable[[Probe], HttpFacts | str]:
    """A server that knows these ``METHOD /path`` pages."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        return pages.get(f"{probe.request.method} {probe.request.target}", otherwise or http(404))

    return server


def conclude(ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> Conclusions:
    """What the check makes of it."""
    return undocumented.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


def test_metrics_that_anybody_reads_are_an_error() -> None:
    """It leaks, whoever asks."""
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


def test_health_is_a_note() -> None:
    """It informs."""
    (finding,) = conclude(context(planned()), site({"GET /health": http(200, shape="up")})).findings
    assert finding.severity is Severity.NOTE


def test_a_documented_path_is_not_looked_for() -> None:
    """Neither as written nor by a template."""
    ctx = context(planned("/metrics"), planned("/{anything}"))
    targets = {
        p.request.target for p in undocumented.CHECK.plan(ctx) if p.request and p.request.method == "GET"
    }
    assert not {"/metrics", "/health", "/admin"} & targets


def test_a_path_is_asked_for_its_methods_by_a_request_of_its_own() -> None:
    """What another operation's path allows is not allowed here."""
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


def test_a_server_that_answers_everything_alike_hides_nothing_of_ours() -> None:
    """A single-page application: the page for /admin is the page for anything."""
    page = http(200, shape="spa")
    result = conclude(context(planned()), site({}, otherwise=page))
    assert result.findings == ()
    real = conclude(context(planned()), site({"GET /metrics": http(200, shape="metrics")}, otherwise=page))
    assert [finding.subject for finding in real.findings] == ["GET /metrics"]


def test_paths_below_the_base_are_looked_for_too() -> None:
    """Routers are mounted, and so are their leftovers."""
    ctx = context(planned("/v1/secure"), base_path="/api")
    result = conclude(ctx, site({"GET /api/debug/vars": http(200, shape="vars")}))
    assert [finding.subject for finding in result.findings] == ["GET /api/debug/vars"]


def test_a_method_that_allow_gives_away_is_a_warning() -> None:
    """The document has GET; the server also lets DELETE through its router."""
    options = http(405, headers=(("allow", "GET, HEAD, OPTIONS, DELETE"),))
    (finding,) = conclude(context(planned()), site({"OPTIONS /secure": options})).findings
    assert (finding.severity, finding.subject) == (Severity.WARNING, "DELETE /secure")


def test_a_method_that_the_document_has_and_nobody_asks_is_no_news() -> None:
    """A run that is narrowed down to one operation of a path knows the others all the same."""
    options = http(405, headers=(("allow", "GET, DELETE"),))
    ctx = replace(context(planned()), declared=frozenset({OperationKey(path="/secure", method="DELETE")}))
    assert conclude(ctx, site({"OPTIONS /secure": options})).findings == ()


def test_an_allow_that_every_path_gets_says_nothing() -> None:
    """Some servers send the same list for paths that do not exist."""
    options = http(200, headers=(("allow", "GET, POST, TRACE"),))
    pages = {"OPTIONS /secure": options, "OPTIONS /nonce": options}
    assert conclude(context(planned()), site(pages)).findings == ()


def test_only_harmless_methods_are_sent() -> None:
    """GET and OPTIONS, whatever is looked for."""
    probes = list(undocumented.CHECK.plan(context(planned(), identities=(ALICE,))))
    assert {p.request.method for p in probes if p.request} == {"GET", "OPTIONS"}


def test_what_answered_is_asked_once_more() -> None:
    """A finding rests on two answers."""
    ctx = context(planned())
    log = play(CHECKS, ctx, site({"GET /metrics": http(200, shape="metrics")}))
    again = [s.probe for s in log.by_check("undocumented") if s.probe.phase is Phase.CONFIRM]
    assert {(p.identity, p.variant) for p in again} == {
        ("anonymous", "GET /metrics"),
        ("alice", "GET /metrics"),
    }


def test_the_wordlist_is_made_of_absolute_paths_with_a_kind() -> None:
    """It is data; a slip in it would send nonsense."""
    assert all(path.startswith("/") and " " not in path for path in WORDLIST)
    assert set(WORDLIST.values()) == set(EndpointKind)


def test_a_random_sibling_is_asked_in_each_folder() -> None:
    """Routers nest: each has its own way to say that something is not there."""
    ctx = context(planned("/v1/items/{id}"), planned("/v1/items"), planned("/v2/x/y"), base_path="/api")
    assert unknown_path.unknown_paths(ctx) == ("/nonce", "/api/nonce", "/api/v1/nonce", "/api/v2/x/nonce")


def test_a_random_path_that_a_template_matches_is_no_control() -> None:
    """/{tenant} would answer it."""
    assert unknown_path.unknown_paths(context(planned("/{tenant}"))) == ()


def to(*names: str, pages: dict[str, HttpFacts], refusal: HttpFacts) -> Callable[[Probe], HttpFacts | str]:
    """A server whose pages are for these callers; the others are refused where there is one."""

    def server(probe: Probe) -> HttpFacts | str:
        answer = site(pages)(probe)
        known = isinstance(answer, HttpFacts) and answer.status == 200
        return refusal if known and probe.identity not in names else answer

    return server


@pytest.mark.parametrize("status", [401, 403])
def test_what_only_another_role_gets_is_found(status: int) -> None:
    """Alice is refused where no path that does not exist refuses her; bob is admitted, and is named."""
    ctx = context(planned(), identities=(ALICE, BOB))
    server = to("bob", pages={"GET /admin": http(200, shape="admin")}, refusal=http(status))
    result = conclude(ctx, server)
    (finding,) = result.findings
    assert (finding.identity, finding.severity) == ("bob", Severity.ERROR)
    assert 'answers 200 to "bob", and not to "alice"' in finding.message
    assert [e.admitted for e in result.undocumented] == [("bob",)]


def test_what_is_there_is_held_against_every_valid_identity() -> None:
    """So that the result says whom it answers."""
    ctx = context(planned(), identities=(ALICE, BOB))
    server = to("alice", "bob", pages={"GET /metrics": http(200, shape="metrics")}, refusal=http(401))
    assert [e.admitted for e in conclude(ctx, server).undocumented] == [("alice", "bob")]


def test_a_blanket_refusal_is_no_reason_to_ask_on() -> None:
    """Where every unknown path is refused, a refusal says nothing; nobody else is asked."""
    ctx = context(planned(), identities=(ALICE, BOB))
    log = play(CHECKS, ctx, site({}, otherwise=http(403)))
    asked = {s.probe.identity for s in log.by_check("undocumented")}
    assert asked == {"anonymous", "alice"}
