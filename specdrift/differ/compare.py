"""Compares a result with an earlier one: new, known, fixed and unjudged drifts. Pure."""

from dataclasses import replace

from specdrift.differ.baseline import entry_of
from specdrift.differ.judged import Judge
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import PreviousComparison, Result

MOST_RUNS = 30
"""Earlier runs that a result keeps."""


def since(result: Result, earlier: Result, *, source: str) -> Result:
    """Return the result with drifts marked new or known, and with the comparison.

    ``source`` is the file of the earlier result. Suppressed drifts stay suppressed. A drift is fixed only if this run
    checked for it again.
    """
    before = {drift.fingerprint for drift in earlier.drifts}
    now = {drift.fingerprint for drift in result.drifts}
    checked_for = Judge(result).checked_for
    gone = [(drift, checked_for(entry_of(drift))) for drift in earlier.drifts if drift.fingerprint not in now]
    known_undecided = {item.operation for item in earlier.undecided}
    return replace(
        result,
        drifts=tuple(_marked(drift, known=drift.fingerprint in before) for drift in result.drifts),
        previous=PreviousComparison(
            source=source,
            run_id=earlier.run_id,
            started_at=earlier.started_at,
            fixed=tuple(_quoted(drift) for drift, fixed in gone if fixed),
            unjudged=tuple(_quoted(drift) for drift, fixed in gone if not fixed),
            undecided=tuple(item for item in result.undecided if item.operation not in known_undecided),
            runs=(*(earlier.previous.runs if earlier.previous else ()), earlier.numbers)[-MOST_RUNS:],
        ),
    )


def _marked(drift: Drift, *, known: bool) -> Drift:
    if drift.status is DriftStatus.SUPPRESSED:
        return drift
    return replace(drift, status=DriftStatus.KNOWN if known else DriftStatus.NEW)


def _quoted(drift: Drift) -> Drift:
    """Return a drift of another result without its probes, which this result does not have."""
    return replace(drift, probes=(), reproduce="")
