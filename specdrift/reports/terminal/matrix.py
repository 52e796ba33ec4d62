"""The matrix of operations by identities in a terminal: compact cells, cut into tables that fit the width."""

from collections.abc import Iterable, Iterator, Mapping

from rich.table import Table
from rich.text import Text

from specdrift.model.exchange.identity import IdentityKind
from specdrift.model.plural import plural
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Outcome, Verdict
from specdrift.reports.content import badges, sentences, summary
from specdrift.reports.content.evidence import ERRORS_ALONE, refused_like, rests_on_errors
from specdrift.reports.content.matrix import SYMBOLS, Agreement, Cell, Matrix
from specdrift.reports.terminal.styles import STYLES
from specdrift.result.printable import printable

STYLE = {
    Agreement.KEPT: "green",
    Agreement.BROKEN: "bold red",
    Agreement.UNDECIDED: "yellow",
    Agreement.INCONCLUSIVE: "yellow",
    Agreement.NO_PROMISE: "default",
    Agreement.NOT_PROBED: "dim",
}
SHORT = {
    Outcome.ADMITTED: "in",
    Outcome.REFUSED_IN_TLS: "out",
    Outcome.REFUSED_BY_APPLICATION: "out",
    Outcome.UNREACHABLE: "no answer",
    Outcome.INCONCLUSIVE: "unclear",
}
NAMES = 5
"""Operations or certificates that are named in one line."""
FEW = 20
"""So many consistent operations are listed; more are counted unless the user asks for all."""
MOST_ROWS = 12
"""More operations than these are folded where their cells are equal, unless the user asks for all."""
FEWEST_EQUAL = 3
"""So many operations, or generated certificates, with equal cells share a row or a column unless the user asks for all.
"""
CELL_WIDTH = 9
LONGEST_NAME = 24
SET_VALUES = "[[operations]] parameters sets values that exist"
LEGEND = (
    "in: admitted; out: refused in TLS, or by the application with that status\n"
    "✓ as required, ✗ drift, ? undecided, ~ inconclusive, · no promise to this caller, \N{EN DASH} not probed"
)


def matrices(result: Result, *, width: int, verbose: bool) -> Iterator[Table | Text]:
    """Tables of all operations, each with as many identities as fit."""
    operations = summary.operations_in_order(result)
    consistent = summary.with_verdict(result, Verdict.CONSISTENT)
    shown = [
        item for item in operations if verbose or consistent <= FEW or item.verdict is not Verdict.CONSISTENT
    ]
    if not any(item.outcomes for item in shown):
        return  # nothing was probed
    matrix = Matrix(result)
    folded = matrix.folded
    names = [printable(identity.name, limit=LONGEST_NAME) for identity in result.identities]
    generated = [p for p in matrix.shown if result.identities[p].kind is IdentityKind.GENERATED]
    alike = {} if verbose else _equal_columns(matrix, shown, generated)
    hidden_places = {place for more in alike.values() for place in more}
    columns = [p for p in (*matrix.shown, *(folded if verbose else ())) if p not in hidden_places]
    rows = list(_equal_rows(matrix, shown, columns, fold=not verbose and len(shown) > MOST_ROWS))
    for places in _chunks(tuple(columns), names, shown, width):
        yield Text("")
        yield _table(matrix, rows, {place: names[place] for place in places})
    yield Text(LEGEND, style="dim")
    for first, more in alike.items():
        listed = ", ".join(names[place] for place in more)
        yield Text(f"as {names[first]} on every operation: {listed} (-v shows them)")
    yield from _errors_alone(operations)
    yield from _refusals(shown) if verbose else _folded(matrix, names)
    for words in sentences.revocations(result):
        yield Text(printable(words), style="dim")
    if len(shown) < len(operations):
        hidden = plural(len(operations) - len(shown), "consistent operation")
        yield Text(f"✓ and {hidden} (-v lists them)", style="green")


def _errors_alone(operations: Iterable[OperationResult]) -> Iterator[Text]:
    """Yield one line for the consistent operations without a success that was compared."""
    entries = ((ERRORS_ALONE, str(item.operation.key)) for item in operations if rests_on_errors(item))
    for words, listed in summary.gathered(entries, names=NAMES).items():
        yield Text(f"✓ {words}: {printable(listed)} ({SET_VALUES})", style="yellow")


def _refusals(shown: list[OperationResult]) -> Iterator[Text]:
    """Yield one line for the consistent operations whose refusal rests on the same."""
    entries = ((words, str(item.operation.key)) for item in shown if (words := refused_like(item)))
    for words, listed in summary.gathered(entries, names=NAMES).items():
        yield Text(f"✓ {words}: {printable(listed)}", style="dim")


def _folded(matrix: Matrix, names: list[str]) -> Iterator[Text]:
    """Yield one line for each group of generated certificates that need no column of their own."""
    for places, symbol, words, style in (
        (matrix.as_required, "✓", "as required wherever sent (-v shows them)", "green"),
        (
            matrix.inconclusive,
            SYMBOLS[Agreement.INCONCLUSIVE],
            "refused, which is inconclusive: their control is not admitted either",
            "dim",
        ),
        (
            matrix.unclear,
            SYMBOLS[Agreement.INCONCLUSIVE],
            "got neither the data nor a refusal, such as a server error (-v shows them)",
            "dim",
        ),
    ):
        if places:
            count = plural(len(places), "generated certificate")
            more = ", …" if len(places) > NAMES else ""
            listed = ", ".join(names[place] for place in places[:NAMES]) + more
            yield Text(f"{symbol} and {count}, {words}: {listed}", style=style)
    if matrix.not_probed:
        count = plural(len(matrix.not_probed), "generated certificate")
        symbol = SYMBOLS[Agreement.NOT_PROBED]
        yield Text(f"{symbol} and {count}, not probed on any operation (-v shows them)", style="dim")


def _chunks(
    places: tuple[int, ...], names: list[str], shown: list[OperationResult], width: int
) -> Iterator[tuple[int, ...]]:
    """Cut the identities where the next column would no longer fit beside the operations."""
    longest = max(len(printable(str(item.operation.key))) for item in shown)
    room = width - min(longest, width // 3) - 30
    chunk: list[int] = []
    used = 0
    for place in places:
        needed = max(len(names[place]), CELL_WIDTH) + 2
        if chunk and used + needed > room:
            yield tuple(chunk)
            chunk, used = [], 0
        chunk.append(place)
        used += needed
    yield tuple(chunk)


def _table(matrix: Matrix, rows: Iterable[tuple[OperationResult, int]], names: Mapping[int, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("operation", overflow="fold")
    table.add_column("certificate", overflow="fold")
    for name in names.values():
        table.add_column(Text(name), no_wrap=True)
    for item, alike in rows:
        cells, verdict = matrix.rows[item.operation.key], badges.VERDICT[item.verdict]
        more = f" and {alike:,} alike" if alike else ""
        table.add_row(
            Text(verdict.symbol, style=STYLES[verdict.tone]),
            Text(printable(str(item.operation.key)) + more),
            Text(item.operation.requirement.demand.value),
            *(_cell(cells[place]) for place in names),
        )
    return table


def _equal_rows(
    matrix: Matrix, shown: list[OperationResult], places: Iterable[int], *, fold: bool
) -> Iterator[tuple[OperationResult, int]]:
    """Yield the rows to print, each with the number of further operations that it stands for."""
    groups: dict[tuple[object, ...], list[OperationResult]] = {}
    for item in shown:
        cells = tuple(_cell(matrix.rows[item.operation.key][place]).plain for place in places)
        key = (item.verdict, item.operation.requirement.demand, cells)
        groups.setdefault(key, []).append(item)
    for group in groups.values():
        if fold and len(group) >= FEWEST_EQUAL:
            yield group[0], len(group) - 1
        else:
            yield from ((item, 0) for item in group)


def _equal_columns(
    matrix: Matrix, shown: list[OperationResult], generated: Iterable[int]
) -> dict[int, list[int]]:
    """Return the first place of each group of generated certificates with equal cells, and the further places."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place in generated:
        cells = tuple(_cell(matrix.rows[item.operation.key][place]).plain for item in shown)
        groups.setdefault(cells, []).append(place)
    return {first: more for first, *more in groups.values() if len(more) + 1 >= FEWEST_EQUAL}


def _cell(cell: Cell) -> Text:
    word = f"{SHORT[cell.outcome]} {cell.detail}" if cell.outcome else ""
    return Text(f"{cell.symbol} {word}".rstrip(), style=STYLE[cell.agreement])
