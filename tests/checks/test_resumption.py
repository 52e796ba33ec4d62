"""Resumed sessions: which answers are a bypass of the certificate, and which only look like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import resumption
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Endpoint, Phase, TlsRange
from specdrift.model.result.verdict import Confidence
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlanContext
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.identity import ClientIdentity
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

OK, OTHER, DENIED, MISSING = http(200, shape="secret"), http(200, shape="page"), http(401), http(404)
MANY = tuple(planned(f"/secure/{number}") for number in range(6))
CHECKS = (unknown_path.CHECK, certificate.CHECK, resumption.CHECK)
BOTH = (TlsRange.ANY, TlsRange.ONLY_1_2)


def plan_with(*, names: tuple[str, ...] = ("public.test",), tls: tuple[TlsRange, ...] = BOTH) -> PlanContext:
    """Build six guarded operations and an open one, with a valid, an invalid and an anonymous caller."""
    public = planned("/public", Demand.NOT_REQUIRED)
    return context(*MANY, public, identities=(ALICE, OLD, SELF_SIGNED), names=names, tls=tls)


def serving(resumed: Callable[[Probe], HttpFacts | None]) -> Callable[[Probe], HttpFacts | str]:
    """Build a server that is correct except for its answers on resumed connections."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        if "nonce" in probe.request.target:
            return MISSING
        if probe.connection.resumes is not None and (answer := resumed(probe)) is not None:
            return answer
        known = probe.identity == ALICE.name or probe.request.target == "/public"
        return OK if known else DENIED

    return server


def of(name: str, *callers: str) -> Callable[[Probe], HttpFacts | None]:
    """Admit these callers with a session of that name."""

    def resumed(probe: Probe) -> HttpFacts | None:
        source = probe.connection.resumes
        return OK if source and source.server_name == name and probe.identity in callers else None

    return resumed


def played(ctx: PlanContext, resumed: Callable[[Probe], HttpFacts | None]) -> ExchangeLog:
    """Return all exchanges with such a server."""
    return play(CHECKS, ctx, serving(resumed))


def found(ctx: PlanContext, resumed: Callable[[Probe], HttpFacts | None]) -> list[tuple[str, str]]:
    """Return path and caller of each finding."""
    findings = resumption.CHECK.judge(ctx, played(ctx, resumed).classifier()).findings
    assert {finding.rule for finding in findings} <= {"resumption-bypass"}
    return [(f.operation.path, f.identity or "") for f in findings if f.operation]


def test_a_session_of_another_listener_is_resumed_as_well() -> None:
    """Listeners of one process often share ticket keys. Without TLS there is no session."""
    open_endpoint, plain = (
        AlternateEndpoint(
            url=f"http{'s' if tls else ''}://api.test:{port}",
            endpoint=Endpoint(host="api.test", port=port, server_name="api.test", tls=tls),
            base_path="",
        )
        for tls, port in ((True, 9443), (False, 8080))
    )
    ctx = replace(plan_with(), alternate_endpoints=(open_endpoint, plain))

    def resumed(probe: Probe) -> HttpFacts | None:
        source = probe.connection.resumes
        return OK if source and source.port == 9443 and probe.identity == ANONYMOUS.name else None

    findings = resumption.CHECK.judge(ctx, played(ctx, resumed).classifier()).findings
    assert [f.operation and f.operation.path for f in findings] == [s.key.path for s in MANY]
    assert all("with a TLS session of https://api.test:9443" in finding.message for finding in findings)
    sources = {p.connection.resumes.port for p in resumption.CHECK.plan(ctx) if p.connection.resumes}
    assert sources == {8443, 9443}


def test_each_caller_that_must_be_refused_resumes_its_own_sessions() -> None:
    """Of every name, over every version, with a priming request for the ticket; valid callers do not."""
    probes = list(resumption.CHECK.plan(plan_with()))
    assert {probe.identity for probe in probes} == {ANONYMOUS.name, OLD.name, SELF_SIGNED.name}
    sources = {
        p.connection.resumes.server_name: p.connection.resumes.host for p in probes if p.connection.resumes
    }
    assert sources == {
        "api.test": "api.test",
        "": "api.test",
        "nonce.invalid": "nonce.invalid",
        "public.test": "public.test",
    }
    assert {probe.connection.tls for probe in probes} == set(BOTH)
    assert {(p.priming.method, p.priming.target) for p in probes if p.priming} == {("GET", "/public")}
    assert {str(p.operation) for p in probes} == {"GET /secure/0", "GET /secure/5"}
    assert len(probes) == len({p.id for p in probes}) == 3 * 4 * 2


def test_an_identity_accepted_at_another_name_makes_its_session_there() -> None:
    """At the configured names; other identities do not."""
    partner = replace(OLD, names=("partner.test", "public.test"))
    ctx = replace(
        plan_with(), identities={ANONYMOUS.name: ANONYMOUS, ALICE.name: ALICE, partner.name: partner}
    )
    plan = list(resumption.CHECK.plan(ctx))
    elsewhere = [p for p in plan if p.connection.resumes and p.connection.resumes.host == "partner.test"]
    assert {probe.identity for probe in elsewhere} == {partner.name}
    assert len(plan) == len({probe.id for probe in plan})


@pytest.mark.parametrize("partner", [replace(OLD, name="partner"), replace(ALICE, name="partner")])
def test_identities_that_another_name_accepts_come_before_others(partner: ClientIdentity) -> None:
    """Only some identities are tried, and the listener may refuse one that is configured as valid."""
    others = tuple(replace(OLD, name=f"old-{number}") for number in range(5))
    partner = replace(partner, names=("partner.test",))
    ctx = context(*MANY, identities=(ALICE, *others, partner))
    callers = {probe.identity for probe in resumption.CHECK.plan(ctx)}
    assert callers == {ANONYMOUS.name, "partner", "old-0", "old-1"}


def test_an_address_is_no_name_of_its_own() -> None:
    """It is never sent as SNI, so its session has no name."""
    ctx = plan_with(names=())
    ctx = replace(ctx, endpoint=replace(ctx.endpoint, host="127.0.0.1", server_name="127.0.0.1"))
    sources = {p.connection.resumes.server_name for p in resumption.CHECK.plan(ctx) if p.connection.resumes}
    assert sources == {"127.0.0.1", "nonce.invalid"}


@pytest.mark.parametrize(
    ("resumed", "callers"),
    [
        (lambda _: None, []),
        (of("public.test", ANONYMOUS.name), [ANONYMOUS.name]),
        (of("", ANONYMOUS.name), [ANONYMOUS.name]),
        (of("api.test", ANONYMOUS.name), [ANONYMOUS.name]),
        (of("public.test", OLD.name, SELF_SIGNED.name), [OLD.name, SELF_SIGNED.name]),
        (of("public.test", ANONYMOUS.name, OLD.name), [ANONYMOUS.name]),
        (lambda p: OTHER if p.identity == ANONYMOUS.name else None, []),
        (lambda _: http(421), []),
    ],
    ids=[
        "nothing",
        "another name",
        "no name",
        "an open path",
        "certificates of another site",
        "every caller, so that certificates have no effect",
        "another site's page",
        "misdirected",
    ],
)
def test_an_admitted_caller_is_reported_for_each_operation(
    resumed: Callable[[Probe], HttpFacts | None], callers: list[str]
) -> None:
    """Two operations are probed, and once one of them is admitted, all are."""
    assert sorted(found(plan_with(), resumed)) == sorted(
        (one.key.path, caller) for one in MANY for caller in callers
    )


def test_the_finding_names_the_origin_of_the_session() -> None:
    """High confidence; the exchange that shows it comes first, then the refusal."""
    ctx = plan_with()
    log = played(ctx, of("public.test", ANONYMOUS.name))
    finding = resumption.CHECK.judge(ctx, log.classifier()).findings[0]
    assert finding.message == (
        "A caller without a client certificate is admitted on a resumed connection, with a TLS session of "
        "public.test: HTTP 200, as with a valid certificate."
    )
    assert (finding.confidence, finding.subject) == (Confidence.HIGH, "")
    assert log.by_id[finding.probes[0]].probe.connection.resumes is not None
    assert any(log.by_id[name].probe.check == "certificate" for name in finding.probes)


def test_a_certificate_is_named_by_its_profile() -> None:
    """It represents all untrusted certificates."""
    ctx = plan_with()
    log = played(ctx, of("public.test", SELF_SIGNED.name))
    finding = resumption.CHECK.judge(ctx, log.classifier()).findings[0]
    assert (finding.identity, finding.profile) == (SELF_SIGNED.name, SELF_SIGNED.profile)
    assert finding.message.startswith("A certificate of profile self-signed is admitted on a resumed")


def test_a_connection_that_was_not_resumed_is_inconclusive() -> None:
    """Whatever its answer."""
    ctx = plan_with()
    log = played(ctx, of("public.test", ANONYMOUS.name))
    for entry in list(log.by_id.values()):
        facts = replace(entry.observation.tls, resumed=False)
        log.add(entry.probe, replace(entry.observation, tls=facts))
    assert resumption.CHECK.judge(ctx, log.classifier()).findings == ()


def only_early(probe: Probe) -> HttpFacts | None:
    """Admit callers that do not wait for the handshake."""
    return OK if probe.connection.early_data else None


def test_early_data_is_sent_under_the_name_of_its_session_without_a_certificate() -> None:
    """As clients do; Host is the target's own, and each session is tried with one operation first."""
    ctx = replace(plan_with(), early_data=True)
    early = [probe for probe in resumption.CHECK.plan(ctx) if probe.connection.early_data]
    names = {(p.connection.endpoint.server_name, p.connection.endpoint.host) for p in early}
    assert names == {(name, "api.test") for name in ("api.test", "", "nonce.invalid", "public.test")}
    for probe in early:
        assert probe.connection.resumes is not None
        assert probe.connection.resumes.server_name == probe.connection.endpoint.server_name
    assert ({p.identity for p in early}, len(early)) == ({ANONYMOUS.name}, 4)


def test_an_admission_by_early_data_is_a_finding() -> None:
    """For every operation."""
    ctx = replace(plan_with(), early_data=True)
    log = played(ctx, only_early)
    findings = resumption.CHECK.judge(ctx, log.classifier()).findings
    assert [f.operation and f.operation.path for f in findings] == [one.key.path for one in MANY]
    assert "resumed connection, in early data on a TLS session of this name, or" in findings[0].message


def test_early_data_that_arrived_late_is_inconclusive() -> None:
    """The server read the request after the handshake, as any other."""
    ctx = replace(plan_with(), early_data=True)
    log = played(ctx, only_early)
    for entry in list(log.by_id.values()):
        facts = replace(entry.observation.tls, early_data=False)
        log.add(entry.probe, replace(entry.observation, tls=facts))
    assert resumption.CHECK.judge(ctx, log.classifier()).findings == ()


@pytest.mark.parametrize("installed", [True, False])
def test_early_data_that_cannot_be_sent_is_reported(*, installed: bool) -> None:
    """Every omission is reported."""
    ctx = replace(plan_with(), early_data=installed)
    skipped = resumption.CHECK.judge(ctx, played(ctx, lambda _: None).classifier()).skipped
    reason = "early data was not tried: openssl is not installed"
    assert [(s.check, s.reason) for s in skipped] == ([] if installed else [("resumption", reason)])


def kept_by(name: str) -> Callable[[Probe], HttpFacts | str]:
    """Build a server that admits resumed sessions of this identity from before the run."""

    def server(probe: Probe) -> HttpFacts | str:
        mine = probe.connection.prior_session and probe.identity == name and not is_negative_control(probe)
        return OK if mine else serving(lambda _: None)(probe)

    return server


def is_negative_control(probe: Probe) -> bool:
    """Return whether the probe requests a path that does not exist."""
    return probe.request is not None and "nonce" in probe.request.target


def with_older_session(*, installed: bool = True) -> PlanContext:
    """Build a context in which the refused identity has a session of TLS 1.2."""
    return replace(plan_with(), early_data=installed, prior_sessions={OLD.name: TlsRange.ONLY_1_2})


def test_a_session_from_before_is_resumed_in_its_own_version() -> None:
    """Without a priming request, and for no other identity."""
    prior = [probe for probe in resumption.CHECK.plan(with_older_session()) if probe.connection.prior_session]
    assert {(p.identity, p.connection.tls, p.priming, p.connection.resumes) for p in prior} == {
        (OLD.name, TlsRange.ONLY_1_2, None, None)
    }
    assert len(prior) == 1


def test_an_admission_by_a_session_from_before_is_a_finding() -> None:
    """For each operation, once one of two is admitted."""
    ctx = with_older_session()
    log = play(CHECKS, ctx, kept_by(OLD.name))
    findings = resumption.CHECK.judge(ctx, log.classifier()).findings
    assert [(f.operation and f.operation.path, f.identity) for f in findings] == [
        (one.key.path, OLD.name) for one in MANY
    ]
    assert "with a TLS session from before it had to be refused: HTTP 200" in findings[0].message


@pytest.mark.parametrize("installed", [True, False])
def test_a_session_from_before_that_was_not_resumed_is_reported(*, installed: bool) -> None:
    """The server made a full handshake, or the program is not installed."""
    ctx = with_older_session(installed=installed)
    log = play(CHECKS, ctx, serving(lambda _: None))
    for entry in list(log.by_id.values()):
        facts = replace(entry.observation.tls, resumed=False)
        log.add(entry.probe, replace(entry.observation, tls=facts))
    conclusions = resumption.CHECK.judge(ctx, log.classifier())
    assert conclusions.findings == ()
    assert [skipped.reason for skipped in conclusions.skipped] == [
        'the server did not resume the session of "old": it has expired or was removed'
        if installed
        else "early data was not tried nor sessions of session-file: openssl is not installed"
    ]


def test_an_admission_is_confirmed_with_new_sessions_and_negative_controls() -> None:
    """A server that admits once, or answers every path alike, has no finding."""
    ctx = plan_with()
    assert found(ctx, lambda probe: OK if probe.attempt == 1 else None) == []
    log = played(ctx, of("public.test", ANONYMOUS.name))
    again = [s.probe for s in log.by_check("resumption") if s.probe.phase is Phase.CONFIRM]
    assert {p.variant for p in again} >= {"sni public.test any", "sni public.test any negative control"}
    assert all(p.priming and p.connection.resumes for p in again)


def test_no_session_is_a_finding_where_every_caller_is_admitted() -> None:
    """The certificate check reports that."""
    ctx = plan_with()
    log = play(CHECKS, ctx, lambda p: MISSING if p.request and "nonce" in p.request.target else OK)
    assert resumption.CHECK.judge(ctx, log.classifier()).findings == ()
