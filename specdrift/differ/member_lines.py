"""Line numbers of the members of flat JSON objects in a list. Pure.

Expects valid JSON: ``{…, "name": [{…}, {…}]}``.
"""

import json
import re

from msgspec import Struct, field

_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|(?P<open>[\[{])|(?P<close>[\]}])|\n')
_ENTRY = 3
"""Nesting depth of the members of an entry."""


class Lines(Struct, kw_only=True):
    """The lines of one object, from 1."""

    start: int
    """Of its opening brace."""
    members: dict[str, int] = field(default_factory=dict)
    """Of its members, by name."""
    repeated: list[tuple[str, int]] = field(default_factory=list)
    """Duplicate members, by name and line."""

    def of(self, name: str) -> int:
        """Return the line of a member, else of the object."""
        return self.members.get(name, self.start)

    def note(self, name: str, line: int) -> None:
        """Add the line of a member."""
        if name in self.members:
            self.repeated.append((name, line))
        self.members.setdefault(name, line)


def lines_of(text: str) -> list[Lines]:
    """Return the lines of every object in the list, in their order."""
    found: list[Lines] = []
    depth, line = 0, 1
    for token in _TOKEN.finditer(text):
        if token["open"]:
            depth += 1
            if depth == _ENTRY and token["open"] == "{":
                found.append(Lines(start=line))
        elif token["close"]:
            depth -= 1
        elif token["colon"] and depth == _ENTRY and found:
            found[-1].note(json.loads(token["text"]), line)
        line += token[0].count("\n")
    return found
