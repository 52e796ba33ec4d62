"""How a middleware can end: with the response of the inner service, or with one of its own, which rejects.

An exit in code that never runs, such as under a condition that is a constant, does not count.
"""

from collections.abc import Iterator

from msgspec import Struct, field
from tree_sitter import Node

from specdrift.source.axum.builds import variants
from specdrift.source.axum.syntax.values import FunctionValue
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import combined
from specdrift.source.rust.items import RustItem, RustModule
from specdrift.source.rust.name_resolver import NameResolver
from specdrift.source.rust.syntax import arguments, descendants, holds_any, path_of, plain, text

DEEPEST = 40
LONGEST = 20_000
"""Maximum length of a middleware, in bytes."""
FORWARDING = frozenset({"run", "call", "oneshot"})
"""Methods that call the inner service."""
_QUIET = """
dbg debug debug_span eprint eprintln error event format info info_span json matches print println span trace trace_span
vec warn write writeln concat stringify include_str cfg env line file counter gauge histogram increment_counter
"""
QUIET = frozenset(_QUIET.split())
"""Macros that do not leave the function."""
BRANCHING = frozenset({"if_expression", "match_expression", "block"})
WRAPPING = frozenset({"Ok", "Box::pin", "Some", "Into::into", "ready"})


class GuardExits(Struct, frozen=True, eq=False):
    """Finds the exits of functions that call an inner service."""

    names: NameResolver
    _constant: dict[int, bool | None] = field(default_factory=dict)
    _passing: dict[int, bool] = field(default_factory=dict)
    _declared: dict[int, dict[str, list[Node]]] = field(default_factory=dict)
    """Declarations of each body, by what they declare."""

    def forwards(self, code: Node) -> list[Node]:
        """Return the calls of the inner service, in source order."""
        return [node for node in descendants(code) if is_inner_call(node)]

    def passes_all(self, function: FunctionValue) -> bool:
        """Return whether a middleware function passes every request on."""
        code, module = function.code, function.written_in
        if code is None or module is None or code.end_byte - code.start_byte > LONGEST:
            return False
        if code.id not in self._passing:
            self._passing[code.id] = bool(self.forwards(code)) and not self.rejections(code, module)
        return self._passing[code.id]

    def is_idle(self, code: Node) -> bool:
        """Return whether a middleware does nothing but pass the request on: what it reads is not used."""
        body = syntax.field(code, "body")
        return body is not None and all(_is_idle(statement, body) for statement in plain(body))

    def rejections(self, code: Node, module: RustModule) -> list[Node]:
        """Return the exits of a middleware that do not forward the request."""
        body = syntax.field(code, "body")
        if body is None:
            return []
        own = body if body.type != "async_block" else plain(body)[-1]
        starts = sorted(node.start_byte for node in self.forwards(own))
        return list(_Reading(self, module, own, self.results(own), starts).of(own))

    def results(self, body: Node) -> frozenset[str]:
        """Return the variables that hold the response of the inner service."""
        found: set[str] = set()
        for node in descendants(body):
            if node.type != "let_declaration":
                continue
            value = syntax.field(node, "value")
            if value is None:
                continue
            names = identifiers(value)
            if names & found or any(map(is_inner_call, descendants(value))):
                pattern = syntax.field(node, "pattern")
                found |= identifiers(pattern)
        return frozenset(found)

    def outcome(self, condition: Node | None, module: RustModule, body: Node, depth: int = 0) -> bool | None:  # noqa: PLR0911 - a table of cases
        """Return the outcome of a condition that is constant: a literal, a variable or a helper that is one."""
        if condition is None or depth > DEEPEST:
            return None
        inner = plain(condition)
        match condition.type:
            case "boolean_literal":
                return text(condition) == "true"
            case "parenthesized_expression" if inner:
                return self.outcome(inner[0], module, body, depth + 1)
            case "unary_expression" if text(condition).startswith("!") and inner:
                value = self.outcome(inner[0], module, body, depth + 1)
                return None if value is None else not value
            case "binary_expression":
                sides = [
                    self.outcome(syntax.field(condition, side), module, body, depth + 1)
                    for side in ("left", "right")
                ]
                return combined(text(syntax.field(condition, "operator")), *sides)
            case "await_expression" if inner:
                return self.outcome(inner[0], module, body, depth + 1)
            case "identifier":
                return self._variable(condition, module, body, depth)
            case "call_expression":
                helper = self._helper(condition, module)
                return self._returned(helper, depth) if helper is not None else None
        return None

    def _variable(self, name: Node, module: RustModule, body: Node, depth: int) -> bool | None:
        """Return the value of a variable that is declared once, as a constant, and not assigned."""
        if body.id not in self._declared:
            self._declared[body.id] = syntax.declarations(body)
        every = self._declared[body.id].get(text(name), [])
        declared = [node for node in every if node.end_byte <= name.start_byte][:2]
        mutable = declared and any(c.type == "mutable_specifier" for c in declared[0].children)
        if len(declared) != 1 or mutable:
            return None
        return self.outcome(syntax.field(declared[0], "value"), module, body, depth + 1)

    def _helper(self, call: Node, module: RustModule) -> RustItem | None:
        found = self.names.item_at(syntax.field(call, "function"), module)
        return found if found is not None and found.kind == "fn" else None

    def _returned(self, item: RustItem, depth: int) -> bool | None:
        """Return the constant that a helper returns in every run and build; for a Result whether it is ``Ok``."""
        found = {self._returned_by(one, depth) for one in variants(item, self.names.index)}
        return found.pop() if len(found) == 1 else None

    def _returned_by(self, item: RustItem, depth: int) -> bool | None:
        key = item.node.id
        if key not in self._constant:
            self._constant[key] = None
            body = item.body
            last = plain(body)[-1] if body is not None and plain(body) else None
            early = body is not None and any(
                node.type in {"return_expression", "try_expression", "macro_invocation"}
                and not (node.type == "macro_invocation" and _quiet(node))
                for node in descendants(body)
            )
            if last is not None and body is not None and not early:
                ok = last.type == "call_expression" and path_of(syntax.field(last, "function")) == ("Ok",)
                self._constant[key] = True if ok else self.outcome(last, item.module, body, depth + 1)
        return self._constant[key]

    def fails(self, attempt: Node, module: RustModule, results: frozenset[str], starts: list[int]) -> bool:
        """Return whether ``attempt?`` may leave the function without a response of the inner service.

        ``starts``: where the calls of that begin.
        """
        inner = plain(attempt)
        value = inner[0] if inner else attempt
        while value.type == "await_expression" and plain(value):
            value = plain(value)[0]
        if holds_any(value, starts) or (value.type == "identifier" and text(value) in results):
            return False
        helper = self._helper(value, module) if value.type == "call_expression" else None
        return helper is None or self._returned(helper, 0) is not True


class _Reading(Struct, frozen=True, eq=False):
    """The exits of one function."""

    exits: GuardExits
    module: RustModule
    body: Node
    results: frozenset[str]
    """Variables that hold the response of the inner service."""
    starts: list[int]
    """Where the calls of it begin."""

    def of(self, node: Node) -> Iterator[Node]:
        """Yield the exits of a function's body: early ones, and its value."""
        yield from self._early(node)
        yield from self._value(node, 0)

    def _early(self, node: Node) -> Iterator[Node]:
        stack = [node]
        while stack:
            current = stack.pop()
            match current.type:
                case "closure_expression" | "function_item":
                    continue
                case "return_expression":
                    inner = plain(current)
                    yield from self._value(inner[0], 0) if inner else ()
                case "try_expression" if self.exits.fails(current, self.module, self.results, self.starts):
                    yield current
                case "macro_invocation" if not _quiet(current):
                    yield current
                case "if_expression":
                    stack.extend(reversed(self._live(current)))
                    continue
                case "let_declaration":
                    value = syntax.field(current, "value")
                    if value is not None and value.type in BRANCHING and self.exits.forwards(value):
                        yield from self._value(value, 0)
            stack.extend(reversed(current.children))

    def _live(self, branch: Node) -> list[Node]:
        """Return the parts of an ``if`` that may run."""
        condition = syntax.field(branch, "condition")
        known = self.exits.outcome(condition, self.module, self.body)
        parts = [condition]
        parts += [syntax.field(branch, "consequence")] if known is not False else []
        parts += [syntax.field(branch, "alternative")] if known is not True else []
        return [part for part in parts if part is not None]

    def _value(self, node: Node | None, depth: int) -> Iterator[Node]:
        """Yield the parts of a value that do not forward the request."""
        if node is None or depth > DEEPEST:
            return
        parts = self._parts(node)
        for part in parts or ():
            yield from self._value(part, depth + 1)
        if parts is None and not self._forwards(node):
            yield node

    def _parts(self, node: Node) -> list[Node] | None:
        """Return the values that an expression may have; ``None`` if it is one itself."""
        inner = plain(node)
        match node.type:
            case "block" | "else_clause" | "expression_statement" | "unsafe_block" | "async_block":
                return (
                    inner[-1:]
                    if inner and inner[-1].type not in {"let_declaration", "return_expression"}
                    else []
                )
            case "if_expression":
                return self._live(node)[1:]
            case "match_expression":
                arms = syntax.field(node, "body")
                values = [syntax.field(arm, "value") for arm in plain(arms)] if arms is not None else []
                return [value for value in values if value is not None]
            case "return_expression" | "macro_invocation":
                return []  # an early exit
            case "call_expression" if "::".join(path_of(syntax.field(node, "function"))) in WRAPPING:
                return arguments(node)
        return None

    def _forwards(self, node: Node) -> bool:
        """Return whether a value is the response of the inner service, perhaps changed by methods.

        One that is only called in a closure, or is a part of another value, is not certain.
        """
        current: Node | None = node
        while current is not None and not is_inner_call(current):
            if current.type == "identifier":
                return text(current) in self.results
            following = None
            if current.type in {"await_expression", "try_expression", "parenthesized_expression"}:
                following = next(iter(plain(current)), None)
            elif current.type == "call_expression":
                callee = syntax.field(current, "function")
                following = syntax.field(callee, "value") if callee is not None else None
                if following is None and len(arguments(current)) == 1:
                    following = arguments(current)[0]  # a wrapper, such as Box::pin
                if any(map(is_inner_call, arguments(current))):
                    return True
            elif current.type == "tuple_expression":
                # Headers and the like before the response.
                following = next(iter(plain(current)[-1:]), None)
            elif current.type in {"async_block", "block"} and self.exits.forwards(current):
                return True
            current = following
        return current is not None


def is_inner_call(node: Node) -> bool:
    """Return whether a node is ``next.run(request)`` or ``self.inner.call(request)``."""
    callee = syntax.field(node, "function") if node.type == "call_expression" else None
    if callee is None or callee.type != "field_expression" or len(arguments(node)) != 1:
        return False
    return text(syntax.field(callee, "field")) in FORWARDING


def _is_idle(statement: Node, body: Node) -> bool:
    """Return whether a statement has no effect besides the call of the inner service."""
    inner = plain(statement)
    match statement.type:
        case "let_declaration":
            pattern = syntax.field(statement, "pattern")
            names = identifiers(pattern)
            after = (node for node in descendants(body) if node.start_byte >= statement.end_byte)
            used = any(node.type == "identifier" and text(node) in names for node in after)
            lent = "&mut" in text(statement)
            return not (used or lent) or any(map(is_inner_call, descendants(statement)))
        case "expression_statement":
            return bool(inner) and _is_idle(inner[0], body)
        case "if_expression":
            parts = (syntax.field(statement, name) for name in ("consequence", "alternative"))
            return all(_is_idle(part, body) for part in parts if part is not None)
        case "block" | "else_clause":
            return all(_is_idle(child, body) for child in inner)
    return statement.type in {"identifier", "use_declaration"} or _passes(statement)


def _passes(node: Node) -> bool:
    """Return whether an expression is ``next.run(request).await``, plain or in ``Ok``."""
    while node.type in {"await_expression", "return_expression", "try_expression"} and plain(node):
        node = plain(node)[0]
    if is_inner_call(node):
        return True
    given = arguments(node) if node.type == "call_expression" else []
    in_ok = len(given) == 1 and path_of(syntax.field(node, "function")) == ("Ok",)
    return in_ok and (given[0].type == "identifier" or _passes(given[0]))


def identifiers(node: Node | None) -> set[str]:
    """Return the names of the variables and functions in some code."""
    return {text(one) for one in descendants(node) if one.type == "identifier"} if node is not None else set()


def _quiet(node: Node) -> bool:
    return (path_of(syntax.field(node, "macro")) or ("",))[-1] in QUIET
