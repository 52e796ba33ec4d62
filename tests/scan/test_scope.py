"""A selection that leaves every guarded operation out, or that a misspelt pattern made smaller, is no pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from specdrift.checks.undocumented.undocumented import CHECK
from specdrift.errors import ExitStatus
from specdrift.model.contract.selector import Selector
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.problem import ProblemKind
from specdrift.scan.preparation.scope import UnmatchedPatterns, removed_unprobed
from specdrift.settings import SelectionSettings
from tests.checks.plan_builders import planned
from tests.scan.running import run, settings_for

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

KNOWN = [planned(path).operation for path in ("/invoices", "/orders")]
QUICK = ("mtls-not-enforced",)


@pytest.mark.parametrize(
    "changes",
    [
        {"include": Selector(paths=("/public",))},
        {"exclude": Selector(paths=("/secure", "/items/*", "/optional"))},
    ],
)
def test_a_run_without_any_guarded_operation_is_not_judged(
    pki: TestPki, optional_server: str, changes: dict[str, Any]
) -> None:
    """Included or excluded: nothing that demands a certificate was checked."""
    settings = settings_for(pki, optional_server, checks=QUICK, **changes)
    result = run(settings)
    assert result.operations
    assert result.problem is not None
    assert result.problem.kind is ProblemKind.NO_REQUIREMENT
    assert "left out" in result.problem.text
    assert result.exit_status == ExitStatus.INCOMPLETE


@pytest.mark.slow
def test_a_misspelt_pattern_beside_a_right_one_is_incomplete(pki: TestPki, optional_server: str) -> None:
    """What it was to select was not checked; with both right, the run has no such entry."""
    misspelt = Selector(paths=("/secure", "/pubic"))
    result = run(settings_for(pki, optional_server, checks=QUICK, include=misspelt))
    (entry,) = (one for one in result.undecided if one.operation is None)
    assert 'include-path "/pubic"' in entry.reason
    right = Selector(paths=("/secure", "/public"))
    result = run(settings_for(pki, optional_server, checks=QUICK, include=right))
    assert not [one for one in result.undecided if one.operation is None]


@pytest.mark.parametrize(
    ("selector", "key"),
    [
        (Selector(paths=("/orders", "/invoicez")), "include-path"),
        (Selector(methods=("GET", "LOCK")), "include-method"),
        (Selector(tags=("nix",)), "include-tag"),
        (Selector(operation_ids=("listInvoice",)), "include-operation-id"),
    ],
)
def test_every_kind_of_pattern_is_compared(selector: Selector, key: str) -> None:
    """Included: a warning and undecided. Excluded: a warning, since more was checked than wanted, not less."""
    included = UnmatchedPatterns(SelectionSettings(include=selector), KNOWN)
    assert [one.reason.partition(" ")[0] for one in included.undecided()] == [key]
    assert len([*included.notes()]) == 1
    excluded = UnmatchedPatterns(SelectionSettings(exclude=selector), KNOWN)
    assert [*excluded.undecided()] == []
    assert [note.partition(" ")[0] for note in excluded.notes()] == [key.replace("include", "exclude")]


def test_a_pattern_for_several_services_may_match_nothing_in_one() -> None:
    """It is still named in a warning."""
    settings = SelectionSettings(include=Selector(paths=("/nix",)), shared=frozenset({"include-path"}))
    patterns = UnmatchedPatterns(settings, KNOWN)
    assert ([*patterns.undecided()], len([*patterns.notes()])) == ([], 1)


def test_removed_operations_that_no_check_probes_are_undecided() -> None:
    """They may still answer. With the check and its rule they are probed."""
    removed = [Candidate(method="GET", path="/ledger", target="/ledger", file="old.yaml", line=3)]
    (entry,) = removed_unprobed(removed, (), {"mtls-not-enforced"})
    assert "the check undocumented was not run: GET /ledger" in entry.reason
    assert removed_unprobed(removed, (CHECK,), {"mtls-not-enforced"})
    assert not removed_unprobed(removed, (CHECK,), {"undocumented-endpoint"})
    assert not removed_unprobed([], (), {"mtls-not-enforced"})
