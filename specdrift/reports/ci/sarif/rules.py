"""The rules, as code scanning shows them beside every alert."""

from collections.abc import Iterable, Mapping
from functools import cache

from specdrift.model.result.drift import Drift, Severity
from specdrift.reports.ci.sarif.objects import SarifObject
from specdrift.result.printable import printable, printable_block
from specdrift.rules import RULES
from specdrift.rules.handbook import page_as_markdown
from specdrift.rules.rule import Rule

LONGEST = 1024
"""Characters of a description that code scanning takes."""
MOST_TAGS = 10
"""Code scanning shows so many of the twenty that it takes."""
USUAL: Mapping[Severity, str] = {Severity.ERROR: "7.0", Severity.WARNING: "5.0", Severity.NOTE: "3.0"}
"""``security-severity`` of rules that name a weakness (CWE) and have no own score. Above 9.0 is critical, 7.0 to
8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low.
"""


def catalogue(drifts: Iterable[Drift]) -> list[SarifObject]:
    """Every rule there is, so that a rule which found nothing can close its alerts; then those only drifts know."""
    unknown = {drift.rule: drift for drift in drifts if drift.rule not in RULES}
    return [*map(_known, RULES.values()), *map(_unknown, unknown.values())]


@cache
def _known(rule: Rule) -> SarifObject:
    return {
        "id": rule.id,
        "name": _pascal(rule.id),
        "shortDescription": {"text": _sentence(rule.title)},
        "fullDescription": {"text": printable(rule.summary, limit=LONGEST)},
        "defaultConfiguration": {"enabled": True, "level": rule.severity.value},
        "help": {"text": _help(rule), "markdown": page_as_markdown(rule)},
        "properties": _properties(rule),
    }


def _unknown(drift: Drift) -> SarifObject:
    """A rule of another version, of which the result tells little."""
    title = _sentence(printable(drift.title, limit=LONGEST - 1) or printable(drift.rule))
    return {
        "id": printable(drift.rule),
        "name": _pascal(drift.rule),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "defaultConfiguration": {"enabled": True, "level": drift.severity.value},
        "help": {"text": printable_block(drift.remediation) or title},
        "properties": {"tags": ["mtls"], "precision": "high"},
    }


def _help(rule: Rule) -> str:
    references = "\n".join(rule.references)
    return (
        f"{rule.summary}\n\nWhy it matters\n{rule.why}\n\nWhat to do\n{rule.remedy}\n\nSee also\n{references}"
    )


def _properties(rule: Rule) -> dict[str, object]:
    weaknesses = [text.lower() for text in rule.references if text.startswith("CWE-")]
    usual = USUAL[rule.severity] if weaknesses else ""
    score = usual if rule.security_score is None else rule.security_score
    kind = ["security"] if score else []
    tags = ["mtls", *kind, *(f"external/cwe/{name}" for name in weaknesses)][:MOST_TAGS]
    severity = {"security-severity": score} if score else {"problem.severity": _problem(rule.severity)}
    return {"tags": tags, "precision": rule.precision.value, **severity}


def _problem(severity: Severity) -> str:
    return "recommendation" if severity is Severity.NOTE else severity.value


def _pascal(rule: str) -> str:
    """``MtlsNotEnforced``: the name beside the id, for people (SARIF2012)."""
    words = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in rule).split()
    return "".join(word[:1].upper() + word[1:] for word in words)[:255] or "Rule"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
