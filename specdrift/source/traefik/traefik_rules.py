"""Rules of routers: conditions as Traefik 3 writes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MATCHERS = {
    name.lower(): (name, counts)
    for name, counts in {
        "ClientIP": (1,),
        "Method": (1,),
        "Host": (1,),
        "HostRegexp": (1,),
        "Path": (1,),
        "PathRegexp": (1,),
        "PathPrefix": (1,),
        "Header": (2,),
        "HeaderRegexp": (2,),
        "Query": (1, 2),
        "QueryRegexp": (1, 2),
    }.items()
}
"""Each with the numbers of values that it takes."""
AND, OR, NOT = "&&", "||", "!"
MOST_TOKENS = 2_000
DEEPEST = 50
_TOKEN = re.compile(r'\s*(?:(`[^`]*`|"(?:[^"\\\n]|\\.)*")|([A-Za-z_]\w*)|(&&|\|\||[!(),]))')
_SIMPLE = re.compile(r"\\([\"\\'`])")


class RuleNotRead(ValueError):
    """A rule that is not understood. Traefik may leave the router out, or know more."""


@dataclass(frozen=True, slots=True)
class RouterRule:
    """A condition: a matcher with its values, or an operator with its parts."""

    kind: str
    values: tuple[str, ...] = ()
    parts: "tuple[RouterRule, ...]" = ()

    def matchers(self) -> "Iterator[RouterRule]":
        """Yield the matchers in it."""
        if not self.parts:
            yield self
        for one in self.parts:
            yield from one.matchers()

    def hosts(self) -> Iterator[str]:
        """Yield the values of all ``Host``, wherever they stand: they choose the options of TLS."""
        yield from (one.values[0].lower() for one in self.matchers() if one.kind == "Host")


def parsed(written: str) -> RouterRule:
    """Parse a rule. Raises RuleNotRead."""
    reader = _Reader(tuple(_tokens(written)))
    found = reader.any_of(0)
    if reader.at < len(reader.tokens):
        raise RuleNotRead(written)
    return found


def _tokens(written: str) -> Iterator[tuple[str, str]]:
    at, count, text = 0, 0, written.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        count += 1
        if found is None or count > MOST_TOKENS:
            raise RuleNotRead(written)
        at = found.end()
        if found[1]:
            yield "text", _value(found[1])
        else:
            yield ("name", found[2]) if found[2] else ("sign", found[3])


def _value(written: str) -> str:
    if written[0] == "`":
        return written[1:-1].replace("\r", "")
    if "\\" in _SIMPLE.sub("", written):
        raise RuleNotRead(written)  # other escapes of Go
    return _SIMPLE.sub(r"\1", written[1:-1])


@dataclass(slots=True)
class _Reader:
    tokens: tuple[tuple[str, str], ...]
    at: int = 0

    def any_of(self, depth: int) -> RouterRule:
        parts = [self._all_of(depth)]
        while self._takes(OR):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else RouterRule(OR, parts=tuple(parts))

    def _all_of(self, depth: int) -> RouterRule:
        parts = [self._one(depth)]
        while self._takes(AND):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else RouterRule(AND, parts=tuple(parts))

    def _one(self, depth: int) -> RouterRule:
        if depth > DEEPEST:
            raise RuleNotRead("nested too deeply")
        if self._takes(NOT):
            return RouterRule(NOT, parts=(self._one(depth + 1),))
        if self._takes("("):
            found = self.any_of(depth + 1)
            self._expect(")")
            return found
        return self._matcher()

    def _matcher(self) -> RouterRule:
        name = self._next("name")
        self._expect("(")
        values = [self._next("text")]
        while self._takes(","):
            values.append(self._next("text"))
        self._expect(")")
        known = MATCHERS.get(name.lower())
        if known is None or len(values) not in known[1] or not all(values):
            raise RuleNotRead(name)
        if name not in (known[0], name.lower(), name.upper(), name.capitalize()):
            raise RuleNotRead(name)
        return RouterRule(known[0], tuple(values))

    def _takes(self, sign: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == ("sign", sign)
        self.at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise RuleNotRead(sign)

    def _next(self, kind: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            raise RuleNotRead(kind)
        self.at += 1
        return self.tokens[self.at - 1][1]
