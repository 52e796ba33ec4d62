"""Headers of the PROXY protocol: when a listener that reads them is a finding, and what they cost where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.checks.forwarded import proxy_protocol
from specdrift.checks.forwarded.proxy_protocol import FEW, INTERNAL, PUBLIC, RULE
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, WirePhase
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.exchange.proxy_header import ProxyVersion
from specdrift.model.result.verdict import Confidence
from tests.checks import plan_builders
from tests.checks.plan_builders import context, http, observation_of, planned, play
from tests.checks.test_bypass_attempts import PLAIN
from tests.checks.test_forwarded import RULES, Callers, callers

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlanContext
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.observation import HttpFacts, Observation
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.exchange.proxy_header import ProxyHeader
    from specdrift.model.result.finding import Finding

    Server = Callable[[Probe], HttpFacts | Ending | str]

__all__ = ["callers"]

OK, DENIED, MISSING = http(200, shape="secret"), http(401), http(404)
INNER = AlternateEndpoint(
    url="https://api.test:9443",
    endpoint=Endpoint(host="api.test", port=9443, server_name="api.test", address="192.0.2.7"),
    base_path="",
)


def context_of(callers: Callers, *paths: str, **changes: object) -> PlanContext:
    """Build a context of operations that need a certificate, at an address that is not the run's own."""
    operations = [planned(path) for path in paths or ("/secure", "/items")]
    built = context(*operations, identities=(callers.alice,), rules=RULES | {RULE}, **changes)
    return replace(built, endpoint=replace(built.endpoint, address="192.0.2.1"))


def trusting(trusts: Callable[[ProxyHeader], bool], *, where: int = 8443) -> Server:
    """Build a server that reads the header at one port, and admits whom it lets."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        header, port = probe.connection.proxy, probe.connection.endpoint.port
        assert probe.request is not None
        if header is not None and port != where:
            return http(400) if not probe.connection.endpoint.tls else "unexpected_message"
        if probe.request.target in ("/nonce", "/none"):
            return MISSING
        known = probe.identity != ANONYMOUS.name and port == 8443
        return OK if known or (header is not None and trusts(header)) else DENIED

    return server


def found(ctx: PlanContext, server: Server) -> tuple[tuple[Finding, ...], ExchangeLog]:
    """Return the findings, and what was sent."""
    log = play((unknown_path.CHECK, certificate.CHECK, proxy_protocol.CHECK), ctx, server)
    return proxy_protocol.CHECK.judge(ctx, log.classifier()).findings, log


def sent(log: ExchangeLog) -> list[Probe]:
    """Return the probes of the check."""
    return [exchange.probe for exchange in log.by_check(proxy_protocol.NAME)]


@pytest.mark.parametrize(
    ("trusts", "cause", "words", "decides"),
    [
        (lambda h: h.source == "10.0.0.5", "address", "version 1, source 10.0.0.5", "claimed address"),
        (lambda h: h.source == "::1", "address", "version 1, source ::1", "claimed address"),
        (lambda h: not h.source, "address", "version 1, UNKNOWN; or version 2, LOCAL", "claimed address"),
        (
            lambda h: h.common_name == "alice",
            "certificate",
            'version 2, source 203.0.113.7, verified certificate of "alice"',
            "claimed certificate",
        ),
        (
            lambda h: h.version is ProxyVersion.V2 and h.source == "192.168.0.5",
            "address",
            "version 2, source 192.168.0.5",
            "claimed address",
        ),
    ],
    ids=["network", "loopback", "nothing claimed", "certificate", "only version 2"],
)
def test_a_header_that_admits_is_a_finding_of_each_operation(
    callers: Callers, trusts: Callable[[ProxyHeader], bool], cause: str, words: str, decides: str
) -> None:
    """And the message names what decides."""
    findings, _ = found(context_of(callers), trusting(trusts))
    assert [(f.rule, f.subject, f.confidence) for f in findings] == [(RULE, cause, Confidence.HIGH)] * 2
    assert {f.operation.path for f in findings if f.operation} == {"/secure", "/items"}
    for finding in findings:
        assert f"begins with a PROXY header ({words}" in finding.message
        assert (
            f"With source {PUBLIC} and no certificate it is refused: the {decides} decides."
            in finding.message
        )


def test_a_recording_gives_the_same_findings(callers: Callers) -> None:
    """It has the subjects of certificates, and not the certificates."""
    ctx = context_of(callers)
    findings, log = found(ctx, trusting(lambda h: h.common_name == "alice"))
    assert callers.alice.certificate is not None
    recorded = replace(callers.alice, certificate=replace(callers.alice.certificate, der=b""))
    ctx = replace(ctx, identities={**ctx.identities, "alice": recorded})
    assert findings
    assert proxy_protocol.CHECK.judge(ctx, log.classifier()).findings == findings


def test_where_any_header_admits_the_message_says_so(callers: Callers) -> None:
    """Such a server takes every connection with one for the balancer's."""
    findings, _ = found(context_of(callers), trusting(lambda _: True))
    assert all("it is enough that a header is there" in finding.message for finding in findings)
    assert {finding.subject for finding in findings} == {"address", "certificate"}


def without_server_hello(probe: Probe, answer: HttpFacts | Ending | str) -> Observation:
    """Build the observation of a connection that ends at the header."""
    observed = observation_of(probe, answer)
    if probe.connection.proxy is None:
        return observed
    return replace(observed, tls=replace(observed.tls, version=""), phase=WirePhase.HANDSHAKE)


@pytest.mark.parametrize("answer", ["unexpected_message", Ending.CLOSED], ids=["alert", "closed"])
def test_a_listener_that_ends_the_connection_costs_two(
    callers: Callers, answer: str | Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One header of each version, whatever the number of operations."""
    monkeypatch.setattr(plan_builders, "observation_of", without_server_hello)
    ctx = context_of(callers, *(f"/{number}" for number in range(9)))
    findings, log = found(
        ctx, lambda probe: answer if probe.connection.proxy else trusting(lambda _: False)(probe)
    )
    headers = [probe.connection.proxy for probe in sent(log)]
    assert [(h.version, h.source) for h in headers if h] == [("1", INTERNAL[0]), ("2", INTERNAL[0])]
    assert findings == ()


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_listener_without_tls_that_reads_a_request_costs_two(callers: Callers, status: int) -> None:
    """Its method would be PROXY."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        plain = not probe.connection.endpoint.tls
        if plain and probe.connection.proxy:
            return http(status)
        return "unexpected_message" if probe.connection.proxy else trusting(lambda _: False)(probe)

    _, log = found(context_of(callers, alternate_endpoints=(PLAIN,)), server)
    assert len([probe for probe in sent(log) if not probe.connection.endpoint.tls]) == 2


def test_a_listener_that_reads_headers_and_trusts_none_is_no_finding(callers: Callers) -> None:
    """A few operations get all headers, one of each version among them."""
    ctx = context_of(callers, *(f"/{number}" for number in range(9)))
    findings, log = found(ctx, trusting(lambda _: False))
    assert findings == ()
    assert len({probe.operation for probe in sent(log)}) == FEW
    assert {probe.identity for probe in sent(log)} == {ANONYMOUS.name}
    assert len(sent(log)) == FEW * (2 * (len(INTERNAL) + 1) + 1)


def test_what_opens_one_operation_is_sent_to_all(callers: Callers) -> None:
    """Also where others than the first are opened."""
    paths = [f"/{number}" for number in range(9)]
    findings, _ = found(context_of(callers, *paths), trusting(lambda h: h.source == "10.0.0.5"))
    assert {finding.operation.path for finding in findings if finding.operation} == set(paths)


def test_a_handler_for_every_path_is_no_finding(callers: Callers) -> None:
    """The negative control: such a server answers internal addresses with one page."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        header = probe.connection.proxy
        return OK if header and header.source == "10.0.0.5" else trusting(lambda _: False)(probe)

    assert found(context_of(callers), server)[0] == ()


@pytest.mark.parametrize("place", [INNER, PLAIN], ids=["TLS", "plaintext"])
def test_another_listener_that_trusts_the_header_is_a_finding(
    callers: Callers, place: AlternateEndpoint
) -> None:
    """The target itself does not read it; certificates are not sent there."""
    ctx = context_of(callers, alternate_endpoints=(place,))
    server = trusting(lambda h: h.source == "10.0.0.5", where=place.endpoint.port)
    findings, log = found(ctx, server)
    assert {finding.operation.path for finding in findings if finding.operation} == {"/secure", "/items"}
    assert all(f"when its connection at {place.url}" in finding.message for finding in findings)
    there = [probe for probe in sent(log) if probe.connection.endpoint.port == place.endpoint.port]
    assert {probe.identity for probe in there} == {ANONYMOUS.name}


def test_another_listener_that_is_open_without_a_header_is_no_finding(callers: Callers) -> None:
    """Another rule reports that it is open."""
    ctx = context_of(callers, alternate_endpoints=(INNER,))

    def server(probe: Probe) -> HttpFacts | Ending | str:
        assert probe.request is not None
        inner = probe.connection.endpoint.port == 9443 and probe.request.target != "/nonce"
        return OK if inner else trusting(lambda _: False)(probe)

    assert found(ctx, server)[0] == ()


def test_nothing_is_sent_to_the_target_without_tls_or_to_others(callers: Callers) -> None:
    """The same port without TLS is no listener of its own; the document may name hosts of others."""
    same_port = replace(PLAIN, endpoint=replace(PLAIN.endpoint, port=8443))
    foreign = replace(INNER, of_owner=False)
    ctx = context_of(callers, alternate_endpoints=(same_port, foreign))
    probes = list(proxy_protocol.CHECK.plan(ctx))
    assert [(p.connection.endpoint.port, p.connection.endpoint.tls) for p in probes] == [(8443, True)] * 2


def test_no_credential_without_tls(callers: Callers) -> None:
    """As at every endpoint without it."""
    keyed = planned("/secure")
    keyed = replace(keyed, request=replace(keyed.request, headers=(("X-Key", "hidden"),)))
    ctx = context(keyed, identities=(callers.alice,), rules=RULES | {RULE}, alternate_endpoints=(PLAIN,))
    probes = [p for p in proxy_protocol.CHECK.plan(ctx) if not p.connection.endpoint.tls]
    assert probes
    assert all("X-Key" not in dict(p.request.headers) for p in probes if p.request)


def test_a_run_on_the_server_itself_is_less_certain(callers: Callers) -> None:
    """A listener may trust its own computer only."""
    ctx = context_of(callers)
    ctx = replace(ctx, endpoint=replace(ctx.endpoint, address="127.0.0.1"))
    findings, _ = found(ctx, trusting(lambda h: h.source == "10.0.0.5"))
    assert {finding.confidence for finding in findings} == {Confidence.MEDIUM}
    assert all("server's own computer (127.0.0.1)" in finding.message for finding in findings)
