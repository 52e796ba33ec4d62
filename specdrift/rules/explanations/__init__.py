"""The pages of the rules, one small file for each group."""

from collections.abc import Mapping

from specdrift.rules.explanation import Explanation
from specdrift.rules.explanations import enforcement

EXPLANATIONS: Mapping[str, Explanation] = {
    each.rule: each for group in (enforcement,) for each in group.EXPLANATIONS
}
