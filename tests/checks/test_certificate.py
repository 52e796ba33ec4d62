"""Findings of the certificate check, per demand, from the callers that are admitted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.checks.certificate import findings as certificate_findings
from specdrift.checks.core.assessment import assess
from specdrift.checks.core.undecided import Resolution, Undecided
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import ParameterValue, ValueSource
from specdrift.model.contract.requirement import Demand, SchemeType, SchemeUse, SecurityScheme
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe, Reuse, TlsRange
from specdrift.model.policy import Expect, UnsafeMethods
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.verdict import (
    Basis,
    Classification,
    Confidence,
    Enforcement,
    Layer,
    Outcome,
    Verdict,
)
from tests.checks.plan_builders import ALICE, BOB, KEY, MTLS, OLD, SELF_SIGNED, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.model.exchange.observation import HttpFacts

CHECKS = (unknown_path.CHECK, certificate.CHECK)
TOKEN = SchemeUse(scheme=SecurityScheme(name="token", type=SchemeType.HTTP, http_scheme="bearer"))
OK, DENIED, MISSING, BROKEN = http(200), http(401), http(404), http(503)
ALERT = "certificate_required"


def answering(**by_identity: HttpFacts | str) -> Callable[[Probe], HttpFacts | str]:
    """Build a server that answers documented paths by identity, and all others with 404."""

    def server(probe: Probe) -> HttpFacts | str:
        name = probe.identity.replace("-", "_")
        answer = by_identity.get(name, by_identity.get("others", DENIED))
        return (
            MISSING if probe.operation is None and probe.request and not isinstance(answer, str) else answer
        )

    return server


def conclude(ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> Conclusions:
    """Return the conclusions of the check."""
    return certificate.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())


@pytest.mark.parametrize(
    ("demand", "anonymous", "rules", "verdict"),
    [
        (Demand.REQUIRED, OK, ["mtls-not-enforced"], Verdict.CONSISTENT),
        (Demand.REQUIRED, DENIED, [], Verdict.CONSISTENT),
        (Demand.REQUIRED, MISSING, [], Verdict.CONSISTENT),
        (Demand.REQUIRED, ALERT, [], Verdict.CONSISTENT),
        (Demand.REQUIRED, BROKEN, [], Verdict.UNDECIDED),
        (Demand.ONE_OF_SEVERAL, OK, ["mtls-not-enforced"], Verdict.CONSISTENT),
        (Demand.ONE_OF_SEVERAL, DENIED, [], Verdict.CONSISTENT),
        (Demand.OPTIONAL, OK, [], Verdict.CONSISTENT),
        (Demand.OPTIONAL, DENIED, ["mtls-over-enforced"], Verdict.CONSISTENT),
        (Demand.NOT_REQUIRED, OK, [], Verdict.CONSISTENT),
        (Demand.NOT_REQUIRED, ALERT, ["mtls-over-enforced"], Verdict.CONSISTENT),
        (Demand.NOT_REQUIRED, BROKEN, [], Verdict.UNDECIDED),
        (Demand.UNDECLARED, DENIED, ["mtls-over-enforced"], Verdict.CONSISTENT),
        (Demand.OTHER, OK, [], Verdict.CONSISTENT),
        (Demand.OTHER, DENIED, [], Verdict.CONSISTENT),
        (Demand.OTHER, ALERT, ["mtls-over-enforced"], Verdict.CONSISTENT),
        (Demand.OTHER, BROKEN, [], Verdict.UNDECIDED),
        (Demand.UNKNOWN, OK, [], Verdict.UNDECIDED),
        (Demand.UNKNOWN, DENIED, [], Verdict.UNDECIDED),
    ],
)
def test_demand_and_answer_decide(
    demand: Demand, anonymous: HttpFacts | str, rules: list[str], verdict: Verdict
) -> None:
    """The central table. A verdict here is without its findings, which make it drift later."""
    result = conclude(
        context(planned(demand=demand)), answering(anonymous=anonymous, alice=OK, others=DENIED)
    )
    assert [finding.rule for finding in result.findings] == rules
    assert [operation.verdict for operation in result.operations] == [verdict]


@pytest.mark.parametrize(
    ("demand", "anonymous", "rules", "verdict"),
    [
        (Demand.UNDECLARED, OK, [], Verdict.CONSISTENT),
        (Demand.UNDECLARED, DENIED, [], Verdict.UNDECIDED),
        (Demand.OTHER, DENIED, [], Verdict.CONSISTENT),
        (Demand.OTHER, ALERT, [], Verdict.UNDECIDED),
        (Demand.NOT_REQUIRED, DENIED, ["mtls-over-enforced"], Verdict.CONSISTENT),
    ],
)
def test_a_silent_document_is_not_contradicted(
    demand: Demand, anonymous: HttpFacts | str, rules: list[str], verdict: Verdict
) -> None:
    """Where the document mentions no certificate at all, a server that requires one is no drift, and no pass."""
    ctx = context(planned(demand=demand), names_certificates=False)
    result = conclude(ctx, answering(anonymous=anonymous, alice=OK, others=DENIED))
    assert [finding.rule for finding in result.findings] == rules
    assert [operation.verdict for operation in result.operations] == [verdict]
    expected = [UndecidedReason.NO_REQUIREMENT] if verdict is Verdict.UNDECIDED else []
    assert [entry.kind for entry in result.undecided] == expected


def over_tls_1_2(
    answer: HttpFacts | str, others: Callable[[Probe], HttpFacts | str]
) -> Callable[..., HttpFacts | str]:
    """Build a server that gives the anonymous client another answer over TLS 1.2."""

    def server(probe: Probe) -> HttpFacts | str:
        old = probe.connection.tls is TlsRange.ONLY_1_2 and probe.identity == ANONYMOUS.name
        return answer if old and probe.operation else others(probe)

    return server


BOTH_VERSIONS = (TlsRange.ONLY_1_3, TlsRange.ONLY_1_2)


def test_an_admission_with_inconclusive_attempts_is_not_enforced() -> None:
    """A busy server is no refusal, so nothing is inconsistent."""
    checks, ctx = (*CHECKS, consistency.CHECK), context(planned(), identities=(ALICE,), tls=BOTH_VERSIONS)
    classifier = play(checks, ctx, over_tls_1_2(BROKEN, answering(others=OK))).classifier()
    found = [f for check in checks for f in check.judge(ctx, classifier).findings]
    assert [f.rule for f in found] == ["mtls-not-enforced"]
    assert "on some attempts" in found[0].message


@pytest.mark.parametrize(("over_1_2", "sometimes"), [(ALERT, ""), (OK, " on some attempts")])
def test_a_refusal_over_one_version_counts(over_1_2: HttpFacts | str, sometimes: str) -> None:
    """By the application over one TLS version, in TLS over the other."""
    ctx = context(planned(demand=Demand.NOT_REQUIRED), tls=BOTH_VERSIONS)
    server = over_tls_1_2(over_1_2, answering(anonymous=DENIED, alice=OK, others=DENIED))
    (finding,) = conclude(ctx, server).findings
    assert finding.rule == "mtls-over-enforced"
    assert f"is refused{sometimes} (" in finding.message


@pytest.mark.parametrize(
    ("confidence", "rules"), [(Confidence.HIGH, ["mtls-over-enforced"]), (Confidence.MEDIUM, [])]
)
def test_an_occasional_closed_connection_is_no_refusal(confidence: Confidence, rules: list[str]) -> None:
    """On an operation that answers otherwise, only an explicit refusal counts."""
    one = planned(demand=Demand.NOT_REQUIRED)
    ctx = context(one)
    classifier = play(CHECKS, ctx, answering(others=OK)).classifier()
    state = assess(ctx, one, classifier)
    refused = Classification(outcome=Outcome.REFUSED_IN_TLS, reason="closed", confidence=confidence)
    sometimes = replace(
        state.anonymous, outcomes=frozenset({Outcome.ADMITTED, refused.outcome}), others=(refused,)
    )
    state = replace(state, by_identity={**state.by_identity, ANONYMOUS.name: sometimes})
    assert [finding.rule for finding in certificate_findings.findings(state, ctx, classifier)] == rules


@pytest.mark.parametrize(
    ("demand", "anonymous", "others", "left_out"),
    [
        (Demand.REQUIRED, OK, DENIED, "mtls-not-enforced"),
        (Demand.REQUIRED, DENIED, OK, "invalid-certificate-accepted"),
        (Demand.NOT_REQUIRED, DENIED, DENIED, "mtls-over-enforced"),
    ],
)
def test_an_operation_whose_finding_is_not_reported_is_not_consistent(
    demand: Demand, anonymous: HttpFacts, others: HttpFacts, left_out: str
) -> None:
    """``--skip-checks`` omits a finding, not the observation."""
    server = answering(anonymous=anonymous, alice=OK, others=others)
    every = context(planned(demand=demand))
    some = replace(every, rules=every.rules - {left_out})
    reported, omitted = conclude(every, server), conclude(some, server)
    assert [operation.verdict for operation in reported.operations] == [Verdict.CONSISTENT]
    assert [operation.verdict for operation in omitted.operations] == [Verdict.UNDECIDED]
    assert left_out in omitted.undecided[0].how_to_decide


@pytest.mark.parametrize(("scheme", "rules"), [(KEY, ["mtls-over-enforced"]), (TOKEN, [])])
def test_a_key_that_is_refused_without_a_certificate_is_not_enough(
    scheme: SchemeUse, rules: list[str]
) -> None:
    """The document requires the key alone, both callers send it, and one is admitted. A token may be bound."""
    one = planned(demand=Demand.OTHER)
    requirement = replace(one.operation.requirement, alternatives=((scheme,),))
    one = replace(one, operation=replace(one.operation, requirement=requirement), has_all_credentials=True)
    result = conclude(context(one), answering(anonymous=DENIED, alice=OK, others=DENIED))
    assert [finding.rule for finding in result.findings] == rules


def test_a_client_error_is_no_admission_where_a_key_is_missing() -> None:
    """Alice's 400 may be about the key: then the reason for anonymous refusals is unknown."""
    one = planned()
    requirement = replace(one.operation.requirement, alternatives=((MTLS, KEY),))
    one = replace(one, operation=replace(one.operation, requirement=requirement))
    for complete, verdict in ((False, Verdict.UNDECIDED), (True, Verdict.CONSISTENT)):
        ctx = context(replace(one, has_all_credentials=complete))
        result = conclude(ctx, answering(anonymous=DENIED, alice=http(400), others=DENIED))
        assert [operation.verdict for operation in result.operations] == [verdict]


def test_a_certificate_that_every_caller_lacks_is_a_field() -> None:
    """A field of that name: alice gets the same answer with a valid certificate."""
    message = http(400, text="field client certificate is required")
    result = conclude(context(planned(demand=Demand.OTHER)), answering(others=message))
    assert result.findings == ()


def test_a_control_is_repeated_where_the_next_one_is_not_admitted() -> None:
    """What alice deleted is gone for bob, for anonymous clients, and for her."""
    asked: list[str] = []

    def server(probe: Probe) -> HttpFacts:
        asked.extend([probe.identity] if probe.operation else [])
        return OK if asked == ["alice"] else MISSING

    result = conclude(context(planned(method="DELETE"), identities=(ALICE, BOB)), server)
    (undecided,) = result.undecided
    assert "is admitted once" in undecided.reason
    assert "by hand" in undecided.how_to_decide


@pytest.mark.parametrize(
    ("alternatives", "anonymous", "rules"),
    [
        (((KEY,), ()), DENIED, ["mtls-over-enforced"]),
        (((KEY,), ()), OK, []),
        (((KEY,),), DENIED, []),
    ],
    ids=["only callers with a certificate", "every caller", "a key is required"],
)
def test_an_anonymous_alternative_admits_every_caller(
    alternatives: tuple[tuple[SchemeUse, ...], ...], anonymous: HttpFacts, rules: list[str]
) -> None:
    """Also beside alternatives that need no certificate, where the demand stays "other"."""
    one = planned(demand=Demand.OTHER)
    requirement = replace(one.operation.requirement, alternatives=alternatives)
    ctx = context(replace(one, operation=replace(one.operation, requirement=requirement)))
    result = conclude(ctx, answering(anonymous=anonymous, alice=OK, others=DENIED))
    assert [finding.rule for finding in result.findings] == rules
    assert [operation.verdict for operation in result.operations] == [Verdict.CONSISTENT]


def test_without_an_admitted_control_nothing_is_consistent() -> None:
    """Every caller is refused: a firewall, or the wrong certificate."""
    result = conclude(context(planned()), answering(others=DENIED))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]
    assert "no valid certificate was admitted" in result.undecided[0].reason
    assert {finding.rule for finding in result.findings} == {"valid-certificate-refused"}


ITSELF = http(301, headers=(("location", "/secure"),))
OTHER_PORT = http(308, headers=(("location", "https://api.test/secure"),))
ADVICE = {
    "a redirect to itself": (ITSELF, "configure what the server expects and the request lacks"),
    "a redirect to another port": (OTHER_PORT, "correct the base URL, or the path in the document"),
    "another method": (http(405), "take the operation out of the document"),
    "too many requests": (http(429), "--rate-limit"),
    "a server error": (BROKEN, "repeat the run when the server responds"),
    "no such path": (MISSING, "take the operation out of the document"),
    "a refusal": (DENIED, "configure an identity that may call it"),
}


@pytest.mark.parametrize("name", ADVICE)
def test_the_advice_depends_on_the_answer_of_the_control(name: str) -> None:
    """Another identity does not help where the server redirects to another spelling of the URL."""
    answer, advice = ADVICE[name]
    (undecided,) = conclude(context(planned()), answering(others=answer)).undecided
    assert "no valid certificate was admitted" in undecided.reason
    assert advice in undecided.how_to_decide


def test_an_open_operation_with_another_spelling_has_the_same_advice() -> None:
    """No valid certificate is involved."""
    (undecided,) = conclude(
        context(planned(demand=Demand.NOT_REQUIRED)), answering(others=OTHER_PORT)
    ).undecided
    assert "correct the base URL" in undecided.how_to_decide


def test_values_are_advised_only_where_the_operation_has_any() -> None:
    """A path that does not exist may be that of a resource that does not."""
    one = planned()
    value = ParameterValue(name="id", location="path", value="1", source=ValueSource.TYPE)
    with_value = replace(one, operation=replace(one.operation, parameters=(value,)))
    (undecided,) = conclude(context(with_value), answering(others=MISSING)).undecided
    assert (undecided.remedy, "suitable value" in undecided.how_to_decide) == (Remedy.VALUES, True)
    (undecided,) = conclude(context(with_value), answering(others=DENIED)).undecided
    assert undecided.remedy is Remedy.IDENTITY


def test_an_operation_that_is_not_sent_keeps_its_own_advice() -> None:
    """Permission to send it does not help where a value is missing."""
    undecided = Undecided(
        kind=UndecidedReason.NOT_SENT,
        reason="no value for X-H",
        advice=Resolution(Remedy.VALUES, "give it one"),
    )
    one = replace(planned(), mode=UnsafeMethods.NEVER, withheld=undecided)
    (found,) = conclude(context(one), answering(alice=OK)).undecided
    assert (found.kind, found.reason, found.how_to_decide) == (
        undecided.kind,
        undecided.reason,
        undecided.advice.text,
    )


def test_an_admitted_invalid_certificate_is_a_finding_of_its_own() -> None:
    """The anonymous client is refused, so the certificate caused the admission."""
    ctx = context(planned(), identities=(ALICE, OLD, SELF_SIGNED))
    result = conclude(ctx, answering(anonymous=DENIED, alice=OK, old=OK, self_signed=OK))
    assert [(f.rule, f.identity, f.profile) for f in result.findings] == [
        ("invalid-certificate-accepted", "old", None),
        ("invalid-certificate-accepted", "self-signed", "self-signed"),
    ]


def test_an_invalid_certificate_is_inconclusive_where_every_caller_is_admitted() -> None:
    """One finding reports that no certificate is needed."""
    result = conclude(context(planned()), answering(others=OK))
    assert [finding.rule for finding in result.findings] == ["mtls-not-enforced"]


def test_an_inconclusive_invalid_certificate_leaves_the_operation_undecided() -> None:
    """An inconclusive probe is never shown as a refusal."""
    result = conclude(context(planned()), answering(anonymous=DENIED, alice=OK, old=BROKEN))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]
    assert result.undecided[0].reason == "with old: server error 503"


@pytest.mark.parametrize(
    ("roles", "rules"), [((), ["bob"]), (("admin",), ["bob"]), (("reader",), []), (("other",), [])]
)
def test_a_valid_certificate_of_another_role_may_be_refused(roles: tuple[str, ...], rules: list[str]) -> None:
    """Alice (reader) is admitted, bob (admin) is not: drift only where his role is allowed."""
    ctx = context(planned(roles=roles), identities=(ALICE, BOB))
    result = conclude(ctx, answering(anonymous=DENIED, alice=OK, bob=http(403)))
    refused = [f.identity for f in result.findings if f.rule == "valid-certificate-refused"]
    assert refused == rules


def test_confidence_is_high_only_beside_a_stable_control() -> None:
    """The valid certificate got a success of this operation, before and after."""
    sure = conclude(context(planned()), answering(others=OK))
    assert [f.confidence for f in sure.findings] == [Confidence.HIGH]

    def shaky(probe: Probe) -> HttpFacts | str:
        after = probe.phase is Phase.AFTER or (probe.phase is Phase.CONFIRM and probe.variant == "after")
        return DENIED if probe.identity == "alice" and after else answering(others=OK)(probe)

    result = conclude(context(planned()), shaky)
    assert [f.confidence for f in result.findings if f.rule == "mtls-not-enforced"] == [Confidence.MEDIUM]


def test_a_suspected_drift_is_probed_again_on_fresh_connections() -> None:
    """Twice more, so that no finding rests on one answer."""
    log = play(CHECKS, context(planned()), answering(anonymous=OK, alice=OK, others=DENIED))
    asked = [s.probe for s in log.of("certificate", planned().key, ANONYMOUS.name)]
    assert Counter(probe.connection.reuse for probe in asked) == {Reuse.KEEP_ALIVE: 1, Reuse.FRESH: 2}


def test_every_caller_is_probed_over_each_tls_version() -> None:
    """TLS 1.2 may have its own configuration."""
    ctx = context(planned(), tls=(TlsRange.ANY, TlsRange.ONLY_1_2))
    asked = Counter(
        (p.identity, p.connection.tls) for p in certificate.CHECK.plan(ctx) if p.phase is Phase.MAIN
    )
    assert asked == {(name, tls): 1 for name in ("anonymous", "old") for tls in ctx.tls}


def test_a_single_valid_identity_is_probed_before_and_after_two_share_the_controls() -> None:
    """A control on both sides, without twice as many requests."""
    one = context(planned(), identities=(ALICE,))
    two = context(planned(), identities=(ALICE, BOB))
    order = [[(p.identity, p.phase) for p in certificate.CHECK.plan(c) if p.control] for c in (one, two)]
    assert order == [
        [("alice", Phase.BEFORE), ("alice", Phase.AFTER)],
        [("alice", Phase.BEFORE), ("bob", Phase.AFTER)],
    ]


class TestUnsafeMethods:
    """POST and other methods that are not sent by default."""

    def test_mode_never_sends_nothing(self) -> None:
        """And reports that."""
        ctx = context(planned(method="POST", mode=UnsafeMethods.NEVER))
        assert [p for p in certificate.CHECK.plan(ctx) if p.operation] == []
        result = conclude(ctx, answering(others=DENIED))
        assert "not sent" in result.undecided[0].reason

    def test_a_refusal_in_tls_decides(self) -> None:
        """The handshake alone shows that no caller reaches a request."""
        ctx = context(planned(method="POST", mode=UnsafeMethods.HANDSHAKE), identities=(ALICE,))
        result = conclude(ctx, answering(anonymous=ALERT, alice=OK))
        (operation,) = result.operations
        assert (operation.verdict, operation.enforcement, operation.layer) == (
            Verdict.CONSISTENT,
            Enforcement.ENFORCED,
            Layer.TLS,
        )
        assert {outcome.basis for outcome in operation.outcomes} == {Basis.LISTENER}

    def test_a_certificate_that_passes_the_handshake_is_undecided(self) -> None:
        """The application may or may not refuse it later."""
        ctx = context(planned(method="POST", mode=UnsafeMethods.HANDSHAKE), identities=(ALICE, SELF_SIGNED))
        result = conclude(ctx, answering(anonymous=ALERT, alice=OK, self_signed=OK))
        assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


class TestInconsistency:
    """The answer depends on the attempt."""

    def test_one_finding_with_counts_replaces_not_enforced(self) -> None:
        """Every fourth fresh connection is admitted."""
        count = Counter[str]()

        def flaky(probe: Probe) -> HttpFacts | str:
            count[probe.identity] += 1
            unguarded = probe.identity == "anonymous" and probe.operation and count["anonymous"] % 4 == 0
            return OK if unguarded else answering(anonymous=DENIED, alice=OK, others=DENIED)(probe)

        checks = (*CHECKS, consistency.CHECK)
        ctx = context(planned(), identities=(ALICE,))
        classifier = play(checks, ctx, flaky).classifier()
        found = [f for check in checks for f in check.judge(ctx, classifier).findings]
        assert [f.rule for f in found] == ["enforcement-inconsistent"]
        assert "attempts" in found[0].message

    def test_a_tls_version_that_admits_is_named(self) -> None:
        """All admissions have one property in common."""

        def server(probe: Probe) -> HttpFacts | str:
            old = probe.connection.tls is TlsRange.ONLY_1_2
            return (
                OK
                if probe.operation and (old or probe.identity == "alice")
                else answering(others=DENIED)(probe)
            )

        ctx = context(planned(), identities=(ALICE,), tls=(TlsRange.ANY, TlsRange.ONLY_1_2))
        checks = (*CHECKS, consistency.CHECK)
        log = play(checks, ctx, server)
        for entry in list(log.by_id.values()):
            if entry.probe.connection.tls is TlsRange.ONLY_1_2:
                from msgspec.structs import replace

                tls = replace(entry.observation.tls, version="TLSv1.2")
                log.add(entry.probe, replace(entry.observation, tls=tls))
        (finding,) = consistency.CHECK.judge(ctx, log.classifier()).findings
        assert finding.message.endswith("all of them over TLSv1.2.")

    @pytest.mark.parametrize("data", ["the same data", "other data"])
    @pytest.mark.parametrize(
        "unguarded",
        [
            *("Accept: text/csv", "Accept: text/html", "view=short", "whole=true", "page=2", "callback=data"),
            *("Accept-Encoding: gzip, deflate, br, zstd", "Range: bytes=0-"),
        ],
    )
    def test_another_representation_may_lack_the_guard(self, unguarded: str, data: str) -> None:
        """It is drift if it has the data, and undecided if it has others."""
        other = OK if data == "the same data" else http(200, shape="another")

        def server(probe: Probe) -> HttpFacts | str:
            request = probe.request
            written = [request.target, *(": ".join(each) for each in request.headers)] if request else []
            asked = any(unguarded in each for each in written)
            return other if asked else answering(anonymous=DENIED, alice=OK, others=DENIED)(probe)

        one = planned()
        view = Input(name="view", place=Place.QUERY, constraint=Constraint(allowed=("long", "short")))
        types = {"whole": "boolean", "page": "integer", "callback": "string"}
        others = (
            Input(name=name, place=Place.QUERY, constraint=Constraint(type=kind))
            for name, kind in types.items()
        )
        inputs = (view, *others)
        operation = replace(one.operation, media_types=("application/json", "text/csv"), inputs=inputs)
        checks, ctx = (*CHECKS, consistency.CHECK), context(replace(one, operation=operation))
        classifier = play(checks, ctx, server).classifier()
        concluded = [check.judge(ctx, classifier) for check in checks]
        messages = [each.message for part in concluded for each in part.findings]
        if other is OK:
            (message,) = messages
            assert f"all of them with {unguarded}" in message
        else:
            (result,) = (each for part in concluded for each in part.operations)
            assert result.verdict is Verdict.UNDECIDED

    def test_repetitions_are_distributed_over_a_large_api(self) -> None:
        """A thousand operations do not get a thousand repetitions."""
        ctx = context(*(planned(f"/r{number}") for number in range(100)))
        probes = [p for p in consistency.CHECK.plan(ctx) if p.connection.reuse is Reuse.FRESH]
        assert consistency.ENOUGH <= len(probes) <= 2 * consistency.ENOUGH
        assert len({p.operation for p in probes}) == len(probes)


def test_an_identity_that_must_be_refused_is_no_control() -> None:
    """Identities that must be refused are not controls."""
    ctx = context(planned(), identities=(ALICE, OLD))
    assert [i.name for i in ctx.accepted] == ["alice"]
    assert [i.name for i in ctx.refused] == ["old"]


def test_tls_evidence_gives_one_verdict_for_a_get_with_503_and_a_post_that_was_never_sent() -> None:
    """The listener refuses every anonymous handshake, whatever the operation answers to the valid certificate."""
    broken = planned("/broken")
    unsent = planned("/unsent", method="POST", mode=UnsafeMethods.HANDSHAKE)
    result = conclude(context(broken, unsent), answering(alice=BROKEN, others=ALERT))
    assert [(o.verdict, o.enforcement, o.layer) for o in result.operations] == [
        (Verdict.CONSISTENT, Enforcement.ENFORCED, Layer.TLS)
    ] * 2
    assert not result.undecided


def test_an_application_that_refuses_every_caller_stays_undecided_without_the_handshake() -> None:
    """Its twin: the anonymous client gets a response, and 503 to the valid certificate is no control."""
    result = conclude(context(planned()), answering(alice=BROKEN, others=DENIED))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


def test_a_refused_handshake_shows_nothing_beside_a_request_that_is_answered() -> None:
    """The listener closes idle connections: one open operation shows that the handshake was not refused."""
    unsent = planned("/unsent", method="POST", mode=UnsafeMethods.HANDSHAKE)

    def server(probe: Probe) -> HttpFacts | str:
        if probe.identity == ANONYMOUS.name and probe.request is None:
            return ALERT
        return OK if probe.operation else MISSING

    alone = conclude(context(unsent), answering(alice=OK, others=ALERT))
    beside = conclude(context(planned("/open"), unsent), server)
    assert [o.verdict for o in alone.operations] == [Verdict.CONSISTENT]
    assert [o.verdict for o in beside.operations][1:] == [Verdict.UNDECIDED]
    assert "GET /open" in beside.undecided[0].reason


WEAK = replace(SELF_SIGNED, name="weak-key", profile="weak-key", refused_by_policy=True)
POLICY = "certificate-policy-not-enforced"


def test_a_certificate_that_only_policy_rejects_is_one_warning_for_the_listener() -> None:
    """Go, Java, Node and Envoy admit 1,024-bit RSA: no operation drifts, and none stays undecided."""
    ctx = context(planned("/a"), planned("/b"), planned("/c"), identities=(ALICE, WEAK))
    result = conclude(ctx, answering(alice=OK, weak_key=OK, others=DENIED))
    (finding,) = result.findings
    assert (finding.rule, finding.operation, finding.profile) == (POLICY, None, "weak-key")
    assert 'weak-key = "accept"' in finding.message
    assert "(GET /a)" in finding.message
    assert {o.verdict for o in result.operations} == {Verdict.CONSISTENT}
    assert not result.undecided


@pytest.mark.parametrize("answer", [DENIED, ALERT, BROKEN])
def test_a_policy_certificate_never_leaves_an_operation_undecided(answer: HttpFacts | str) -> None:
    """Neither refused nor inconclusive: the document promises nothing about it."""
    ctx = context(planned(), identities=(ALICE, WEAK))
    result = conclude(ctx, answering(alice=OK, weak_key=answer, others=DENIED))
    assert not result.findings
    assert [o.verdict for o in result.operations] == [Verdict.CONSISTENT]


def test_a_certificate_that_the_configuration_refuses_is_an_error_of_each_operation() -> None:
    """`[battery] weak-key = "refuse"`."""
    ctx = context(planned(), identities=(ALICE, replace(WEAK, refused_by_policy=False)))
    result = conclude(ctx, answering(alice=OK, weak_key=OK, others=DENIED))
    assert [finding.rule for finding in result.findings] == ["invalid-certificate-accepted"]


VALID_LEAF = replace(SELF_SIGNED, name="valid-leaf", profile="valid-leaf", expect=Expect.ACCEPTED)
EXPIRED_LEAF = replace(SELF_SIGNED, name="expired", profile="expired", beside="valid-leaf")


def test_generated_controls_go_to_an_operation_that_admits_the_valid_certificate() -> None:
    """The first one answers 503: the control would be inconclusive there."""

    def server(probe: Probe) -> HttpFacts | str:
        if probe.identity in (ANONYMOUS.name, EXPIRED_LEAF.name):
            return ALERT
        path = probe.operation.path if probe.operation else ""
        return {"/broken": BROKEN, "/works": OK}.get(path, MISSING)

    ctx = context(planned("/broken"), planned("/works"), identities=(ALICE, VALID_LEAF, EXPIRED_LEAF))
    log = play(CHECKS, ctx, server)
    sent = [e.probe.operation for e in log.by_check("certificate") if e.probe.identity == "valid-leaf"]
    assert {str(operation) for operation in sent} == {"GET /works"}
    assert not certificate.CHECK.judge(ctx, log.classifier()).skipped


def test_profiles_are_inconclusive_where_no_operation_admits_a_valid_certificate() -> None:
    """Their control is not sent, and the report says so."""
    ctx = context(planned(), identities=(ALICE, VALID_LEAF, EXPIRED_LEAF))
    (skipped,) = conclude(ctx, answering(others=BROKEN, anonymous=ALERT, expired=ALERT)).skipped
    assert skipped.reason.startswith("expired are inconclusive: no operation admitted a valid certificate")
