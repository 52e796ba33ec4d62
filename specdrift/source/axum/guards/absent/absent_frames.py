"""What the evaluation of a function without a certificate has: its variables, its effect and its outcome."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_texts import texts_in
from specdrift.source.axum.guards.absent.absent_values import (
    CHOSEN,
    NOTHING,
    Present,
    Value,
    widened,
)
from specdrift.source.axum.guards.presence.request_effects import RequestEffects
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import text

Cells = dict[str, list[Value]]
Before = tuple[bool, int, list[int], RequestEffects, int]
"""What an evaluation of its own sets aside."""
Run = tuple[Value, bool, RequestEffects]
"""The value of a call, whether it forwards the request, and its other effects on it."""


class AloneRun(Struct, frozen=True):
    """What a function does that is evaluated by itself."""

    value: Value
    reached: bool
    """Its parameters can be had at all."""
    forwarded: bool
    effects: RequestEffects
    """What it does with the request besides."""
    calls: frozenset[int]
    """The calls that were reached."""
    ends: frozenset[int]
    """The nodes that refuse or forward a request, as far as they were reached."""
    undecided: frozenset[int]
    """The conditions of which the outcome is not known."""
    known: bool = True
    """The evaluation was not too long."""


class RoleComparison(Enum):
    """With what a role is compared."""

    CALLER = auto()
    """With what is not known, which may be the role of the caller."""
    CHOSEN = auto()
    """With what the client chose, such as a header."""
    LOOSE = auto()
    """With a part of a text, such as by ``contains``."""


class SoughtRole(Struct, eq=False):
    """A role that code may compare something with."""

    name: str
    """In lower case."""
    granted: bool
    """The outcome of comparisons with the role of the caller."""
    stated: bool = False
    """It is the state of the function."""
    comparisons: set[RoleComparison] = field(default_factory=set)

    def compared(self, values: Iterable[Value]) -> bool | None:
        """Return the outcome of a comparison of which one side is the role; ``None`` for any other."""
        every = {one for value in values for one in value}
        if not any(self.name in texts_in(one) for one in every):
            return None
        chosen = any(CHOSEN in (one.inner if isinstance(one, Present) else {one}) for one in every)
        self.comparisons.add(RoleComparison.CHOSEN if chosen else RoleComparison.CALLER)
        return None if chosen else self.granted


class AbsentOutcome(Enum):
    """What a function does with every request of the case."""

    REJECTS = auto()
    PASSES = auto()
    UNKNOWN = auto()


class AbsentFrame(Struct, eq=False):
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
    breaks: dict[str, Value] = field(default_factory=dict)
    """The values with which blocks are left, by their labels."""
    branches: int = 0
    """Depth of branches, loops and closures: what is assigned there may also keep its value."""
    closures: dict[int, tuple[list[Value], Node, Cells, RustModule]] = field(default_factory=dict)
    """Closures by the ids of their variables, with the variables that they were made among."""
    declared: dict[int, tuple[list[Value], int]] = field(default_factory=dict)
    """Variables by their ids, with the depth of branches at which they are declared."""

    def leave(self, value: Value, effects: RequestEffects) -> None:
        """Note that a path leaves the function with a value."""
        self.exits |= value
        effects.end(value)

    def declare(self, names: Mapping[str, Value]) -> None:
        """Add variables."""
        cells = {name: [held] for name, held in names.items()}
        self.cells |= cells
        self.declared |= {id(cell): (cell, self.branches) for cell in cells.values()}

    def declare_closure(self, name: str, code: Node) -> None:
        """Note the closure that a variable holds, which nothing assigns to. One that moves has copies."""
        moves = text(code).startswith(("move", "async move"))
        cells = {other: [cell[0]] for other, cell in self.cells.items()} if moves else dict(self.cells)
        self.closures[id(self.cells[name])] = self.cells[name], code, cells, self.module

    def meant(self, function: Node) -> tuple[Node, Cells, RustModule]:
        """Return the closure that a variable holds, or the function itself, with what is around it."""
        cell = self.cells.get(text(function)) if function.type == "identifier" else None
        _, code, cells, module = self.closures.get(id(cell), (cell, function, self.cells, self.module))
        return code, cells, module

    def put(self, cell: list[Value], value: Value) -> None:
        """Assign to a variable: in a branch, one that is declared outside may also keep its value."""
        _, depth = self.declared.get(id(cell), (cell, 0))
        cell[0] = widened(cell[0] | value if self.branches > depth else value)
