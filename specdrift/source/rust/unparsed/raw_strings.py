"""Counts raw strings that nothing ends: the parser searches the rest of the file for each."""

import re

RAW_STRING = re.compile(rb'r#(?<!\wr#)#{0,254}"')
"""Its beginning. The pattern begins with a text, which is fast."""
MAX_UNTERMINATED = 50
"""Maximum number of raw strings without an end: tree-sitter searches the rest of the file for each."""


def unterminated(content: bytes) -> int:
    """Return the number of beginnings of raw strings that nothing ends (linear)."""
    ends: dict[bytes, int] = {}
    count = 0
    if b"r#" not in content:
        return 0
    for found in RAW_STRING.finditer(content):
        hashes = found[0][1:-1]
        if hashes not in ends:
            ends[hashes] = content.rfind(b'"' + hashes)
        count += ends[hashes] < found.end()
        if len(ends) > MAX_UNTERMINATED:
            return len(ends)
    return count
