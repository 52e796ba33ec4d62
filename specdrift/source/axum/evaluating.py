"""Evaluates the expressions that build a service; everything else is Unknown, and calls into it are not followed."""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce

from tree_sitter import Node

from specdrift.model.location import SourceLocation
from specdrift.source.axum import routing
from specdrift.source.axum.joining import join, join_scopes
from specdrift.source.axum.values import (
    UNKNOWN,
    Bound,
    Flag,
    Function,
    Hole,
    Number,
    Router,
    Scope,
    Sequence,
    Spot,
    Struct,
    Text,
    Unknown,
    Value,
    Variant,
)
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.items import Index, Item, Module
from specdrift.source.rust.members import Members
from specdrift.source.rust.names import Names
from specdrift.source.rust.syntax import path_of, plain, short, text

MOST_STEPS = 400_000
SIMPLE = (Text, Number, Flag, Variant)
SERVING = re.compile(rb"\bserve\b|\bserve_connection|\binto_make_service")
DEEPEST = 60
DEEPEST_EXPRESSION = 250
"""Expressions in expressions, over all functions that are being evaluated."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A router that is handed to code of others: ``call`` is the function's name, ``served`` whether it serves it,
    ``conditional`` that it does so in some runs only.
    """

    router: Router
    call: str
    location: SourceLocation
    served: bool
    entry: str
    said: str = ""
    """The call as it is written, as far as it matters: it tells TLS from none."""
    conditional: bool = False


@dataclass(slots=True)
class Frame:
    """A function that is being evaluated. ``owner`` is the type whose method it is, ``bound`` what names of types stand
    for.
    """

    module: Module
    scope: Scope
    owner: str = ""
    bound: dict[str, Item] = field(default_factory=dict)
    returns: list[Value] = field(default_factory=list)
    ended: bool = False

    def spot(self, node: Node) -> Spot:
        return self.module.file.name, node.start_byte


@dataclass(slots=True, eq=False)
class Machine:
    """The state of one evaluation. ``relevant`` says which functions are worth following."""

    index: Index
    members: Members
    relevant: frozenset[int]
    conditions: Conditions = field(default_factory=Conditions)
    wiring_macros: frozenset[str] = frozenset()
    entry: str = ""
    steps: int = 0
    depth: int = 0
    too_deep: bool = False
    stack: list[int] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    seen: set[Spot] = field(default_factory=set)
    served: set[Spot] = field(default_factory=set)
    """The places where a router is served, or made ready for that."""
    unserved: dict[Spot, Hole] = field(default_factory=dict)
    """The places where something else is, as far as is known."""
    results: dict[Hashable, Value] = field(default_factory=dict)
    """Of functions, by what they are given: they are the same each time."""
    evaluated: set[int] = field(default_factory=set)
    aside: int = 0
    """How deep it is in code that does not run."""
    unsure: int = 0
    """How deep it is in code that a condition decides over: not in what only an error keeps from running, or a loop."""
    call: Callable[["Machine", Frame, Node], Value] = lambda *_: UNKNOWN
    expressions: Mapping[str, Callable[["Machine", Frame, Node], Value]] = field(default_factory=dict)
    macro: Callable[["Machine", Frame, Node], Value] = lambda *_: UNKNOWN

    @property
    def names(self) -> Names:
        return self.members.names

    def value(self, frame: Frame, node: Node | None) -> Value:
        """What an expression is."""
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
        if self.conditions.said and (known := self.conditions.leaf(node)) is not None:
            return Flag(known)
        handler = self.expressions.get(node.type)
        return handler(self, frame, node) if handler else Unknown(short(node))

    def _too_deep(self, frame: Frame, node: Node) -> Value:
        if not self.too_deep:
            self.too_deep = True
            self.hole(frame, node, "what is nested so deeply")
        return UNKNOWN

    def pass_by(self, frame: Frame, node: Node | None) -> None:
        """Look at code that does not run, so that nobody takes it for code that was not understood."""
        sinks, holes = len(self.sinks), len(self.holes)
        self.aside += 1
        self.value(Frame(frame.module, frame.scope.fork(), frame.owner, frame.bound), node)
        self.aside -= 1
        del self.sinks[sinks:], self.holes[holes:]

    def hole(self, frame: Frame, node: Node, what: str) -> Hole:
        """Remember what was not understood."""
        found = Hole(frame.module.file.place(node), what)
        self.holes.append(found)
        return found

    def look_into(self, values: list[Value]) -> None:
        """Evaluate closures that serve something and are handed to code of others: that may be a thread to run them."""
        for value in values:
            if not isinstance(value, Function):
                continue
            node = value.closure
            if node is not None and node.id not in self.evaluated and SERVING.search(node.text or b""):
                self.evaluated.add(node.id)
                self.closure(value, [])

    def serving(self, frame: Frame, node: Node, value: Value, said: str) -> None:
        """Remember whether what is served is a router, as far as is known."""
        if isinstance(value, Router):
            self.served.add(frame.spot(node))
        elif not self.aside:
            place = frame.module.file.place(syntax.name_of(node))
            self.unserved.setdefault(frame.spot(node), Hole(place, f"what is served: {said}"))

    def run(
        self, item: Item, arguments: list[Value], receiver: Value | None = None, bound: Bound = ()
    ) -> Value:
        """What a function returns. One that is being evaluated already is not followed again."""
        if item.body is None or item.node.id in self.stack or len(self.stack) > DEEPEST:
            return UNKNOWN
        key = _key(item, arguments, receiver, bound)
        if key is not None and key in self.results:
            return self.results[key]
        types = dict(bound)
        owner = types["Self"].name if "Self" in types else item.owner
        frame = Frame(item.module, Scope(), owner, types)
        bind_parameters(frame, item.node, arguments, receiver)
        self.evaluated.add(item.node.id)
        self.stack.append(item.node.id)
        try:
            result = finish(frame, self.block(frame, item.body))
        finally:
            self.stack.pop()
        if key is not None and not self.aside:
            self.results[key] = result
        return result

    def apply(self, function: Function, values: list[Value]) -> Value:
        """What a function that is passed on makes of values."""
        if function.item is not None and function.item.kind == "fn":
            return self.run(function.item, values, bound=function.bound)
        if function.closure is not None:
            return self.closure(function, values)
        match function.path[-2:], values:
            case (_, "identity"), [value, *_]:
                return value
            case (_, "merge"), [Router() as router, Router() as other]:
                return routing.merge(router, other, function.location)
        return UNKNOWN

    def closure(self, function: Function, arguments: list[Value]) -> Value:
        """What a closure returns."""
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
        """The value of a block: that of its last expression, if it ends in one."""
        outer = frame.scope
        frame.scope = Scope(outer)
        value: Value = UNKNOWN
        children = plain(node)
        for child in children:
            if frame.ended:
                break
            value = self.value(frame, child)
        frame.scope = outer
        last = children[-1] if children else None
        ends = last is not None and last.type not in {"let_declaration", "expression_statement"}
        tail = last is not None and last.type == "expression_statement" and not text(last).endswith(";")
        return value if ends or tail else UNKNOWN

    def branches(self, frame: Frame, ways: list[Callable[[], Value]]) -> Value:
        """The value of one of several ways, and what variables are after any that does not leave."""
        base = frame.scope
        values: list[Value] = []
        scopes: list[Scope] = []
        for way in ways:
            frame.scope = base.fork()
            value = way()
            if not frame.ended:
                values.append(value)
                scopes.append(frame.scope)
            frame.ended = False
        frame.scope = base
        join_scopes(base, scopes)
        frame.ended = not scopes
        return reduce(join, values) if values else UNKNOWN


def _key(item: Item, arguments: list[Value], receiver: Value | None, bound: Bound) -> Hashable | None:
    """What a call's result depends on; ``None`` where that is more than what is compared: closures have variables."""
    parts = [_comparable(value) for value in (*arguments, UNKNOWN if receiver is None else receiver)]
    return None if None in parts else (item.node.id, bound, *parts)


def _comparable(value: Value) -> Hashable | None:  # noqa: PLR0911 - a table of cases
    """The value itself, of all that is unknown the same one; ``None`` for what holds a closure or a router."""
    match value:
        case Unknown():
            return UNKNOWN
        case Text() | Flag() | Number():
            return value
        case Function():
            return value if value.closure is None else None
        case Struct():
            parts = tuple((name, _comparable(part)) for name, part in value.fields)
            return None if any(part is None for _, part in parts) else (value.type, parts)
        case Sequence():
            items = tuple(map(_comparable, value.items))
            return None if None in items else items
        case Variant():
            held = tuple(map(_comparable, value.fields))
            return None if None in held else (value.type, value.name, held)
    return None


def finish(frame: Frame, value: Value) -> Value:
    """The result: what the body is, or any of what is returned early that matters; a text only where each way of it is
    known.
    """
    every = [*frame.returns] if frame.ended and frame.returns else [value, *frame.returns]
    results: list[Value] = [found for found in every if not isinstance(found, Unknown)]
    if len(results) < len(every) and any(isinstance(found, SIMPLE) for found in results):
        return UNKNOWN
    return reduce(join, results) if results else UNKNOWN


def bind_parameters(frame: Frame, node: Node, arguments: list[Value], receiver: Value | None) -> None:
    """Give the parameters of a function their values, and remember their types."""
    parameters = syntax.field(node, "parameters")
    own = [child for child in plain(parameters) if child.type == "parameter"] if parameters else []
    frame.scope.variables["self"] = receiver if receiver is not None else Struct(frame.owner)
    for number, parameter in enumerate(own):
        value = arguments[number] if number < len(arguments) else UNKNOWN
        said = (path_of(syntax.field(parameter, "type")) or ("",))[-1]
        if isinstance(value, Unknown) and said in {"Router", "OpenApiRouter", "ApiRouter"}:
            value = Router()
        pattern = syntax.field(parameter, "pattern")
        bind(frame, pattern, value)
        frame.scope.types[text(pattern)] = said


def _shared(pattern: Node, items: tuple[Value, ...]) -> Iterator[tuple[Node, Value]]:
    """The parts of a pattern, each with its item: ``_`` is no name in the tree, and has one all the same."""
    skipped = {"line_comment", "block_comment"}
    parts = [c for c in pattern.children if (c.is_named and c.type not in skipped) or c.type == "_"]
    rest = next((n for n, child in enumerate(parts) if child.type == "remaining_field_pattern"), None)
    for number, child in enumerate(parts):
        at = number if rest is None or number < rest else number - len(parts) + len(items)
        if number != rest:
            yield child, items[at] if 0 <= at < len(items) else UNKNOWN


def bind(frame: Frame, pattern: Node | None, value: Value) -> None:
    """Give the names of a pattern their values."""
    if pattern is None:
        return
    match pattern.type:
        case "identifier":
            frame.scope.variables[text(pattern)] = value
        case "mut_pattern" | "ref_pattern" | "reference_pattern" | "parameter" | "match_pattern":
            inner = [child for child in plain(pattern) if child.type != "mutable_specifier"]
            bind(frame, inner[0] if inner else None, value)
        case "tuple_pattern" | "slice_pattern":
            for child, item in _shared(pattern, value.items if isinstance(value, Sequence) else ()):
                bind(frame, child, item)
        case "tuple_struct_pattern":
            parts = plain(pattern)[1:]
            passed = len(parts) == 1 and text(syntax.field(pattern, "type")) in {"Ok", "Some"}
            held = value.fields if isinstance(value, Variant) and len(value.fields) == len(parts) else ()
            for number, child in enumerate(parts):
                bind(frame, child, held[number] if held else value if passed else UNKNOWN)


Evaluate = Callable[[Machine, Frame, Node], Value]
