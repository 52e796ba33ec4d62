"""What is different: since an earlier result, and from what the baseline says."""

from collections.abc import Iterable, Iterator

from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import Result, Suppression
from specdrift.reports.content import comparison
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view.page_types import ChangeRow, Changes, ChangeTable, CountView
from specdrift.result.printable import printable

FIXED = Badge(symbol="✓", word="fixed", tone=Tone.GOOD)
UNJUDGED = Badge(symbol="?", word="not checked again", tone=Tone.UNKNOWN)
UNDECIDED = Badge(symbol="?", word="newly undecided", tone=Tone.UNKNOWN)
EXPIRED = Badge(symbol="!", word="acceptance expired", tone=Tone.WARN)
EXPIRING = Badge(symbol="!", word="acceptance expires soon", tone=Tone.WARN)
STALE = Badge(symbol="✓", word="fixed, still in the baseline", tone=Tone.GOOD)
FORGOTTEN = Badge(symbol="?", word="in the baseline, not checked", tone=Tone.UNKNOWN)


def changes(result: Result) -> Changes | None:
    """The comparison, or nothing where there was nothing to compare with."""
    if not (result.previous or result.baseline):
        return None
    tables = (ChangeTable(badge=badge, rows=tuple(rows)) for badge, rows in _tables(result))
    return Changes(
        sentences=tuple(
            printable(text)
            for text in (comparison.since(result), comparison.course(result), comparison.accepted(result))
            if text
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def _tables(result: Result) -> Iterator[tuple[Badge, Iterable[ChangeRow]]]:
    before, review = result.previous, result.baseline
    if before:
        yield FIXED, map(_drift, before.fixed)
        yield UNJUDGED, map(_drift, before.unjudged)
        yield (
            UNDECIDED,
            (
                _change(str(item.operation or "the run"), "", f"{item.reason}. {item.how_to_decide}")
                for item in before.undecided
            ),
        )
    if review:
        yield EXPIRING, map(_entry, comparison.expiring(result))
        yield EXPIRED, map(_entry, review.expired)
        yield STALE, map(_entry, review.fixed)
        yield FORGOTTEN, map(_entry, review.unjudged)


def _drift(drift: Drift) -> ChangeRow:
    return _change(comparison.about_drift(drift), drift.rule, drift.message)


def _entry(entry: Suppression) -> ChangeRow:
    owner = f" ({entry.owner})" if entry.owner else ""
    return _change(
        comparison.about(entry), entry.rule, f"until {comparison.until(entry)}: {entry.reason}{owner}"
    )


def _change(what: str, rule: str, words: str) -> ChangeRow:
    return ChangeRow(
        what=printable(what, limit=400), rule=printable(rule, limit=100), words=printable(words, limit=600)
    )


def tallies(result: Result) -> Iterator[CountView]:
    """New, fixed and unchanged, for the top of the page; nothing where no earlier result was given."""
    before = result.previous
    if before is None:
        return
    statuses = [drift.status for drift in result.drifts]
    new, unchanged = statuses.count(DriftStatus.NEW), statuses.count(DriftStatus.KNOWN)
    fixed = len(before.fixed)
    yield _tally(new, "new", Tone.BAD, chosen="change=new", link="drifts")
    yield _tally(fixed, "fixed", Tone.GOOD, chosen="", link="changes")
    yield _tally(unchanged, "unchanged", Tone.QUIET, chosen="change=unchanged", link="drifts")


def _tally(number: int, word: str, tone: Tone, *, chosen: str, link: str) -> CountView:
    badge = Badge(symbol=f"{number:,}", word=word, tone=tone if number else Tone.QUIET)
    return CountView(badge=badge, filter=chosen if number else "", link=link if number else "")
