"""Every rule has a complete page in every format."""

import re
from pathlib import Path

from specdrift.cli.terminal.rule_page import page_as_text
from specdrift.rules import RULES, document, gateway, source
from specdrift.rules.explanation import Stack
from specdrift.rules.handbook import handbook, page_as_markdown
from specdrift.rules.page_reader import explanations
from specdrift.rules.references import ReferenceKind, reference

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = frozenset(rule.id for rule in document.RULES)
SOURCE = source.IDS
RUNTIME = [name for name in RULES if name not in DOCUMENT | SOURCE]
GATEWAYS_ONLY = frozenset({Stack.TRAEFIK, Stack.KONG})
"""Fixed on the pages of rules about gateways."""
ONE_PAGE = 120
ID = {
    ReferenceKind.CWE: r"CWE-[1-9]\d*",
    ReferenceKind.CVE: r"CVE-\d{4}-\d{4,}",
    ReferenceKind.OWASP: r"OWASP API([1-9]|10):2023",
}


def test_every_rule_is_explained_and_nothing_else() -> None:
    """A page without a rule could not be found."""
    assert set(explanations()) == set(RULES)


def test_a_rule_about_the_server_has_a_fix_for_every_stack() -> None:
    """In the order of the enumeration, each with a snippet of its own."""
    for name in RUNTIME:
        explanation = explanations()[name]
        wanted = [f"Fix: {stack}" for stack in Stack if stack not in GATEWAYS_ONLY]
        assert [f"Fix: {stack}" for stack in explanation.fixes] == wanted, f"sections of {name}.md: {wanted}"
        assert all(fix.text.endswith((".", ".)")) and fix.snippet for fix in explanation.fixes.values()), name
        assert explanation.change is None, name


def test_a_rule_about_the_source_has_a_fix_for_the_framework_that_can_be_read() -> None:
    """And no document before and after: what has to change is the source."""
    for name in sorted(SOURCE - gateway.IDS):
        assert list(explanations()[name].fixes) == [Stack.AXUM], name
        assert explanations()[name].change is None, name


def test_a_rule_about_a_gateway_has_a_fix_for_each_that_can_be_read() -> None:
    """And no document before and after: what has to change is the configuration."""
    for name in sorted(gateway.IDS):
        wanted = [Stack.NGINX, Stack.ENVOY, Stack.HAPROXY, Stack.TRAEFIK, Stack.KONG]
        assert list(explanations()[name].fixes) == wanted, name
        assert explanations()[name].change is None, name


def test_a_rule_about_the_server_names_weakness_and_risk() -> None:
    """What an auditor files it under."""
    for name in [*RUNTIME, *sorted(SOURCE)]:
        kinds = {reference(text).kind for text in RULES[name].references}
        assert kinds >= {ReferenceKind.CWE, ReferenceKind.OWASP}, name


def test_a_rule_about_the_document_shows_it_before_and_after() -> None:
    """No server has to be changed."""
    for name in sorted(DOCUMENT):
        explanation = explanations()[name]
        assert explanation.change is not None, name
        assert explanation.change.before != explanation.change.after, name
        assert not explanation.fixes, name


def test_each_part_occurs_once() -> None:
    """The correct behaviour is not repeated in the summary or the remediation."""
    for name in RULES:
        rule, explanation = RULES[name], explanations()[name]
        parts = [rule.summary, rule.why, rule.remedy, explanation.probed, explanation.correct]
        assert all(part.strip() == part and part.endswith(".") for part in parts), name
        assert "orrect server" not in f"{rule.summary}{rule.why}{rule.remedy}", name


def test_the_page_fits() -> None:
    """In a terminal of 80 columns the prose, in 100 the snippets too."""
    for name in RULES:
        lines = page_as_text(RULES[name], width=80, coloured=False).splitlines()
        assert len(lines) <= ONE_PAGE, name
        assert max(map(len, lines)) <= 100, name


def test_a_reference_is_well_formed_and_has_a_title() -> None:
    """An id of its kind, and what it stands for; a place to read on where the publisher has one page for it."""
    for text in sorted({text for rule in RULES.values() for text in rule.references}):
        known = reference(text)
        assert re.fullmatch(ID.get(known.kind, ".+"), known.id), text
        assert known.title, f"give {text} a title in specdrift/rules/references.py"
        assert known.url.startswith("https://") or known.kind in {
            ReferenceKind.OPENAPI,
            ReferenceKind.STANDARD,
        }, text


def test_markdown_has_a_block_for_each_snippet() -> None:
    """With the language in which it is highlighted, and none left open."""
    for name in RULES:
        page = page_as_markdown(RULES[name])
        explanation = explanations()[name]
        assert page.startswith(f"# {name}\n"), name
        assert page.count("\n```") == 2 * (len(explanation.fixes) or 2), name
        assert all(f"```{fix.language}\n{fix.snippet}\n```" in page for fix in explanation.fixes.values()), (
            name
        )


def test_the_rules_reference_is_current() -> None:
    """``./dev docs`` writes it again."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == handbook(), "run ./dev docs"


def test_why_an_invalid_certificate_matters_is_true_of_real_ones_too() -> None:
    """Identities that must be refused may come from a real CA that is no longer trusted; they need not be generated."""
    why = RULES["invalid-certificate-accepted"].why
    assert "no trusted CA signed" in why
    assert "trusted no longer" in why
    assert "Anybody can make such a certificate" not in why
