"""A listener that requests a client certificate in no handshake is reported once, and no other listener is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, never_requested, unknown_path
from specdrift.checks.core.base import AlternateEndpoint
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending, TlsFacts, WirePhase
from specdrift.model.exchange.probe import Connection, Endpoint, Phase, Probe, TlsRange
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import CERTIFICATE_NEVER_REQUESTED
from tests.checks.plan_builders import ALICE, context, http, observation_of, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.observation import HttpFacts, Observation
    from specdrift.model.result.finding import Finding

CHECKS = (unknown_path.CHECK, certificate.CHECK, never_requested.CHECK)
OK, DENIED, MISSING, BROKEN = http(200), http(403), http(404), http(503)
POST = planned("/orders", method="POST", mode=UnsafeMethods.HANDSHAKE)


def open_to_all(probe: Probe) -> HttpFacts:
    """Answers every path of the document, for every caller."""
    return MISSING if probe.request and "nonce" in probe.request.target else OK


def unchanged(_: Probe, observation: Observation) -> Observation:
    """Leaves an observation as it is."""
    return observation


def findings(
    ctx: PlanContext,
    answer: Callable[[Probe], HttpFacts] = open_to_all,
    change: Callable[[Probe, Observation], Observation] = unchanged,
) -> tuple[Finding, ...]:
    """What the check reports of a server that requests no certificate, with the changed observations."""
    log = ExchangeLog(identities=ctx.identities)
    for entry in play(CHECKS, ctx, answer).by_id.values():
        log.add(entry.probe, change(entry.probe, entry.observation))
    return never_requested.CHECK.judge(ctx, log.classifier()).findings


def tls(observation: Observation, **changes: object) -> Observation:
    """The observation with other facts of the connection."""
    return replace(observation, tls=replace(observation.tls, **changes))


def test_it_is_reported_once_for_the_listener() -> None:
    """With the count and the first names of the operations."""
    paths = ("/a", "/b", "/c", "/d")
    (finding,) = findings(context(*map(planned, paths), planned("/open", Demand.NOT_REQUIRED)))
    assert (finding.rule, finding.operation, finding.confidence) == (
        CERTIFICATE_NEVER_REQUESTED,
        None,
        Confidence.HIGH,
    )
    assert "4 operations require one: GET /a, GET /b, GET /c and 1 more." in finding.message
    assert "TLSv1.3" in finding.message
    assert finding.probes


def test_it_sends_nothing() -> None:
    """The other checks make the handshakes."""
    ctx = context(planned(), POST)
    log = play((never_requested.CHECK,), ctx, open_to_all)
    assert log.by_id == {}
    assert never_requested.CHECK.judge(ctx, log.classifier()).findings == ()


def test_bare_handshakes_alone_give_medium_confidence() -> None:
    """The server may request the certificate for the path; the message says what settles it."""
    (finding,) = findings(context(POST))
    assert finding.confidence is Confidence.MEDIUM
    assert "1 operation requires one: POST /orders." in finding.message
    assert "--unsafe-methods send" in finding.message
    assert "renegotiation" in finding.message


def test_operations_without_an_answer_are_named_beside_those_with_one() -> None:
    """The GET settles it for the listener; the POST is named with what is not known of it."""
    (finding,) = findings(context(planned(), POST))
    assert finding.confidence is Confidence.HIGH
    assert "No request to POST /orders was answered conclusively." in finding.message


@pytest.mark.parametrize("answer", [MISSING, BROKEN])
def test_an_answer_that_shows_nothing_of_the_path_does_not_settle_it(answer: HttpFacts) -> None:
    """404 and 503 may come before the path's own TLS requirement is applied."""
    (finding,) = findings(context(planned()), lambda _: answer)
    assert finding.confidence is Confidence.MEDIUM
    assert "--unsafe-methods" not in finding.message


@pytest.mark.parametrize(
    "demand", [demand for demand in Demand if demand is not Demand.REQUIRED], ids=lambda demand: demand.value
)
def test_only_operations_that_require_a_certificate_count(demand: Demand) -> None:
    """Other demands may do without one."""
    assert findings(context(planned(demand=demand))) == ()


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("post_handshake", [False, True])
def test_a_request_in_any_handshake_is_enough(version: str, *, post_handshake: bool) -> None:
    """In the first one, in a renegotiation or after the handshake, and for one path only."""

    def on_one_path(probe: Probe, observation: Observation) -> Observation:
        if probe.operation is None or probe.operation.path != "/b" or probe.identity != ALICE.name:
            return observation
        return tls(observation, version=version, certificate_requested=True, post_handshake=post_handshake)

    ctx = context(planned("/a"), planned("/b"))
    assert findings(ctx, change=on_one_path) == ()
    assert len(findings(ctx)) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _, o: tls(o, resumed=True), id="resumed"),
        pytest.param(lambda _, o: tls(o, early_data=True), id="early-data"),
        pytest.param(
            lambda _, o: replace(o, ending=Ending.CLOSED, phase=WirePhase.HANDSHAKE, http=None),
            id="failed-handshake",
        ),
        pytest.param(
            lambda _, o: replace(
                o, ending=Ending.NO_CONNECTION, phase=WirePhase.CONNECT, http=None, tls=TlsFacts()
            ),
            id="no-connection",
        ),
    ],
)
def test_nothing_is_concluded_without_a_full_handshake(
    change: Callable[[Probe, Observation], Observation],
) -> None:
    """No certificate can be requested where a session is resumed or the handshake fails."""
    assert findings(context(planned(), POST), change=change) == ()


def test_other_listeners_do_not_count() -> None:
    """Neither for the listener nor against it."""
    other = Endpoint(host="api.test", port=9443, server_name="api.test")
    ctx = context(
        planned(),
        alternate_endpoints=(AlternateEndpoint(url="https://api.test:9443", endpoint=other, base_path=""),),
    )

    def at(endpoint: Endpoint, *, requested: bool) -> ExchangeLog:
        log = ExchangeLog(identities=ctx.identities)
        probe = Probe(
            check="plaintext",
            operation=planned().key,
            identity=ANONYMOUS.name,
            connection=Connection(endpoint=endpoint, tls=TlsRange.ANY),
            request=planned().request,
            phase=Phase.MAIN,
        )
        log.add(probe, tls(observation_of(probe, OK), certificate_requested=requested))
        return log

    assert never_requested.CHECK.judge(ctx, at(other, requested=False).classifier()).findings == ()
    log = play(CHECKS, ctx, open_to_all)
    for entry in at(other, requested=True).by_id.values():
        log.add(entry.probe, entry.observation)
    assert len(never_requested.CHECK.judge(ctx, log.classifier()).findings) == 1


def test_another_server_name_of_the_listener_counts() -> None:
    """A certificate that is requested under another name is a request of the same listener."""
    ctx = context(planned())
    log = play(CHECKS, ctx, open_to_all)
    endpoint = replace(ctx.endpoint, server_name="other.test")
    probe = replace(
        next(iter(log.by_id.values())).probe, connection=Connection(endpoint=endpoint), variant="other-name"
    )
    log.add(probe, tls(observation_of(probe, OK), certificate_requested=True))
    assert never_requested.CHECK.judge(ctx, log.classifier()).findings == ()


def test_an_application_that_decides_by_something_else_is_named() -> None:
    """Valid certificates are admitted and the anonymous client refused, without any request for a certificate."""

    def by_token(probe: Probe) -> HttpFacts:
        if probe.request and "nonce" in probe.request.target:
            return MISSING
        return OK if probe.identity == ALICE.name else DENIED

    (finding,) = findings(context(planned()), by_token)
    assert finding.confidence is Confidence.HIGH
    assert "refused the anonymous client on GET /secure: something other" in finding.message
    (finding,) = findings(context(planned()))
    assert "something other" not in finding.message
