"""Standards as profiles of rules: each requirement names what is probed of it, and ids are not invented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from specdrift.checks import CHECKS
from specdrift.cli.main import cli
from specdrift.model.result.drift import Severity
from specdrift.pki.battery import PROFILES
from specdrift.rules.ids import MTLS_OVER_ENFORCED, RENEWAL_WITHOUT_CLIENT_AUTH
from specdrift.rules.standards import STANDARD_PROFILES
from specdrift.rules.standards.standard_profile import (
    Coverage,
    StandardProfile,
    StandardRequirement,
)
from specdrift.rules.standards.traceability_page import traceability_page
from specdrift.rules.standards.without_requirement import rules_without_requirement

ROOT = Path(__file__).resolve().parents[2]
LOOKED_FOR = {rule for check in CHECKS for rule in check.rules}
"""Rules that a run of ``check`` looks for."""
REQUIREMENTS = [
    pytest.param(standard, one, id=f"{standard.name}-{number}")
    for standard in STANDARD_PROFILES.values()
    for number, one in enumerate(standard.requirements)
]
ID = re.compile(
    r"§5\.\d(\.\d)*( item \d)?|RFC 8705 §3|FAPI 1\.0 Part [12] §\d(\.\d)*( item \d)?"
    r"|(RTS|SCA-RTS) article \d+(\(\d\))?(\(a\))?|ETSI TS 119 495 GEN-5\.2\.\d-\d|\d+\.\d\.\d+ \(L[123]\)"
)
"""Forms in which the standards number their requirements. FAPI 2.0 has them in section 5."""


@pytest.mark.parametrize(("standard", "one"), REQUIREMENTS)
def test_a_requirement_rests_on_rules_that_a_run_looks_for(
    standard: StandardProfile, one: StandardRequirement
) -> None:
    """A rule that no probe reports would read as "no violation found"."""
    assert set(one.rules) <= LOOKED_FOR
    assert set(one.certificates) <= {profile.family for profile in PROFILES.values()}
    assert one.text.endswith(".")
    assert one.how, standard.name
    assert (one.coverage is Coverage.NOT_PROBED) == (not one.rules)


@pytest.mark.parametrize(("standard", "one"), REQUIREMENTS)
def test_an_id_has_the_form_of_its_standard_or_there_is_none(
    standard: StandardProfile, one: StandardRequirement
) -> None:
    """The page tells why ids are missing."""
    assert not one.id or ID.fullmatch(one.id)
    assert one.id or standard.note


def test_each_rule_answers_for_a_requirement_or_has_a_reason_why_not() -> None:
    """A new rule otherwise stays out of every standard unnoticed."""
    without = rules_without_requirement()
    missing = [rule for rule, reason in without.items() if not reason]
    assert not missing, (
        f"name {missing} in a requirement of specdrift/rules/standards/, or give the reason why no standard has it in "
        "specdrift/rules/standards/without_requirement.py"
    )
    assert set(without) & LOOKED_FOR == {MTLS_OVER_ENFORCED, RENEWAL_WITHOUT_CLIENT_AUTH}


def test_no_requirement_is_listed_twice() -> None:
    """With its id, or with its words."""
    for standard in STANDARD_PROFILES.values():
        labels = [one.id or one.text for one in standard.requirements]
        assert len(labels) == len(set(labels)), standard.name


def test_a_severity_is_only_raised_for_the_certificates_that_the_standard_names() -> None:
    """FAPI 2.0 forbids short RSA keys, and says nothing about SHA-1 signatures."""
    fapi = STANDARD_PROFILES["fapi2"]
    assert fapi.least_severity("certificate-policy-not-enforced", "weak-key") is Severity.ERROR
    assert fapi.least_severity("certificate-policy-not-enforced", "weak-signature") is None
    assert STANDARD_PROFILES["asvs-5"].least_severity("certificate-policy-not-enforced", "weak-key") is None


def test_the_page_is_current_and_printed() -> None:
    """``./dev docs`` writes it again."""
    page = traceability_page()
    assert (ROOT / "docs" / "traceability.md").read_text(encoding="utf-8") == page, "run ./dev docs"
    assert CliRunner().invoke(cli, ["rules", "--traceability"]).output == page
    assert "| id not verified |" in page


@pytest.mark.parametrize("name", STANDARD_PROFILES)
def test_rules_prints_a_standard_for_people_and_for_programs(name: str) -> None:
    """Both have every requirement."""
    requirements = STANDARD_PROFILES[name].requirements
    text = CliRunner().invoke(cli, ["rules", "--profile", name]).output
    assert max(map(len, text.splitlines())) <= 100
    assert all(one.label in text for one in requirements)
    data = json.loads(CliRunner().invoke(cli, ["rules", "--profile", name, "--format", "json"]).output)
    assert [one["rules"] for one in data["requirements"]] == [list(one.rules) for one in requirements]
    assert {one["coverage"] for one in data["requirements"]} <= set(Coverage)


@pytest.mark.parametrize("command", ["rules", "check"])
def test_an_unknown_profile_is_an_error_that_names_the_known_ones(command: str) -> None:
    """Nothing is read or sent."""
    ended = CliRunner().invoke(cli, [command, "--profile", "fapi3"])
    assert ended.exit_code == 2
    assert "'fapi2'" in ended.output
