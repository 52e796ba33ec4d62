"""HTTP/3: which listeners are found, what is sent there, and what is reported or undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import http3
from specdrift.checks.bypass.http3_listeners import MAX_LISTENERS, OVER_TCP, alternatives
from specdrift.checks.certificate import certificate, never_requested, unknown_path
from specdrift.checks.core.assessment import assess
from specdrift.checks.core.base import Http3
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, HttpFacts
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from tests.checks.plan_builders import ALICE, SELF_SIGNED, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext, PlannedOperation
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.probe import Probe

    Answer = HttpFacts | Ending | str

SECURE, PUBLIC = planned(), planned("/public", Demand.NOT_REQUIRED)
OK, OPEN, MISSING = http(200, shape="secret"), http(200, shape="public"), http(404)
REQUIRED = "certificate_required"
READY = Http3(announced=True, available=True)
HERE = 'h3=":8443"; ma=60'


def correct(probe: Probe) -> Answer:
    """Answer as a correct server does, over TCP and QUIC."""
    assert probe.request is not None
    if probe.identity != ALICE.name:
        return REQUIRED
    found = {operation.key.path: answer for operation, answer in ((SECURE, OK), (PUBLIC, OPEN))}
    return found.get(probe.request.target, MISSING)


def unguarded(probe: Probe) -> Answer:
    """Answer everybody as the valid certificate."""
    return correct(replace(probe, identity=ALICE.name))


def run(
    udp: Callable[[Probe], Answer],
    *operations: PlannedOperation,
    field: str = HERE,
    **changes: object,
) -> tuple[PlanContext, ExchangeLog]:
    """Play the check against a server that is correct over TCP, with this Alt-Svc field."""

    def server(probe: Probe) -> Answer:
        return udp(probe) if probe.connection.quic else announced(correct(probe), field)

    known = {"identities": (ALICE, SELF_SIGNED), "http3": READY, **changes}
    ctx = context(*(operations or (SECURE, PUBLIC)), **known)  # type: ignore[arg-type]
    return ctx, play((unknown_path.CHECK, certificate.CHECK, http3.CHECK), ctx, server)


def judged(udp: Callable[[Probe], Answer], *operations: PlannedOperation, **changes: object) -> Conclusions:
    """Return what the check concludes of such a server."""
    ctx, log = run(udp, *operations, **changes)  # type: ignore[arg-type]
    return http3.CHECK.judge(ctx, log.classifier())


def over_quic(log: ExchangeLog) -> list[Probe]:
    """Return the probes that were sent over QUIC."""
    return [exchange.probe for exchange in log.by_id.values() if exchange.probe.connection.quic]


def test_a_listener_without_the_certificate_is_reported_with_its_address() -> None:
    """The finding names the listener: it is another one than the document's."""
    found = judged(unguarded)
    (finding,) = found.findings
    assert finding.message == (
        "A caller without a client certificate is admitted over HTTP/3 at api.test:8443: HTTP 200, as with a valid "
        "certificate."
    )
    assert found.undecided == ()


def test_a_listener_that_requires_a_verified_certificate_is_correct() -> None:
    """The twin: the same announcement, and the same refusal as over TCP."""
    found = judged(correct)
    assert (found.findings, found.undecided, found.skipped) == ((), (), ())


def test_an_untrusted_certificate_is_reported_where_the_anonymous_client_is_refused() -> None:
    """`RequireAnyClientCert` over QUIC."""
    found = judged(lambda probe: REQUIRED if probe.identity == ANONYMOUS.name else unguarded(probe))
    assert [(finding.identity, finding.profile) for finding in found.findings] == [
        ("self-signed", "self-signed")
    ]


def test_another_server_name_is_reported_where_the_own_name_is_guarded() -> None:
    """CVE-2026-53622: TLS options are chosen by the exact name."""
    found = judged(lambda p: unguarded(p) if p.connection.endpoint.server_name == "API.TEST" else correct(p))
    (finding,) = found.findings
    assert "over HTTP/3 at api.test:8443 with SNI API.TEST" in finding.message


def test_a_server_without_alt_svc_costs_no_request() -> None:
    """By default only what the server announces is probed."""
    _, log = run(unguarded, field="")
    assert over_quic(log) == []


def test_a_listener_that_misdirects_every_request_serves_nothing() -> None:
    """RFC 9110 §15.5.20: Caddy 2.6 answers so over HTTP/3 where it requires certificates."""
    found = judged(lambda _: http(421))
    assert (found.findings, found.undecided) == ((), ())
    (skipped,) = found.skipped
    assert "answers HTTP 421 (Misdirected Request) to every request" in skipped.reason


@pytest.mark.parametrize("open_to", [ANONYMOUS.name, SELF_SIGNED.name])
def test_a_listener_that_answers_some_requests_is_not_taken_for_one_that_serves_nothing(open_to: str) -> None:
    """The valid certificate gets 421, and another caller something else: nothing is established."""
    found = judged(lambda probe: OK if probe.identity == open_to else http(421))
    assert found.skipped == ()
    assert found.undecided or found.findings


@pytest.mark.parametrize("known", [Http3(available=True), Http3(announced=True)])
def test_nothing_is_sent_that_is_switched_off_or_cannot_be_sent(known: Http3) -> None:
    """``server.http3 = "never"``, and a client without the extra."""
    _, log = run(unguarded, http3=known)
    assert over_quic(log) == []


def test_an_announced_listener_that_was_not_tried_is_undecided() -> None:
    """What could not be established is never OK."""
    (entry,) = judged(correct, http3=Http3(announced=True)).undecided
    assert entry.kind is UndecidedReason.NOT_SENT
    assert entry.reason == (
        "HTTP/3 at api.test:8443 (announced by Alt-Svc) was not tried: the extra http3 is not installed"
    )


@pytest.mark.parametrize("silent", [Ending.TIMEOUT, Ending.NO_CONNECTION])
def test_a_port_that_does_not_answer_costs_one_probe_and_is_undecided(silent: Ending) -> None:
    """A firewall may block UDP here, and not elsewhere."""
    ctx, log = run(lambda _: silent)
    (entry,) = http3.CHECK.judge(ctx, log.classifier()).undecided
    assert len(over_quic(log)) == 1
    assert "a valid certificate got no answer over UDP" in entry.reason


def test_a_listener_that_admits_no_valid_certificate_is_undecided() -> None:
    """Without a positive control a refusal shows nothing, and so does an answer of another site."""
    (entry,) = judged(lambda _: http(403)).undecided
    assert entry.kind is UndecidedReason.CONTROL_REFUSED


def test_an_attempt_that_is_neither_admitted_nor_refused_is_undecided() -> None:
    """A server error without a certificate is no refusal."""
    found = judged(lambda probe: correct(probe) if probe.identity == ALICE.name else http(500))
    (entry,) = found.undecided
    assert "GET /secure as anonymous" in entry.reason
    assert found.findings == ()


def test_without_a_valid_certificate_over_http3_an_admission_is_no_finding_and_not_ok() -> None:
    """The control of the attempt fails although the first control passed."""
    sent: list[Probe] = []

    def server(probe: Probe) -> Answer:
        if probe.identity == ALICE.name:
            sent.append(probe)
            return OK if len(sent) == 1 else http(503)
        return unguarded(probe) if probe.connection.endpoint.server_name == "api.test" else correct(probe)

    found = judged(server, SECURE)
    assert found.findings == ()
    assert len(found.undecided) == 1


def test_another_host_is_skipped_and_never_contacted() -> None:
    """Alt-Svc is the server's word, not the owner's."""
    ctx, log = run(unguarded, field='h3="other.test:443"')
    (entry,) = http3.CHECK.judge(ctx, log.classifier()).skipped
    assert over_quic(log) == []
    assert entry.kind is SkipReason.FILTERED
    assert "other.test:443" in entry.reason


def test_another_port_gets_the_authority_of_the_target() -> None:
    """An alternative serves the origin (RFC 7838 §2)."""
    _, log = run(unguarded, field='h3=":9443"')
    requests = [probe.request for probe in over_quic(log)]
    assert {probe.connection.endpoint.port for probe in over_quic(log)} == {9443}
    assert all(request is not None and ("Host", "api.test:8443") in request.headers for request in requests)


def test_a_configured_listener_needs_no_announcement() -> None:
    """Its first control is part of the plan."""
    listener = replace(context(SECURE).endpoint, port=9443)
    known = Http3(listener=listener, where="api.test:9443", available=True)
    ctx, log = run(unguarded, field="", http3=known)
    (finding,) = http3.CHECK.judge(ctx, log.classifier()).findings
    assert len(list(http3.CHECK.plan(ctx))) == 1
    assert "at api.test:9443" in finding.message


@pytest.mark.parametrize(("count", "refused", "answered"), [(10, 9, 23), (100, 9, 203)])
def test_the_requests_are_as_many_as_the_page_says(count: int, refused: int, answered: int) -> None:
    """`docs/http3.md` has these numbers. Where QUIC refuses a caller, three operations show it."""
    operations = [planned(f"/secure/{number}") for number in range(count)]
    address = replace(context(SECURE).endpoint, server_name="127.0.0.1")

    def in_application(probe: Probe) -> Answer:
        return OK if probe.identity == ALICE.name else http(401)

    for server, expected in ((correct_for_all, refused), (in_application, answered)):
        ctx = replace(context(*operations, identities=(ALICE, SELF_SIGNED), http3=READY), endpoint=address)
        log = play((certificate.CHECK, http3.CHECK), ctx, announcing(server))
        assert len(over_quic(log)) == expected


def correct_for_all(probe: Probe) -> Answer:
    """Refuse in the handshake."""
    return OK if probe.identity == ALICE.name else REQUIRED


def announcing(server: Callable[[Probe], Answer]) -> Callable[[Probe], Answer]:
    """Add Alt-Svc to the responses over TCP."""
    return lambda probe: server(probe) if probe.connection.quic else announced(server(probe), HERE)


def announced(answer: Answer, field: str) -> Answer:
    """Add Alt-Svc to a response."""
    if isinstance(answer, HttpFacts) and field:
        return replace(answer, headers=(("alt-svc", field),))
    return answer


def test_the_exhaustive_run_sends_every_operation() -> None:
    """``--exhaustive`` infers nothing."""
    operations = [planned(f"/secure/{number}") for number in range(5)]
    ctx = context(*operations, identities=(ALICE,), http3=READY, exhaustive=True)
    log = play((certificate.CHECK, http3.CHECK), ctx, announcing(correct_for_all))
    own = [
        p for p in over_quic(log) if p.connection.endpoint == ctx.endpoint and p.identity == ANONYMOUS.name
    ]
    assert len(own) == len(operations)


def test_a_certificate_request_over_quic_hides_no_listener_that_never_requests_one() -> None:
    """They are two listeners."""
    ctx, log = run(lambda probe: REQUIRED if probe.identity != ALICE.name else unguarded(probe))
    before = list(never_requested.with_listener(ctx, log))
    assert before
    assert not any(exchange.probe.connection.quic for exchange in before)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('h3=":443"; ma=2592000', [("", 443)]),
        ('h2=":8000", h3=":443"', [("", 443)]),
        ('h3="alt.example:8443",h3=":1"', [("alt.example", 8443), ("", 1)]),
        ('h3="[::1]:443"', [("[::1]", 443)]),
        ('h3-29=":443"', []),
        ("clear", []),
        ('h3=":0", h3=":65536", h3=":x", h3=443, h3=""', []),
        ('h2=":1"; x="h3=":2""', []),
        ("", []),
    ],
)
def test_the_alternatives_of_a_field(field: str, expected: list[tuple[str, int]]) -> None:
    """RFC 7838 §3; drafts of HTTP/3 have other names."""
    assert list(alternatives(field)) == expected


def test_the_alternatives_over_tcp_of_a_field() -> None:
    """The names of protocols are percent-encoded."""
    field = 'h2=":8443", http%2F1.1="alt.example:80", h3=":443", h2c=":1"'
    assert list(alternatives(field, OVER_TCP)) == [("", 8443), ("alt.example", 80)]


def test_a_server_that_announces_many_ports_gets_few_probes() -> None:
    """A field is hostile input."""
    ports = ", ".join(f'h3=":{port}"' for port in range(1, 60))
    _, log = run(correct, field=ports)
    assert len({probe.connection.endpoint.port for probe in over_quic(log)}) == MAX_LISTENERS


def test_a_valid_certificate_over_quic_is_no_control_of_the_tcp_listener() -> None:
    """Refusals over TCP show enforcement only if a valid certificate passes there."""
    known = Http3(listener=context(SECURE).endpoint, where="api.test:8443", available=True)
    ctx = context(SECURE, identities=(ALICE,), http3=known)

    def server(probe: Probe) -> Answer:
        tcp = Ending.TIMEOUT if probe.identity == ALICE.name else REQUIRED
        return correct(probe) if probe.connection.quic else tcp

    log = play((certificate.CHECK, http3.CHECK), ctx, server)
    assert any(probe.identity == ALICE.name for probe in over_quic(log))
    assert not assess(ctx, SECURE, log.classifier()).tls_works
