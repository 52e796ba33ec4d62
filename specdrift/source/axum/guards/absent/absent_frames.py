"""What the evaluation of a function without a certificate has: its variables, its effect and its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from specdrift.source.axum.guards.absent.absent_values import NOTHING, Atom, Value
from specdrift.source.rust.items import RustModule

Cells = dict[str, list[Value]]
Before = tuple[bool, int, list[int], set[Atom], int]
"""What an evaluation of its own sets aside."""
Run = tuple[Value, bool, frozenset[Atom]]
"""The value of a call, whether it forwards the request, and what it puts into the extensions."""


@dataclass(frozen=True, slots=True)
class AloneRun:
    """What a function does that is evaluated by itself."""

    value: Value
    reached: bool
    """Its parameters can be had at all."""
    forwarded: bool
    inserted: frozenset[Atom]
    """What it puts into the extensions."""
    calls: frozenset[int]
    """The calls that were reached."""


class AbsentOutcome(Enum):
    """What a function does with every request of the case."""

    REJECTS = auto()
    PASSES = auto()
    UNKNOWN = auto()


@dataclass(slots=True, eq=False)
class AbsentFrame:
    """A function under evaluation."""

    module: RustModule
    owner: str
    cells: Cells = field(default_factory=dict)
    exits: Value = NOTHING
    dead: bool = False
    wanted: str = ""
    """The type of the variable that is declared."""
    returned: str = ""
    """The type that the function returns."""
    branches: int = 0
    """Depth of branches, loops and closures: what is assigned there may also keep its value."""
    declared: dict[int, tuple[list[Value], int]] = field(default_factory=dict)
    """Variables by their ids, with the depth of branches at which they are declared."""

    def declare(self, names: Mapping[str, Value]) -> None:
        """Add variables."""
        cells = {name: [held] for name, held in names.items()}
        self.cells |= cells
        self.declared |= {id(cell): (cell, self.branches) for cell in cells.values()}

    def put(self, cell: list[Value], value: Value) -> None:
        """Assign to a variable: in a branch, one that is declared outside may also keep its value."""
        _, depth = self.declared.get(id(cell), (cell, 0))
        cell[0] = cell[0] | value if self.branches > depth else value
