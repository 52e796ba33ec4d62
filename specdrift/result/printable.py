"""Makes untrusted text safe to show: nothing in it can repaint a terminal or reorder what a reader sees.

Documents and servers choose titles, paths, headers and bodies. Control characters (ANSI escapes),
bidirectional overrides, zero-width characters and lone surrogates are written as escapes, so that they are visible.
"""

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Needed to write Persian, Hindi and others; they neither hide nor reorder."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str, *, limit: int = 1000) -> str:
    """One line that shows the text; longer ones are cut, and say so with an ellipsis."""
    return _shown(text if len(text) <= limit else text[: limit - 1] + "…")


def printable_block(text: str) -> str:
    """The whole text, of several lines; line ends and tabs stay."""
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(_shown, line.split("\t"))) for line in lines)


def _shown(text: str) -> str:
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
