"""On which line each member of a list of flat JSON objects stands, which ``json`` does not tell. Pure.

The scanner expects text that ``json`` has accepted: ``{…, "name": [{…}, {…}]}``.
"""

import json
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|(?P<open>[\[{])|(?P<close>[\]}])|\n')
_ENTRY = 3
"""How deep the members of an entry are: in the whole, in its list, in the entry."""


@dataclass(slots=True, kw_only=True)
class Lines:
    """The lines (from 1) of one object: of its brace, and of its members by name."""

    start: int
    members: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[str, int]] = field(default_factory=list)

    def of(self, name: str) -> int:
        """The member's line, or the object's where it has none of that name."""
        return self.members.get(name, self.start)

    def note(self, name: str, line: int) -> None:
        """Keep a member's line; what is there twice is kept apart."""
        if name in self.members:
            self.repeated.append((name, line))
        self.members.setdefault(name, line)


def lines_of(text: str) -> list[Lines]:
    """The lines of every object in a list, in their order."""
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
