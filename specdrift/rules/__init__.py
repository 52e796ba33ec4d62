"""The catalogue of rules: stable ids, default severity, and the words that explain them.

Every report, ``specdrift explain``, SARIF metadata and the exit status derive from this table.
"""

from collections.abc import Mapping

from specdrift.rules import around, document, forwarded, inputs, runtime, sessions, source
from specdrift.rules.rule import Rule

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        *runtime.RULES,
        *around.RULES,
        *forwarded.RULES,
        *sessions.RULES,
        *inputs.RULES,
        *source.RULES,
        *document.RULES,
    )
}
