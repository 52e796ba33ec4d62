"""``specdrift explain``: the page of a rule, and which there are."""

import click
import pytest

from specdrift.pki.battery import PROFILES
from specdrift.rules import RULES
from specdrift.rules.handbook import handbook, page_as_markdown
from tests.cli.conftest import Run


def test_without_a_rule_it_lists_them(command: Run) -> None:
    """And says how to go on."""
    lines = command("explain").out.splitlines()
    assert [line.split()[0] for line in lines[: len(RULES)]] == list(RULES)
    assert "specdrift explain RULE" in lines[-1]


def test_the_page_has_every_stack_and_what_it_refers_to(command: Run) -> None:
    """Once each, with titles."""
    lines = [line.strip() for line in command("explain", "resumption-bypass").out.splitlines()]
    starts = [line.split(":")[0] for line in lines]
    assert [
        name
        for name in starts
        if name in {"Axum", "nginx", "Envoy", "HAProxy", "Apache", "Spring", "Go", "Node"}
    ] == [
        "Axum",
        "nginx",
        "Envoy",
        "HAProxy",
        "Apache",
        "Spring",
        "Go",
        "Node",
    ]
    assert "ssl_session_tickets off;" in lines
    assert any(line.startswith("CVE-2025-23419") and "nginx" in line for line in lines)


def test_markdown_is_for_one_rule_or_for_all(command: Run) -> None:
    """All of them are docs/rules.md."""
    assert command("explain", "role-not-enforced", "--format", "markdown").out == page_as_markdown(
        RULES["role-not-enforced"]
    )
    assert command("explain", "--format", "markdown").out == handbook()


@pytest.mark.parametrize("name", PROFILES)
def test_every_certificate_has_its_text(name: str, command: Run) -> None:
    """What the docstring says, how it is made, and what is expected of a verifier."""
    said = " ".join(command("explain", name).out.split())
    assert said.startswith(f"{name} (certificate")
    assert " ".join(PROFILES[name].about.split()) in said
    assert "Default in [battery]: " in said


def test_a_family_of_certificates_has_the_text_of_each(command: Run) -> None:
    """Their policy is one."""
    out = command("explain", "malformed").out
    assert [line.split()[0] for line in out.splitlines() if line[:1].isalpha()] == [
        "malformed",
        "malformed-algorithm",
        "malformed-signature",
    ]
    assert 'Did you mean "expired"?' in command("explain", "expird").err


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_an_unknown_rule_is_answered_with_the_nearest(command: Run, form: str) -> None:
    """Exit 2, nothing on stdout."""
    outcome = command("explain", "mtls-not-enforcd", "--format", form)
    assert (outcome.status, outcome.out) == (2, "")
    assert 'Did you mean "mtls-not-enforced"?' in outcome.err


def test_colour_obeys_no_color(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """FORCE_COLOR colours, NO_COLOR wins over it; the words are the same."""
    plain = command("explain", "mtls-not-enforced").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = command("explain", "mtls-not-enforced").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" in coloured
    assert click.unstyle(coloured) == plain
    assert command("explain", "mtls-not-enforced").out == plain


def test_a_narrow_terminal_gets_narrow_prose(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Snippets are not broken: they are to be copied."""
    monkeypatch.setenv("COLUMNS", "60")
    lines = command("explain", "mtls-not-enforced").out.splitlines()
    assert lines
    assert all(len(line) <= 60 for line in lines if not line.startswith("      "))
