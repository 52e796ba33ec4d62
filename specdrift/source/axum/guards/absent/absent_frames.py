"""What the evaluation of a function without a certificate has: its variables, its effect and its outcome."""

from dataclasses import dataclass, field
from enum import Enum, auto

from specdrift.source.axum.guards.absent.absent_values import NOTHING, Atom, Value
from specdrift.source.rust.items import RustModule

Cells = dict[str, list[Value]]
Before = tuple[bool, int, list[int], set[Atom], int]
"""What an evaluation of its own sets aside."""
Run = tuple[Value, bool, frozenset[Atom]]
"""The value of a call, whether it forwards the request, and what it puts into the extensions."""


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
    branches: int = 0
    """Depth of branches, loops and closures: what is assigned there may also keep its value."""
