"""Certificates that an application may take for another identity's, above all another one appended to a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, mistaken_identity, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS, IdentityKind
from specdrift.model.exchange.values import pack
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

ADMIN, SHARED, READERS = planned("/admin", roles=("admin",)), planned("/me"), planned("/r", roles=("reader",))
APPENDED = replace(
    ALICE,
    name="bob after alice",
    kind=IdentityKind.GENERATED,
    profile="extra-chain-certificate",
    imitates="bob",
    beside="alice",
)
REVERSED = replace(APPENDED, name="alice after bob", roles=BOB.roles, imitates="alice", beside="bob")
STATS, DENIED, FORBIDDEN, MISSING = http(200, shape="stats"), http(401), http(403), http(404)


def context_of() -> PlanContext:
    """Build operations for administrators, for readers and for both; each identity can imitate the other."""
    return context(ADMIN, SHARED, READERS, identities=(ALICE, BOB, REVERSED, APPENDED))


def reading(position: int, *, failures: int = 0) -> list[Finding]:
    """Return the findings about a server that reads the certificate at a position; some requests may be refused."""
    refused = iter([True] * failures)

    def server(probe: Probe) -> HttpFacts:
        chain = {"bob after alice": ("alice", "bob"), "alice after bob": ("bob", "alice")}
        caller = chain.get(probe.identity, (probe.identity,))[position]
        if probe.operation is None:
            return MISSING
        if caller == ANONYMOUS.name:
            return DENIED
        if probe.operation == ADMIN.key and caller == "bob" and probe.identity == "bob after alice":
            return FORBIDDEN if next(refused, False) else STATS
        allowed = {ADMIN.key: ("bob",), READERS.key: ("alice",)}.get(probe.operation, ("alice", "bob"))
        return STATS if caller in allowed else FORBIDDEN

    ctx = context_of()
    log = play((unknown_path.CHECK, certificate.CHECK, mistaken_identity.CHECK), ctx, server)
    return list(mistaken_identity.CHECK.judge(ctx, log.classifier()).findings)


def test_an_identity_is_imitated_where_its_imitator_may_not_call() -> None:
    """In both directions; where both may call, one direction shows it."""
    plan = list(mistaken_identity.CHECK.plan(context_of()))
    sent = {(str(p.operation), p.identity) for p in plan if p.identity in (APPENDED.name, REVERSED.name)}
    assert sent == {
        ("GET /admin", APPENDED.name),
        ("GET /me", REVERSED.name),
        ("GET /r", REVERSED.name),
    }
    assert len(plan) == len({probe.id for probe in plan}) == 9


def test_a_server_that_reads_the_last_certificate_is_found() -> None:
    """The caller's own key opens what is for the other identity."""
    findings = {str(finding.operation): finding for finding in reading(-1)}
    assert set(findings) == {"GET /admin", "GET /r"}
    admin = findings["GET /admin"]
    assert (admin.rule, admin.profile) == ("invalid-certificate-accepted", "extra-chain-certificate")
    assert admin.message.startswith(
        '"alice", with the certificate of "bob" after its own chain, is admitted, although alice is refused.'
    )
    assert sum("/bob after alice/" in probe for probe in admin.probes) == 3


@pytest.mark.parametrize(("position", "failures"), [(0, 0), (-1, 1)])
def test_other_servers_are_not_accused(position: int, failures: int) -> None:
    """One that reads the first certificate; and an admission must repeat."""
    findings = reading(position, failures=failures)
    assert [finding for finding in findings if str(finding.operation) == "GET /admin"] == []


@pytest.mark.parametrize(
    ("others", "count"), [((1, 2), 0), ((3, 4), 1)], ids=["in another order", "other data"]
)
def test_the_same_data_in_another_order_are_no_confusion(others: tuple[int, ...], count: int) -> None:
    """A map that is written out has no order: by chance, an imitator gets the imitated identity's bytes."""
    ctx = context(SHARED, identities=(ALICE, BOB, REVERSED))

    def server(probe: Probe) -> HttpFacts:
        if probe.identity == ANONYMOUS.name:
            return DENIED
        if probe.operation is None:
            return MISSING
        values = others if probe.identity == "bob" else (1, 2)
        return replace(STATS, values=pack(values), body_sha256=probe.identity.partition(" ")[0])

    log = play((unknown_path.CHECK, certificate.CHECK, mistaken_identity.CHECK), ctx, server)
    assert len(mistaken_identity.CHECK.judge(ctx, log.classifier()).findings) == count


@pytest.mark.parametrize(
    ("name", "expect", "severity"),
    [
        ("ambiguous-name-multi-valued", Expect.ACCEPTED, Severity.WARNING),
        ("ambiguous-name-multi-valued", Expect.REFUSED, None),
        ("ambiguous-name-comma", Expect.ACCEPTED, None),
    ],
)
def test_confusing_what_hardly_any_ca_issues_is_a_warning(
    name: str, expect: Expect, severity: Severity | None
) -> None:
    """Go's ``Subject.CommonName`` is the last of several; the owner says whether the CA issues such certificates."""
    imitator = replace(APPENDED, name=name, profile="ambiguous-name", expect=expect)

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return MISSING
        return STATS if probe.identity in ("bob", name) else DENIED

    ctx = context(ADMIN, identities=(ALICE, BOB, imitator))
    log = play((unknown_path.CHECK, certificate.CHECK, mistaken_identity.CHECK), ctx, server)
    (finding,) = mistaken_identity.CHECK.judge(ctx, log.classifier()).findings
    assert finding.severity is severity
    named = f'`{name} = "refuse"` under `[battery]` makes it an error'
    assert (named in finding.message) == (severity is Severity.WARNING)
