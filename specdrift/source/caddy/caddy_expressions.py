"""Parses conditions in the Common Expression Language, as far as Caddy's users write them."""

import ast as literals
import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

_TOKEN = re.compile(
    r"\s+|(?P<placeholder>\{[\w.:\-*\[\]/]+\})|(?P<text>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`)"
    r"|(?P<number>\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>&&|\|\||[=!<>]=|[!()\[\]{},.:<>+])"
)
CONSTANTS = ("true", "false", "null")
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
GROUPED = {"[": ("list", "]"), "{": ("map", "}")}
MOST_TOKENS = 500
DEEPEST = 30


class NotUnderstood(ValueError):
    """An expression that is not evaluated."""


class Condition(Struct, frozen=True):
    """A part of an expression."""

    kind: str
    """``text``, ``number``, ``placeholder``, ``constant``, ``list``, ``map``, ``call``, or an operator."""
    name: str = ""
    inner: "tuple[Condition, ...]" = ()
    """Operands, arguments or items; of a method, first what it is called on."""


@lru_cache(maxsize=1024)
def parsed(expression: str) -> Condition:
    """Return the condition. Raises NotUnderstood."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None or len(tokens) > MOST_TOKENS:
            raise NotUnderstood(expression)
        at = found.end()
        if found.lastgroup:
            tokens.append((found.lastgroup, found[0]))
    reader = _Parser(expression, tokens)
    condition = reader.any_of(0)
    if reader.at != len(tokens):
        raise NotUnderstood(expression)
    return condition


class _Parser(Struct):
    expression: str
    tokens: Sequence[tuple[str, str]]
    at: int = 0

    def any_of(self, depth: int) -> Condition:
        return self._chain("||", depth)

    def _chain(self, sign: str, depth: int) -> Condition:
        if depth > DEEPEST:
            raise NotUnderstood(self.expression)
        found = [self._operand(sign, depth)]
        while self._takes(sign):
            found.append(self._operand(sign, depth))
        return found[0] if len(found) == 1 else Condition(sign, inner=tuple(found))

    def _operand(self, sign: str, depth: int) -> Condition:
        return self._chain("&&", depth) if sign == "||" else self._compared(depth)

    def _compared(self, depth: int) -> Condition:
        left = self._added(depth)
        for sign in COMPARISONS:
            if self._takes(sign):
                return Condition(sign, inner=(left, self._added(depth)))
        if self._peek() == ("name", "in"):
            self.at += 1
            return Condition("in", inner=(left, self._added(depth)))
        return left

    def _added(self, depth: int) -> Condition:
        found = [self._negated(depth)]
        while self._takes("+"):
            found.append(self._negated(depth))
        return found[0] if len(found) == 1 else Condition("+", inner=tuple(found))

    def _negated(self, depth: int) -> Condition:
        count = 0
        while self._takes("!"):
            count += 1
        found = self._methods(self._atom(depth + 1), depth)
        return Condition("!", inner=(found,)) if count % 2 else found

    def _methods(self, found: Condition, depth: int) -> Condition:
        while self._takes("."):
            name = self._next("name")
            self._expect("(")
            found = Condition("method", name, (found, *self._items(")", depth)))
        return found

    def _atom(self, depth: int) -> Condition:
        kind, written = self._peek()
        self.at += 1
        if kind in ("placeholder", "text"):
            return Condition(kind, written[1:-1] if kind == "placeholder" else _unquoted(written))
        if kind == "number" or (kind == "name" and written in CONSTANTS):
            return Condition("number" if kind == "number" else "constant", written)
        if kind == "name":
            self._expect("(")
            return Condition("call", written, self._items(")", depth))
        if written == "(":
            found = self.any_of(depth + 1)
            self._expect(")")
            return found
        if written in GROUPED:
            name, end = GROUPED[written]
            return Condition(name, inner=self._items(end, depth))
        raise NotUnderstood(self.expression)

    def _items(self, end: str, depth: int) -> tuple[Condition, ...]:
        found: list[Condition] = []
        while not self._takes(end):
            found.append(self.any_of(depth + 1))
            if not (self._takes(",") or self._takes(":") or self._peek() == ("sign", end)):
                raise NotUnderstood(self.expression)
        return tuple(found)

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _takes(self, sign: str) -> bool:
        if self._peek() != ("sign", sign):
            return False
        self.at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise NotUnderstood(self.expression)

    def _next(self, kind: str) -> str:
        found, written = self._peek()
        if found != kind:
            raise NotUnderstood(self.expression)
        self.at += 1
        return written


def _unquoted(written: str) -> str:
    if written[0] == "`":
        return written[1:-1]
    try:
        return str(literals.literal_eval(written))
    except (ValueError, SyntaxError):
        raise NotUnderstood(written) from None
