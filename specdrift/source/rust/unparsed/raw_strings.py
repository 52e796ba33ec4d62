"""Counts raw strings that nothing ends: the parser searches the rest of the file for each."""

import re

RAW_STRING = re.compile(rb'\br(#{1,255})"')
MAX_UNTERMINATED = 50
"""Maximum number of raw strings without an end: tree-sitter searches the rest of the file for each."""


def unterminated(content: bytes) -> int:
    """Return the number of beginnings of raw strings that nothing ends (linear)."""
    ends: dict[bytes, int] = {}
    count = 0
    if b"r#" not in content:
        return 0
    for found in RAW_STRING.finditer(content):
        if found[1] not in ends:
            ends[found[1]] = content.rfind(b'"' + found[1])
        count += ends[found[1]] < found.end()
        if len(ends) > MAX_UNTERMINATED:
            return len(ends)
    return count
