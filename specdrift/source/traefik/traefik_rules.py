"""Rules of routers: conditions, with the matchers of Traefik 3."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec import Struct

COUNTS = {
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
}
"""Matchers, each with the numbers of values that it takes."""
AND, OR, NOT = "&&", "||", "!"
MOST_TOKENS = 2_000
DEEPEST = 50
_TOKEN = re.compile(r'\s*(?:(`[^`]*`|"(?:[^"\\\n]|\\.)*")|([A-Za-z_]\w*)|(&&|\|\||[!(),]))')
_TEMPLATE = re.compile(r"\{[A-Za-z_][\w-]*[:}]")
_SIMPLE = re.compile(r"\\([\"\\'`])")


class RuleNotRead(ValueError):
    """A rule that is not understood. Traefik may leave the router out, or know more."""


class RouterRule(Struct, frozen=True):
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


Builder = Callable[[tuple[str, ...]], RouterRule]
"""Makes a condition of the values of a matcher. Raises RuleNotRead."""


def checked(kind: str, values: tuple[str, ...]) -> RouterRule:
    """Return a matcher. Raises RuleNotRead for values that Traefik refuses, or that depend on its version."""
    if len(values) not in COUNTS[kind]:
        raise RuleNotRead(kind)
    if kind in ("Path", "PathPrefix") and not values[0].startswith("/"):
        raise RuleNotRead(values[0])
    if kind in ("Host", "HostRegexp") and not values[0].isascii():
        raise RuleNotRead(values[0])
    if kind == "Host" and "*" in values[0]:
        raise RuleNotRead(values[0])  # a wildcard since Traefik 3.7, a letter before
    if kind in ("Path", "PathPrefix", "HostRegexp") and _TEMPLATE.search(values[0]):
        raise RuleNotRead(values[0])  # a template in Traefik 2, letters since
    return RouterRule(kind, values)


CURRENT: Mapping[str, Builder] = {kind: partial(checked, kind) for kind in COUNTS}


def parsed(written: str, matchers: Mapping[str, Builder] = CURRENT) -> RouterRule:
    """Parse a rule. Raises RuleNotRead."""
    reader = _Reader(tuple(_tokens(written)), {name.lower(): name for name in matchers}, matchers)
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


class _Reader(Struct):
    tokens: tuple[tuple[str, str], ...]
    names: Mapping[str, str]
    """Of the matchers, by their names in lower case."""
    matchers: Mapping[str, Builder]
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
        known = self.names.get(name.lower(), "")
        if not known or not all(values):
            raise RuleNotRead(name)
        if name not in (known, name.lower(), name.upper(), name.capitalize()):
            raise RuleNotRead(name)
        return self.matchers[known](tuple(values))

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
