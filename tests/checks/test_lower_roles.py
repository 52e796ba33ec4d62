"""Bypass attempts by an identity that lacks the operation's role: guards of roles can be bypassed like others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import method_variant, names, path_variant, resumption
from specdrift.checks.bypass.lower_roles import SAMPLE, lower_roles
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check, PlanContext
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

    Around = Callable[[Probe], HttpFacts | None]

ADMIN, SHARED = planned("/admin/stats", roles=("admin",)), planned("/me")
CAROL = replace(ALICE, name="carol")
STATS, ME, PUBLIC = http(200, shape="stats"), http(200, shape="me"), http(200, shape="public")
DENIED, FORBIDDEN, MISSING = http(401), http(403), http(404)


def context_of(*identities: ClientIdentity, **changes: object) -> PlanContext:
    """Build an operation for administrators, one for all certificates and a public one."""
    public = planned("/public", Demand.NOT_REQUIRED)
    return context(ADMIN, SHARED, public, identities=identities or (ALICE, BOB), **changes)


def serving(around: Around) -> Callable[[Probe], HttpFacts | str]:
    """Build a correct server, except for what `around` answers."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if (answer := around(probe)) is not None:
            return answer
        if probe.request.target == "/public":
            return PUBLIC
        if probe.identity == ANONYMOUS.name:
            return DENIED
        if probe.request.target == "/me":
            return ME
        if probe.request.target != "/admin/stats":
            return MISSING
        return STATS if probe.identity == BOB.name else FORBIDDEN

    return server


def found(check: Check, around: Around, ctx: PlanContext | None = None) -> tuple[Finding, ...]:
    """Return the findings of a check about such a server."""
    ctx = ctx or context_of()
    log = play((unknown_path.CHECK, certificate.CHECK, check), ctx, serving(around))
    return check.judge(ctx, log.classifier()).findings


def of_stats(matches: Callable[[Request], bool], *, callers: tuple[str, ...] = ("alice", "bob")) -> Around:
    """Answer requests that match with the statistics, for these callers."""
    return lambda p: STATS if p.request and matches(p.request) and p.identity in callers else None


@pytest.mark.parametrize(
    ("check", "around", "rule"),
    [
        (path_variant.CHECK, of_stats(lambda r: r.target == "/%61dmin/stats"), "path-variant-bypass"),
        (
            path_variant.CHECK,
            of_stats(lambda r: dict(r.headers).get("X-Original-URL") == "/admin/stats" and r.target == "/me"),
            "path-variant-bypass",
        ),
        (
            method_variant.CHECK,
            of_stats(lambda r: r.method == "FOO" and r.target == "/admin/stats"),
            "method-not-enforced",
        ),
        (
            names.CHECK,
            of_stats(lambda r: ("Host", "localhost:8443") in r.headers and r.target == "/admin/stats"),
            "host-sni-confusion",
        ),
    ],
    ids=["spelling", "rewriting header on a path that the caller may use", "method", "host"],
)
def test_a_bypass_of_the_role_names_identity_roles_and_variant(
    check: Check, around: Around, rule: str
) -> None:
    """The anonymous caller is refused all the same."""
    (finding,) = found(check, around)
    assert (finding.rule, finding.identity, str(finding.operation)) == (rule, "alice", "GET /admin/stats")
    assert finding.message.startswith('"alice" (role reader) is admitted ')
    assert finding.message.endswith("HTTP 200, as with a valid certificate of role admin.")
    assert any("/alice/" in probe for probe in finding.probes)


def test_a_bypass_of_the_certificate_is_reported_for_the_anonymous_caller_only() -> None:
    """One finding for each operation and cause."""
    everybody = of_stats(lambda r: r.target == "/%61dmin/stats", callers=("anonymous", "alice", "bob"))
    (finding,) = found(path_variant.CHECK, everybody)
    assert finding.identity == ANONYMOUS.name


@pytest.mark.parametrize("check", [path_variant.CHECK, method_variant.CHECK, names.CHECK, resumption.CHECK])
def test_a_server_that_checks_roles_everywhere_is_not_accused(check: Check) -> None:
    """Nor one that answers every unusual request with the caller's own page."""
    assert found(check, lambda _: None) == ()
    assert found(check, lambda p: ME if p.identity == "alice" and p.check == check.name else None) == ()


def test_a_refusal_with_status_200_by_head_is_no_bypass() -> None:
    """HEAD is compared with what this caller gets by GET."""
    denied = replace(http(200, shape="denied"), headers=(("content-type", "application/json"),))
    assert found(method_variant.CHECK, lambda p: denied if p.identity == "alice" else None) == ()


def test_one_caller_lacks_each_set_of_roles() -> None:
    """The first that must be refused; with its own request. Operations without an identity of the role are left out."""
    own = replace(ADMIN, own={"alice": Request(method="GET", target="/admin/stats?key=alice")})
    audit = planned("/audit", roles=("auditor",))
    ctx = context(own, SHARED, audit, identities=(ALICE, CAROL, BOB))
    ((caller, below),) = lower_roles(ctx)
    assert caller == ALICE
    assert [(s.key, s.request.target) for s in below.guarded] == [(ADMIN.key, "/admin/stats?key=alice")]
    assert below.public_target == "/me"


def test_no_attempt_is_sent_without_an_identity_of_a_lower_role() -> None:
    """One identity, or several of the role."""
    for identities in ((BOB,), (BOB, replace(BOB, name="dave")), (ALICE, CAROL)):
        assert list(lower_roles(context_of(*identities))) == []


def test_operations_of_many_roles_are_sampled_unless_all_are_wanted() -> None:
    """Each set of roles gives a sample in which every folder comes first."""
    many = [planned(f"/{role}{n % 4}/{n}", roles=(role,)) for role in ("admin", "owner") for n in range(40)]
    owner = replace(BOB, name="owner", roles=frozenset({"owner"}))
    ctx = context(*many, identities=(ALICE, BOB, owner))
    ((_, sampled),) = lower_roles(ctx)
    assert len(sampled.guarded) == 2 * SAMPLE
    assert {s.key.path.split("/")[1] for s in sampled.guarded} == {s.key.path.split("/")[1] for s in many}
    ((_, everything),) = lower_roles(replace(ctx, exhaustive=True))
    assert len(everything.guarded) == len(many)


def test_a_session_that_another_name_gives_to_a_lower_role_is_resumed() -> None:
    """The listener verifies roles in full handshakes of its own name only."""

    def forgetful(probe: Probe) -> HttpFacts | None:
        resumed = probe.connection.resumes
        elsewhere = resumed is not None and resumed.server_name == "partner.test"
        return (
            STATS
            if elsewhere
            and probe.identity == "alice"
            and probe.operation == ADMIN.key
            and (probe.request is not None and probe.request.target == "/admin/stats")
            else None
        )

    ctx = context_of(names=("partner.test",))
    (finding,) = found(resumption.CHECK, forgetful, ctx)
    assert (finding.rule, finding.identity) == ("resumption-bypass", "alice")
    assert "with a TLS session of partner.test" in finding.message
