"""What a run says about the requirements of a standard: never that one is fulfilled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.checks.credentials import revoked, revoked_session
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.problem import StopReason
from specdrift.model.result.result import Result
from specdrift.model.result.setting import Setting
from specdrift.model.result.traceability import TraceStatus
from specdrift.model.result.verdict import Outcome
from specdrift.reports import render
from specdrift.reports.report_format import RenderOptions
from specdrift.result.serialize import deserialize, serialize
from specdrift.rules.standards import STANDARD_PROFILES
from specdrift.scan.conclusion.merging import merge
from specdrift.scan.conclusion.tracing import raised, traced
from tests.reports import factory, parts
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

LOOKED_FOR = tuple(sorted(STANDARD_PROFILES["asvs-5"].rules))


def with_profile(result: Result, name: str = "asvs-5") -> Result:
    """Return an invented run as it would be with a profile."""
    setting = Setting(value=name, text=f'"{name}"', origin="--profile")
    return traced(replace(result, settings={**result.settings, "profile": setting}, rules=LOOKED_FOR))


def statuses(result: Result) -> dict[str, TraceStatus]:
    """Return the status of each requirement."""
    assert result.traceability is not None
    return {one.id: one.status for one in result.traceability.requirements}


def reasons(result: Result, requirement: str) -> dict[str, str]:
    """Return why the rules of a requirement are not established."""
    assert result.traceability is not None
    (found,) = (one for one in result.traceability.requirements if one.id == requirement)
    return {rule.rule: rule.reason for rule in found.rules}


def test_without_a_profile_nothing_is_said() -> None:
    """And an unknown one, of another version, says nothing either."""
    assert traced(factory.story()).traceability is None
    assert with_profile(factory.story(), "of-another-version").traceability is None


def test_a_drift_violates_each_requirement_that_its_rule_answers_for() -> None:
    """With its fingerprint."""
    result = with_profile(factory.story())
    assert result.traceability is not None
    assert statuses(result)["12.3.5 (L3)"] is TraceStatus.VIOLATED
    violated = {
        name
        for one in result.traceability.requirements
        for rule in one.rules
        if rule.status is TraceStatus.VIOLATED
        for name in rule.drifts
    }
    assert violated <= {drift.fingerprint for drift in result.drifts}


def test_an_accepted_drift_violates_the_standard_all_the_same() -> None:
    """The baseline decides about the exit status, not about the standard."""
    story = factory.story()
    accepted = replace(
        story, drifts=tuple(replace(drift, status=DriftStatus.SUPPRESSED) for drift in story.drifts)
    )
    assert statuses(with_profile(accepted)) == statuses(with_profile(story))


def test_what_no_probe_answers_for_is_not_probed_in_any_run() -> None:
    """Not even in a run that finds nothing."""
    for result in (factory.story(), factory.consistent(), factory.incomplete()):
        assert statuses(with_profile(result))["12.1.5 (L3)"] is TraceStatus.NOT_PROBED


def test_a_run_that_sent_nothing_for_a_rule_establishes_nothing() -> None:
    """An invented run has probes of some checks only."""
    result = with_profile(factory.consistent())
    assert statuses(result)["10.3.5 (L3)"] is TraceStatus.NOT_ESTABLISHED
    assert reasons(result, "10.3.5 (L3)") == {"token-not-bound": "no request of this run tests it"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"stop_reason": StopReason.INTERRUPTED}, "the run stopped early"),
        ({"undecided": factory.story().undecided}, "1 operation is undecided"),
        ({"operations": ()}, "the document requires a client certificate for no operation"),
        ({"rules": ()}, "its check did not run"),
    ],
)
def test_an_incomplete_run_establishes_nothing(changes: dict[str, object], reason: str) -> None:
    """Though it found nothing."""
    consistent = with_profile(factory.consistent())
    changed_run = traced(replace(consistent, **changes))
    assert TraceStatus.NO_VIOLATION_FOUND not in statuses(changed_run).values()
    assert reasons(changed_run, "12.2.1 (L1)") == {"plaintext-listener": reason}


def test_revocation_is_not_established_by_other_certificates() -> None:
    """``self-signed`` was refused; no revoked one was tried."""
    result = with_profile(factory.consistent())
    assert statuses(result)["12.1.4 (L3)"] is TraceStatus.NOT_ESTABLISHED


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        (revoked.NAME, "invalid-certificate-accepted"),
        (revoked_session.NAME, "session-outlives-revocation"),
    ],
)
def test_a_certificate_that_works_after_its_revocation_violates_what_is_about_revoked_ones(
    check: str, rule: str
) -> None:
    """It is a configured one, and has no profile; what another check admitted says nothing about revocation."""
    story = factory.consistent()
    drifts, records = [], []
    for name in (check, "certificate"):
        records.append(
            parts.probe_record(story.operations[0].operation, ANONYMOUS, Outcome.ADMITTED, check=name)
        )
        drifts.append(parts.drift(rule, None, None, "", records[-1:]))
    found = with_profile(replace(story, drifts=tuple(drifts), probes=(*story.probes, *records)))
    assert found.traceability is not None
    (requirement,) = (one for one in found.traceability.requirements if one.id == "12.1.4 (L3)")
    violated = {one.rule: one.drifts for one in requirement.rules if one.status is TraceStatus.VIOLATED}
    assert violated == {rule: (drifts[0].fingerprint,)}


def test_a_severity_is_raised_and_never_lowered() -> None:
    """As the standard requires; without a standard none changes."""
    weak = replace(
        parts.drift("certificate-policy-not-enforced", None, None, ""),
        severity=Severity.WARNING,
        profile="weak-key",
    )
    other = replace(weak, profile="weak-signature")
    severities = [drift.severity for drift in raised((weak, other), STANDARD_PROFILES["fapi2"])]
    assert severities == [Severity.ERROR, Severity.WARNING]
    assert raised((weak, other), None) == (weak, other)


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_reports_state_what_is_not_probed_and_not_established(format_: str) -> None:
    """And never a word of success."""
    result = with_profile(factory.story())
    shown = render(result, format_, RenderOptions(verbose=True)).decode()
    assert f"Profile asvs-5, {len(STANDARD_PROFILES['asvs-5'].requirements)} requirements:" in shown
    for words in ("violated", "not established", "not probed"):
        assert words in shown
    assert "12.1.5 (L3)" in shown


def test_the_result_keeps_it() -> None:
    """Written and read again."""
    result = with_profile(factory.story())
    assert deserialize(serialize(result)).traceability == result.traceability


def profiled(pki: TestPki, base_url: str, name: str, **changes: Any) -> Result:  # noqa: ANN401
    """Run with a profile."""
    origins = dict.fromkeys(("profile", *changes), "option")
    return run(settings_for(pki, base_url, profile=name, origins=origins, **changes))


@pytest.mark.slow
def test_an_open_operation_violates_and_a_correct_server_does_not(
    pki: TestPki, required_server: str, tmp_path: Path
) -> None:
    """Real servers, one of which has an operation without its guard."""
    checks = ("certificate", "plaintext", "certificate-request", "public-issuers")
    correct = profiled(pki, required_server, "asvs-5", checks=checks)
    with case_named("python-cert-optional-unguarded").start(pki, tmp_path) as server:
        wrong = profiled(pki, server.base_url, "asvs-5", checks=checks)
    assert statuses(correct)["12.2.1 (L1)"] is TraceStatus.NO_VIOLATION_FOUND
    assert TraceStatus.VIOLATED not in statuses(correct).values()
    assert statuses(correct)["12.1.3 (L2)"] is TraceStatus.NOT_ESTABLISHED
    assert reasons(correct, "12.1.3 (L2)")["invalid-certificate-accepted"].startswith(
        "certificates not tried"
    )
    assert statuses(wrong)["8.2.1 (L1)"] is TraceStatus.VIOLATED


@pytest.mark.slow
def test_a_profile_sends_no_request_more(pki: TestPki, required_server: str, tmp_path: Path) -> None:
    """A recording judged again says the same, and so do shards together."""
    file = tmp_path / "run.json"
    plain = run(settings_for(pki, required_server))
    result = profiled(pki, required_server, "psd2", record=file)
    assert result.counts.planned == plain.counts.planned
    assert scan.rejudge(file) == result
    shards = [(str(number), profiled(pki, required_server, "psd2", shard=(number, 2))) for number in (1, 2)]
    assert all(TraceStatus.NO_VIOLATION_FOUND not in statuses(part).values() for _, part in shards)
    assert statuses(merge(shards)) == statuses(result)
