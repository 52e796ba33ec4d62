"""Who may do what: the roles that the document asks for, by the identities that have roles."""

from collections import Counter
from collections.abc import Iterable

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content.matrix import SYMBOLS, Agreement, Cell, Matrix
from specdrift.reports.html.view.page_types import RoleCell, RoleMatrix, RoleRow
from specdrift.result.printable import printable

NAMES = 3
# The first of these that any operation shows is what the cell says.
WORST_FIRST = (
    Agreement.BROKEN,
    Agreement.UNDECIDED,
    Agreement.INCONCLUSIVE,
    Agreement.KEPT,
    Agreement.NO_PROMISE,
    Agreement.NOT_PROBED,
)
STATE = {
    Agreement.BROKEN: "broken",
    Agreement.UNDECIDED: "open",
    Agreement.INCONCLUSIVE: "open",
    Agreement.KEPT: "",
}


def role_matrix(result: Result, matrix: Matrix) -> RoleMatrix | None:
    """One row for each set of roles; nothing where no operation or no identity has any."""
    callers = [place for place, who in enumerate(result.identities) if who.is_control and who.roles]
    by_roles: dict[frozenset[str], list[OperationKey]] = {}
    for item in result.operations:
        if item.operation.roles:
            by_roles.setdefault(item.operation.roles, []).append(item.operation.key)
    if not (callers and by_roles):
        return None
    people = [result.identities[place] for place in callers]
    return RoleMatrix(
        columns=tuple(
            (printable(who.name, limit=80), printable(", ".join(sorted(who.roles)), limit=200))
            for who in people
        ),
        rows=tuple(
            RoleRow(
                roles=printable(" or ".join(sorted(roles)), limit=200),
                operations=_listed(keys),
                cells=tuple(_cell([matrix.rows[key][place] for key in keys]) for place in callers),
            )
            for roles, keys in sorted(by_roles.items(), key=lambda item: sorted(item[0]))
        ),
    )


def _listed(keys: list[OperationKey]) -> str:
    more = f" and {len(keys) - NAMES:,} more" if len(keys) > NAMES else ""
    return printable(", ".join(map(str, keys[:NAMES])) + more, limit=400)


def _cell(cells: list[Cell]) -> RoleCell:
    agreements = {cell.agreement for cell in cells}
    worst = next(agreement for agreement in WORST_FIRST if agreement in agreements)
    return RoleCell(text=f"{SYMBOLS[worst]} {outcomes_in_words(cells)}", state=STATE.get(worst, "free"))


def outcomes_in_words(cells: Iterable[Cell]) -> str:
    """What these cells saw, in numbers of operations: ``admitted by 2 operations, refused by 1``."""
    outcomes = Counter(_word(cell.outcome) for cell in cells if cell.outcome)
    parts = [f"{word} {number:,}" for word, number in sorted(outcomes.items())]
    if parts:
        parts[0] += " operation" if parts[0].endswith(" 1") else " operations"
    return ", ".join(parts) or "not probed"


def _word(outcome: Outcome) -> str:
    if outcome is Outcome.ADMITTED:
        return "admitted by"
    return "refused by" if outcome.refused else "undecided for"
