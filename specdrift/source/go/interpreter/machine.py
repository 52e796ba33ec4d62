"""The state of an evaluation: variables, changes in branches, limits, and what the evaluator is used for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.result.source import UnresolvedKind
from specdrift.source.go.values.go_values import (
    ABSENT,
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    Fields,
    GoCell,
    GoScope,
    GoUnknown,
    GoValue,
    Record,
    Table,
    TypeName,
    choice,
)
from specdrift.source.go.values.lifetimes import Lifetimes

if TYPE_CHECKING:
    from tree_sitter import Node

    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.language.go_files import GoFile
    from specdrift.source.go.language.go_packages import GoFunction, GoPackage, PackageIndex
    from specdrift.source.go.routers.go_serving import ServedHandler

MOST_STEPS = 600_000
DEEPEST = 48
"""Calls within calls."""
MOST_REPEATED = 2
"""Calls of a function within itself."""
MOST_ROUNDS = 2000
"""Rounds of a loop."""


class GoFlow(Enum):
    """Where the evaluation goes after a statement."""

    NEXT = auto()
    BREAK = auto()
    CONTINUE = auto()
    OUTER_BREAK = auto()
    """``break`` with a label: also leaves a ``switch``."""
    OUTER_CONTINUE = auto()
    RETURN = auto()
    EXIT = auto()
    """The program ends, or a function returns an error where failures do not count."""


After = dict[tuple[int, str], tuple[Fields, str, "GoValue | None"]]
"""Values at the end of a branch."""
Changes = After  # values before they changed in a branch


class PartialExit(Struct, frozen=True):
    """Runs that left a function or a loop, while others go on."""

    flow: GoFlow
    after: After
    """The values that had changed by then."""
    written: int
    """How many values were written before, of those that are noted."""


class OutOfSteps(Exception):
    """The evaluation takes more steps than the limit."""


class GoFrame(Struct, eq=False):
    """The call of a function."""

    file: GoFile
    package: GoPackage
    scope: GoScope
    function: str
    called_at: SourceLocation | None = None
    results: list[GoValue] = field(default_factory=list)
    failures: list[GoValue] = field(default_factory=list)
    """Results of returns with an error."""
    named: tuple[GoCell, ...] = ()
    """The variables of its results, if they have names."""
    returns_error: bool = False
    is_main: bool = False
    partial: list[PartialExit] = field(default_factory=list)
    """How some runs have left the function or a loop before; what follows is conditional."""
    deferred: list[tuple[Node, GoFrame]] = field(default_factory=list)
    bodies: list[GoFrame] = field(default_factory=list)
    """The block of the function, once for itself, and for each jump (``goto``) that is being followed."""
    iota: int = 0

    def inner(self, scope: GoScope) -> GoFrame:
        """Return the frame with a scope of its own for a block. Results and partial exits are shared."""
        return replace(self, scope=scope)


class Call(Struct, frozen=True, eq=False):
    """The call of a function of a library."""

    name: str
    receiver: GoValue | None
    arguments: tuple[GoValue, ...]
    node: Node
    frame: GoFrame
    is_dynamic: bool = False
    """Whether a variable or field holds the function."""

    @property
    def place(self) -> SourceLocation:
        return self.frame.file.place(self.node)

    def argument(self, index: int) -> GoValue:
        return self.arguments[index] if index < len(self.arguments) else GoUnknown()


class Purpose(Protocol):
    """What the evaluator is used for: it evaluates the code that wires routers, or that handles a request."""

    ignores_failures: bool
    """Whether runs that end with an error count for nothing."""

    def library(self, name: str) -> Callable[[Machine, Call], GoValue] | None:
        """Return the code of a function of a library."""
        ...

    def called(self, machine: Machine, function: GoValue, call: Call) -> GoValue | None:
        """Return the result of a call that is not followed; ``None`` to follow it."""
        ...

    def unknown_call(self, machine: Machine, call: Call) -> GoValue:
        """Return the result of a call of code that is not known."""
        ...

    def decided(self, machine: Machine, value: GoValue, node: Node, frame: GoFrame) -> None:
        """Note a condition that is not known, and where it is written."""
        ...


class Syntax(Struct, frozen=True):
    """The code that evaluates expressions and statements."""

    evaluate: Callable[[Machine, Node, GoFrame], GoValue]
    execute: Callable[[Machine, Node, GoFrame], GoFlow]


class Machine:
    """Evaluates functions of some packages."""

    def __init__(self, index: PackageIndex, purpose: Purpose, program: str, syntax: Syntax) -> None:
        self.index = index
        self._syntax = syntax
        self.purpose = purpose
        self.program = program
        """The binary that is evaluated."""
        self.variables: dict[tuple[str, str], GoCell] = {}
        """Variables of packages that were evaluated."""
        self.singletons: dict[TypeName, GoValue] = {}
        """Objects of libraries that a program has once."""
        self.lifetimes = Lifetimes()
        """What requests share, if the code handles one."""
        self.steps = 0
        self.most_steps = MOST_STEPS
        self.conditions = 0
        """Number of conditions that decide whether the code is run, and that are not known."""
        self.has_exited = False
        """Whether the call that was evaluated last never returns."""
        self.may_have_exited = False
        """Whether something that is not known may have ended the request."""
        self.has_recovered = False  # whether a deferred call has ended a panic
        self.stack: list[GoFunction | Node] = []
        self.calls: list[Call] = []
        """The calls that are being made."""
        self.visited: set[tuple[str, int]] = set()
        """Files and offsets of the calls that were evaluated."""
        self.served: list[ServedHandler] = []
        self.not_read: dict[tuple[SourceLocation, str], UnresolvedKind] = {}
        """What was not followed, where, and what it may hide."""
        self.routers: dict[GoValue, None] = {}
        """Routers that got a route."""
        self.given_away: list[tuple[GoValue, SourceLocation, str]] = []
        """Routers that code of other modules was given: the call, and the name of the function."""
        self.escaped: list[tuple[Closure | DeclaredFunction, Node, GoFrame]] = []
        """Functions that code of other modules was given."""
        self._changes: list[Changes] = []
        self._written: list[tuple[Fields, str, GoValue | None]] = []
        """Values before they changed, since runs left that are not joined with the others yet."""
        self._left = 0  # the number of such runs

    @property
    def is_conditional(self) -> bool:
        return self.conditions > 0

    def escape(self, function: Closure | DeclaredFunction, node: Node, frame: GoFrame) -> None:
        """Note a function that code of another module may call."""
        self.escaped.append((function, node, frame))

    def unread(self, place: SourceLocation, what: str, kind: UnresolvedKind = UnresolvedKind.SERVED) -> None:
        """Note what was not followed."""
        self.not_read.setdefault((place, what), kind)

    def evaluate(self, node: Node, frame: GoFrame) -> GoValue:
        """Return the value of an expression."""
        return self._syntax.evaluate(self, node, frame)

    def execute(self, node: Node, frame: GoFrame) -> GoFlow:
        """Execute a statement or a block."""
        return self._syntax.execute(self, node, frame)

    def unconditionally(self, run: Callable[[], GoValue]) -> GoValue:
        """Evaluate what is evaluated once, whatever branch asks for it first."""
        conditions, changes, self.conditions, self._changes = self.conditions, self._changes, 0, []
        try:
            return run()
        finally:
            self.conditions, self._changes = conditions, changes

    def step(self) -> None:
        """Count a step. Raises OutOfSteps."""
        self.steps += 1
        if self.steps > self.most_steps:
            raise OutOfSteps

    def write(self, holder: Fields, name: str, value: GoValue) -> None:
        """Replace a value, so that a branch can be undone; other requests write to what they share."""
        shared = self.lifetimes.is_shared(holder)
        self._replace(holder, name, self.lifetimes.written(holder, name, value) if shared else value)

    def _replace(self, holder: Fields, name: str, value: GoValue) -> None:
        if self._changes:
            self._changes[-1].setdefault((id(holder), name), (holder, name, holder.fields.get(name)))
        if self._left:
            self._written.append((holder, name, holder.fields.get(name)))
        holder.fields[name] = value

    def branch(self, run: Callable[[], GoFlow], *, conditional: bool = True) -> tuple[GoFlow, After]:
        """Evaluate a branch and undo its changes; return these."""
        self._changes.append({})
        self.conditions += conditional
        try:
            flow = run()
        finally:
            self.conditions -= conditional
            changes = self._changes.pop()
            after = self._current(changes)
            for holder, name, before in changes.values():
                _restore(holder, name, before)
        return flow, after

    def panic(self) -> None:
        """End the function: a value is not there. Programs that serve have their values."""
        self.has_exited = not self.purpose.ignores_failures

    def may_exit(self) -> None:
        """Note that something that is not known ends the request, or what follows goes on."""
        if not self.purpose.ignores_failures:
            self.conditions += 1
            self.may_have_exited = True

    def trial(self, run: Callable[[], None], kept: Callable[[], frozenset[int]]) -> After:
        """Evaluate something, and undo its changes but for those of some objects, by their ids; return these."""
        after: After = {}
        self._changes.append({})
        try:
            run()
        finally:
            changes, own = self._changes.pop(), kept()
            after.update(self._current(changes))
            for holder, name, before in changes.values():
                if id(holder) not in own:
                    _restore(holder, name, before)
        return after

    def apply(self, branches: Sequence[After]) -> None:
        """Continue with what is the case after any of some branches."""
        for key in {key: None for after in branches for key in after}:
            holder, name, _ = next(after[key] for after in branches if key in after)
            values = [after[key][2] if key in after else holder.fields.get(name) for after in branches]
            absent = NIL if isinstance(holder, Record) else ABSENT if isinstance(holder, Table) else UNKNOWN
            if any(value is not None for value in values):
                self._replace(holder, name, choice(absent if value is None else value for value in values))

    def fork(self, frame: GoFrame, branches: Sequence[Callable[[], GoFlow]]) -> GoFlow:
        """Evaluate branches of which one is run, and it is not known which."""
        ends = [self.branch(run) for run in branches]
        staying = [after for flow, after in ends if flow is GoFlow.NEXT]
        flows = {flow for flow, _ in ends}
        if not staying:
            left = [after for flow, after in ends if flow is not GoFlow.EXIT]
            self.apply(left or [after for _, after in ends])
            return next((one for one in PRECEDENCE if one in flows), GoFlow.EXIT)
        if GoFlow.EXIT in flows:
            self.may_exit()
        leaving = [(flow, after) for flow, after in ends if flow not in {GoFlow.NEXT, GoFlow.EXIT}]
        for flow, after in leaving:
            frame.partial.append(PartialExit(flow, {**self._changed(), **after}, len(self._written)))
        self._left += len(leaving)
        self.conditions += len(leaving)
        # What the others did in the branches that go on, the runs that left did not.
        self.apply(staying)
        return GoFlow.NEXT

    def _changed(self) -> After:
        """Return the values that have changed in the branches around."""
        return {key: one for changes in self._changes for key, one in self._current(changes).items()}

    @staticmethod
    def _current(changes: Changes) -> After:
        return {key: (one, name, one.fields.get(name)) for key, (one, name, _) in changes.items()}

    def rejoin(self, frame: GoFrame, first: int, flows: frozenset[GoFlow] = frozenset(GoFlow)) -> None:
        """Join the runs that left after the first partial exits, if they left in some ways."""
        ending = [one for one in frame.partial[first:] if one.flow in flows]
        frame.partial[first:] = [one for one in frame.partial[first:] if one.flow not in flows]
        self.conditions -= len(ending)
        self._left -= len(ending)
        if ending:
            states = [self._state_of(one) for one in ending]
            if not self._left:
                self._written.clear()
            self.apply([*states, {}])

    def _state_of(self, left: PartialExit) -> After:
        """Return the values that runs had when they left, of those that others changed since."""
        found: After = {}
        for holder, name, before in self._written[left.written :]:
            found.setdefault((id(holder), name), (holder, name, before))
        return {**found, **left.after}


LEAVING_LOOPS = frozenset({GoFlow.BREAK, GoFlow.CONTINUE, GoFlow.OUTER_BREAK, GoFlow.OUTER_CONTINUE})
PRECEDENCE = (GoFlow.CONTINUE, GoFlow.BREAK, GoFlow.OUTER_CONTINUE, GoFlow.OUTER_BREAK, GoFlow.RETURN)
"""If no branch goes on, but some only leave a loop, what is after the loop is evaluated."""


def _restore(holder: Fields, name: str, before: GoValue | None) -> None:
    if before is None:
        holder.fields.pop(name, None)
    else:
        holder.fields[name] = before
