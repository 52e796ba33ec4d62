"""Selects checks and rules. Pure."""

from specdrift.checks import CHECKS
from specdrift.checks.core.base import Check
from specdrift.classify.check_names import CERTIFICATE
from specdrift.settings import CheckSettings


def select_checks(settings: CheckSettings) -> tuple[tuple[Check, ...], frozenset[str]]:
    """Return the checks to run and the rules that they may report. Checks that provide controls always run.

    The name of a check selects all of its rules; the name of a rule selects it in every check that reports it.
    """
    only, skip = frozenset(settings.only), frozenset(settings.skip)
    selected = {check.name: _rules(check, only) - skip for check in CHECKS if check.name not in skip}
    controls = {check.name for check in CHECKS if not check.rules} | {CERTIFICATE}
    checks = tuple(check for check in CHECKS if check.name in controls or selected.get(check.name))
    return checks, frozenset(rule for rules in selected.values() for rule in rules)


def _rules(check: Check, only: frozenset[str]) -> frozenset[str]:
    return check.rules if not only or check.name in only else check.rules & only
