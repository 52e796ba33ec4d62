"""`--unsafe-methods headers`: what follows from each pair of answers to a head without its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, heads, roles, unknown_path
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.observation import Ending, HttpFacts, Observation
from specdrift.model.exchange.probe import CHUNKED, HTTP_1, HTTP_2, Reuse
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from specdrift.model.result.verdict import Basis, Enforcement, Verdict
from specdrift.scan.execution.rounds import MAX_ROUNDS
from tests.checks.plan_builders import ALICE, BOB, OLD, context, http, observation_of, planned
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext, PlannedOperation
    from specdrift.model.exchange.probe import Connection, Probe, Request

Answer = HttpFacts | Ending | str
"""A final response, how the exchange ended, or the name of an alert."""
CONTINUE, NOTHING, CLOSED = Ending.CONTINUE, Ending.TIMEOUT, Ending.CLOSED
ALERT = "certificate_required"
BODY = b'{"id":1}'


def post(path: str = "/orders", demand: Demand = Demand.REQUIRED) -> PlannedOperation:
    """An operation with a required body, of which the head is sent."""
    one = planned(path, demand, method="POST", mode=UnsafeMethods.HEADERS)
    return replace(one, request=replace(one.request, body=BODY))


def observed(probe: Probe, answer: Answer) -> Observation:
    """What a head brought."""
    return observation_of(probe, answer)


def played(ctx: PlanContext, server: Callable[[Probe], Answer]) -> ExchangeLog:
    """Send what the check plans and follows up."""
    log = ExchangeLog(identities=ctx.identities, roles={s.key: s.operation.roles for s in ctx.operations})
    probes: list[Probe] = list(certificate.CHECK.plan(ctx))
    for _ in range(MAX_ROUNDS):
        if not probes:
            break
        for probe in sorted(probes, key=lambda probe: probe.phase):
            log.add(probe, observed(probe, server(probe)))
        following = (p for check in (certificate.CHECK, heads.CHECK) for p in check.follow_up(ctx, log))
        probes = [probe for probe in following if probe.id not in log.by_id]
    return log


def conclude(ctx: PlanContext, server: Callable[[Probe], Answer]) -> Conclusions:
    """What the check makes of it."""
    return certificate.CHECK.judge(ctx, played(ctx, server).classifier())


def by_caller(**answers: Answer) -> Callable[[Probe], Answer]:
    """A server that answers by identity."""
    return lambda probe: answers[probe.identity]


def test_a_pass_says_that_no_body_was_sent() -> None:
    """A guard may depend on one. Operations that are sent whole are no part of it."""
    whole = planned("/orders", method="GET")
    for operations, count in (((post(), post("/b"), whole), 2), ((post(),), 1), ((whole,), 0)):
        ctx = context(*operations)
        log = played(ctx, by_caller(anonymous=http(401), alice=CONTINUE, old=http(401)))
        skipped = heads.CHECK.judge(ctx, log.classifier()).skipped
        assert [each.kind for each in skipped] == [SkipReason.HEADS_ALONE] * bool(count)
        assert all(f"to {count} operation" in each.reason for each in skipped)


CREATED, OTHER = http(201, shape="order"), http(201, shape="page")
REFUSED = (http(401), http(403), ALERT)
UNDECIDED = (CONTINUE, NOTHING, http(400), http(411), http(415), http(417), http(404), http(503))


@pytest.mark.parametrize("anonymous", REFUSED, ids=str)
@pytest.mark.parametrize(
    "valid", [CONTINUE, CREATED, http(400), http(411), http(415), http(417), http(422)], ids=str
)
def test_a_refusal_where_the_valid_certificate_gets_anything_else_proves_enforcement(
    anonymous: Answer, valid: Answer
) -> None:
    """Whatever the other status is: the certificate alone differs."""
    result = conclude(
        context(post(), identities=(ALICE, OLD)), by_caller(anonymous=anonymous, old=anonymous, alice=valid)
    )
    (operation,) = result.operations
    assert (operation.verdict, operation.enforcement) == (Verdict.CONSISTENT, Enforcement.ENFORCED)
    assert {outcome.basis for outcome in operation.outcomes} == {Basis.PROBED}
    assert not result.findings


@pytest.mark.parametrize("valid", [CONTINUE, NOTHING, http(400), http(401), http(417), CREATED], ids=str)
@pytest.mark.parametrize("anonymous", UNDECIDED, ids=str)
def test_anything_else_for_the_anonymous_client_stays_undecided(anonymous: Answer, valid: Answer) -> None:
    """Neither a refusal nor the valid certificate's success."""
    result = conclude(
        context(post(), identities=(ALICE, OLD)), by_caller(anonymous=anonymous, old=http(403), alice=valid)
    )
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]
    assert not [f for f in result.findings if f.rule != "valid-certificate-refused"]


@pytest.mark.parametrize("anonymous", [CONTINUE, NOTHING, http(417), http(400), http(404)], ids=str)
def test_the_reason_is_that_the_server_does_not_decide_at_the_head(anonymous: Answer) -> None:
    """100 Continue for both is inconclusive: a buffering proxy sends it. The remedy is to send the body."""
    result = conclude(context(post(), identities=(ALICE,)), by_caller(anonymous=anonymous, alice=CONTINUE))
    (undecided,) = result.undecided
    assert undecided.kind is UndecidedReason.HEAD_NOT_DECIDED
    assert "--unsafe-methods send" in undecided.how_to_decide


def test_nothing_for_the_valid_certificate_is_no_control() -> None:
    """A refusal of the anonymous client alone may be about the request."""
    result = conclude(context(post(), identities=(ALICE,)), by_caller(anonymous=http(403), alice=NOTHING))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


def test_a_close_is_a_refusal_where_the_valid_certificate_gets_100() -> None:
    """100 Continue is a response to a valid certificate on the same kind of connection."""
    ctx = context(post(), identities=(ALICE,))
    result = conclude(ctx, by_caller(anonymous=CLOSED, alice=CONTINUE))
    assert [o.verdict for o in result.operations] == [Verdict.CONSISTENT]
    result = conclude(ctx, by_caller(anonymous=CLOSED, alice=CLOSED))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


@pytest.mark.parametrize("valid", [NOTHING, CONTINUE, http(503)], ids=str)
def test_tls_evidence_counts_as_for_a_handshake(valid: Answer) -> None:
    """The listener refuses every anonymous handshake; what the head brings the valid certificate does not matter."""
    get = planned("/secure")
    ctx = context(post(), get, identities=(ALICE,))

    def server(probe: Probe) -> Answer:
        if probe.identity == "anonymous":
            return ALERT
        return http(200) if probe.operation == get.key else valid

    assert [o.verdict for o in conclude(ctx, server).operations] == [Verdict.CONSISTENT] * 2


def test_a_success_for_both_is_drift_and_the_head_is_not_sent_again() -> None:
    """A handler that does not need the body ran: once for each TLS version is enough."""
    ctx = context(post(), identities=(ALICE,))
    log = played(ctx, by_caller(anonymous=CREATED, alice=CREATED))
    result = certificate.CHECK.judge(ctx, log.classifier())
    assert [f.rule for f in result.findings] == ["mtls-not-enforced"]
    assert "Only the head of the request was sent" in result.findings[0].message
    assert {entry.probe.attempt for entry in log.by_id.values()} == {1}


@pytest.mark.parametrize("valid", [CONTINUE, http(400), OTHER], ids=str)
def test_a_success_unlike_that_of_the_valid_certificate_is_undecided(valid: Answer) -> None:
    """It may be a page for everyone."""
    result = conclude(context(post(), identities=(ALICE,)), by_caller(anonymous=CREATED, alice=valid))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


def test_the_learned_denial_decides_for_a_head() -> None:
    """The same answer in any status, for those who must be refused, on several operations."""
    denial = http(200, shape="denial")
    ctx = context(post(), post("/invoices"), identities=(ALICE,))
    result = conclude(ctx, by_caller(anonymous=denial, alice=CONTINUE))
    assert [o.verdict for o in result.operations] == [Verdict.CONSISTENT] * 2


def test_a_status_that_no_valid_certificate_gets_is_learned_on_two_operations() -> None:
    """On one operation 400 may be about the head."""
    paths = ("/orders", "/invoices")
    for operations, verdict in ((paths, Verdict.CONSISTENT), (paths[:1], Verdict.UNDECIDED)):
        ctx = context(*map(post, operations), identities=(ALICE,))
        result = conclude(ctx, by_caller(anonymous=http(400), alice=CONTINUE))
        assert {o.verdict for o in result.operations} == {verdict}


@pytest.mark.parametrize(
    ("anonymous", "valid", "rules", "verdict"),
    [
        (CONTINUE, CONTINUE, [], Verdict.UNDECIDED),
        (http(400), http(400), [], Verdict.UNDECIDED),
        (http(417), http(417), [], Verdict.UNDECIDED),
        (CREATED, CREATED, [], Verdict.CONSISTENT),
        (http(403), CONTINUE, ["mtls-over-enforced"], Verdict.CONSISTENT),
    ],
    ids=str,
)
def test_an_operation_that_needs_no_certificate(
    anonymous: Answer, valid: Answer, rules: list[str], verdict: Verdict
) -> None:
    """100 Continue is no admission either."""
    ctx = context(post(demand=Demand.NOT_REQUIRED), identities=(ALICE,))
    result = conclude(ctx, by_caller(anonymous=anonymous, alice=valid))
    assert [f.rule for f in result.findings] == rules
    assert [o.verdict for o in result.operations] == [verdict]


@pytest.mark.parametrize(
    ("unknown", "verdict"), [("denial", Verdict.CONSISTENT), ("not-found", Verdict.UNDECIDED)]
)
def test_a_404_at_the_head_decides_where_unknown_paths_show_that_it_refuses(
    unknown: str, verdict: Verdict
) -> None:
    """They are requested with GET; no handler reads a head alone, whatever its method."""
    ctx, denial = context(post(), identities=(ALICE, OLD)), http(404, shape="denial")

    def server(probe: Probe) -> Answer:
        if probe.operation is None:
            return http(404, shape="not-found" if probe.identity == ALICE.name else unknown)
        return CONTINUE if probe.identity == ALICE.name else denial

    checks = (unknown_path.CHECK, certificate.CHECK)
    log = ExchangeLog(identities=ctx.identities)
    for probe in (probe for check in checks for probe in check.plan(ctx)):
        log.add(probe, observed(probe, server(probe)))
    result = certificate.CHECK.judge(ctx, log.classifier())
    assert [o.verdict for o in result.operations] == [verdict]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('{"error": "client certificate required"}', Verdict.CONSISTENT),
        ('{"errors": [{"status": "403"}], "data": null}', Verdict.CONSISTENT),
        ('{"error": "client certificate required", "orders": [7]}', Verdict.UNDECIDED),
        ('{"detail": "no such order"}', Verdict.UNDECIDED),
    ],
)
def test_an_error_without_data_decides_for_a_head(body: str, verdict: Verdict) -> None:
    """Where a valid certificate gets 100 Continue, whatever the status of the error is."""
    (only,) = conclude(
        context(post()), by_caller(alice=CONTINUE, anonymous=answer(404, body), old=ALERT)
    ).operations
    assert only.verdict is verdict


IN_ONE_FORM: dict[str, Callable[[Request, Connection], bool]] = {
    "with Expect": lambda head, _: head.expects_continue,
    "without Expect": lambda head, _: not head.expects_continue,
    "over HTTP/1.1": lambda _, connection: connection.alpn == HTTP_1,
    "over HTTP/2": lambda _, connection: connection.alpn == HTTP_2,
    "at one address": lambda _, connection: connection.endpoint.address != "127.0.0.2",
}


@pytest.mark.parametrize(("valid", "otherwise"), [(CONTINUE, CONTINUE), (CONTINUE, NOTHING)], ids=str)
@pytest.mark.parametrize("form", IN_ONE_FORM)
def test_a_head_that_is_refused_in_one_form_alone_is_undecided(
    form: str, valid: Answer, otherwise: Answer
) -> None:
    """A server may guard requests with `Expect`, or one protocol, or one address, and let the others pass."""
    ctx = context(
        post(), identities=(ALICE, OLD), alpn=(HTTP_1, HTTP_2), addresses=("127.0.0.1", "127.0.0.2")
    )

    def server(probe: Probe) -> Answer:
        assert probe.request
        if probe.identity == ALICE.name:
            return valid if probe.request.expects_continue else NOTHING
        return http(401) if IN_ONE_FORM[form](probe.request, probe.connection) else otherwise

    result = conclude(ctx, server)
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]
    assert [o.kind for o in result.undecided] == [UndecidedReason.HEAD_NOT_DECIDED]


def test_a_head_that_is_refused_in_every_form_is_consistent() -> None:
    """The valid certificate's head without `Expect` has no answer: the server waits for its body."""
    ctx = context(
        post(), identities=(ALICE, OLD), alpn=(HTTP_1, HTTP_2), addresses=("127.0.0.1", "127.0.0.2")
    )
    valid = {True: CONTINUE, False: NOTHING}

    def server(probe: Probe) -> Answer:
        assert probe.request
        return valid[probe.request.expects_continue] if probe.identity == ALICE.name else http(401)

    log = played(ctx, server)
    result = certificate.CHECK.judge(ctx, log.classifier())
    assert [o.verdict for o in result.operations] == [Verdict.CONSISTENT]
    forms = {
        (e.probe.request.expects_continue, e.probe.connection.alpn, e.probe.connection.endpoint.address)
        for e in log.by_id.values()
        if e.probe.request and e.probe.identity == "anonymous"
    }
    addresses = ("127.0.0.1", "127.0.0.2")
    assert forms == {
        (True, HTTP_1, addresses[0]),
        *((False, HTTP_1, address) for address in addresses),
        (False, HTTP_2, addresses[0]),
    }


@pytest.mark.parametrize(
    ("broken", "verdict"),
    [
        (http(401), Verdict.CONSISTENT),
        (http(401, text="blocked by the firewall"), Verdict.UNDECIDED),
        (http(403), Verdict.UNDECIDED),
        (http(400), Verdict.UNDECIDED),
        (http(200), Verdict.UNDECIDED),
        (CLOSED, Verdict.UNDECIDED),
    ],
    ids=str,
)
def test_a_broken_body_decides_where_it_gets_the_refusal_of_the_head_with_expect(
    broken: Answer, verdict: Verdict
) -> None:
    """Go and Apache read the body before they refuse. Any other answer may be about the broken body."""

    def server(probe: Probe) -> Answer:
        assert probe.request
        if probe.identity == ALICE.name:
            return CONTINUE if probe.request.expects_continue else NOTHING
        if CHUNKED in probe.request.headers:
            return broken
        return http(401) if probe.request.expects_continue else NOTHING

    result = conclude(context(post(), identities=(ALICE, OLD)), server)
    assert [o.verdict for o in result.operations] == [verdict]
    assert not result.findings


@pytest.mark.parametrize(
    ("answer_to_csv", "verdict"),
    [
        (http(401), Verdict.CONSISTENT),
        (http(415), Verdict.CONSISTENT),
        (CONTINUE, Verdict.UNDECIDED),
        (NOTHING, Verdict.UNDECIDED),
    ],
    ids=str,
)
def test_the_heads_of_other_declared_bodies_are_sent(answer_to_csv: Answer, verdict: Verdict) -> None:
    """A guard may cover one media type alone. Another refusal may be about the media type."""
    csv = RequestBody(media_type="text/csv", content=b"id\n1", source=ValueSource.EXAMPLE)

    def server(probe: Probe) -> Answer:
        assert probe.request
        assert ("Content-Length", "0") not in probe.request.headers
        if probe.identity == ALICE.name:
            return CONTINUE if probe.request.expects_continue else NOTHING
        return answer_to_csv if ("Content-Type", "text/csv") in probe.request.headers else http(401)

    ctx = context(post(), identities=(ALICE,), bodies=lambda _: (csv,))
    result = conclude(ctx, server)
    assert [o.verdict for o in result.operations] == [verdict]


@pytest.mark.parametrize(("is_open", "verdict"), [(True, Verdict.UNDECIDED), (False, Verdict.CONSISTENT)])
def test_other_callers_send_the_heads_of_other_bodies_too(
    is_open: bool,  # noqa: FBT001 - a parameter of the test
    verdict: Verdict,
) -> None:
    """A certificate that must be refused, or one without the role, may suffice for one media type."""
    csv = RequestBody(media_type="text/csv", content=b"id\n1", source=ValueSource.EXAMPLE)
    one = post()
    one = replace(one, operation=replace(one.operation, allow_roles=frozenset({"reader"})))
    asked: set[str] = set()

    def server(probe: Probe) -> Answer:
        assert probe.request
        of_csv = ("Content-Type", "text/csv") in probe.request.headers
        asked.update({probe.identity} if of_csv else ())
        if probe.identity == ALICE.name or (of_csv and is_open and probe.identity == OLD.name):
            return CONTINUE if probe.request.expects_continue else NOTHING
        return http(403 if probe.identity == BOB.name else 401)

    ctx = context(one, identities=(ALICE, BOB, OLD), bodies=lambda _: (csv,))
    assert [o.verdict for o in conclude(ctx, server).operations] == [verdict]
    assert asked == {"anonymous", OLD.name, BOB.name}


def test_a_success_without_expect_is_drift() -> None:
    """Although the same head with `Expect` is refused."""
    ctx = context(post(), identities=(ALICE,))

    def server(probe: Probe) -> Answer:
        expects = probe.request is not None and probe.request.expects_continue
        return http(401) if expects and probe.identity == "anonymous" else CREATED

    (finding,) = conclude(ctx, server).findings
    assert finding.rule == "mtls-not-enforced"
    assert "on some attempts" in finding.message


def test_another_caller_that_is_refused_with_expect_alone_is_undecided() -> None:
    """An expired certificate whose head is not refused without it."""

    def server(probe: Probe) -> Answer:
        expects = probe.request is not None and probe.request.expects_continue
        if probe.identity == ALICE.name:
            return CONTINUE if expects else NOTHING
        return http(401) if expects or probe.identity == "anonymous" else NOTHING

    result = conclude(context(post(), identities=(ALICE, OLD)), server)
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


def test_a_valid_certificate_that_is_refused_without_expect_is_no_control() -> None:
    """Then the server refuses everybody who does not wait."""

    def server(probe: Probe) -> Answer:
        expects = probe.request is not None and probe.request.expects_continue
        return CONTINUE if expects and probe.identity == ALICE.name else http(401)

    result = conclude(context(post(), identities=(ALICE,)), server)
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


def test_100_for_a_lower_role_is_no_admission() -> None:
    """Undecided, and no drift of roles."""
    one = post()
    one = replace(one, operation=replace(one.operation, allow_roles=frozenset({"admin"})))
    ctx = context(one, identities=(ALICE, BOB), rules=certificate.RULES | roles.CHECK.rules)
    log = played(ctx, by_caller(anonymous=http(403), alice=CONTINUE, bob=CONTINUE))
    assert [o.verdict for o in certificate.CHECK.judge(ctx, log.classifier()).operations] == [
        Verdict.UNDECIDED
    ]
    assert not roles.CHECK.judge(ctx, log.classifier()).findings


def test_what_is_sent() -> None:
    """A head with the length of the body, over HTTP/1.1, on a connection of its own; never the body."""
    probes = [p for p in certificate.CHECK.plan(context(post())) if p.operation]
    assert probes
    for probe in probes:
        assert probe.request
        assert (probe.request.head_only, probe.request.body) == (True, b"")
        assert probe.request.headers[-2:] == (("Content-Length", "8"), ("Expect", "100-continue"))
        assert probe.fresh
        assert (probe.connection.reuse, probe.connection.alpn) == (Reuse.FRESH, HTTP_1)
