"""A result beside what was there before: an earlier result and the baseline. Words for every report."""

from collections.abc import Iterator, Mapping

from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import PreviousComparison, Result, Suppression
from specdrift.reports.content import summary
from specdrift.reports.content.summary import plural


def labels(result: Result) -> Mapping[str, str]:
    """What stands beside a drift, by its fingerprint: ``new``, ``known``, ``accepted``, or that it no longer is.

    Without an earlier result nothing is called new: everything would be.
    """
    words = {DriftStatus.NEW: "new" if result.previous else "", DriftStatus.KNOWN: "known"}
    words[DriftStatus.SUPPRESSED] = "accepted"
    found = {drift.fingerprint: words[drift.status] for drift in result.drifts}
    for entry in result.baseline.expired if result.baseline else ():
        ended = f"acceptance expired on {entry.expires}"
        found[entry.fingerprint] = ", ".join(filter(None, (found.get(entry.fingerprint, ""), ended)))
    return found


def tally(result: Result) -> str:
    """``1 new, 2 fixed, 3 unchanged, 1 newly undecided``; empty where nothing was compared."""
    before = result.previous
    return ", ".join(_counted(result, before)) if before else ""


def _counted(result: Result, before: PreviousComparison) -> Iterator[str]:
    statuses = [drift.status for drift in result.drifts]
    yield f"{statuses.count(DriftStatus.NEW):,} new"
    yield f"{len(before.fixed):,} fixed"
    yield f"{statuses.count(DriftStatus.KNOWN):,} unchanged"
    if accepted := statuses.count(DriftStatus.SUPPRESSED):
        yield f"{accepted:,} accepted"
    yield f"{len(before.undecided):,} newly undecided"
    if before.unjudged:
        yield f"{len(before.unjudged):,} not checked again"


def since(result: Result) -> str:
    """The sentence that opens the comparison; empty where nothing was compared."""
    before = result.previous
    return (
        f"Since {before.source} ({before.started_at:%Y-%m-%d %H:%M} UTC): {tally(result)}." if before else ""
    )


def accepted(result: Result) -> str:
    """What became of the baseline, in a sentence; empty where there was none."""
    review = result.baseline
    if review is None:
        return ""
    parts = [f"{plural(len(result.suppressed), 'drift')} accepted"]
    parts += [f"{len(review.expired):,} acceptances expired"] if review.expired else []
    parts += [f"{len(review.fixed):,} fixed"] if review.fixed else []
    parts += [f"{plural(len(review.unjudged), 'entry')} not checked in this run"] if review.unjudged else []
    return f"Baseline {review.source}: {', '.join(parts)}."


def until(entry: Suppression) -> str:
    """The last day of an acceptance."""
    return entry.expires.isoformat() if entry.expires else "no expiry date"


def about(entry: Suppression) -> str:
    """What an entry is about: ``GET /items as alice``, ``the document at /security``."""
    where = str(entry.operation) if entry.operation else entry.subject
    caller = f" as {entry.identity}" if entry.identity else ""
    return f"{where or entry.fingerprint}{caller}"


def about_drift(drift: Drift) -> str:
    """The same of a drift of another result."""
    where = str(drift.operation) if drift.operation else drift.subject
    caller = f" as {drift.identity}" if drift.identity else ""
    return f"{where or 'the document'}{caller}"


def newest_first(result: Result) -> tuple[Drift, ...]:
    """Return the drifts that are neither in the baseline nor in the earlier result, worst first."""
    return summary.ordered(drift for drift in result.drifts if drift.status is DriftStatus.NEW)
