"""The syntax of expressions (ap_expr): those of Require expr, If, SSLRequire and conditions of headers."""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

LONGEST = 4096
DEEPEST = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")|(?P<variable>%\{[^{}]*\})"
    r"|(?P<regex>(?:/(?:\\.|[^/\\])*/|m([#,;:|!^])(?:(?!\4).)*\4)[a-zA-Z]*)"
    r"|(?P<operator>&&|\|\||==|!=|=~|!~|<=|>=|<|>|=|!|\(|\)|\{|\}|,|\.)"
    r"|(?P<option>-[A-Za-z]+)|(?P<number>\d+)|(?P<name>[A-Za-z_][\w]*)|(?P<group>\$\d))"
)
TEXTS = {
    "==": "==",
    "=": "==",
    "eq": "==",
    "!=": "!=",
    "ne": "!=",
    "<": "<",
    "lt": "<",
    "<=": "<=",
    "le": "<=",
}
TEXTS |= {">": ">", "gt": ">", ">=": ">=", "ge": ">="}
NUMBERS = frozenset(("-eq", "-ne", "-lt", "-le", "-gt", "-ge"))
WITH_WILDCARDS = {"-strmatch": (False, False), "-strcmatch": (False, True), "-fnmatch": (True, False)}
"""Comparisons with wildcards: whether these match no slash, and letters any case."""


class ExpressionToken(Struct, frozen=True):
    """A part of an expression."""

    kind: str
    content: str


class ValueComparison(Struct, frozen=True):
    """One comparison of an expression, or a test of one value."""

    operator: str
    left: tuple[ExpressionToken, ...]
    right: tuple[ExpressionToken, ...] = ()
    """Of ``in``, the words of the list."""

    def __str__(self) -> str:
        words = (*(one.content for one in self.left), self.operator, *(one.content for one in self.right))
        return " ".join(word for word in words if word)


class Combined(Struct, frozen=True):
    """Expressions that are combined: ``and``, ``or``, ``not``; ``true`` and ``false`` have none."""

    kind: str
    parts: "tuple[Combined | ValueComparison, ...]" = ()


Expression = Combined | ValueComparison


class UnreadExpressionError(ValueError):
    """An expression that is not understood."""


def comparisons(expression: Expression) -> Iterator[ValueComparison]:
    """Yield the comparisons of an expression."""
    if isinstance(expression, ValueComparison):
        yield expression
        return
    for one in expression.parts:
        yield from comparisons(one)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Expression:
    """Return an expression. Raises UnreadExpressionError."""
    if len(text) > LONGEST:
        raise UnreadExpressionError("a long expression")
    parser = _Parser(_tokens(text))
    found = parser.either(0)
    if parser.at < len(parser.tokens):
        raise UnreadExpressionError(text[:60])
    return found


def _tokens(text: str) -> list[ExpressionToken]:
    found: list[ExpressionToken] = []
    at = 0
    text = text.strip()
    while at < len(text):
        matched = _TOKEN.match(text, at)
        if matched is None:
            raise UnreadExpressionError(text[:60])
        found.append(ExpressionToken(matched.lastgroup or "", matched[0].strip()))
        at = matched.end()
    return found


class _Parser(Struct):
    tokens: list[ExpressionToken]
    at: int = 0

    def _next(self) -> ExpressionToken:
        return self.tokens[self.at] if self.at < len(self.tokens) else ExpressionToken("", "")

    def _take(self, *texts: str) -> bool:
        found = self._next()
        if found.content in texts and found.kind in ("operator", "name"):
            self.at += 1
            return True
        return False

    def either(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise UnreadExpressionError("an expression with many parentheses")
        parts = [self._both(depth)]
        while self._take("||", "or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Combined("or", tuple(parts))

    def _both(self, depth: int) -> Expression:
        parts = [self._not(depth)]
        while self._take("&&", "and"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else Combined("and", tuple(parts))

    def _not(self, depth: int) -> Expression:
        if self._take("!", "not"):
            return Combined("not", (self._not(depth + 1),)) if depth < DEEPEST else self.either(depth + 1)
        if self._take("("):
            inner = self.either(depth + 1)
            if not self._take(")"):
                raise UnreadExpressionError("a parenthesis that is not closed")
            return inner
        for constant in ("true", "false"):
            if self._take(constant):
                return Combined(constant)
        return self._comparison()

    def _comparison(self) -> ValueComparison:
        if self._next().kind == "option":
            operator = self._next().content
            self.at += 1
            return ValueComparison(operator, self._word())
        left = self._word()
        operator = self._next().content
        self.at += 1
        if operator in ("=~", "!~"):
            found = self._next()
            self.at += 1
            if found.kind != "regex":
                raise UnreadExpressionError(found.content[:60])
            return ValueComparison(operator, left, (found,))
        if operator in ("in", "-in"):
            return ValueComparison("in", left, tuple(self._list()))
        if operator in TEXTS or operator in NUMBERS or operator in WITH_WILDCARDS:
            return ValueComparison(TEXTS.get(operator, operator), left, self._word())
        raise UnreadExpressionError(operator[:60] or "an expression that ends early")

    def _list(self) -> Iterator[ExpressionToken]:
        if not self._take("{"):
            raise UnreadExpressionError("a list that is not written out")
        while True:
            word = self._word()
            if len(word) != 1:
                raise UnreadExpressionError("a list of expressions")
            yield word[0]
            if not self._take(","):
                break
        if not self._take("}"):
            raise UnreadExpressionError("a list that is not closed")

    def _word(self) -> tuple[ExpressionToken, ...]:
        parts = [self._part()]
        while self._take("."):
            parts.append(self._part())
        return tuple(parts)

    def _part(self) -> ExpressionToken:
        found = self._next()
        self.at += 1
        if found.kind in ("string", "variable", "number"):
            return found
        if found.kind == "name" and self._take("("):
            inner = self._next()
            self.at += 1
            if inner.kind == "string" and self._take(")"):
                return ExpressionToken("variable", f"%{{{found.content}:{inner.content[1:-1]}}}")
        raise UnreadExpressionError(found.content[:60] or "an expression that ends early")


def regular(written: str) -> tuple[str, bool]:
    """Return an expression between delimiters, and whether case does not matter."""
    start = 1 if written.startswith("m") else 0
    end = written.rindex(written[start])
    return written[start + 1 : end].replace("\\/", "/"), "i" in written[end:]
