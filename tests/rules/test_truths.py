"""The truths of the test servers decide every rule that a check reports."""

from specdrift.checks import CHECKS
from tests.servers.truth import Rule


def test_the_truths_know_every_rule_of_a_check() -> None:
    """A rule that `Rule` lacks would be ignored on all test servers, false findings included."""
    assert frozenset(Rule) == frozenset().union(*(check.rules for check in CHECKS))
