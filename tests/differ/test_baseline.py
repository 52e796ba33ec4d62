"""Accepted drifts, expired acceptances, and updates of the baseline file."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from specdrift.differ.baseline import Baseline, accept, entry_of, updated
from specdrift.errors import ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Result, Suppression, UndecidedOperation
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import comparison
from specdrift.result.status import status_of
from specdrift.rules.ids import DATA_ELSEWHERE
from tests.differ.drift_builders import OTHER, drift
from tests.differ.earlier_results import NOON, OF_DOCUMENT, OPEN, entry, judged, run

TODAY = NOON.date()
NEW = drift(
    identity="anonymous",
    operation=OTHER,
    probes=("certificate/POST |others/anonymous/any/main/1",),
    fingerprint="9" * 16,
)


def kept(*entries: Suppression) -> Baseline:
    """A baseline of these."""
    return Baseline(source="specdrift-baseline.json", entries=entries)


def status(result: Result) -> ExitStatus:
    """What the process says of it."""
    return status_of(result, FailOn.ERROR, allow_incomplete=False)


def test_an_accepted_drift_is_shown_and_does_not_count() -> None:
    """The drift is there, marked, with reason, owner and day beside it."""
    accepted = accept(run(OPEN), kept(entry(owner="payments", expires=TODAY)))
    assert [found.status for found in accepted.drifts] == [DriftStatus.SUPPRESSED]
    assert accepted.suppressed == (entry(owner="payments", expires=TODAY),)
    assert (status(run(OPEN)), status(accepted)) == (ExitStatus.DRIFT, ExitStatus.OK)


@pytest.mark.parametrize("accepted", [True, False])
def test_data_that_are_accepted_elsewhere_leave_the_open_operation_decided(accepted: bool) -> None:  # noqa: FBT001
    """The acceptance states what the document does not: the data are meant for all."""
    data = replace(OPEN, rule=DATA_ELSEWHERE, severity=Severity.WARNING)
    unclear = UndecidedOperation(
        operation=OTHER,
        kind=UndecidedReason.DATA_OF_ANOTHER,
        reason="it gives the data of another one",
        how_to_decide="accept the drift",
    )
    whole = replace(run(data, operations=(judged(OTHER, verdict=Verdict.UNDECIDED),)), undecided=(unclear,))
    found = accept(whole, kept(*([replace(entry(), rule=DATA_ELSEWHERE)] if accepted else [])))
    assert status(found) is (ExitStatus.OK if accepted else ExitStatus.INCOMPLETE)
    assert found.operations[0].verdict is (Verdict.CONSISTENT if accepted else Verdict.UNDECIDED)


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "duplicate-key"},
        {"operation": OTHER},
        {"identity": "alice"},
        {"reason": ""},
        {"reason": " \u200b\u3164"},
    ],
)
def test_an_entry_accepts_only_the_drift_that_it_names(changed: dict[str, Any]) -> None:
    """A reader of the file trusts rule and operation, not the fingerprint; an update drops the reason."""
    other = replace(entry(), **changed)
    found = accept(run(OPEN), kept(other))
    assert [one.status for one in found.drifts] == [DriftStatus.NEW]
    assert found.baseline is not None
    misnamed = "reason" not in changed
    assert found.baseline.misnamed == ((other,) if misnamed else ())
    assert ("Not applied" in comparison.accepted(found)) is misnamed
    if misnamed:
        assert updated(kept(other), run(OPEN)).entries == (entry_of(OPEN),)


def test_one_that_is_not_accepted_counts() -> None:
    """Whatever is accepted beside it."""
    accepted = accept(run(OPEN, NEW), kept(entry()))
    assert [found.status for found in accepted.drifts] == [DriftStatus.SUPPRESSED, DriftStatus.NEW]
    assert status(accepted) is ExitStatus.DRIFT


@pytest.mark.parametrize(
    ("expires", "counts"),
    [(None, False), (TODAY + timedelta(days=1), False), (TODAY, False), (TODAY - timedelta(days=1), True)],
)
def test_the_last_day_still_counts(expires: date | None, counts: bool) -> None:  # noqa: FBT001 - a table's column
    """After it the drift fails again, and the result says that it was accepted once."""
    accepted = accept(run(OPEN), kept(entry(expires=expires)))
    assert accepted.baseline is not None
    assert (status(accepted) is ExitStatus.DRIFT) is counts
    assert accepted.baseline.expired == ((entry(expires=expires),) if counts else ())


@pytest.mark.parametrize(
    ("started", "counts"),
    [
        (datetime(2026, 3, 14, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 15, 1, tzinfo=timezone(timedelta(hours=2))), False),
    ],
)
def test_the_day_is_that_of_the_runs_own_clock(started: datetime, counts: bool) -> None:  # noqa: FBT001
    """In UTC, so that a saved result is judged alike wherever and whenever that is done."""
    accepted = accept(run(OPEN, started_at=started), kept(entry(expires=TODAY)))
    assert (status(accepted) is ExitStatus.DRIFT) is counts


def test_without_a_reason_nothing_is_accepted() -> None:
    """Such entries are let through only to be written again."""
    assert accept(run(OPEN), kept(entry(reason=""))).drifts == (OPEN,)


def test_other_entries_are_fixed_or_were_not_judged() -> None:
    """The operation of one was judged, that of the other was not there."""
    accepted = accept(run(OF_DOCUMENT), kept(entry(), entry(NEW)))
    assert accepted.baseline is not None
    assert (accepted.baseline.fixed, accepted.baseline.unjudged) == ((entry(),), (entry(NEW),))


def test_an_update_adds_open_drifts_and_keeps_reasons() -> None:
    """Of two entries one is known; fixed drifts are removed, drifts that were not judged stay."""
    known = entry(OF_DOCUMENT, owner="api", expires=TODAY - timedelta(days=300))
    elsewhere = entry(replace(NEW, operation=None, fingerprint="3" * 16))
    after = updated(kept(entry(), known, elsewhere), run(OF_DOCUMENT, NEW))
    assert {e.fingerprint: e for e in after.entries} == {
        known.fingerprint: known,
        NEW.fingerprint: entry_of(NEW),
        elsewhere.fingerprint: elsewhere,
    }


def test_an_update_renews_the_description_of_an_entry() -> None:
    """An entry may have only fingerprint and reason."""
    bare = Suppression(fingerprint=OPEN.fingerprint, reason="why", owner="who")
    assert updated(kept(bare), run(OPEN)).entries == (entry(reason="why", owner="who"),)


@pytest.mark.parametrize(
    "result",
    [
        run(operations=(judged(verdict=Verdict.UNDECIDED),)),
        run(operations=()),
        run(stop_reason=StopReason.INTERRUPTED),
        run(rules=()),
    ],
)
def test_an_entry_that_was_not_judged_is_never_removed(result: Result) -> None:
    """Undecided, left out by filters or checks, interrupted."""
    assert updated(kept(entry()), result).entries == (entry(),)


def test_an_update_is_idempotent() -> None:
    """And the order does not depend on that of the run."""
    once = updated(kept(), run(OPEN, NEW, OF_DOCUMENT))
    assert updated(once, run(OF_DOCUMENT, OPEN, NEW)) == once
    assert [e.rule for e in once.entries] == ["duplicate-key", "mtls-not-enforced", "mtls-not-enforced"]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (run(exit_status=2, operations=()), ExitStatus.USAGE),
        (run(stop_reason=StopReason.INTERRUPTED), ExitStatus.INTERRUPTED),
        (run(operations=()), ExitStatus.INCOMPLETE),
        (run(problem=Problem(kind=ProblemKind.UNREACHABLE, text="no route")), ExitStatus.INCOMPLETE),
        (run(), ExitStatus.OK),
    ],
)
def test_the_status_of_the_rest_stays(result: Result, expected: ExitStatus) -> None:
    """A baseline excuses drift, and nothing else."""
    assert status(accept(result, kept(entry()))) is expected
