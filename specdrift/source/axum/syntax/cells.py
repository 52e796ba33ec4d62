"""Values that are made once: ``LazyLock``, ``OnceLock`` and similar of the standard library, once_cell and tokio."""

from specdrift.source.axum.evaluate.evaluator import Evaluator
from specdrift.source.axum.evaluate.join import join
from specdrift.source.axum.syntax.values import UNKNOWN, CellValue, FunctionValue, Spot, Value

LAZY = frozenset({"LazyLock", "LazyCell", "Lazy"})
"""Types that run a function at the first use."""
CELLS = frozenset({"OnceLock", "OnceCell"})
"""Types that are filled by a call."""
MADE = frozenset({"new", "const_new"})
FILLING = frozenset({"get_or_init", "get_or_try_init", "get_mut_or_init"})
READING = frozenset({"get", "get_unchecked", "wait", "take", "into_inner", "get_mut"})


def made(evaluator: Evaluator, owner: str, name: str, spot: Spot, values: list[Value]) -> Value | None:
    """Return what a function of these types makes; ``None`` for other functions."""
    if name not in MADE:
        return None
    if owner in LAZY and values and isinstance(values[0], FunctionValue):
        return evaluator.apply(values[0], [])
    return CellValue(spot) if owner in CELLS and not values else None


def method(evaluator: Evaluator, cell: CellValue, name: str, values: list[Value]) -> Value | None:
    """Evaluate a method of a cell; ``None`` for others. A cell that nothing is known to fill is unknown."""
    known = evaluator.cells.get(cell.spot)
    if name in READING:
        return known if known is not None else UNKNOWN
    if name in FILLING and values and isinstance(values[0], FunctionValue):
        new = evaluator.apply(values[0], [])
    elif name == "set" and values:
        new = values[0]
    else:
        return None
    evaluator.cells[cell.spot] = join(known, new) if known is not None else new
    return UNKNOWN if name == "set" else evaluator.cells[cell.spot]
