"""What was there before, in a terminal: an earlier result, and the baseline."""

from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result, Suppression
from specdrift.reports.content import comparison
from specdrift.reports.terminal.table import table, texts
from specdrift.result.printable import printable

Part = Table | Text


def since(result: Result) -> Iterator[Part]:
    """What became of an earlier result; nothing where there was none."""
    before = result.previous
    if before is None:
        return
    yield Text(f"\n{printable(comparison.since(result))}", style="bold")
    if course := comparison.course(result):
        yield Text(printable(course), style="dim")
    yield from _drifts("✓ Fixed since then", before.fixed)
    yield from _drifts("? Not checked again", before.unjudged)
    if before.undecided:
        found = table("? Newly undecided", "operation", "reason", "how to decide it")
        for item in before.undecided:
            found.add_row(*texts(str(item.operation or "the run"), item.reason, item.how_to_decide))
        yield found


def new(result: Result) -> Iterator[Part]:
    """The drifts that the earlier result did not have."""
    drifts = comparison.newest_first(result)
    if drifts:
        found = table("✗ New", "severity", "rule", "what", "message")
        for drift in drifts:
            found.add_row(
                *texts(drift.severity.value, drift.rule, comparison.about_drift(drift), drift.message)
            )
        yield found


def baseline(result: Result, *, verbose: bool) -> Iterator[Part]:
    """What is accepted, what no longer is, and what is fixed; nothing where there was no baseline."""
    review = result.baseline
    yield from _entries("✓ Accepted by the baseline", result.suppressed, reason=True)
    yield from _entries("! Acceptance expires soon", comparison.expiring(result), reason=True)
    if review is None:
        return
    yield from _entries("✗ Acceptance expired", review.expired, reason=True)
    yield from _entries("✓ Fixed, still in the baseline", review.fixed, reason=False)
    if verbose:
        yield from _entries("? Accepted, not checked in this run", review.unjudged, reason=False)
    yield Text(f"\n{printable(comparison.accepted(result))}", style="dim")


def _drifts(title: str, drifts: Iterable[Drift]) -> Iterator[Table]:
    rows = [(drift.severity.value, drift.rule, comparison.about_drift(drift)) for drift in drifts]
    if rows:
        found = table(title, "severity", "rule", "what")
        for row in rows:
            found.add_row(*texts(*row))
        yield found


def _entries(title: str, entries: Iterable[Suppression], *, reason: bool) -> Iterator[Table]:
    rows = [
        (entry.rule, comparison.about(entry), comparison.until(entry), entry.owner, entry.reason)
        for entry in entries
    ]
    if rows:
        found = table(title, *(("rule", "what", "until", "owner", "reason") if reason else ("rule", "what")))
        for row in rows:
            found.add_row(*texts(*(row if reason else row[:2])))
        yield found
