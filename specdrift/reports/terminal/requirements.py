"""What a document promises, for a terminal: how many operations ask for what, and where it is said."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from specdrift.model.contract.requirement import Demand
from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.reports.content.three_way import DOCUMENT
from specdrift.reports.terminal.table import table, texts

FEW = 20
"""So many operations are listed; more are counted unless the user asks for all."""


def promises(result: Result, *, verbose: bool) -> Iterator[Table | Text]:
    """Nothing where the server was asked: the matrix has it then."""
    if not (result.operations and result.nothing_sent) or result.source:
        return
    if verbose or len(result.operations) <= FEW:
        rows = table("Requirements of the document", "operation", "certificate", "declared at")
        for item in sorted(result.operations, key=lambda one: one.operation.key):
            operation = item.operation
            demand = operation.requirement.demand.value
            rows.add_row(*texts(str(operation.key), demand, str(operation.location)))
        yield rows
    counted = Counter(item.operation.requirement.demand for item in result.operations)
    listed = ", ".join(f"{counted[demand]:,} {DOCUMENT[demand]}" for demand in Demand if counted[demand])
    hint = "" if verbose or len(result.operations) <= FEW else " (-v lists them)"
    yield Text(f"\n{plural(len(result.operations), 'operation')}: {listed}{hint}")
