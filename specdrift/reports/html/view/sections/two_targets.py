"""Two targets of one document side by side, for the page."""

from specdrift.model.result.result import Result
from specdrift.model.result.two_targets import ComparedOperation, TargetAgreement
from specdrift.reports.content import comparison
from specdrift.reports.content.badges import TARGET_AGREEMENT
from specdrift.reports.html.view.page_types import SideBySideRow, TwoTargetsView
from specdrift.result.printable import printable


def view(result: Result) -> TwoTargetsView | None:
    """Return all rows, those that are not alike first; nothing if one target was checked."""
    compared = result.beside
    if compared is None:
        return None
    rows = [row for operation in compared.operations for row in _rows(operation)]
    alike = TARGET_AGREEMENT[TargetAgreement.ALIKE]
    return TwoTargetsView(
        title=comparison.SIDE_BY_SIDE,
        other=printable(compared.base_url, limit=300),
        apart=tuple(row for row in rows if row.badge is not alike),
        alike=tuple(row for row in rows if row.badge is alike),
    )


def _rows(operation: ComparedOperation) -> list[SideBySideRow]:
    return [
        SideBySideRow(
            operation=printable(str(operation.operation), limit=400),
            callers=printable(row.callers, limit=4000),
            here=row.here,
            there=row.there,
            badge=TARGET_AGREEMENT[row.agreement],
        )
        for row in comparison.side_by_side(operation)
    ]
