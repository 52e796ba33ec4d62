"""Document, gateway, source and runtime side by side, for the page."""

from collections.abc import Iterator

from specdrift.model.plural import plural
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayView
from specdrift.model.result.result import Result
from specdrift.model.result.source import SourceView
from specdrift.reports.content import three_way
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.three_way import ThreeWayRow
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view.page_types import ThreeWayRowView, ThreeWayView
from specdrift.result.printable import printable

MOST_SERVERS = 200
"""Servers of a gateway that the page lists."""
AGREED = Badge(symbol="✓", word="agree", tone=Tone.QUIET)
BESIDE = Badge(symbol="i", word="agree, with findings", tone=Tone.NOTE)
"""Something else was found, such as input that is not validated."""
DIFFER = {
    Severity.ERROR: Badge(symbol="✗", word="differ", tone=Tone.BAD),
    Severity.WARNING: Badge(symbol="!", word="differ", tone=Tone.WARN),
    Severity.NOTE: Badge(symbol="!", word="differ", tone=Tone.WARN),
}


def view(result: Result) -> ThreeWayView | None:
    """Return the comparison, what was not evaluated, servers of gateways and TLS in the source; nothing if neither was
    read.
    """
    source, gateways = result.source, result.gateways
    if source is None and not gateways:
        return None
    rows = tuple(map(_row, three_way.rows(result)))
    views = (*gateways, *((source,) if source else ()))
    return ThreeWayView(
        title=three_way.title(result),
        has_gateway=bool(gateways),
        has_source=source is not None,
        disagreeing=tuple(row for row in rows if row.disagreeing),
        agreeing=tuple(row for row in rows if not row.disagreeing),
        tls=_tls(source) if source else (),
        servers=tuple(
            (
                printable(f"{one.name} ({one.gateway})", limit=300),
                printable(str(entry), limit=300),
                entry.client_auth.value,
                printable(str(entry.location), limit=300),
            )
            for one in gateways
            for entry in one.entries[:MOST_SERVERS]
        ),
        unresolved=tuple(
            (printable(one.what, limit=300), printable(str(one.location), limit=300))
            for each in views
            for one in each.unresolved
        ),
        read=tuple(printable(one, limit=600) for one in (*map(_gateway, gateways), *_source(source))),
    )


def _tls(source: SourceView) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (
            one.client_auth.value,
            printable(one.what, limit=300),
            printable(str(one.location), limit=300),
        )
        for one in source.configurations
    )


def _gateway(view: GatewayView) -> str:
    servers, files = plural(len(view.entries), "server"), plural(view.files, "file")
    listed = f"; the first {MOST_SERVERS} are listed" if len(view.entries) > MOST_SERVERS else ""
    return f"{servers} of {view.name} ({view.gateway}) in {files}{listed}"


def _source(view: SourceView | None) -> Iterator[str]:
    if view is None:
        return
    framework = f"{view.framework} {view.version}".strip()
    routes, files = plural(view.distinct, "route"), plural(view.files, "file")
    served = ", ".join(view.entries) or "none"
    yield f"{routes} of {view.crate} ({framework}) in {files}; served routers: {served}"


def _row(row: ThreeWayRow) -> ThreeWayRowView:
    return ThreeWayRowView(
        operation=printable(row.operation, limit=400),
        document=row.document,
        gateway=row.gateway,
        gateway_place=printable(row.gateway_place, limit=300),
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
