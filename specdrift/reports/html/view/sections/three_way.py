"""Document, source and runtime side by side, for the page: disagreements disagreeing, agreements agreeing."""

from specdrift.model.plural import plural
from specdrift.model.result.drift import Severity
from specdrift.model.result.result import Result
from specdrift.reports.content import three_way
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.three_way import ThreeWayRow
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view.page_types import ThreeWayRowView, ThreeWayView
from specdrift.result.printable import printable

AGREED = Badge(symbol="✓", word="agree", tone=Tone.QUIET)
BESIDE = Badge(symbol="i", word="agree, with findings", tone=Tone.NOTE)
"""Something else was found, such as input that is not validated."""
DIFFER = {
    Severity.ERROR: Badge(symbol="✗", word="differ", tone=Tone.BAD),
    Severity.WARNING: Badge(symbol="!", word="differ", tone=Tone.WARN),
    Severity.NOTE: Badge(symbol="!", word="differ", tone=Tone.WARN),
}


def view(result: Result) -> ThreeWayView | None:
    """The table, the unresolved expressions, and TLS in the source; nothing where it was not read."""
    source = result.source
    if source is None:
        return None
    rows = tuple(map(_row, three_way.rows(result)))
    disagreeing = tuple(row for row in rows if row.disagreeing)
    framework = f"{source.framework} {source.version}".strip()
    return ThreeWayView(
        disagreeing=disagreeing,
        agreeing=tuple(row for row in rows if not row.disagreeing),
        tls=tuple(
            (
                fact.client_auth.value,
                printable(source.describe(fact), limit=300),
                printable(str(fact.location), limit=300),
            )
            for fact in source.tls
        ),
        unresolved=tuple(
            (printable(one.what, limit=300), printable(str(one.location), limit=300))
            for one in source.unresolved
        ),
        read=printable(
            f"{plural(source.distinct, 'route')} of {source.crate} ({framework}) in "
            f"{plural(source.files, 'file')}; served routers: {', '.join(source.entries) or 'none'}",
            limit=600,
        ),
    )


def _row(row: ThreeWayRow) -> ThreeWayRowView:
    return ThreeWayRowView(
        operation=printable(row.operation, limit=400),
        document=row.document,
        source=printable(row.source, limit=300),
        runtime=row.runtime,
        place=printable(row.place, limit=300),
        rules=row.rules,
        badge=_badge(row),
        disagreeing=row.differs or row.severity is not None,
    )


def _badge(row: ThreeWayRow) -> Badge:
    if row.differs:
        return DIFFER[row.severity or Severity.WARNING]
    return BESIDE if row.severity else AGREED
