"""A suite passes only where the run passes: judged on made-up results."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from specdrift.errors import ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import Result, Suppression, UndecidedOperation
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Outcome, Verdict
from specdrift.pytest_plugin.expectations import Expectation, ExpectedCase, Holds, judge, subjects_of
from specdrift.result.status import fail_on_of, incomplete_allowed, not_deployed_allowed, status_of
from tests.examples import examples
from tests.reports import factory
from tests.reports.strategies import RESULTS


def judged(result: Result) -> dict[ExpectedCase, Holds]:
    """What each test of the result's document says."""
    subjects = subjects_of(each.operation for each in result.operations)
    return {subject: judge(subject, result).holds for subject in subjects}


def with_status(result: Result) -> Result:
    """The result with the exit status that its own settings give it."""
    status = status_of(
        result,
        fail_on_of(result),
        allow_incomplete=incomplete_allowed(result),
        not_deployed_ok=not_deployed_allowed(result),
    )
    return replace(result, exit_status=status)


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
    max_examples=examples(60),
)
@given(result=RESULTS)
def test_a_suite_passes_only_where_the_run_passes(result: Result) -> None:
    """Whatever the run has found: an exit status other than 0 fails a test."""
    ended = with_status(result)
    failed = Holds.NO in judged(ended).values()
    assert failed or ended.exit_status == ExitStatus.OK


@pytest.mark.parametrize("made", [factory.story, factory.incomplete, factory.hopeless, factory.document_only])
def test_runs_that_fail_fail_a_test(made: object) -> None:
    """The results of the other reports."""
    assert callable(made)
    assert Holds.NO in judged(made()).values()


def test_a_consistent_run_passes() -> None:
    """Nothing fails, and each operation's expectations hold."""
    found = judged(factory.consistent())
    assert Holds.NO not in found.values()
    assert sum(holds is Holds.YES for holds in found.values()) > len(found) / 2


def test_a_listener_that_nothing_reached_has_no_verdict() -> None:
    """No finding of a server that is down is no good news about it."""
    result = factory.consistent()
    assert holds(Expectation.LISTENER, result) is Holds.YES
    counts = replace(result.counts, requests=0, connections=0)
    unreached = replace(result, counts=counts)
    assert holds(Expectation.LISTENER, unreached) is Holds.NO
    assert holds(Expectation.DOCUMENT, unreached) is Holds.YES
    allowed = {**unreached.settings, "allow-incomplete": Setting(value=True, text="true")}
    assert holds(Expectation.LISTENER, replace(unreached, settings=allowed)) is Holds.NOT_JUDGED


def holds(expectation: Expectation, result: Result) -> Holds:
    """What the test of the whole run says."""
    return judge(ExpectedCase(operation=None, expectation=expectation), result).holds


def test_each_drift_fails_one_expectation() -> None:
    """That of its caller, and a bypass or a drift of no operation another one."""
    result = factory.story()
    assert result.drifts
    for drift in result.drifts:
        alone = replace(result, drifts=(replace(drift, status=DriftStatus.NEW),))
        alone = replace(alone, settings={"fail-on": Setting(value="note", text='"note"')})
        subjects = subjects_of(each.operation for each in result.operations)
        blaming = [subject for subject in subjects if drift.fingerprint in fingerprints(subject, alone)]
        assert len(blaming) == 1, drift


def fingerprints(subject: ExpectedCase, result: Result) -> set[str]:
    """Return the drifts that a test names."""
    return {drift.fingerprint for drift in judge(subject, result).drifts}


def undecided(kind: UndecidedReason, **options: object) -> set[Holds]:
    """What the tests of one undecided operation say."""
    whole = factory.consistent()
    first = whole.operations[0]
    result = replace(
        whole,
        operations=(replace(first, verdict=Verdict.UNDECIDED), *whole.operations[1:]),
        undecided=(
            UndecidedOperation(
                operation=first.operation.key, kind=kind, reason="?", how_to_decide="", remedy=Remedy.OTHER
            ),
        ),
        settings={name: Setting(value=value, text=str(value)) for name, value in options.items()},
    )
    return {holds for subject, holds in judged(result).items() if subject.operation == first.operation.key}


def test_an_undecided_operation_never_passes() -> None:
    """It fails, or is skipped where the settings accept that."""
    assert undecided(UndecidedReason.INCONCLUSIVE) == {Holds.NO}
    assert undecided(UndecidedReason.NOT_DEPLOYED) == {Holds.NO}
    assert undecided(UndecidedReason.INCONCLUSIVE, **{"not-deployed-ok": True}) == {Holds.NO}
    assert undecided(UndecidedReason.NOT_DEPLOYED, **{"not-deployed-ok": True}) == {Holds.NOT_JUDGED}
    assert undecided(UndecidedReason.INCONCLUSIVE, **{"allow-incomplete": True}) == {Holds.NOT_JUDGED}


def test_an_accepted_drift_is_an_expected_failure() -> None:
    """The baseline's reason is that of the test."""
    result = factory.story()
    drift = next(d for d in result.drifts if d.operation and d.probes)
    alone = replace(
        result,
        drifts=(replace(drift, status=DriftStatus.SUPPRESSED),),
        suppressed=(Suppression(fingerprint=drift.fingerprint, reason="until release 7"),),
    )
    subjects = subjects_of(each.operation for each in result.operations)
    (found,) = [j for s in subjects if (j := judge(s, alone)).holds is Holds.ACCEPTED]
    assert found.reason == "accepted by the baseline: until release 7"


def test_another_drift_does_not_decide_the_rest() -> None:
    """An operation with a bypass, whose anonymous client got no answer."""
    whole = factory.consistent()
    first = next(o for o in whole.operations if o.operation.requirement.demand.excludes_anonymous)
    outcomes = tuple(
        replace(o, outcome=Outcome.INCONCLUSIVE) if o.identity == "anonymous" else o for o in first.outcomes
    )
    broken = replace(first, verdict=Verdict.DRIFT, outcomes=outcomes)
    result = replace(whole, operations=tuple(broken if o is first else o for o in whole.operations))
    found = {
        s.expectation: holds for s, holds in judged(result).items() if s.operation == first.operation.key
    }
    assert found[Expectation.REFUSES_ANONYMOUS] is Holds.NO
    assert found[Expectation.ADMITS_VALID] is Holds.YES
    assert FailOn.ERROR is fail_on_of(result)
