"""The catalogue of rules: stable ids, default severities and texts.

Reports, ``specdrift explain``, SARIF metadata and the exit status use this table.
"""

from collections.abc import Mapping

from specdrift.model.result.drift import Severity
from specdrift.rules import bypass, document, forwarded, inputs, runtime, sessions, source
from specdrift.rules.rule import Rule

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        *runtime.RULES,
        *bypass.RULES,
        *forwarded.RULES,
        *sessions.RULES,
        *inputs.RULES,
        *source.RULES,
        *document.RULES,
    )
}
UNKNOWN = Rule(id="", severity=Severity.ERROR, title="", summary="", why="", remedy="")
"""Stands for a rule of another version."""


def rule_of(name: str) -> Rule:
    """Return the rule of that id, or ``UNKNOWN``."""
    return RULES.get(name, UNKNOWN)
