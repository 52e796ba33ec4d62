"""A certificate after its end: what is admitted then, and why nothing may follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import outlived
from specdrift.checks.bypass.outlived import ATTEMPTS, MARGIN, SHORT_LIVED, Way
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import Conclusions
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import CertificateFacts, ClientIdentity, IdentityKind
from specdrift.model.exchange.probe import Phase, TlsRange
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import ALICE, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Collection

    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

OK, DENIED, MISSING = http(200, shape="secret"), http(401), http(404)
CHECKS = (unknown_path.CHECK, certificate.CHECK, outlived.CHECK)
ENDS = datetime(2026, 1, 1, tzinfo=UTC)
SHORT = ClientIdentity(
    name=SHORT_LIVED,
    kind=IdentityKind.GENERATED,
    expect=Expect.ACCEPTED,
    profile=SHORT_LIVED,
    beside=ALICE.name,
    certificate=CertificateFacts(
        subject="CN=alice",
        issuer="CN=ca",
        serial="1",
        sha256="00",
        not_before=ENDS - timedelta(days=1),
        not_after=ENDS,
    ),
)


def plan_with(*callers: ClientIdentity) -> PlanContext:
    """Build a guarded operation and an open one."""
    operations = planned(), planned("/public", Demand.NOT_REQUIRED)
    tls = (TlsRange.ANY, TlsRange.ONLY_1_2)
    return context(*operations, identities=(ALICE, *callers), rules=frozenset(outlived.CHECK.rules), tls=tls)


def judged(admitted: Collection[Way], ctx: PlanContext | None = None) -> Conclusions:
    """Play a server that admits the expired certificate in these ways."""
    ctx = ctx or plan_with(SHORT)

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if "nonce" in probe.request.target:
            return MISSING
        if probe.identity == SHORT_LIVED:
            assert probe.tag is not None
            return OK if Way(probe.tag.name) in admitted else "certificate_expired"
        return OK if probe.identity == ALICE.name or probe.request.target == "/public" else DENIED

    log = play(CHECKS, ctx, server)
    return outlived.CHECK.judge(ctx, log.classifier())


def test_a_kept_connection_is_a_note_and_a_resumed_session_a_warning() -> None:
    """No standard limits connections; RFC 8446 recommends to limit sessions."""
    findings = judged({Way.BEFORE, Way.KEPT, Way.RESUMED, Way.RESUMED_1_2}).findings
    assert [(finding.severity, finding.identity) for finding in findings] == [
        (Severity.NOTE, SHORT_LIVED),
        (None, SHORT_LIVED),
    ]
    assert all(len(finding.probes) > len(ATTEMPTS) for finding in findings)


def test_a_server_that_refuses_the_expired_certificate_everywhere_is_correct() -> None:
    """However it refuses."""
    assert judged({Way.BEFORE}) == Conclusions()


@pytest.mark.parametrize("way", [Way.RESUMED, Way.RESUMED_1_2])
def test_one_tls_version_suffices(way: Way) -> None:
    """Sessions of TLS 1.2 and 1.3 are made and limited differently."""
    (finding,) = judged({Way.BEFORE, way}).findings
    assert "resumed" in finding.message


@pytest.mark.parametrize(
    ("admitted", "words"),
    [
        ({Way.KEPT, Way.RESUMED}, "too short"),
        ({Way.BEFORE, Way.AFTER, Way.KEPT, Way.RESUMED}, "a new connection with the expired certificate"),
    ],
)
def test_nothing_follows_without_both_controls(admitted: set[Way], words: str) -> None:
    """A server that ignores validity is reported by the profile ``expired``; the run says why this one is silent."""
    conclusions = judged(admitted)
    assert conclusions.findings == ()
    (skipped,) = conclusions.skipped
    assert words in skipped.reason


def test_connections_that_were_not_kept_show_nothing() -> None:
    """The server closed an idle connection: the request went over a new one."""
    ctx = plan_with(SHORT)
    log = play(CHECKS, ctx, lambda probe: OK if probe.identity != "anonymous" else DENIED)
    for exchange in list(log.by_check(outlived.NAME)):
        log.add(exchange.probe, replace(exchange.observation, reused_connection=False))
    assert outlived.CHECK.judge(ctx, log.classifier()).findings == ()


def test_it_is_sent_first_and_waits_for_the_end() -> None:
    """Connections and sessions are made while the certificate is valid; each request goes after its end."""
    probes = list(outlived.CHECK.plan(plan_with(SHORT)))
    assert {probe.phase for probe in probes} == {Phase.PREFLIGHT}
    assert {probe.after for probe in probes} == {None, ENDS + MARGIN}
    assert len({probe.id for probe in probes}) == len(probes) == 2 + 3 * len(ATTEMPTS)
    assert all(probe.priming == probe.request for probe in probes if not probe.control)


def test_without_a_short_validity_nothing_is_sent() -> None:
    """The default run costs nothing more, and says nothing."""
    ctx = plan_with()
    assert list(outlived.CHECK.plan(ctx)) == []
    assert judged(set(), ctx).skipped == ()
