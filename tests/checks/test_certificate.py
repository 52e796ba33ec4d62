"""Demand by demand: what the certificate check concludes from who was let in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.checks.certificate import findings as certificate_findings
from specdrift.checks.core.assessment import assess
from specdrift.checks.core.undecided import Undecided
from specdrift.model.contract.requirement import Demand, SchemeType, SchemeUse, SecurityScheme
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe, Reuse, TlsRange
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.verdict import (
    Basis,
    Classification,
    Confidence,
    Enforcement,
    Layer,
    Outcome,
    Verdict,
)
from tests.checks.world import ALICE, BOB, FORGED, KEY, MTLS, OLD, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions, PlanContext
    from specdrift.model.exchange.observation import HttpFacts

CHECKS = (unknown_path.CHECK, certificate.CHECK)
TOKEN = SchemeUse(scheme=SecurityScheme(name="token", type=SchemeType.HTTP, http_scheme="bearer"))
OK, DENIED, MISSING, BROKEN = http(200), http(401), http(404), http(503)
ALERT = "certificate_required"


def answering(**by_identity: HttpFacts | str) -> Callable[[Probe], HttpFacts | str]:
    """A server that answers documented paths by who asks, and 404 to all others."""

    def server(probe: Probe) -> HttpFacts | str:
        name = probe.identity.replace("-", "_")
        answer = by_identity.get(name, by_identity.get("others", DENIED))
        return (
            MISSING if probe.operation is None and probe.request and not isinstance(answer, str) else answer
        )

    return server


def conclude(ctx: PlanContext, server: Callable[[Probe], HttpFacts | str]) -> Conclusions:
    """What the check makes of it."""
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
    """The table of the whole tool. A verdict here is without its findings: they make it drift later."""
    result = conclude(
        context(planned(demand=demand)), answering(anonymous=anonymous, alice=OK, others=DENIED)
    )
    assert [finding.rule for finding in result.findings] == rules
    assert [operation.verdict for operation in result.operations] == [verdict]


def over_tls_1_2(
    answer: HttpFacts | str, others: Callable[[Probe], HttpFacts | str]
) -> Callable[..., HttpFacts | str]:
    """A server that gives the anonymous caller another answer over TLS 1.2."""

    def server(probe: Probe) -> HttpFacts | str:
        old = probe.connection.tls is TlsRange.ONLY_1_2 and probe.identity == ANONYMOUS.name
        return answer if old and probe.operation else others(probe)

    return server


BOTH_VERSIONS = (TlsRange.ONLY_1_3, TlsRange.ONLY_1_2)


def test_an_open_operation_is_open_although_some_attempts_were_inconclusive() -> None:
    """Busy is no refusal: there is nothing inconsistent about it, and another rule has nothing to say."""
    checks, ctx = (*CHECKS, consistency.CHECK), context(planned(), identities=(ALICE,), tls=BOTH_VERSIONS)
    classifier = play(checks, ctx, over_tls_1_2(BROKEN, answering(others=OK))).classifier()
    found = [f for check in checks for f in check.judge(ctx, classifier).findings]
    assert [f.rule for f in found] == ["mtls-not-enforced"]
    assert "on some attempts" in found[0].message


@pytest.mark.parametrize(("over_1_2", "sometimes"), [(ALERT, ""), (OK, " on some attempts")])
def test_refused_over_one_version_is_refused(over_1_2: HttpFacts | str, sometimes: str) -> None:
    """By the application over one version of TLS; in TLS itself over the other, or not."""
    ctx = context(planned(demand=Demand.NOT_REQUIRED), tls=BOTH_VERSIONS)
    server = over_tls_1_2(over_1_2, answering(anonymous=DENIED, alice=OK, others=DENIED))
    (finding,) = conclude(ctx, server).findings
    assert finding.rule == "mtls-over-enforced"
    assert f"is refused{sometimes} (" in finding.message


@pytest.mark.parametrize(
    ("confidence", "rules"), [(Confidence.HIGH, ["mtls-over-enforced"]), (Confidence.MEDIUM, [])]
)
def test_a_connection_that_ends_now_and_then_is_no_demand(confidence: Confidence, rules: list[str]) -> None:
    """On an operation that answers otherwise: only a refusal that says so is one."""
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
def test_what_no_rule_of_the_run_reports_is_not_consistent(
    demand: Demand, anonymous: HttpFacts, others: HttpFacts, left_out: str
) -> None:
    """``--skip-checks`` leaves a finding out, and not what was seen."""
    server = answering(anonymous=anonymous, alice=OK, others=others)
    every = context(planned(demand=demand))
    some = replace(every, rules=every.rules - {left_out})
    told, untold = conclude(every, server), conclude(some, server)
    assert [operation.verdict for operation in told.operations] == [Verdict.CONSISTENT]
    assert [operation.verdict for operation in untold.operations] == [Verdict.UNDECIDED]
    assert left_out in untold.undecided[0].how_to_decide


@pytest.mark.parametrize(("scheme", "rules"), [(KEY, ["mtls-over-enforced"]), (TOKEN, [])])
def test_a_key_that_is_refused_without_a_certificate_is_not_enough(
    scheme: SchemeUse, rules: list[str]
) -> None:
    """The document asks for the key alone, both callers send it, and only one is admitted. A token may be bound."""
    one = planned(demand=Demand.OTHER)
    requirement = replace(one.operation.requirement, alternatives=((scheme,),))
    one = replace(one, operation=replace(one.operation, requirement=requirement), has_all_credentials=True)
    result = conclude(context(one), answering(anonymous=DENIED, alice=OK, others=DENIED))
    assert [finding.rule for finding in result.findings] == rules


def test_a_client_error_is_no_admission_where_a_key_is_missing() -> None:
    """Alice's 400 may say so: then nobody knows what anonymous callers are refused for."""
    one = planned()
    requirement = replace(one.operation.requirement, alternatives=((MTLS, KEY),))
    one = replace(one, operation=replace(one.operation, requirement=requirement))
    for complete, verdict in ((False, Verdict.UNDECIDED), (True, Verdict.CONSISTENT)):
        ctx = context(replace(one, has_all_credentials=complete))
        result = conclude(ctx, answering(anonymous=DENIED, alice=http(400), others=DENIED))
        assert [operation.verdict for operation in result.operations] == [verdict]


def test_a_certificate_that_everybody_lacks_is_some_other_one() -> None:
    """A field of that name: alice is told the same as anonymous callers, with a good one."""
    told = http(400, text="field client certificate is required")
    result = conclude(context(planned(demand=Demand.OTHER)), answering(others=told))
    assert result.findings == ()


def test_who_got_in_before_is_asked_again_where_the_next_one_does_not() -> None:
    """What alice deleted is gone for bob, for anonymous callers, and for her."""
    asked: list[str] = []

    def server(probe: Probe) -> HttpFacts:
        asked.extend([probe.identity] if probe.operation else [])
        return OK if asked == ["alice"] else MISSING

    result = conclude(context(planned(method="DELETE"), identities=(ALICE, BOB)), server)
    (doubt,) = result.undecided
    assert "is admitted once" in doubt.reason
    assert "by hand" in doubt.how_to_decide


@pytest.mark.parametrize(
    ("alternatives", "anonymous", "rules"),
    [
        (((KEY,), ()), DENIED, ["mtls-over-enforced"]),
        (((KEY,), ()), OK, []),
        (((KEY,),), DENIED, []),
    ],
    ids=["nobody but with a certificate", "everybody", "a key is asked for"],
)
def test_an_anonymous_alternative_lets_everybody_in(
    alternatives: tuple[tuple[SchemeUse, ...], ...], anonymous: HttpFacts, rules: list[str]
) -> None:
    """Also beside alternatives that need no certificate, where the demand stays "other"."""
    one = planned(demand=Demand.OTHER)
    requirement = replace(one.operation.requirement, alternatives=alternatives)
    ctx = context(replace(one, operation=replace(one.operation, requirement=requirement)))
    result = conclude(ctx, answering(anonymous=anonymous, alice=OK, others=DENIED))
    assert [finding.rule for finding in result.findings] == rules
    assert [operation.verdict for operation in result.operations] == [Verdict.CONSISTENT]


def test_without_a_control_nothing_is_consistent() -> None:
    """Everybody is refused: it may be a wall, or the wrong certificate."""
    result = conclude(context(planned()), answering(others=DENIED))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]
    assert "no valid certificate was admitted" in result.undecided[0].reason
    assert {finding.rule for finding in result.findings} == {"valid-certificate-refused"}


ITSELF = http(301, headers=(("location", "/secure/"),))
ADVICE = {
    "a redirect to itself": (ITSELF, "correct the base URL, or the path in the document"),
    "another method": (http(405), "take the operation out of the document"),
    "too many requests": (http(429), "--rate-limit"),
    "a server error": (BROKEN, "repeat the run when the server responds"),
    "no such path": (MISSING, "configure an identity that may call it"),
    "a refusal": (DENIED, "configure an identity that may call it"),
}


@pytest.mark.parametrize("name", ADVICE)
def test_what_would_decide_it_is_of_the_answer_that_was_given(name: str) -> None:
    """Another identity does not help where the URL is spelled otherwise than the server wants it."""
    answer, advice = ADVICE[name]
    (doubt,) = conclude(context(planned()), answering(others=answer)).undecided
    assert "no valid certificate was admitted" in doubt.reason
    assert advice in doubt.how_to_decide


def test_an_open_operation_that_is_spelled_otherwise_says_so_too() -> None:
    """There is no valid certificate to blame."""
    (doubt,) = conclude(context(planned(demand=Demand.NOT_REQUIRED)), answering(others=ITSELF)).undecided
    assert "correct the base URL" in doubt.how_to_decide


def test_what_is_withheld_keeps_its_own_advice() -> None:
    """To be let to send it does not help where something else is in the way."""
    doubt = Undecided(kind=UndecidedReason.NOT_SENT, reason="no value for X-H", how_to_decide="give it one")
    one = replace(planned(), mode=UnsafeMethods.NEVER, withheld=doubt)
    (found,) = conclude(context(one), answering(alice=OK)).undecided
    assert (found.kind, found.reason, found.how_to_decide) == (doubt.kind, doubt.reason, doubt.how_to_decide)


def test_a_invalid_certificate_that_is_admitted_is_a_finding_of_its_own() -> None:
    """Asked where the anonymous is refused: the certificate is what opened the door."""
    ctx = context(planned(), identities=(ALICE, OLD, FORGED))
    result = conclude(ctx, answering(anonymous=DENIED, alice=OK, old=OK, self_signed=OK))
    assert [(f.rule, f.identity, f.profile) for f in result.findings] == [
        ("invalid-certificate-accepted", "old", None),
        ("invalid-certificate-accepted", "self-signed", "self-signed"),
    ]


def test_a_invalid_certificate_is_inconclusive_where_every_caller_is_admitted() -> None:
    """The hole is that no certificate is needed; one finding says so."""
    result = conclude(context(planned()), answering(others=OK))
    assert [finding.rule for finding in result.findings] == ["mtls-not-enforced"]


def test_a_invalid_certificate_that_is_inconclusive_leaves_the_operation_open() -> None:
    """What could not be told never looks like a refusal."""
    result = conclude(context(planned()), answering(anonymous=DENIED, alice=OK, old=BROKEN))
    assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]
    assert result.undecided[0].reason == "with old: server error 503"


@pytest.mark.parametrize(
    ("roles", "rules"), [((), ["bob"]), (("admin",), ["bob"]), (("reader",), []), (("other",), [])]
)
def test_a_valid_certificate_of_another_role_may_be_refused(roles: tuple[str, ...], rules: list[str]) -> None:
    """Alice (reader) is admitted, bob (admin) does not: drift only where his role is allowed."""
    ctx = context(planned(roles=roles), identities=(ALICE, BOB))
    result = conclude(ctx, answering(anonymous=DENIED, alice=OK, bob=http(403)))
    refused = [f.identity for f in result.findings if f.rule == "valid-certificate-refused"]
    assert refused == rules


def test_confidence_is_high_only_beside_a_sure_control() -> None:
    """The valid certificate got a success from this very operation, before and after."""
    sure = conclude(context(planned()), answering(others=OK))
    assert [f.confidence for f in sure.findings] == [Confidence.HIGH]

    def shaky(probe: Probe) -> HttpFacts | str:
        after = probe.phase is Phase.AFTER or (probe.phase is Phase.CONFIRM and probe.variant == "after")
        return DENIED if probe.identity == "alice" and after else answering(others=OK)(probe)

    result = conclude(context(planned()), shaky)
    assert [f.confidence for f in result.findings if f.rule == "mtls-not-enforced"] == [Confidence.MEDIUM]


def test_what_looks_like_drift_is_asked_again_on_fresh_connections() -> None:
    """Twice more, so that no finding rests on one answer."""
    log = play(CHECKS, context(planned()), answering(anonymous=OK, alice=OK, others=DENIED))
    asked = [s.probe for s in log.of("certificate", planned().key, ANONYMOUS.name)]
    assert Counter(probe.connection.reuse for probe in asked) == {Reuse.KEEP_ALIVE: 1, Reuse.FRESH: 2}


def test_every_caller_is_asked_over_each_tls_version() -> None:
    """TLS 1.2 may have a configuration of its own."""
    ctx = context(planned(), tls=(TlsRange.ANY, TlsRange.ONLY_1_2))
    asked = Counter(
        (p.identity, p.connection.tls) for p in certificate.CHECK.plan(ctx) if p.phase is Phase.MAIN
    )
    assert asked == {(name, tls): 1 for name in ("anonymous", "old") for tls in ctx.tls}


def test_a_single_valid_identity_is_asked_before_and_after_two_share_it() -> None:
    """A control on both sides, without asking twice as often as needed."""
    one = context(planned(), identities=(ALICE,))
    two = context(planned(), identities=(ALICE, BOB))
    order = [[(p.identity, p.phase) for p in certificate.CHECK.plan(c) if p.control] for c in (one, two)]
    assert order == [
        [("alice", Phase.BEFORE), ("alice", Phase.AFTER)],
        [("alice", Phase.BEFORE), ("bob", Phase.AFTER)],
    ]


class TestUnsafeMethods:
    """POST and its like, which may not be sent by default."""

    def test_never_sends_nothing(self) -> None:
        """And says that it did not."""
        ctx = context(planned(method="POST", mode=UnsafeMethods.NEVER))
        assert [p for p in certificate.CHECK.plan(ctx) if p.operation] == []
        result = conclude(ctx, answering(others=DENIED))
        assert "not sent" in result.undecided[0].reason

    def test_a_refusal_in_tls_decides(self) -> None:
        """The handshake alone shows that nobody gets as far as a request."""
        ctx = context(planned(method="POST", mode=UnsafeMethods.HANDSHAKE), identities=(ALICE,))
        result = conclude(ctx, answering(anonymous=ALERT, alice=OK))
        (operation,) = result.operations
        assert (operation.verdict, operation.enforcement, operation.layer) == (
            Verdict.CONSISTENT,
            Enforcement.ENFORCED,
            Layer.TLS,
        )
        assert {outcome.basis for outcome in operation.outcomes} == {Basis.LISTENER}

    def test_a_certificate_that_tls_lets_through_leaves_it_open(self) -> None:
        """A forged certificate that is not refused in the handshake may or may not be refused later."""
        ctx = context(planned(method="POST", mode=UnsafeMethods.HANDSHAKE), identities=(ALICE, FORGED))
        result = conclude(ctx, answering(anonymous=ALERT, alice=OK, self_signed=OK))
        assert [o.verdict for o in result.operations] == [Verdict.UNDECIDED]


class TestInconsistency:
    """The answer depends on the attempt."""

    def test_one_finding_with_the_numbers_instead_of_not_enforced(self) -> None:
        """Every fourth fresh connection is open."""
        count = Counter[str]()

        def flaky(probe: Probe) -> HttpFacts | str:
            count[probe.identity] += 1
            open_door = probe.identity == "anonymous" and probe.operation and count["anonymous"] % 4 == 0
            return OK if open_door else answering(anonymous=DENIED, alice=OK, others=DENIED)(probe)

        checks = (*CHECKS, consistency.CHECK)
        ctx = context(planned(), identities=(ALICE,))
        classifier = play(checks, ctx, flaky).classifier()
        found = [f for check in checks for f in check.judge(ctx, classifier).findings]
        assert [f.rule for f in found] == ["enforcement-inconsistent"]
        assert "attempts" in found[0].message

    def test_a_version_that_is_open_is_named(self) -> None:
        """All admissions have one thing in common: that is what to look at."""

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
                from dataclasses import replace

                tls = replace(entry.observation.tls, version="TLSv1.2")
                log.add(entry.probe, replace(entry.observation, tls=tls))
        (finding,) = consistency.CHECK.judge(ctx, log.classifier()).findings
        assert finding.message.endswith("all of them over TLSv1.2.")

    def test_repetitions_are_spread_over_a_large_api(self) -> None:
        """A thousand operations are not asked a thousand times more."""
        ctx = context(*(planned(f"/r{number}") for number in range(100)))
        probes = [p for p in consistency.CHECK.plan(ctx) if p.connection.reuse is Reuse.FRESH]
        assert consistency.ENOUGH <= len(probes) <= 2 * consistency.ENOUGH
        assert len({p.operation for p in probes}) == len(probes)


def test_old_identity_is_listed() -> None:
    """Identities that must be refused are not controls."""
    ctx = context(planned(), identities=(ALICE, OLD))
    assert [i.name for i in ctx.accepted] == ["alice"]
    assert [i.name for i in ctx.refused] == ["old"]
