"""The catalogue of rules: stable ids, default severities and texts.

Reports, ``specdrift explain``, SARIF metadata and the exit status use this table.
"""

from collections.abc import Mapping

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
