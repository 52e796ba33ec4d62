"""Published vulnerabilities: every claim that one is probed belongs to a rule, and the page states the others."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from specdrift.cli.main import cli
from specdrift.rules import RULES
from specdrift.rules.advisories.vulnerabilities import VULNERABILITIES, Visibility
from specdrift.rules.advisories.vulnerable_versions import NOT_RUN, RUN, run_of
from specdrift.rules.handbook import coverage_page
from specdrift.rules.references import reference
from tests.servers.controls.__main__ import CONTROLS

ROOT = Path(__file__).resolve().parents[2]
CITED = {text for rule in RULES.values() for text in rule.references if text.startswith(("CVE-", "RUSTSEC-"))}


def test_the_table_has_every_vulnerability_that_a_rule_cites() -> None:
    """A citation without a statement about its probes suggests that they see it."""
    assert set(VULNERABILITIES) >= CITED


def test_the_page_of_a_rule_says_which_cited_vulnerability_no_probe_finds() -> None:
    """On the command line as in the handbook."""
    said = {name for name in CITED if reference(name).title.endswith("(not probed)")}
    assert said == {name for name in CITED if VULNERABILITIES[name].visibility is Visibility.NOT_PROBED}
    assert "CVE-2026-27586" in said
    page = CliRunner().invoke(cli, ["explain", "invalid-certificate-accepted"]).output
    for text in (page, (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")):
        assert "Caddy: a missing CA file disabled client authentication (not probed)" in " ".join(
            text.split()
        )


def test_what_is_probed_has_a_rule() -> None:
    """And what is not probed has a reason."""
    for name, one in VULNERABILITIES.items():
        assert one.how, name
        assert one.visibility is Visibility.NOT_PROBED or name in CITED, name


def test_each_vulnerability_names_the_versions_that_were_run_or_why_none_was() -> None:
    """The versions are those of the controls."""
    assert [name for name in VULNERABILITIES if not run_of(name)] == []
    assert set(RUN) & set(NOT_RUN) == set()
    assert {*RUN, *NOT_RUN} == set(VULNERABILITIES)
    assert set(RUN) == {one.cve for one in CONTROLS}


def test_each_vulnerability_that_was_run_has_a_version_that_is_reported_and_one_that_is_not() -> None:
    """A fixed version that is reported as well would show that something else is found."""
    for name in RUN:
        assert {bool(one.rules) for one in CONTROLS if one.cve == name} == {True, False}, name


def test_a_version_that_was_run_is_found_as_the_page_says() -> None:
    """What is reported of it is a rule that cites the vulnerability, and the page does not say that nothing is sent."""
    for name in RUN:
        assert VULNERABILITIES[name].visibility is not Visibility.NOT_PROBED
        rules = {rule for one in CONTROLS if one.cve == name for rule in one.rules}
        assert any(name in RULES[rule].references for rule in rules), name


def test_the_page_is_current_and_printed() -> None:
    """``./dev docs`` writes it again."""
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == coverage_page()
    assert CliRunner().invoke(cli, ["rules", "--coverage"]).output == coverage_page()
    assert "| not probed |" in coverage_page()


def test_vulnerabilities_are_sorted() -> None:
    """By year and number, so that a missing one is seen."""
    numbers = [tuple(map(int, name.split("-")[1:])) for name in VULNERABILITIES]
    assert numbers == sorted(numbers)
