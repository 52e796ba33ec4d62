"""Code with spaces for comments, strings and characters: brackets and keywords in the rest are those of the code."""

import re

from specdrift.source.rust.unparsed.raw_strings import unterminated
from specdrift.source.rust.unparsed.skipped_tests import test_modules

_CHARACTER = rb"'(?:[^'\\\n\x80-\xff]|[\x80-\xff]{2,4}|\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F_]{1,8}\}|[^\nxu]))'"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)'
"""To the end if nothing ends it: it is not looked for again from each quote in it."""
_COMMENT = rb"//[^\n]*+(?:\n[ \t]*+//[^\n]*+)*+"
"""With those on the next lines: most comments have several."""
_QUOTE = 0x22
MOST_HASHES = 3
_RAW = tuple(
    rb'"(?:'
    + b"|".join(rb"(?<=\b" + prefix + b"r" + b"#" * hashes + b'")' for prefix in (b"", b"b", b"c"))
    + rb').*?"'
    + b"#" * hashes
    for hashes in range(MOST_HASHES + 1)
)
"""Raw strings, from the quote on: a pattern whose matches begin with few characters is found fast."""
BLOCK = rb"/\*.*?(?:\*/|\Z)"
WITH_RAW = re.compile(b"|".join((_COMMENT, *_RAW, _STRING, _CHARACTER)), re.DOTALL)
WITH_BLOCKS = re.compile(b"|".join((BLOCK, _COMMENT, *_RAW, _STRING, _CHARACTER)), re.DOTALL)
MORE_HASHES = b"r" + b"#" * (MOST_HASHES + 1) + b'"'


class _UncertainError(Exception):
    """A block comment has another one in it, or something has no end."""


def blanked(content: bytes) -> bytes | None:
    """Return the content, as long as it was, with spaces for comments, strings, characters and modules of tests.

    ``None`` if a string has no end, or a comment others in it.
    """
    if tests := [*test_modules(content)]:
        content = _without(content, tests)
    if b"r#" in content and (MORE_HASHES in content or unterminated(content)):
        return None
    try:
        if b"/*" in content:
            return WITH_BLOCKS.sub(_spaces_of_block, content)
        return WITH_RAW.sub(_spaces, content)
    except _UncertainError:
        return None


def _spaces(found: re.Match[bytes]) -> bytes:
    start, end = found.span()
    if end == found.endpos and found[0][0] == _QUOTE and not (end - start > 1 and found[0][-1] == _QUOTE):
        raise _UncertainError
    return b" " * (end - start)


def _spaces_of_block(found: re.Match[bytes]) -> bytes:
    written = found[0]
    if written.startswith(b"/*") and (written.rfind(b"/*") > 0 or not written.endswith(b"*/", 2)):
        raise _UncertainError
    return _spaces(found)


def _without(content: bytes, spans: list[tuple[int, int]]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for start, end in spans:
        parts += (content[at:start], b" " * (end - start))
        at = end
    return b"".join((*parts, content[at:]))
