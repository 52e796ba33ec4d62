"""Evaluates the expressions that build a service. Other values are unknown; calls into other code are not followed."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import reduce

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.axum.builds import variants
from specdrift.source.axum.evaluate import router_rules
from specdrift.source.axum.evaluate.join import join, join_scopes
from specdrift.source.axum.syntax.call_keys import key_of
from specdrift.source.axum.syntax.followed_calls import Sink
from specdrift.source.axum.syntax.frames import Frame, bind, bind_parameters, finish, unknown_router
from specdrift.source.axum.syntax.values import (
    UNKNOWN,
    BoolValue,
    Bound,
    FunctionValue,
    Router,
    Scope,
    Spot,
    UnknownValue,
    Value,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions, has_attributes, is_compiled
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.macro_items import MacroDefinitions
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.syntax import SourceFile, plain, short, text
from specdrift.source.rust.type_members import TypeMembers

MOST_STEPS = 400_000
SERVING = re.compile(rb"\bserve\b|\bserve_connection|\binto_make_service")
DEEPEST = 60
DEEPEST_EXPRESSION = 250
"""Maximum depth of nested expressions, over all functions under evaluation."""


class Evaluator(Struct, eq=False):
    """Evaluates the crates."""

    index: CrateIndex
    members: TypeMembers
    relevant: frozenset[int]
    """Ids of the functions to follow."""
    conditions: Conditions = field(default_factory=Conditions)
    macros: MacroDefinitions = field(default_factory=MacroDefinitions)
    wiring_macros: frozenset[str] = frozenset()
    """Names of macros that build routers."""
    expansions: dict[Spot, SourceFile | None] = field(default_factory=dict)
    """Expansions of the macro calls that were evaluated; None if no rule matches, or if it is too long."""
    entry: str = ""
    steps: int = 0
    depth: int = 0
    too_deep: bool = False
    stack: list[int] = field(default_factory=list)
    calling: list[tuple[Node, RustModule]] = field(default_factory=list)
    """The calls under evaluation."""
    sinks: list[Sink] = field(default_factory=list)
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    visited: dict[Spot, bool] = field(default_factory=dict)
    """Calls that were evaluated, and whether some were not in dead code."""
    served: set[Spot] = field(default_factory=set)
    """Calls that serve a router, or prepare it for serving."""
    unserved: dict[Spot, UnresolvedExpression] = field(default_factory=dict)
    """Calls that serve something that is not known to be a router."""
    results: dict[Hashable, tuple[Value, dict[str, Value], tuple[Sink, ...]]] = field(default_factory=dict)
    """Results of functions by their arguments, with their variables at the end and what they serve."""
    cells: dict[Spot, Value] = field(default_factory=dict)
    """What cells were filled with, by the call that makes each."""
    from_main: bool = False
    """Whether the code under evaluation is what a binary runs."""
    after: dict[str, Value] = field(default_factory=dict)
    """The variables of the function that was evaluated last, at its end."""
    evaluated: set[int] = field(default_factory=set)
    listeners: dict[int, ListenerKind] = field(default_factory=dict)
    """What connections types of the crates are, by the id of the type."""
    dispatched: frozenset[Spot] = frozenset()
    """Calls that created the routers which handlers call."""
    live: set[int] = field(default_factory=set)
    """Functions that were not only evaluated in dead code."""
    dead_depth: int = 0
    """Depth of nested dead code."""
    conditional_depth: int = 0
    """Depth of nested conditions, without error handling and loops."""
    call: Callable[["Evaluator", Frame, Node], Value] = lambda *_: UNKNOWN
    expressions: Mapping[str, Callable[["Evaluator", Frame, Node], Value]] = field(default_factory=dict)
    macro: Callable[["Evaluator", Frame, Node], Value] = lambda *_: UNKNOWN
    declared: Callable[["Evaluator", RustModule, Node | None], Value | None] = lambda *_: None
    """Returns what is known of a value by its declared type."""

    @property
    def names(self) -> NameResolver:
        return self.members.names

    def value(self, frame: Frame, node: Node | None) -> Value:
        """Evaluate an expression."""
        self.steps += 1
        if node is None or self.steps > MOST_STEPS:
            return UNKNOWN
        if self.depth > DEEPEST_EXPRESSION:
            return self._too_deep(frame, node)
        self.depth += 1
        try:
            return self._value(frame, node)
        finally:
            self.depth -= 1

    def _value(self, frame: Frame, node: Node) -> Value:
        if self.conditions.outcomes and (known := self.conditions.leaf(node)) is not None:
            return BoolValue(known)
        handler = self.expressions.get(node.type)
        return handler(self, frame, node) if handler else UnknownValue(short(node))

    def _too_deep(self, frame: Frame, node: Node) -> Value:
        if not self.too_deep:
            self.too_deep = True
            self.unresolved_at(frame, node, "expression nested too deeply")
        return UNKNOWN

    def widen(self) -> bool:
        """Expand macros; return whether that added items. Functions are then evaluated again."""
        if not self.members.widen():
            return False
        self.results.clear()
        return True

    def visit(self, spot: Spot) -> None:
        """Record a call that is evaluated, and whether that is in dead code only."""
        self.visited[spot] = self.visited.get(spot, False) or not self.dead_depth

    def visit_dead(self, frame: Frame, node: Node | None) -> None:
        """Evaluate dead code, so that its calls are not reported as unresolved."""
        if node is None or node.type.endswith("_literal"):
            return
        sinks, unresolved = len(self.sinks), len(self.unresolved)
        self.dead_depth += 1
        self.value(Frame(frame.module, frame.scope.fork(), frame.owner, frame.bound), node)
        self.dead_depth -= 1
        del self.sinks[sinks:], self.unresolved[unresolved:]

    def unresolved_at(
        self, frame: Frame, node: Node, what: str, kind: UnresolvedKind = UnresolvedKind.SERVED
    ) -> UnresolvedExpression:
        """Record an unresolved expression."""
        found = UnresolvedExpression(frame.module.file.place(node), what, kind)
        self.unresolved.append(found)
        return found

    def visit_closures(self, values: list[Value]) -> None:
        """Evaluate closures that serve something and are passed to external code, such as a thread."""
        for value in values:
            if not isinstance(value, FunctionValue):
                continue
            node = value.closure
            if node is not None and node.id not in self.evaluated and SERVING.search(node.text or b""):
                self.evaluated.add(node.id)
                self.closure(value, [])

    def visit_dispatch(self, frame: Frame, handler: FunctionValue) -> None:
        """Record a handler that captures a router: it may call it for any request."""
        scope = handler.scope if isinstance(handler.scope, Scope) else None
        if handler.closure is None or scope is None:
            return
        captured = {
            text(child): value
            for child in syntax.descendants(handler.closure)
            if child.type == "identifier" and isinstance(value := scope.get(text(child)), Router)
        }
        for name, router in captured.items():
            self.dispatched |= router.origins
            self.unresolved_at(frame, handler.closure, f"router called by a handler: {name}")

    def serving(self, frame: Frame, node: Node, value: Value, source_text: str) -> None:
        """Record whether a served value is a known router."""
        if isinstance(value, Router):
            self.served.add(frame.spot(node))
        elif not self.dead_depth:
            place = frame.module.file.place(syntax.name_of(node))
            found = UnresolvedExpression(place, f"served value: {source_text}", UnresolvedKind.SERVED)
            self.unserved.setdefault(frame.spot(node), found)
            if self.from_main:
                self.unresolved.append(found)

    def run(
        self, item: RustItem, arguments: list[Value], receiver: Value | None = None, bound: Bound = ()
    ) -> Value:
        """Evaluate a function: in any build, if there are several. A recursive call is not followed."""
        built = variants(item, self.index)
        results = [self._run(one, arguments, receiver, bound) for one in built]
        self.after = self.after if len(built) == 1 else {}
        return reduce(join, results)

    def _run(self, item: RustItem, arguments: list[Value], receiver: Value | None, bound: Bound) -> Value:
        if item.body is None or item.node.id in self.stack or len(self.stack) > DEEPEST:
            self.after = {}
            return UNKNOWN
        key = key_of(item, arguments, receiver, bound)
        if key is not None and key in self.results:
            result, self.after, sinks = self.results[key]
            self._serve_again(sinks)
            return result
        types = dict(bound)
        owner = types["Self"].name if "Self" in types else item.owner
        frame = Frame(item.module, Scope(), owner, types)
        bind_parameters(frame, item.node, self._with_types(item, arguments), receiver)
        self.evaluated.add(item.node.id)
        if not self.dead_depth:
            self.live.add(item.node.id)
        self.stack.append(item.node.id)
        before = len(self.sinks)
        try:
            result = finish(frame, self.block(frame, item.body))
        finally:
            self.stack.pop()
        self.after = frame.scope.variables
        if key is not None and not self.dead_depth:
            self.results[key] = result, self.after, tuple(self.sinks[before:])
        return result

    def _serve_again(self, sinks: Iterable[Sink]) -> None:
        """Record what a function serves for another binary that calls it alike."""
        conditional = self.conditional_depth > 0
        for sink in sinks:
            if self.from_main and sink.entry != self.entry:
                own = replace(sink, entry=self.entry, conditional=sink.conditional or conditional)
                self.sinks.append(own)

    def _with_types(self, item: RustItem, arguments: list[Value]) -> list[Value]:
        """Return the arguments, the unknown ones by the types of their parameters."""
        parameters = syntax.field(item.node, "parameters")
        own = [child for child in plain(parameters) if child.type == "parameter"] if parameters else []
        given = [*arguments, *([UNKNOWN] * (len(own) - len(arguments)))]
        for number, parameter in enumerate(own):
            if isinstance(given[number], UnknownValue):
                known = self.declared(self, item.module, syntax.field(parameter, "type"))
                router = unknown_router(item, parameter, given[number]) if number < len(arguments) else None
                given[number] = known or router or given[number]
        return given

    def apply(self, function: FunctionValue, values: list[Value]) -> Value:
        """Evaluate a call of a function value."""
        if function.item is not None and function.item.kind == "fn":
            return self.run(function.item, values, bound=function.bound)
        if function.closure is not None:
            return self.closure(function, values)
        match function.path[-2:], values:
            case (_, "identity"), [value, *_]:
                return value
            case (_, "merge"), [Router() as router, Router() as other]:
                return router_rules.merge(router, other, function.location)
        return UNKNOWN

    def closure(self, function: FunctionValue, arguments: list[Value]) -> Value:
        """Evaluate a call of a closure."""
        node, module = function.closure, function.module
        if node is None or module is None or node.id in self.stack:
            return UNKNOWN
        around = function.scope if isinstance(function.scope, Scope) else None
        frame = Frame(module, Scope(around), bound=dict(function.bound))
        parameters = syntax.field(node, "parameters")
        for pattern, value in zip(plain(parameters) if parameters else (), arguments, strict=False):
            bind(frame, pattern, value)
        self.stack.append(node.id)
        try:
            return finish(frame, self.value(frame, syntax.field(node, "body")))
        finally:
            self.stack.pop()

    def block(self, frame: Frame, node: Node) -> Value:
        """Evaluate a block: the value of its last expression."""
        outer = frame.scope
        frame.scope = Scope(outer)
        value = self.statements(frame, node)
        frame.scope = outer
        return value

    def statements(self, frame: Frame, node: Node) -> Value:
        """Evaluate the statements of a block in the scope around it."""
        value: Value = UNKNOWN
        children, attributed = plain(node), has_attributes(node)
        for child in children:
            if frame.ended:
                break
            built = is_compiled(child, self.index.features_of(frame.module)) if attributed else True
            if built is not False:
                value = self.value(frame, child) if built else self._in_some_builds(frame, child)
        last = children[-1] if children else None
        ends = last is not None and last.type not in {"let_declaration", "expression_statement"}
        tail = last is not None and last.type == "expression_statement" and not text(last).endswith(";")
        return value if ends or tail else UNKNOWN

    def _in_some_builds(self, frame: Frame, node: Node) -> Value:
        """Evaluate a statement that other builds do not have."""
        self.conditional_depth += 1
        value = self.branches(frame, [lambda: self.value(frame, node), lambda: UNKNOWN])
        self.conditional_depth -= 1
        return value

    def branches(self, frame: Frame, alternatives: list[Callable[[], Value]]) -> Value:
        """Join the values of several branches, and the variables after those that do not return."""
        base = frame.scope
        values: list[Value] = []
        scopes: list[Scope] = []
        for alternative in alternatives:
            frame.scope, frame.leaving = base.fork(), False
            value = alternative()
            if not frame.ended:
                values.append(value)
            if not frame.ended or frame.leaving:
                scopes.append(frame.scope)
            frame.ended = False
        frame.scope = base
        join_scopes(base, scopes)
        frame.ended, frame.leaving = not values, not values and bool(scopes)
        return reduce(join, values) if values else UNKNOWN


Evaluate = Callable[[Evaluator, Frame, Node], Value]
