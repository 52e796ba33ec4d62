"""The matrix of operations by identities, in blocks by path that a browser can leave undrawn until they show."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.plural import plural
from specdrift.model.policy import Expect
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Basis, Enforcement, Layer, Verdict
from specdrift.reports.content import badges, summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.evidence import refused_like
from specdrift.reports.content.matrix import SYMBOLS, Agreement, Cell, Matrix
from specdrift.reports.content.path_groups import PathGroup, path_groups
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.findings.exchanges import certificate
from specdrift.reports.html.view.matrix_types import (
    IdentityColumn,
    MatrixBlock,
    MatrixCell,
    MatrixRow,
    MatrixView,
    RowFinding,
)
from specdrift.result.printable import printable

BLOCK = 25
FEW = 3
"""So many callers without drift are worth a button."""
LONG = 40
"""Longer tables scroll in a frame of their own, under a heading that stays, and their rows fold by path."""
# What is usual has no class: thousands of cells are so.
STATE = {
    Agreement.KEPT: "",
    Agreement.BROKEN: "broken",
    Agreement.UNDECIDED: "open",
    Agreement.INCONCLUSIVE: "open",
    Agreement.NO_PROMISE: "free",
    Agreement.NOT_PROBED: "none",
}
ROW_STATE = {Verdict.DRIFT: "drift", Verdict.UNDECIDED: "undecided", Verdict.CONSISTENT: ""}
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


class _Layout(Struct, frozen=True, kw_only=True):
    """What each row needs."""

    matrix: Matrix
    anchors: Anchors
    cards: Mapping[int, str]
    """Ids of the cards of drifts, by the drift's own ``id()``."""
    order: tuple[int, ...]
    """Places of the callers, in the order of the columns."""
    places: Mapping[OperationKey, int]
    """Indexes of the operations in the result."""
    usual: dict[int, MatrixCell] = field(default_factory=dict)
    """What cells without drift show, by the cell's own ``id()``: many operations share them."""


def view(result: Result, matrix: Matrix, anchors: Anchors, cards: Mapping[int, str]) -> MatrixView:
    """Lay out every operation, those that drift first, and first the callers that must be seen.

    ``cards`` are the ids of the drifts' cards.
    """
    order = () if result.nothing_sent else (*matrix.shown, *matrix.folded)
    layout = _Layout(
        matrix=matrix,
        anchors=anchors,
        cards=cards,
        order=order,
        places={item.operation.key: index for index, item in enumerate(result.operations)},
    )
    long = len(result.operations) > LONG
    blocks = tuple(_by_path(result, layout) if long else _flat(result, layout))
    with_findings = any(row.findings for block in blocks for row in block.rows)
    fixed = 2 + bool(order)
    return MatrixView(
        title="Operations by identities" if order else "Operations",
        columns=tuple(_column(result.identities[place], place) for place in order),
        blocks=blocks,
        size="long" if long else "short",
        fixed=fixed,
        first=len(matrix.shown) if order else 0,
        more=_more(len(matrix.folded)) if order else "",
        with_findings=with_findings,
        width=fixed + len(order) + with_findings,
        legend=LEGEND,
    )


def _more(folded: int) -> str:
    return f"Show {plural(folded, 'more certificate')} without drift" if folded >= FEW else ""


def _flat(result: Result, layout: _Layout) -> Iterator[MatrixBlock]:
    rows = [_row(item, layout) for item in summary.operations_in_order(result)]
    for start in range(0, len(rows), BLOCK):
        part = tuple(rows[start : start + BLOCK])
        yield MatrixBlock(id="", name="", counts=(), rows=part)


def _by_path(result: Result, layout: _Layout) -> Iterator[MatrixBlock]:
    """Yield a block for each path; a script folds the consistent operations of each."""
    for group in path_groups(result):
        yield MatrixBlock(
            id=layout.anchors.of_path(group.name),
            name=printable(group.name, limit=200),
            counts=tuple(_by_verdict(group) if layout.order else _by_demand(group)),
            rows=tuple(_row(item, layout) for item in group.operations),
        )


def _by_verdict(group: PathGroup) -> Iterator[Badge]:
    for verdict in ROW_STATE:
        badge, number = badges.VERDICT[verdict], group.count(verdict)
        if number:
            yield Badge(symbol=badge.symbol, word=f"{number:,} {badge.word}", tone=badge.tone)


def _by_demand(group: PathGroup) -> Iterator[Badge]:
    """What the document requires: nothing was probed."""
    counted = Counter(item.operation.requirement.demand for item in group.operations)
    for demand in Demand:
        if number := counted[demand]:
            symbol = badges.NOT_PROBED.symbol
            yield Badge(symbol=symbol, word=f"{number:,} {demand.value}", tone=Tone.QUIET)


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


def _row(item: OperationResult, layout: _Layout) -> MatrixRow:
    operation = item.operation
    layer = wording.LAYER[item.layer] if item.layer and item.enforcement is Enforcement.ENFORCED else ""
    others = layout.matrix.other_findings(operation.key)
    cells = _ordered(layout.matrix, item, layout.order)
    return MatrixRow(
        id=layout.anchors.of_operation(operation.key),
        index=layout.places[operation.key],
        method=printable(operation.key.method, limit=40),
        path=printable(operation.key.path, limit=300),
        tags=tag_list(operation.tags),
        verdict=badges.VERDICT[item.verdict] if cells else badges.NOT_PROBED,
        state=ROW_STATE[item.verdict] if cells else "none",
        demand=operation.requirement.demand.value,
        enforcement=wording.ENFORCEMENT[item.enforcement] + layer,
        basis=refused_like(item) if item.layer is Layer.APPLICATION else "",
        findings=tuple(_finding(drifts, layout.cards) for drifts in summary.by_rule(others).values()),
        cells=tuple(_cell(cell, layout) for cell in cells),
    )


def _finding(drifts: Sequence[Drift], cards: Mapping[int, str]) -> RowFinding:
    """The drifts of one rule; the link leads to the first."""
    first = drifts[0]
    times = f" ({len(drifts):,})" if len(drifts) > 1 else ""
    return RowFinding(
        card=cards.get(id(first), ""),
        words=f"{printable(first.rule, limit=100)}{times}",
        severity=badges.SEVERITY[first.severity],
    )


def _cell(cell: Cell, layout: _Layout) -> MatrixCell:
    if cell.drift:
        return _shown(cell, layout.cards.get(id(cell.drift), ""))
    found = layout.usual.get(id(cell))
    if found is None:
        found = layout.usual[id(cell)] = _shown(cell, "")
    return found


def _shown(cell: Cell, card: str) -> MatrixCell:
    mark = BY_LISTENER if cell.decided and cell.evidence is Basis.LISTENER else ""
    text = " ".join(part for part in (cell.symbol, cell.word, cell.detail) if part)
    return MatrixCell(text=text + mark, state=STATE[cell.agreement], card=card)
