"""Forwarded headers at other endpoints and names, and in forms that parsers normalise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.forwarded import elsewhere, forwarded
from specdrift.checks.forwarded.bundles import bundles
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.forwarded.header_forms import HeaderForm
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Endpoint
from tests.checks.plan_builders import SELF_SIGNED, context, http, planned, play
from tests.checks.test_bypass_attempts import PLAIN
from tests.checks.test_forwarded import RULES, Callers, callers

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Check, PlanContext
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

__all__ = ["callers"]

HEADER = "X-SSL-Client-DER"
OK, DENIED, MISSING = http(200, shape="secret"), http(401), http(404)


def context_of(callers: Callers, **changes: object) -> PlanContext:
    """Build a context of two operations that need a certificate."""
    operations = (planned("/secure"), planned("/items"))
    return context(*operations, identities=(callers.alice, callers.bob), rules=RULES, **changes)


def found(
    check: Check,
    ctx: PlanContext,
    trusts: Callable[[Endpoint, dict[str, str]], bool],
) -> tuple[Finding, ...]:
    """Return the findings on a server that admits anonymous callers where ``trusts`` returns True."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        if probe.request.target not in ("/secure", "/items"):
            return MISSING
        headers = dict(probe.request.headers)
        known = probe.identity != ANONYMOUS.name and probe.connection.endpoint.tls
        return OK if known or trusts(probe.connection.endpoint, headers) else DENIED

    log = play((unknown_path.CHECK, certificate.CHECK, forwarded.CHECK, elsewhere.CHECK), ctx, server)
    return check.judge(ctx, log.classifier()).findings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trusts", "words"),
    [
        (lambda e, h: HEADER in h and not e.tls, "at http://api.test:8080"),
        (lambda e, h: HEADER in h and not e.server_name and e.tls, "without SNI"),
        (lambda e, h: HEADER in h and e.server_name == "b.test", "with SNI and Host b.test"),
        (lambda _, h: HEADER in h and h.get("Host") == "b.test:8443", "with SNI and Host b.test"),
    ],
    ids=["plaintext", "no SNI", "another SNI", "another host"],
)
def test_a_header_that_is_trusted_at_another_place_is_a_finding(
    callers: Callers, trusts: Callable[[Endpoint, dict[str, str]], bool], words: str
) -> None:
    """For every operation, once it was trusted for one."""
    ctx = context_of(callers, alternate_endpoints=(PLAIN,), names=("b.test",))
    findings = found(elsewhere.CHECK, ctx, trusts)
    assert {finding.operation.path for finding in findings if finding.operation} == {"/secure", "/items"}
    assert {finding.rule for finding in findings} == {"forwarded-certificate-trusted"}
    assert all(words in finding.message and HEADER in finding.message for finding in findings)
    assert found(forwarded.CHECK, ctx, trusts) == ()


@pytest.mark.parametrize(
    "trusts",
    [
        lambda _e, _h: False,
        lambda e, _h: not e.tls,
        lambda e, h: not e.tls and len(h) > 5,
        lambda _e, h: HEADER in h,
    ],
    ids=["nowhere", "the place is open", "any header will do", "trusted at the target too"],
)
def test_what_headers_do_not_cause_is_no_finding(
    callers: Callers, trusts: Callable[[Endpoint, dict[str, str]], bool]
) -> None:
    """An open endpoint is reported by another rule; a header that the target trusts by the other check."""
    ctx = context_of(callers, alternate_endpoints=(PLAIN,), names=("b.test",))
    assert found(elsewhere.CHECK, ctx, trusts) == ()


def test_no_credential_and_no_foreign_endpoint(callers: Callers) -> None:
    """Without TLS no API key is sent; to an endpoint that only the document names, nothing."""
    keyed = planned("/secure")
    keyed = replace(keyed, request=replace(keyed.request, headers=(("X-Key", "hidden"),)))
    foreign = replace(PLAIN, url="http://api.test:9090", of_owner=False)
    ctx = context(keyed, identities=(callers.alice,), rules=RULES, alternate_endpoints=(PLAIN, foreign))
    probes = list(elsewhere.CHECK.plan(ctx))
    plain = [p for p in probes if not p.connection.endpoint.tls and p.request]
    assert plain
    assert {p.connection.endpoint.port for p in plain} == {8080}
    assert all("X-Key" not in dict(p.request.headers) for p in plain if p.request)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "exhaustive"),
    [
        ("X-Forwarded-User", "-,alice", False),
        ("X.Forwarded.User", "alice", True),
        ("X-Forwarded-User ", "alice", True),
        (" X-Forwarded-User", "alice", True),
        ("X-Forwarded-User alice", "", True),
    ],
    ids=["joined", "dots", "space before the colon", "space before the name", "no colon"],
)
def test_a_form_that_a_proxy_overlooks_is_a_finding(
    callers: Callers,
    name: str,
    value: str,
    exhaustive: bool,  # noqa: FBT001 - a table's column
) -> None:
    """The rare forms are sent with everything else only."""

    def trusts(_: Endpoint, headers: dict[str, str]) -> bool:
        return headers.get(name) == value

    by_run = {
        every: found(forwarded.CHECK, context_of(callers, exhaustive=every), trusts)
        for every in (False, True)
    }
    assert bool(by_run[False]) is not exhaustive
    assert {finding.subject for finding in by_run[True]} == {name if value else "X-Forwarded-User"}


def test_a_rejected_form_is_sent_once(callers: Callers) -> None:
    """400 for a malformed name is correct: its parts are not sent one by one."""
    ctx = context_of(callers, exhaustive=True)

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        spaced = any(name != name.strip() for name, _ in probe.request.headers)
        if spaced:
            return http(400)
        return OK if probe.identity != ANONYMOUS.name else DENIED

    log = play((unknown_path.CHECK, certificate.CHECK, forwarded.CHECK), ctx, server)
    assert callers.alice.certificate is not None
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None
    forms = [
        b
        for b in bundles(claim, only_names=False, everything=True)
        if b.form is HeaderForm.SPACE_BEFORE_COLON
    ]
    sent = [
        exchange
        for exchange in log.by_check("forwarded")
        if exchange.probe.request
        and any(name.endswith(" ") for name, _ in exchange.probe.request.headers)
        and exchange.probe.identity == ANONYMOUS.name
    ]
    assert len(sent) <= len(forms) * 2 * 2


@pytest.mark.parametrize("verifies", [True, False])
def test_whether_a_forged_certificate_is_trusted_too_is_stated(
    callers: Callers,
    verifies: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A chain that is compared by its names only is no chain (CVE-2026-35616)."""
    genuine = callers.alice.certificate
    assert genuine is not None
    forged = replace(
        SELF_SIGNED,
        name="impostor-issuer",
        profile="impostor-issuer",
        certificate=replace(genuine, der=genuine.der[:-1] + bytes([genuine.der[-1] ^ 1])),
    )
    ctx = context(planned("/secure"), identities=(callers.alice, forged), rules=RULES)
    claim = claim_of(callers.alice, frozenset())
    assert claim is not None

    def trusts(_: Endpoint, headers: dict[str, str]) -> bool:
        shown = headers.get("X-ARR-ClientCert", "")
        return shown == claim.base64 or (not verifies and shown[:40] == claim.base64[:40])

    (finding,) = [f for f in found(forwarded.CHECK, ctx, trusts) if f.subject == "X-ARR-ClientCert"]
    assert ("forged certificate of the same names" in finding.message) is not verifies
