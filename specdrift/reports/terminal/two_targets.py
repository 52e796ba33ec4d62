"""Two targets of one document side by side, for a terminal."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.model.result.two_targets import TargetAgreement
from specdrift.reports.content import comparison
from specdrift.reports.content.badges import TARGET_AGREEMENT
from specdrift.reports.terminal.styles import STYLES
from specdrift.reports.terminal.table import table, texts


def two_targets(result: Result, *, verbose: bool) -> Iterator[Table | Text]:
    """Yield the table, differences first; callers who are decided alike only if the user asks for all."""
    compared = result.beside
    if compared is None or not compared.operations:
        return
    shown = [
        (operation, row)
        for operation in compared.operations
        for row in comparison.side_by_side(operation)
        if verbose or row.agreement is not TargetAgreement.ALIKE
    ]
    if shown:
        rows = table(comparison.SIDE_BY_SIDE, "", "operation", "callers", "here", compared.base_url)
        for operation, row in shown:
            badge = TARGET_AGREEMENT[row.agreement]
            symbol = Text(badge.symbol, style=STYLES[badge.tone])
            rows.add_row(symbol, *texts(str(operation.operation), row.callers, row.here, row.there))
        yield rows
    alike = sum(operation.agreement is TargetAgreement.ALIKE for operation in compared.operations)
    if alike:
        badge = TARGET_AGREEMENT[TargetAgreement.ALIKE]
        yield Text(
            f"{badge.symbol} {plural(alike, 'operation')} decided alike at both targets",
            style=STYLES[badge.tone],
        )
