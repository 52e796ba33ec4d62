"""What a drift and a consistent operation rest on: masked values, the learned denial, repetitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specdrift.checks.bypass import path_variant
from specdrift.checks.certificate import certificate
from specdrift.checks.core.confirm import CONFIRMATIONS
from specdrift.checks.core.evidence import with_evidence
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Verdict
from specdrift.reports.content.evidence import refused_like, rests_on
from tests.checks.plan_builders import ALICE, OLD, context, http, planned, play
from tests.checks.test_redirects import CHECKS, DATA, Asked, as_json, internal, serving
from tests.generated.server import facts

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from tests.generated.faults import Reply

THIRD = "/stock"


def concluded(path: str) -> Evidence:
    """The evidence of a finding on one operation of a server that refuses the others with 403."""

    def others(asked: Asked) -> Reply | None:
        if asked.path.removeprefix("/internal") == path:
            return internal(asked)
        return as_json({"error": "no"}, 403)

    plan = context(*(planned(each) for each in (*DATA, THIRD)), identities=(ALICE, OLD))
    data = {**DATA, THIRD: {"sku": "BX-7721", "left": 1204}}
    log = play(CHECKS, plan, serving(others, data))
    classifier = log.classifier()
    findings = certificate.CHECK.judge(plan, classifier).findings
    (evidence,) = {
        with_evidence(finding, classifier).evidence
        for finding in findings
        if finding.rule == "mtls-not-enforced"
    }
    assert evidence is not None
    return evidence


def test_values_are_masked() -> None:
    """Two characters of a value at most, and none of a short one; the member says where it stands."""
    evidence = concluded("/people")
    assert set(evidence.shared) <= {
        "born: 19…",
        "salary: 53…",
        "salary: …",
        "name: no…",
        "name: sa…",
        "name: …",
    }
    assert "born: 19…" in evidence.shared
    assert evidence.share > 90


def test_the_denial_and_the_attempts_are_counted() -> None:
    """The server refuses otherwise; each attempt was repeated."""
    evidence = concluded("/people")
    assert (evidence.denial_status, evidence.denial_operations) == (403, 2)
    assert evidence.attempts > CONFIRMATIONS


def test_one_line_for_reports() -> None:
    """Short, in the order of importance."""
    evidence = Evidence(shared=("ab…", "…"), share=94, denial_status=401, denial_operations=5, attempts=3)
    assert rests_on(evidence) == (
        "94 % of the resource's values in the response (ab…, …); 3 attempts; "
        "this server refuses with HTTP 401 on 5 operations"
    )
    assert rests_on(None) == ""


def refused(_: Asked) -> Reply:
    """The server's denial."""
    return as_json({"error": "no"}, 403)


def test_a_consistent_operation_says_how_it_refuses() -> None:
    """Like the other operations, with none of the values that a valid certificate gets."""
    plan = context(*map(planned, DATA), identities=(ALICE, OLD))
    log = play(CHECKS, plan, serving(refused))
    results = certificate.CHECK.judge(plan, log.classifier()).operations
    assert len(results) == len(DATA)
    for result in results:
        assert result.verdict is Verdict.CONSISTENT
        assert result.evidence is not None
        assert result.evidence.recognisable
        words = refused_like(result)
        assert words.startswith(
            "refused like 1 other operation with HTTP 403; none of the resource's values; "
        )
        assert words.endswith(" attempts")


def test_a_refusal_in_tls_and_other_verdicts() -> None:
    """TLS needs no comparison; an undecided operation has no such line."""
    plan = context(planned(), identities=(ALICE, OLD))
    log = play(CHECKS, plan, lambda p: http(200) if p.identity == ALICE.name else "certificate_required")
    (result,) = certificate.CHECK.judge(plan, log.classifier()).operations
    assert refused_like(result).startswith("refused in the TLS handshake; ")
    assert refused_like(replace(result, verdict=Verdict.UNDECIDED)) == ""
    assert refused_like(replace(result, evidence=None)) == ""


def bypassed(probe: Probe) -> HttpFacts:
    """Serve the data to each caller that writes two slashes."""
    request = probe.request
    assert request is not None
    if request.target == "//orders" and probe.operation is not None:
        return facts(as_json(DATA["/orders"]), request.target)
    return serving(refused)(probe)


def test_the_finding_of_another_check_says_what_it_rests_on() -> None:
    """The data in the answer, the attempts without their controls, and the denial elsewhere."""
    plan = context(*map(planned, DATA), identities=(ALICE, OLD), exhaustive=True)
    classifier = play((*CHECKS, path_variant.CHECK), plan, bypassed).classifier()
    (finding,) = path_variant.CHECK.judge(plan, classifier).findings
    evidence = with_evidence(finding, classifier).evidence
    assert evidence is not None
    assert evidence.share == 100
    assert evidence.shared
    assert evidence.attempts == 1 + CONFIRMATIONS
    assert (evidence.denial_status, evidence.denial_operations) == (403, 2)


def test_the_values_that_a_valid_certificate_may_get_are_no_evidence() -> None:
    """Neither is the denial of other callers."""
    plan = context(*map(planned, DATA), identities=(ALICE, OLD))
    classifier = play(CHECKS, plan, serving(refused)).classifier()
    own = next(e for e in classifier.log.by_check("certificate") if e.probe.identity == ALICE.name)
    finding = Finding(
        rule="input-not-validated",
        operation=own.probe.operation,
        identity=ALICE.name,
        message="",
        confidence=Confidence.HIGH,
        probes=(own.probe.id,),
    )
    evidence = with_evidence(finding, classifier).evidence
    assert evidence is not None
    assert rests_on(evidence) == "1 attempt"
