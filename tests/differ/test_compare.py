"""A result beside an earlier one."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from specdrift.differ.compare import MOST_RUNS, compared, since
from specdrift.errors import UsageError
from specdrift.model.contract.shards import owns
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Counts, PreviousComparison, Result, Target, UndecidedOperation
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content.comparison import course
from specdrift.reports.content.comparison import since as since_sentence
from tests.differ.drift_builders import ITEM, OTHER, drift
from tests.differ.earlier_results import NOON, OF_DOCUMENT, OPEN, asked, judged, outcome, run

ELSEWHERE = drift(
    identity="anonymous",
    operation=OTHER,
    probes=("certificate/POST |others/anonymous/any/main/1",),
    fingerprint="9" * 16,
)


def between(old: Result, new: Result) -> PreviousComparison:
    """What became of the old one."""
    found = since(new, old, source="old.json").previous
    assert found is not None
    return found


def test_new_and_known_are_distinguished() -> None:
    """By fingerprint alone: message, line and severity may be others."""
    known = replace(OPEN, message="in other words")
    found = since(run(known, OF_DOCUMENT), run(OPEN), source="old.json")
    assert [d.status for d in found.drifts] == [DriftStatus.KNOWN, DriftStatus.NEW]
    assert found.previous == PreviousComparison(
        source="old.json", run_id="run", started_at=NOON, runs=(run(OPEN).numbers,)
    )


def of(title: str = "API", source: str = "api.yaml", target: str = "https://api.test:8443") -> Result:
    """A run of another document or target."""
    document = replace(run().document, title=title, source=source)
    return run(document=document, target=Target(base_url=target))


@pytest.mark.parametrize(
    ("old", "differences"),
    [
        (of(), ()),
        (of(source="main:api.yaml"), ()),
        (of(target="https://API.test:8443/"), ()),
        (of(target=""), ()),
        (of(title="Other"), ('its document is "Other" (api.yaml), and this one is "API" (api.yaml)',)),
        (
            of(target="https://staging.test:8443"),
            ("its target is https://staging.test:8443, and this one is https://api.test:8443",),
        ),
        (
            of(target="https://api.test:8443/v2"),
            ("its target is https://api.test:8443/v2, and this one is https://api.test:8443",),
        ),
    ],
)
def test_results_of_other_documents_and_targets_are_named(old: Result, differences: tuple[str, ...]) -> None:
    """Staging beside production is compared on purpose; a wrong file is not, and looked the same."""
    found = since(of(), old, source="old.json")
    assert found.previous is not None
    assert found.previous.differences == differences
    for one in differences:
        assert since_sentence(found).endswith(f" {one[0].upper()}{one[1:]}.")


def test_results_of_two_apis_are_refused() -> None:
    """With no operation in common nothing can be compared; a result without operations has its own status."""
    other = replace(of(title="Other"), operations=(judged(OTHER),))
    with pytest.raises(UsageError, match=r'^old.json is of "Other" .* no operation in common'):
        compared(of(), other, source="old.json")
    assert compared(of(), of(title="Other"), source="old.json").previous is not None
    assert compared(replace(of(), operations=()), other, source="old.json").previous is not None


def test_each_result_keeps_the_numbers_of_those_before_it() -> None:
    """Accepted drifts do not count; the oldest are dropped."""
    result = run(OPEN, OF_DOCUMENT)
    for number in range(40):
        later = run(
            OPEN,
            replace(OF_DOCUMENT, status=DriftStatus.SUPPRESSED),
            started_at=NOON + timedelta(days=number),
        )
        result = since(later, result, source="old.json")
    assert result.previous is not None
    kept = result.previous.runs
    assert len(kept) == MOST_RUNS
    assert [one.started_at.day for one in kept[-2:]] == [
        (NOON + timedelta(days=37)).day,
        (NOON + timedelta(days=38)).day,
    ]
    assert {one.errors + one.warnings for one in kept} == {1}


def test_the_course_of_runs_begins_with_the_third() -> None:
    """With one earlier run, the comparison says it all."""
    first, second = run(OPEN, OF_DOCUMENT), since(run(OPEN), run(OPEN, OF_DOCUMENT), source="old.json")
    assert course(second) == ""
    third = since(run(), second, source="old.json")
    errors, warnings = (
        [getattr(one, column) for one in (first.numbers, second.numbers, third.numbers)]
        for column in ("errors", "warnings")
    )
    assert sorted(errors, reverse=True) == errors
    assert errors[-1] == warnings[-1] == 0
    assert course(third) == (
        f"Errors of the last 3 runs: {', '.join(map(str, errors))}. Warnings: {', '.join(map(str, warnings))}."
    )


def test_a_status_from_another_comparison_does_not_stay() -> None:
    """A result that was held against yesterday's is held against last week's."""
    found = since(run(replace(OPEN, status=DriftStatus.KNOWN)), run(), source="old.json")
    assert found.drifts[0].status is DriftStatus.NEW


def test_an_accepted_drift_is_not_new() -> None:
    """It has been reviewed."""
    accepted = replace(OPEN, status=DriftStatus.SUPPRESSED)
    assert since(run(accepted), run(), source="old.json").drifts == (accepted,)


def test_a_drift_is_fixed_only_where_it_was_judged_again() -> None:
    """The other run did not judge the operation: its state is unknown."""
    found = between(run(OPEN, ELSEWHERE, OF_DOCUMENT), run())
    assert [d.fingerprint for d in found.fixed] == [OPEN.fingerprint, OF_DOCUMENT.fingerprint]
    assert [d.fingerprint for d in found.unjudged] == [ELSEWHERE.fingerprint]
    assert not any(d.probes for d in (*found.fixed, *found.unjudged))


def test_newly_undecided_operations_were_decided_before() -> None:
    """Also what was not there before; and such an operation's drift is not fixed."""
    old, new, same = (
        UndecidedOperation(
            kind=UndecidedReason.INCONCLUSIVE, operation=key, reason="HTTP 503", how_to_decide="repeat"
        )
        for key in (None, ITEM, OTHER)
    )
    undecided = run(undecided=(new, same), operations=(judged(verdict=Verdict.UNDECIDED),))
    found = between(run(OPEN, undecided=(old, same)), undecided)
    assert found.undecided == (new,)
    assert (len(found.fixed), len(found.unjudged)) == (0, 1)


def test_a_result_beside_itself_has_no_news() -> None:
    """Everything is known, nothing is fixed."""
    whole = run(OPEN, OF_DOCUMENT)
    found = since(whole, whole, source="old.json")
    assert {d.status for d in found.drifts} == {DriftStatus.KNOWN}
    assert found.previous == PreviousComparison(
        source="old.json", run_id="run", started_at=NOON, runs=(whole.numbers,)
    )


def test_a_drift_that_is_no_longer_accepted_is_new() -> None:
    """The older baseline accepted it. The comparison names the reason."""
    accepted = replace(OPEN, status=DriftStatus.SUPPRESSED)
    found = since(run(OPEN), run(accepted), source="old.json")
    assert [one.status for one in found.drifts] == [DriftStatus.NEW]
    assert (
        "its baseline accepted 1 drift that the baseline of this one does not accept."
        in since_sentence(found).lower()
    )
    still = since(run(accepted), run(accepted), source="old.json")
    assert still.previous is not None
    assert ([one.status for one in still.drifts], still.previous.differences) == (
        [DriftStatus.SUPPRESSED],
        (),
    )


@pytest.mark.parametrize("change", ["none", "outcomes", "identity", "probes"])
def test_a_verdict_without_what_shows_it_is_less_than_before(change: str) -> None:
    """An operation without outcomes, outcomes of an identity that the result lacks, or without their exchanges."""
    record = asked("certificate")
    one = judged(ITEM, replace(outcome(), probes=(record.probe.id,)))
    whole = run(operations=(one,), probes=(record,), counts=Counts(requests=1))
    changed = {
        "none": whole,
        "outcomes": replace(whole, operations=(replace(one, outcomes=()),)),
        "identity": replace(whole, identities=()),
        "probes": replace(whole, probes=()),
    }[change]
    assert bool(compared(changed, whole, source="old.json").undecided) is (change != "none")


def test_a_shard_did_not_judge_what_it_probed_as_a_control() -> None:
    """Operations of other shards are not judged in it. Beside the same shard nothing is missing."""
    record = asked("certificate")
    both = tuple(judged(key, replace(outcome(), probes=(record.probe.id,))) for key in (ITEM, OTHER))
    whole = run(operations=both, probes=(record,))
    number = 1 if owns((1, 2), ITEM) else 2
    shard = replace(whole, settings={"shard": Setting(value=f"{number}/2", text=f'"{number}/2"')})
    found = compared(shard, whole, source="old.json")
    assert [one.operation for one in found.undecided] == [
        key for key in (ITEM, OTHER) if not owns((number, 2), key)
    ]
    assert not compared(shard, shard, source="old.json").undecided
