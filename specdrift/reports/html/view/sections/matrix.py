"""The matrix of operations by identities, in blocks that a browser can leave undrawn until they show."""

from collections.abc import Iterable, Mapping

from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.policy import Expect
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Basis, Enforcement, Layer, Verdict
from specdrift.reports.content import badges, summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.evidence import refused_like
from specdrift.reports.content.matrix import SYMBOLS, Agreement, Cell, Matrix
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.findings.exchanges import certificate
from specdrift.reports.html.view.page_types import IdentityColumn, MatrixCell, MatrixRow, MatrixView
from specdrift.result.printable import printable

BLOCK = 25
LONG = 60
"""Longer tables scroll in a frame of their own, under a heading that stays."""
# What is usual has no class: thousands of cells are so.
STATE = {
    Agreement.KEPT: "",
    Agreement.BROKEN: "broken",
    Agreement.UNDECIDED: "open",
    Agreement.INCONCLUSIVE: "open",
    Agreement.NO_PROMISE: "free",
    Agreement.NOT_PROBED: "none",
}
ROW_STATE = {Verdict.CONSISTENT: "", Verdict.UNDECIDED: "undecided", Verdict.DRIFT: "drift"}
TONE = {
    Agreement.KEPT: Tone.GOOD,
    Agreement.BROKEN: Tone.BAD,
    Agreement.UNDECIDED: Tone.UNKNOWN,
    Agreement.INCONCLUSIVE: Tone.UNKNOWN,
    Agreement.NO_PROMISE: Tone.QUIET,
    Agreement.NOT_PROBED: Tone.QUIET,
}
BY_LISTENER = "°"
LEGEND = tuple(
    Badge(symbol=SYMBOLS[agreement], word=agreement.value, tone=TONE[agreement]) for agreement in Agreement
)


def view(result: Result, matrix: Matrix, anchors: Anchors, cards: Mapping[int, str]) -> MatrixView:
    """Lay out every operation, those that drift first, and first the callers that must be seen.

    ``cards`` are the ids of the drifts' cards.
    """
    order = () if result.nothing_sent else (*matrix.shown, *matrix.folded)
    places = {item.operation.key: index for index, item in enumerate(result.operations)}
    rows = tuple(
        _row(item, _ordered(matrix, item, order), anchors, cards, places[item.operation.key])
        for item in summary.operations_in_order(result)
    )
    blocks = tuple(rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
    return MatrixView(
        title="Operations by identities" if order else "Operations",
        columns=tuple(_column(result.identities[place], place) for place in order),
        blocks=blocks,
        size="long" if len(rows) > LONG else "short",
        legend=LEGEND,
    )


def _ordered(matrix: Matrix, item: OperationResult, order: tuple[int, ...]) -> tuple[Cell, ...]:
    cells = matrix.rows[item.operation.key]
    return tuple(cells[place] for place in order)


def _column(identity: ClientIdentity, place: int) -> IdentityColumn:
    return IdentityColumn(
        index=place,
        name=printable(identity.name, limit=80),
        expects=_expects(identity),
        about=printable(identity.about) or certificate(identity),
    )


def tag_list(tags: Iterable[str]) -> str:
    """Tags as one attribute, a line for each: they may have blanks in them."""
    return "\n".join(printable(tag, limit=100) for tag in tags)


def _expects(identity: ClientIdentity) -> str:
    if identity.kind is IdentityKind.ANONYMOUS:
        return "no certificate"
    return "must be accepted" if identity.expect is Expect.ACCEPTED else "must be rejected"


def _row(
    item: OperationResult,
    cells: tuple[Cell, ...],
    anchors: Anchors,
    cards: Mapping[int, str],
    index: int,
) -> MatrixRow:
    operation = item.operation
    layer = wording.LAYER[item.layer] if item.layer and item.enforcement is Enforcement.ENFORCED else ""
    return MatrixRow(
        id=anchors.of_operation(operation.key),
        index=index,
        method=printable(operation.key.method, limit=40),
        path=printable(operation.key.path, limit=300),
        tags=tag_list(operation.tags),
        verdict=badges.VERDICT[item.verdict] if cells else badges.NOT_PROBED,
        state=ROW_STATE[item.verdict] if cells else "none",
        demand=operation.requirement.demand.value,
        enforcement=wording.ENFORCEMENT[item.enforcement] + layer,
        basis=refused_like(item) if item.layer is Layer.APPLICATION else "",
        cells=tuple(_cell(cell, cards) for cell in cells),
    )


def _cell(cell: Cell, cards: Mapping[int, str]) -> MatrixCell:
    mark = BY_LISTENER if cell.decided and cell.evidence is Basis.LISTENER else ""
    text = " ".join(part for part in (cell.symbol, cell.word, cell.detail) if part)
    card = cards.get(id(cell.drift), "") if cell.drift else ""
    return MatrixCell(text=text + mark, state=STATE[cell.agreement], card=card)
