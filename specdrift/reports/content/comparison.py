"""A result compared with an earlier result, the baseline and another target, in words for every format."""

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta

from msgspec import Struct

from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import BaselineReview, EarlierRun, PreviousComparison, Result, Suppression
from specdrift.model.result.two_targets import ComparedOperation, TargetAgreement
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content import summary
from specdrift.reports.content.matrix import WORDS
from specdrift.settings import PriorSettings


def labels(result: Result) -> Mapping[str, str]:
    """Return the label of each drift by fingerprint: ``new``, ``known``, ``accepted``, or the baseline's former one.

    Without an earlier result no drift is called new.
    """
    words = {DriftStatus.NEW: "new" if result.previous else "", DriftStatus.KNOWN: "known"}
    words[DriftStatus.SUPPRESSED] = "accepted"
    found = {drift.fingerprint: words[drift.status] for drift in result.drifts}
    for entry in result.baseline.expired if result.baseline else ():
        ended = f"acceptance expired on {entry.expires}"
        found[entry.fingerprint] = ", ".join(filter(None, (found.get(entry.fingerprint, ""), ended)))
    return found


def tally(result: Result) -> str:
    """Return ``1 new, 2 fixed, 3 unchanged, 1 newly undecided``; empty without a comparison."""
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
    """Return the sentence that introduces the comparison; empty without one."""
    before = result.previous
    if before is None:
        return ""
    other = "".join(f" {one[:1].upper()}{one[1:]}." for one in before.differences)
    return f"Since {before.source} ({before.started_at:%Y-%m-%d %H:%M} UTC): {tally(result)}.{other}"


def runs(result: Result) -> tuple[EarlierRun, ...]:
    """Return this run and those before it in numbers, the oldest first; none without two earlier ones."""
    before = result.previous
    return (*before.runs, result.numbers) if before and len(before.runs) > 1 else ()


def course(result: Result) -> str:
    """Return ``Errors of the last 4 runs: 6, 6, 2, 0. Warnings: 1, 1, 1, 1.``; empty without two earlier runs."""
    every = runs(result)
    if not every:
        return ""
    errors, warnings = (
        ", ".join(f"{one:,}" for one in column)
        for column in zip(*((one.errors, one.warnings) for one in every), strict=True)
    )
    return f"Errors of the last {plural(len(every), 'run')}: {errors}. Warnings: {warnings}."


def accepted(result: Result) -> str:
    """Return the effect of the baseline in a sentence; empty without one."""
    review = result.baseline
    if review is None:
        return ""
    parts = [f"{plural(len(result.suppressed), 'drift')} accepted"]
    soon = expiring(result)
    if soon:
        verb = "expires" if len(soon) == 1 else "expire"
        parts += [f"{len(soon):,} of them {verb} soon, the first on {until(soon[0])}"]
    parts += [f"{plural(len(review.expired), 'acceptance')} expired"] if review.expired else []
    parts += [f"{len(review.fixed):,} fixed"] if review.fixed else []
    parts += [f"{plural(len(review.unjudged), 'entry')} not checked in this run"] if review.unjudged else []
    return f"Baseline {review.source}: {', '.join(parts)}.{_misnamed(review)}"


def _misnamed(review: BaselineReview) -> str:
    """Name the entries that do not mean the drift of their fingerprint."""
    if not review.misnamed:
        return ""
    names = ", ".join(f"{entry.fingerprint} ({entry.rule or about(entry)})" for entry in review.misnamed)
    return f" Not applied, since rule, operation or identity are not those of the fingerprint: {names}."


def expiring(result: Result) -> tuple[Suppression, ...]:
    """Return the acceptances that end within ``baseline-warn-days`` after the run, the first to end first."""
    days = result.setting("baseline-warn-days", PriorSettings().baseline_warn_days)
    limit = result.started_at.astimezone(UTC).date() + timedelta(days=int(str(days)))
    found = [
        (entry.expires, entry) for entry in result.suppressed if entry.expires and entry.expires <= limit
    ]
    return tuple(entry for _, entry in sorted(found, key=lambda one: (one[0], one[1].fingerprint)))


def until(entry: Suppression) -> str:
    """Return the last day of an acceptance."""
    return entry.expires.isoformat() if entry.expires else "no expiry date"


def about(entry: Suppression) -> str:
    """Return the subject of an entry: ``GET /items as alice``, ``the document at /security``."""
    where = str(entry.operation) if entry.operation else entry.subject
    caller = f" as {entry.identity}" if entry.identity else ""
    return f"{where or entry.fingerprint}{caller}"


def about_drift(drift: Drift) -> str:
    """Return the subject of a drift of another result."""
    where = str(drift.operation) if drift.operation else drift.subject
    caller = f" as {drift.identity}" if drift.identity else ""
    return f"{where or 'the document'}{caller}"


def newest_first(result: Result) -> tuple[Drift, ...]:
    """Return the drifts that are neither in the baseline nor in the earlier result, worst first."""
    return summary.ordered(drift for drift in result.drifts if drift.status is DriftStatus.NEW)


SIDE_BY_SIDE = "This target and the other one"
NOT_SENT = "not sent"


class SideBySide(Struct, frozen=True, kw_only=True):
    """The callers of an operation who get the same at both targets, in words."""

    agreement: TargetAgreement
    callers: str
    here: str
    there: str


def side_by_side(operation: ComparedOperation) -> Iterator[SideBySide]:
    """Yield a row for each pair of outcomes, differences first."""
    groups: dict[tuple[TargetAgreement, str, str], list[str]] = {}
    for caller in operation.callers:
        words = (_outcome(caller.here), _outcome(caller.there))
        groups.setdefault((caller.agreement, *words), []).append(caller.identity)
    order = list(TargetAgreement)
    for agreement, here, there in sorted(groups, key=lambda key: order.index(key[0])):
        names = ", ".join(groups[agreement, here, there])
        yield SideBySide(agreement=agreement, callers=names, here=here, there=there)


def _outcome(outcome: Outcome | None) -> str:
    return WORDS[outcome] if outcome else NOT_SENT
