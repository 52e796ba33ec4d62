"""The matrix of operations by identities in a terminal: compact cells, cut into tables that fit the width."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from specdrift.model.identity import Identity
from specdrift.model.result import OperationResult, Result
from specdrift.model.verdict import Outcome, Verdict
from specdrift.reports import summary
from specdrift.reports.cells import Agreement, Cell, Matrix
from specdrift.reports.printable import printable
from specdrift.reports.summary import plural

STYLE = {
    Agreement.KEPT: "green",
    Agreement.BROKEN: "bold red",
    Agreement.UNDECIDED: "yellow",
    Agreement.NO_PROMISE: "default",
    Agreement.NOT_ASKED: "dim",
}
SHORT = {
    Outcome.ADMITTED: "in",
    Outcome.REFUSED_IN_TLS: "out",
    Outcome.REFUSED_BY_APPLICATION: "out",
    Outcome.UNREACHABLE: "no answer",
    Outcome.INCONCLUSIVE: "unclear",
}
MARK = {Verdict.DRIFT: "✗", Verdict.UNDECIDED: "?", Verdict.CONSISTENT: "✓"}
MARK_STYLE = {Verdict.DRIFT: "bold red", Verdict.UNDECIDED: "yellow", Verdict.CONSISTENT: "green"}
FEW = 20
"""So many consistent operations are listed; more are counted unless the user asks for all."""
CELL_WIDTH = 9
LEGEND = (
    "in: admitted, out: refused (in TLS, or by the application with that status); "
    "✓ as promised, ✗ against it, · not about the certificate"
)


def matrices(result: Result, *, width: int, verbose: bool) -> Iterator[Table | Text]:
    """Tables of all operations, each with as many identities as fit."""
    operations = summary.operations_in_order(result)
    consistent = summary.with_verdict(result, Verdict.CONSISTENT)
    shown = [
        item for item in operations if verbose or consistent <= FEW or item.verdict is not Verdict.CONSISTENT
    ]
    if not shown or not result.identities:
        return
    matrix = Matrix(result)
    for identities in _chunks(result.identities, shown, width):
        yield Text("")
        yield _table(matrix, shown, identities)
    yield Text(LEGEND, style="dim")
    if len(shown) < len(operations):
        hidden = plural(len(operations) - len(shown), "consistent operation")
        yield Text(f"✓ and {hidden} (-v lists them)", style="green")


def _chunks(
    identities: tuple[Identity, ...], shown: list[OperationResult], width: int
) -> Iterator[tuple[Identity, ...]]:
    """Cut the identities where the next column would no longer fit beside the operations."""
    longest = max(len(printable(str(item.operation.key))) for item in shown)
    room = width - min(longest, width // 3) - 30
    chunk: list[Identity] = []
    used = 0
    for identity in identities:
        needed = max(len(printable(identity.name, limit=16)), CELL_WIDTH) + 2
        if chunk and used + needed > room:
            yield tuple(chunk)
            chunk, used = [], 0
        chunk.append(identity)
        used += needed
    yield tuple(chunk)


def _table(matrix: Matrix, shown: list[OperationResult], identities: tuple[Identity, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("operation", overflow="fold")
    table.add_column("certificate", overflow="fold")
    for identity in identities:
        table.add_column(Text(printable(identity.name, limit=16)), no_wrap=True)
    for item in shown:
        row = (_cell(cell) for cell in matrix.row(item, identities))
        table.add_row(
            Text(MARK[item.verdict], style=MARK_STYLE[item.verdict]),
            Text(printable(str(item.operation.key))),
            Text(item.operation.requirement.demand.value),
            *row,
        )
    return table


def _cell(cell: Cell) -> Text:
    word = f"{SHORT[cell.outcome]} {cell.detail}" if cell.outcome else ""
    return Text(f"{cell.symbol} {word}".rstrip(), style=STYLE[cell.agreement])
