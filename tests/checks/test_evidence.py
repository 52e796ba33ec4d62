"""What a drift rests on: masked values, the learned denial, repetitions."""

from specdrift.checks.certificate import certificate
from specdrift.checks.core.confirm import CONFIRMATIONS
from specdrift.model.result.evidence import Evidence
from specdrift.reports.content.evidence import rests_on
from tests.checks.plan_builders import ALICE, OLD, context, planned, play
from tests.checks.test_redirects import CHECKS, DATA, Asked, as_json, internal, serving
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
    findings = certificate.CHECK.judge(plan, log.classifier()).findings
    (evidence,) = {finding.evidence for finding in findings if finding.rule == "mtls-not-enforced"}
    assert evidence is not None
    return evidence


def test_values_are_masked() -> None:
    """Two characters of a value at most, and none of a short one."""
    evidence = concluded("/people")
    assert set(evidence.shared) <= {"53…", "19…", "no…", "sa…", "…"}
    assert "53…" in evidence.shared or "19…" in evidence.shared
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
