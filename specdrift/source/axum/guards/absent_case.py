"""Evaluates the case that the client has no certificate: whether a guard rejects on every path then.

A value is the set of what it may be. What the evaluation does not know is ``UNKNOWN``; a condition on it takes both
branches. A guard is one only if no path of this case reaches the handler.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from specdrift.source.axum.guards.absent_patterns import match
from specdrift.source.axum.guards.absent_values import (
    ABSENT,
    FALSE,
    NOTHING,
    REJECTION,
    TRUE,
    UNKNOWN,
    Atom,
    Value,
    holding,
    some,
)
from specdrift.source.axum.guards.access_profiles import EXTRACTING, AccessProfiles, Reads
from specdrift.source.rust import syntax
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.syntax import arguments, descendants, path_of, plain, text, type_arguments

FORWARDING = frozenset({"run", "call", "oneshot"})
CALLER = Reads.CERTIFICATE | Reads.IDENTITY
MOST_STEPS = 20_000
DEEPEST = 12
NEXT = re.compile(r"\b[Nn]ext\b")
AROUND = frozenset({"Arc", "Box", "Rc", "Extension", "ConnectInfo"})
MAYBE = frozenset({"Option", "Result", "Vec"})
Cells = dict[str, list[Value]]


@dataclass(slots=True, eq=False)
class AbsentFrame:
    """A function under evaluation."""

    module: RustModule
    owner: str
    cells: Cells = field(default_factory=dict)
    exits: Value = NOTHING
    dead: bool = False
    branches: int = 0
    """Depth of branches, loops and closures: what is assigned there may also keep its value."""


@dataclass(slots=True, eq=False)
class AbsentCase:
    """Evaluates functions for a client without a certificate."""

    profiles: AccessProfiles
    expressions: "Mapping[str, Evaluate]"
    forwarded: bool = False
    steps: int = 0
    stack: list[int] = field(default_factory=list)
    _known: dict[int, bool] = field(default_factory=dict)

    def rejects(self, code: Node, module: RustModule, owner: str = "") -> bool:
        """Return whether a middleware, an extractor, a handler or a service surely rejects in this case."""
        if code.id not in self._known:
            self._known[code.id] = False
            before = self.forwarded, self.steps
            self.forwarded, self.steps = False, 0
            value, reached = self._function(code, module, owner, (), None)
            safe = not self.forwarded if _forwards(code) else value <= {ABSENT, REJECTION}
            self._known[code.id] = self.steps <= MOST_STEPS and (not reached or safe)
            self.forwarded, self.steps = before
        return self._known[code.id]

    def extractor(self, kind: Node, module: RustModule) -> Value:
        """Return what an extractor gives in this case; nothing if it rejects."""
        path = path_of(kind)
        name = path[-1] if path else ""
        inner = type_arguments(kind)
        if name in MAYBE and inner:
            return (
                {ABSENT} if self.extractor(inner[0], module) == NOTHING else self.optional(inner[0], module)
            )
        own = [
            item
            for item in self.profiles.methods_of(name, EXTRACTING, module)
            if item.trait != "OptionalFromRequestParts"
        ]
        if own and name not in AROUND:
            if all(self.rejects(item.node, item.module, item.owner) for item in own):
                return NOTHING
            return {UNKNOWN}
        if name == "Extension" and inner and self.reads(inner[0]) is Reads.IDENTITY:
            return NOTHING
        return self.held(kind, module)

    def reads(self, kind: Node) -> Reads:
        found = Reads.NOTHING
        for node in descendants(kind):
            if node.type == "type_identifier":
                found |= self.profiles.of_type(text(node))
        return found

    def optional(self, kind: Node, module: RustModule, around: str = "") -> Value:
        """Return what is read from the extensions: nothing, or a value whose optional certificates are absent."""
        if not self.reads(kind) & CALLER:
            return {UNKNOWN}
        held = self.held(kind, module)
        if held in ({UNKNOWN}, {ABSENT}):
            return {ABSENT}
        return {ABSENT, some({holding(around, {"0": held})} if around else held)}

    def held(self, kind: Node | None, module: RustModule) -> Value:
        """Return what a value of a type is in this case: its optional certificates are absent."""
        path = path_of(kind)
        name = path[-1] if path else ""
        inner = type_arguments(kind)
        if kind is None or not self.reads(kind) & CALLER:
            return {UNKNOWN}
        if name in MAYBE:
            return {ABSENT}
        if name in AROUND and inner:
            held = self.held(inner[0], module)
            return {holding(name, {"0": held})} if name in {"Extension", "ConnectInfo"} else held
        return self._struct(name)

    def _struct(self, name: str) -> Value:
        found = self.profiles.definition(name)
        body = syntax.field(found.node, "body") if found is not None else None
        if found is None or body is None:
            return {UNKNOWN}
        kinds: dict[str, Node] = {}
        for child in plain(body):
            if child.type == "field_declaration":
                kind = syntax.field(child, "type")
                if kind is not None:
                    kinds[text(syntax.field(child, "name"))] = kind
            elif child.type != "visibility_modifier":
                kinds[str(len(kinds))] = child
        fields = {key: self._field(kind) for key, kind in kinds.items()}
        return {holding(name, fields)} if any(value == {ABSENT} for value in fields.values()) else {UNKNOWN}

    def _field(self, kind: Node) -> Value:
        source_text = text(kind)
        return {ABSENT} if any(f"{word}<" in source_text for word in MAYBE) else {UNKNOWN}

    def apply(self, item: RustItem, given: list[Value]) -> Value:
        """Evaluate a call by path: one of a method has its receiver as the first argument."""
        parameters = syntax.field(item.node, "parameters")
        takes_self = parameters is not None and any(c.type == "self_parameter" for c in plain(parameters))
        return self.run(item, given[1:], given[0]) if takes_self and given else self.run(item, given, None)

    def run(self, item: RustItem, given: Iterable[Value], receiver: Value | None) -> Value:
        """Evaluate a call of a function of the crates."""
        if item.body is None or item.node.id in self.stack or len(self.stack) > DEEPEST:
            self.forwarded = self.forwarded or any(map(is_forward, descendants(item.node)))
            return {UNKNOWN}
        return self._function(item.node, item.module, item.owner, tuple(given), receiver)[0]

    def _function(
        self, code: Node, module: RustModule, owner: str, given: tuple[Value, ...], receiver: Value | None
    ) -> tuple[Value, bool]:
        """Return the value of a function, and whether its parameters can be had at all."""
        frame = AbsentFrame(module, owner)
        parameters = syntax.field(code, "parameters")
        number = 0
        for child in plain(parameters) if parameters is not None else []:
            if child.type == "self_parameter":
                frame.cells["self"] = [receiver if receiver is not None else {UNKNOWN}]
                continue
            kind = syntax.field(child, "type")
            called = number < len(given)
            value = given[number] if called else {UNKNOWN}
            if not called and kind is not None:
                value = self.extractor(kind, module)
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
        result = frame.exits | (NOTHING if frame.dead else value)
        frame.exits, frame.dead = exits, dead
        return result

    def closure(self, frame: AbsentFrame, node: Node, given: list[Value]) -> Value:
        """Evaluate a call of a closure or a function that is an argument."""
        if node.type != "closure_expression":
            item = self.item(frame, path_of(node))
            return self.apply(item, given) if item is not None else self._built(node, given)
        inner = AbsentFrame(frame.module, frame.owner, dict(frame.cells), branches=1)
        parameters = syntax.field(node, "parameters")
        for number, pattern in enumerate(plain(parameters) if parameters is not None else []):
            self.bind(inner, pattern, given[number] if number < len(given) else {UNKNOWN})
        return self.body(inner, syntax.field(node, "body"))

    def _built(self, node: Node, given: list[Value]) -> Value:
        return {some(given[0])} if path_of(node)[-1:] in {("Ok",), ("Some",)} and given else {UNKNOWN}

    def value(self, frame: AbsentFrame, node: Node | None) -> Value:
        """Evaluate an expression or a statement."""
        self.steps += 1
        if node is None or frame.dead or self.steps > MOST_STEPS:
            return NOTHING if frame.dead else {UNKNOWN}
        handler = self.expressions.get(node.type)
        if handler is not None:
            return handler(self, frame, node)
        for child in plain(node):
            self.value(frame, child)
        return {UNKNOWN}

    def branch(self, frame: AbsentFrame, cells: Cells, *nodes: Node | None) -> tuple[Value, bool]:
        """Evaluate a branch with its own variables; return its value, and whether it ends."""
        outer = frame.cells
        frame.cells, frame.dead = dict(cells), False
        frame.branches += 1
        value: Value = {UNKNOWN}
        for node in nodes:
            value = self.value(frame, node)
        ended, frame.dead, frame.cells = frame.dead, False, outer
        frame.branches -= 1
        return (NOTHING if ended else value), ended

    def condition(self, frame: AbsentFrame, node: Node | None) -> Value:
        """Evaluate a condition; patterns in it bind variables of the frame."""
        return self.truth(self.value(frame, node))

    @staticmethod
    def truth(value: Value) -> Value:
        """Return ``TRUE``, ``FALSE`` or both."""
        found: set[Atom] = set()
        for one in value:
            found |= {one} if one in {TRUE, FALSE} else {TRUE, FALSE}
        return found

    def bind(self, frame: AbsentFrame, pattern: Node, value: Value) -> None:
        """Bind the variables of a pattern."""
        for name, held in match(pattern, value)[2].items():
            frame.cells[name] = [held]

    def item(self, frame: AbsentFrame, path: tuple[str, ...]) -> RustItem | None:
        """Return the function that a path names."""
        if not path:
            return None
        if len(path) > 1:
            owner = frame.owner if path[-2] == "Self" else path[-2]
            own = [item for item in self.profiles.index.methods.get(path[-1], []) if item.owner == owner]
            if len(own) == 1:
                return own[0]
        found = self.profiles.names.resolve(path, frame.module)
        return found if isinstance(found, RustItem) and found.kind == "fn" else None


def _forwards(code: Node) -> bool:
    """Return whether a function decides by calling the rest of the chain: a middleware or a service."""
    named = text(syntax.field(code, "name")) == "call" or NEXT.search(text(syntax.field(code, "parameters")))
    return bool(named) and any(map(is_forward, descendants(code)))


def is_forward(node: Node) -> bool:
    """Return whether a node calls the rest of the chain."""
    if node.type != "call_expression":
        return False
    callee = syntax.field(node, "function")
    name = text(syntax.field(callee, "field")) if callee is not None else ""
    return (name or (path_of(callee) or ("",))[-1]) in FORWARDING and bool(arguments(node))


Evaluate = Callable[[AbsentCase, AbsentFrame, Node], Value]
