"""Attempts that require no other are made apart: most attempts wait for another one, and are never sent."""

from __future__ import annotations

import pytest

from specdrift.checks import CHECKS
from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.model.contract.requirement import Demand
from tests.checks.plan_builders import context, planned
from tests.checks.test_bypass_attempts import PLAIN
from tests.checks.test_forwarded import RULES, Callers, callers

__all__ = ["callers"]

APART = [check for check in CHECKS if isinstance(check, BypassCheck) and check.first]


@pytest.mark.parametrize("check", APART, ids=lambda check: check.name)
def test_the_first_attempts_are_those_that_require_no_other(check: BypassCheck, callers: Callers) -> None:
    """All of them, in the same order, and they are fewer."""
    operations = (
        planned("/secure"),
        planned("/items"),
        planned("/orders"),
        planned("/public", Demand.NOT_REQUIRED),
    )
    known = (callers.alice, callers.bob)
    ctx = context(*operations, identities=known, alternate_endpoints=(PLAIN,), rules=RULES)
    every, first = list(check.attempts(ctx)), list(check.first(ctx) if check.first else ())
    assert first == [attempt for attempt in every if not attempt.requires]
    assert 0 < len(first) < len(every)
