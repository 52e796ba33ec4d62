"""Values of variables, as far as they are known."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

SOMETHING = UNKNOWN_PART
LONGEST_VALUE = 4096
"""Longer values are not evaluated: each ``set`` could double one."""
VARIABLE = re.compile(r"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")


class Value(Struct, frozen=True):
    """A text, of which parts may be unknown."""

    content: str
    exact: bool = True
    """False: parts are unknown; an empty text may then be any text."""

    @property
    def is_true(self) -> bool:
        """Whether ``if ($variable)`` holds. Raises Undetermined."""
        if not self.exact and not self.content:
            raise Undetermined("an unknown value")
        return self.content not in ("", "0")

    def equals(self, other: "Value") -> bool:
        """Compare. Raises Undetermined unless both are known, or one is empty and the other is not."""
        if self.exact and other.exact:
            return self.content == other.content
        known, unknown = (self, other) if self.exact else (other, self)
        if known.exact and not known.content and unknown.content:
            return False
        raise Undetermined("an unknown value")

    def match(self, pattern: str, *, ignore_case: bool) -> re.Match[str] | None:
        """Search a regular expression. Raises Undetermined."""
        if not self.exact:
            raise Undetermined("an unknown value")
        return find(pattern, self.content, ignore_case=ignore_case)


EMPTY = Value("")
SOME = Value(SOMETHING, exact=False)
"""Not empty."""
ANY = Value("", exact=False)
"""May be empty."""


def find(pattern: str, text: str, *, ignore_case: bool = False) -> re.Match[str] | None:
    """Search a regular expression. Raises Undetermined for one that is not evaluated."""
    try:
        return compiled(pattern, ignore_case=ignore_case).search(text)
    except UnsupportedPattern as error:
        raise Undetermined(str(error)) from None


def joined(parts: Iterator[Value]) -> Value:
    """Concatenate. Raises Undetermined for a long value."""
    every: list[str] = []
    length, exact = 0, True
    for part in parts:
        every.append(part.content)
        length, exact = length + len(part.content), exact and part.exact
        if length > LONGEST_VALUE:
            raise Undetermined("a long value")
    return Value("".join(every), exact=exact)


def interpolated(template: str, lookup: Callable[[str], Value]) -> Value:
    """Replace the variables of a text."""
    if "$" not in template:
        return Value(template)
    return joined(_parts(template, lookup))


def _parts(template: str, lookup: Callable[[str], Value]) -> Iterator[Value]:
    at = 0
    for found in VARIABLE.finditer(template):
        yield Value(template[at : found.start()])
        yield lookup(found[1] or found[2])
        at = found.end()
    yield Value(template[at:])


def names(template: str) -> Iterator[str]:
    """Yield the names of the variables in a text."""
    for found in VARIABLE.finditer(template):
        yield found[1] or found[2]
