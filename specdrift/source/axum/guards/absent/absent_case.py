"""Evaluates the case that the client has no certificate: whether a guard rejects on every path then.

A value is the set of what it may be. What the evaluation does not know is ``UNKNOWN``; a condition on it takes both
branches. A guard is one only if no path of this case reaches the handler.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.builds import built_twins, parameters_built
from specdrift.source.axum.guards.absent.absent_extensions import extractor, input_of
from specdrift.source.axum.guards.absent.absent_forwarding import is_self, judged, of_self
from specdrift.source.axum.guards.absent.absent_frames import (
    AbsentFrame,
    AbsentOutcome,
    AloneRun,
    Before,
    Cells,
    Run,
    SoughtRole,
)
from specdrift.source.axum.guards.absent.absent_insertions import InsertedTypes, Insertions
from specdrift.source.axum.guards.absent.absent_patterns import match, positions
from specdrift.source.axum.guards.absent.absent_texts import made_by
from specdrift.source.axum.guards.absent.absent_values import (
    FALSE,
    NOTHING,
    TRUE,
    UNKNOWN,
    Atom,
    Value,
    truth,
)
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.guards.cases.answer_trees import KnownResults, SharedResults, once
from specdrift.source.axum.guards.cases.request_context import RequestContext
from specdrift.source.axum.guards.cases.traces import Found, Question, Traces
from specdrift.source.axum.guards.presence.given_parameters import is_given
from specdrift.source.axum.guards.presence.request_effects import RequestEffects
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import path_of, plain, type_name

MOST_STEPS, DEEPEST_EXPRESSION = 20_000, 250
DEEPEST = 12
WITHIN, AROUND = sys.maxsize, -1


class AbsentCase(Struct, eq=False):
    """Evaluates functions for a client without a certificate."""

    profiles: AccessProfiles
    expressions: "Mapping[str, Evaluate]"
    insertions: Insertions
    conditions: Conditions
    headers: Mapping[str, Value] = field(default_factory=dict)
    """What is known of the request's headers, by lower-case name."""
    connection: bool = True
    """False if the connection is that of a gateway, whose certificate is not the client's."""
    role: SoughtRole | None = None
    """A role, of which it is known whether the client has it."""
    results: Mapping[str, Value] = field(default_factory=dict)
    """What methods return in this case, by name, and functions of type parameters, by path."""
    sought: dict[str, set[Atom]] = field(default_factory=dict)
    """What is made of some types, by their names."""
    context: RequestContext = field(default_factory=RequestContext)
    """What is known of the requests. No evaluation reads it but by a question."""
    base: "AbsentCase | None" = None
    """The case of all requests."""
    forwarded: bool = False
    steps: int = 0
    depth: int = 0
    """Of the nested expressions under evaluation."""
    overran: bool = False
    """An evaluation was too long."""
    stack: list[int] = field(default_factory=list)
    effects: RequestEffects = field(default_factory=RequestEffects)
    """What the function under evaluation does with the request."""
    traces: Traces = field(default_factory=Traces)
    shared: SharedResults = field(default_factory=SharedResults)
    """What is known in all cases that differ by their requests alone."""
    known: KnownResults = field(default_factory=KnownResults)
    """What is known in this case alone."""
    extensions: InsertedTypes = field(default_factory=InsertedTypes)
    outermost: int = WITHIN
    """The outermost call on the stack at which the evaluation ended, since it goes on; ``AROUND`` for others."""

    def rejects(self, code: Node, module: RustModule, owner: str = "") -> bool:
        """Return whether a middleware, an extractor, a handler or a service surely rejects in this case."""
        return self.outcome(code, module, owner) is AbsentOutcome.REJECTS

    def outcome(self, code: Node, module: RustModule, owner: str = "") -> AbsentOutcome:
        """Return what a middleware, an extractor, a handler or a service does in this case."""
        if code.id in self.known.pending:
            self.outermost, self.traces.top.settled = AROUND, False
            return AbsentOutcome.UNKNOWN
        if code.id in self.known.outcomes:
            found, trace = self.known.outcomes[code.id]
            self.traces.top.include(trace)
            return found
        self.known.pending.add(code.id)
        self.known.outcomes[code.id] = self.traces.traced(
            self.context, lambda: self._outcome(code, module, owner)
        )
        self.known.pending.discard(code.id)
        return self.known.outcomes[code.id][0]

    def _outcome(self, code: Node, module: RustModule, owner: str) -> AbsentOutcome:
        runs = [
            (one, self.alone(one, module, owner)) for one in built_twins(code, module, self.profiles.index)
        ]
        self.overran |= any(run is None for _, run in runs)
        outcomes = {judged(one, run) if run else AbsentOutcome.UNKNOWN for one, run in runs}
        return outcomes.pop() if len(outcomes) == 1 else AbsentOutcome.UNKNOWN

    def otherwise(self) -> "AbsentCase":
        """Return the case that nothing is known of the certificate."""
        kept = self.profiles, self.expressions, self.insertions, self.conditions
        if not self.insertions.otherwise:
            self.insertions.otherwise.append(AbsentCase(*kept, connection=False))
        return self.insertions.otherwise[0]

    @property
    def every(self) -> "AbsentCase":
        """The case of all requests."""
        return self.base or self

    def ask(self, question: Question[Found]) -> Found:
        """Return what depends on the requests of the case."""
        return self.traces.answered(self, question)

    def alone(self, code: Node, module: RustModule, owner: str) -> AloneRun | None:
        """Evaluate a function by itself; ``None`` if it is too long."""
        if code.id in self.known.alone:
            found, trace = self.known.alone[code.id]
            self.traces.top.include(trace)
        else:
            before = self.aside()
            found, trace = once(self, self.shared.run_of(code), lambda: self._by_itself(code, module, owner))
            if self.outermost != AROUND:
                self.known.alone[code.id] = found, trace
            self.restore(before)
        return found if found.known else None

    def _by_itself(self, code: Node, module: RustModule, owner: str) -> AloneRun:
        value, reached = self._function(code, module, owner, (), None)
        trace = self.traces.top
        parts = frozenset(trace.calls), frozenset(trace.ends), frozenset(trace.undecided)
        return AloneRun(value, reached, self.forwarded, self.effects, *parts, self.steps <= MOST_STEPS)

    def returned(self, item: RustItem) -> Value:
        """Return what a function may return in this case."""
        twins = built_twins(item.node, item.module, self.profiles.index)
        runs = [self.alone(code, item.module, item.owner) for code in twins]
        return {atom for one in runs for atom in (one.value if one is not None else {UNKNOWN})}

    def aside(self) -> Before:
        """Begin an evaluation of its own; return what ``restore`` takes."""
        before = self.forwarded, self.steps, self.stack, self.effects, self.outermost
        self.forwarded, self.steps, self.stack, self.outermost = False, 0, [], WITHIN
        self.effects = RequestEffects()
        return before

    def restore(self, before: Before) -> None:
        """Return to the evaluation before; what depends on any that goes on, it depends on as well."""
        around = self.outermost
        self.forwarded, self.steps, self.stack, self.effects, self.outermost = before
        self.outermost = AROUND if around == AROUND else self.outermost

    def inserted(self, name: str) -> Value | None:
        """Return what may be in the extensions as a type; ``None`` if no code of the crates inserts it."""
        if self.base is not None:
            return self.base.inserted(name)  # by requests of all routes
        return self._types(name).value(name, lambda: self.insertions.of(name, self))

    def inserts(self, name: str) -> bool:
        """Return whether anything may be in the extensions as a type."""
        return self._types(name).some(name, lambda: self.insertions.some(name, self))

    def _types(self, name: str) -> InsertedTypes:
        self.outermost = AROUND if self.extensions.is_pending(name) else self.outermost
        return self.extensions

    def insertions_of(self, item: RustItem) -> Value | None:
        """Return what a function puts into the extensions; ``None`` if it is too long."""
        found = self.alone(item.node, item.module, item.owner)
        return None if found is None else found.effects.inserted

    def apply(self, item: RustItem, given: list[Value]) -> Value:
        """Evaluate a call by path: one of a method has its receiver as the first argument."""
        parameters = syntax.field(item.node, "parameters")
        takes_self = parameters is not None and any(map(is_self, plain(parameters)))
        return self.run(item, given[1:], given[0]) if takes_self and given else self.run(item, given, None)

    def run(self, item: RustItem, given: Iterable[Value], receiver: Value | None) -> Value:
        """Evaluate a call of a function of the crates."""
        if item.body is None or item.node.id in self.stack or len(self.stack) > DEEPEST:
            if item.body is not None:
                again = self.stack.index(item.node.id) if item.node.id in self.stack else 0
                self.outermost = min(self.outermost, again)
            self.forwarded |= self.shared.may_forward(item.node)
            return {UNKNOWN}
        parts = tuple(map(frozenset, given))
        key = item.node.id, parts, None if receiver is None else frozenset(receiver)
        if key in self.known.runs:
            (value, forwarded, effects), trace = self.known.runs[key]
            self.traces.top.include(trace)
        else:
            value, forwarded, effects = self._run(key, item, parts, receiver)
        self.forwarded = self.forwarded or forwarded
        self.effects.include(effects)
        return value

    def _run(self, key: Hashable, item: RustItem, given: tuple[Value, ...], receiver: Value | None) -> Run:
        """Evaluate a call, and keep its effect unless it depends on the calls around it."""
        before, outer, own = (self.forwarded, self.effects), self.outermost, len(self.stack)
        self.forwarded, self.effects, self.outermost = False, RequestEffects(), WITHIN
        value, trace = self.traces.traced(self.context, lambda: self._of_builds(item, given, receiver))
        found = value, self.forwarded, self.effects
        self.forwarded, self.effects = before
        if self.outermost >= own and self.steps <= MOST_STEPS:
            self.known.runs[key] = found, trace
        self.outermost = outer if self.outermost >= own else min(outer, self.outermost)
        return found

    def _of_builds(self, item: RustItem, given: tuple[Value, ...], receiver: Value | None) -> Value:
        """Return what the functions may return that builds have under one name."""
        value: Value = NOTHING
        for code in built_twins(item.node, item.module, self.profiles.index):
            value = value | self._function(code, item.module, item.owner, given, receiver)[0]
        self.effects.called()
        return value

    def _function(
        self, code: Node, module: RustModule, owner: str, given: tuple[Value, ...], receiver: Value | None
    ) -> tuple[Value, bool]:
        """Return the value of a function, and whether its parameters can be had at all."""
        frame = AbsentFrame(module, owner, returned=type_name(syntax.field(code, "return_type")))
        self.effects.here, number = frozenset(), 0
        for child in parameters_built(code, self.profiles.index.features_of(module)):
            if is_self(child):
                own = self.results.get(f"{owner}::self") or of_self(code)
                frame.cells["self"] = [receiver if receiver is not None else own]
                continue
            kind = syntax.field(child, "type")
            called = number < len(given)
            value = given[number] if called else {UNKNOWN}
            if not called and kind is not None:
                value = extractor(self, kind, module)
                self.effects.doubtful |= "self" not in frame.cells and not is_given(self, kind, module)
            number += 1
            if value == NOTHING:
                return NOTHING, False
            self.bind(frame, syntax.field(child, "pattern") or child, value)
        self.stack.append(code.id)
        try:
            return self.body(frame, syntax.field(code, "body")), True
        finally:
            self.stack.pop()

    def body(self, frame: AbsentFrame, node: Node | None) -> Value:
        """Evaluate a body that ``return`` and ``?`` leave: of a function, a closure, an async block."""
        exits, dead = frame.exits, frame.dead
        frame.exits, frame.dead = NOTHING, False
        value = self.value(frame, node)
        if not frame.dead:
            self.effects.end(value)
        result = frame.exits | (NOTHING if frame.dead else value)
        frame.exits, frame.dead = exits, dead
        return result

    def closure(self, frame: AbsentFrame, node: Node, given: list[Value]) -> Value:
        """Evaluate a call of a closure or a function that is an argument."""
        node, cells, module = frame.meant(node)
        if node.type != "closure_expression":
            item = self.item(frame, path_of(node))
            return self.apply(item, given) if item is not None else made_by(node, given)
        inner = AbsentFrame(module, frame.owner, dict(cells), branches=1, closures=frame.closures)
        parameters = syntax.field(node, "parameters")
        for number, pattern in enumerate(positions(parameters) if parameters is not None else []):
            self.bind(inner, pattern, given[number] if number < len(given) else input_of(self, pattern))
        before = self.effects.enter()
        value = self.body(inner, syntax.field(node, "body"))
        self.effects.leave(before)
        return value

    def value(self, frame: AbsentFrame, node: Node | None) -> Value:
        """Evaluate an expression or a statement. One that is nested too deeply takes all steps that are left."""
        self.steps += 1
        if self.depth > DEEPEST_EXPRESSION:
            self.steps = MOST_STEPS + 1
        if node is None or frame.dead or self.steps > MOST_STEPS:
            return NOTHING if frame.dead else {UNKNOWN}
        self.depth += 1
        try:
            return self._value(frame, node)
        finally:
            self.depth -= 1

    def _value(self, frame: AbsentFrame, node: Node) -> Value:
        if self.conditions.any_known and (known := self.conditions.leaf(node)) is not None:
            return {TRUE if known else FALSE}
        handler = self.expressions.get(node.type)
        if handler is not None:
            return handler(self, frame, node)
        for child in plain(node):
            self.value(frame, child)
        return {UNKNOWN}

    def branch(
        self, frame: AbsentFrame, cells: Cells, *nodes: Node | None, sure: bool = False
    ) -> tuple[Value, bool]:
        """Evaluate a branch with its own variables; return its value, and whether it ends."""
        outer, frame.cells, frame.dead = frame.cells, dict(cells), False
        here = self.effects.here
        self.traces.top.calls |= {node.id for node in nodes if node is not None}
        frame.branches += not sure
        value: Value = {UNKNOWN}
        for node in nodes:
            value = self.value(frame, node)
        ended, frame.dead, frame.cells = frame.dead, False, outer
        if ended or not sure:
            self.effects.back_to(here)
        frame.branches -= not sure
        return (NOTHING if ended else value), ended

    def of_role(self, *values: Value) -> bool | None:
        """Return the outcome of a comparison of which one side is the role; ``None`` for any other."""
        return self.role.compared(values) if self.role is not None else None

    def condition(self, frame: AbsentFrame, node: Node | None) -> Value:
        """Evaluate a condition; patterns in it bind variables of the frame."""
        return self.traces.top.outcome(node, truth(self.value(frame, node)))

    def bind(self, frame: AbsentFrame, pattern: Node, value: Value) -> None:
        """Bind the variables of a pattern."""
        frame.cells |= {name: [held] for name, held in match(pattern, value)[2].items()}

    def item(self, frame: AbsentFrame, path: tuple[str, ...]) -> RustItem | None:
        """Return the function that a path names."""
        return self.profiles.function(path, frame.module, frame.owner)


Evaluate = Callable[[AbsentCase, AbsentFrame, Node], Value]
