"""Renders the pages of the rules as Markdown: one page, or all as ``docs/rules.md``."""

from collections.abc import Iterator

from specdrift.rules import RULES
from specdrift.rules.advisories.coverage_page import coverage
from specdrift.rules.advisories.vulnerabilities import VULNERABILITIES
from specdrift.rules.explanation import Explanation
from specdrift.rules.page_reader import explanations
from specdrift.rules.references import Reference, reference
from specdrift.rules.rule import Rule

OPENING = """\
# Look up a rule

All rules of specdrift: what each means, how it is found, what is correct and how to fix it.
`specdrift explain RULE` prints the same page. `./dev docs` generates this file; do not edit it by hand.

| rule | severity | |
| --- | --- | --- |
"""


def handbook() -> str:
    """Render all rules, with a table of contents."""
    table = "".join(
        f"| [{rule.id}](#{rule.id}) | {rule.severity} | {rule.title} |\n" for rule in RULES.values()
    )
    return OPENING + table + "\n" + "\n".join(page_as_markdown(rule, level=2) for rule in RULES.values())


def coverage_page() -> str:
    """Render the published vulnerabilities, the rules that cite each, and whether it is probed."""
    return coverage(
        {name: tuple(r.id for r in RULES.values() if name in r.references) for name in VULNERABILITIES}
    )


def page_as_markdown(rule: Rule, *, level: int = 1) -> str:
    """Render the page of a rule. ``level`` is the level of its heading."""
    return "\n\n".join(_blocks(rule, explanations().get(rule.id), "#" * level)) + "\n"


def _blocks(rule: Rule, explanation: Explanation | None, marks: str) -> Iterator[str]:
    yield f"{marks} {rule.id}"
    yield f"**{rule.title}** ({rule.severity})"
    yield rule.summary
    yield f"{marks}# Why it matters\n\n{rule.why}"
    if explanation:
        yield f"{marks}# How it is found\n\n{explanation.probed}"
        yield f"{marks}# What is correct\n\n{explanation.correct}"
    yield f"{marks}# How to fix it\n\n{rule.remedy}"
    if explanation:
        yield from _fixes(explanation)
    yield f"{marks}# See also\n\n" + "\n".join(f"- {_linked(reference(text))}" for text in rule.references)


def _fixes(explanation: Explanation) -> Iterator[str]:
    for stack, fix in explanation.fixes.items():
        yield f"**{stack}.** {fix.text}"
        yield _code(fix.language, fix.snippet)
    if explanation.change:
        yield "Before:"
        yield _code(explanation.change.language, explanation.change.before)
        yield "After:"
        yield _code(explanation.change.language, explanation.change.after)


def _code(language: str, snippet: str) -> str:
    return f"```{language}\n{snippet}\n```"


def _linked(known: Reference) -> str:
    name = f"[{known.id}]({known.url})" if known.url else known.id
    return f"{name}: {known.title}" if known.title else name
