"""Makes untrusted text safe to show: nothing in it repaints a terminal, reorders what a reader sees, or commands a CI.

Documents and servers choose titles, paths, headers and bodies. Control characters (ANSI escapes),
bidirectional overrides, invisible characters and lone surrogates are written as escapes, so that they are visible.
"""

import re
import unicodedata
from collections.abc import Callable

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that have no shape (Default_Ignorable_Code_Point of UAX #44)."""
_INVISIBLE_ONE = re.compile(f"[{''.join(sorted(_INVISIBLE))}]")
_JOINERS = frozenset("\u200c\u200d")
"""Needed to write Persian, Hindi and others, after one of their letters; they neither hide nor reorder there."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_HASHES = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_SECTION = re.compile(r"(?:section_start|section_end|travis_fold)(?=:)", re.IGNORECASE)
"""Commands that are obeyed at any place in a line: Azure Pipelines and the predecessor of GitHub's (``##[``,
``##vso[``) and TeamCity; GitLab's sections and Travis. Apart, since only a pattern that begins with one text is
searched fast: the rules in a SARIF file have hundreds of Markdown headings.
"""
_MARKS = ("section_", "travis_fold:")
"""Parts, in lower case, without which ``_SECTION`` finds nothing."""
_COMMAND_LINE = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:[A-Za-z])", re.MULTILINE)
"""GitHub's workflow commands, which begin a line but for blanks; a style of ours may stand before."""


def printable(text: str, *, limit: int = 1000) -> str:
    """One line that shows the text; longer ones are cut, and say so with an ellipsis."""
    return _shown(text if len(text) <= limit else text[: limit - 1] + "…")


def printable_block(text: str) -> str:
    """The whole text, of several lines; line ends and tabs stay."""
    if _is_plain(text):
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(_shown, line.split("\t"))) for line in lines)


def log_line(text: str) -> str:
    """One line for a terminal or a log, of any length."""
    return without_commands(_shown(text))


def without_commands(text: str) -> str:
    """Put a blank into each command of a CI system, in lines as they are written, after wrapping."""
    text = _with_commands(text, lambda found: f"{found[0]} ")
    return _COMMAND_LINE.sub(r"\1: ", text) if "::" in text else text


def json_without_commands(text: str) -> str:
    """Write JSON so that no string has a command of a CI system; its values stay (RFC 8259 §7)."""
    return _with_commands(text, lambda found: f"{found[0][:-1]}\\u{ord(found[0][-1]):04x}")


def xml_without_commands(text: str) -> str:
    """Write XML so that no text has a command of a CI system; its contents stay (XML 1.0 §4.1)."""
    text = _with_commands(text, lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};")
    return _COMMAND_LINE.sub(r"\1&#58;", text) if "::" in text else text


def _with_commands(text: str, changed: Callable[[re.Match[str]], str]) -> str:
    """Return the text with each command that is obeyed in a line written otherwise."""
    if "#" in text and "##" in text:  # one sign is found at once, and results have none
        text = _HASHES.sub(changed, text)
    return _SECTION.sub(changed, text) if _may_have_sections(text) else text


def _may_have_sections(text: str) -> bool:
    """Whether the slow search is needed: results have megabytes of text without a command."""
    if not text.isascii():  # IGNORECASE equates some of its letters with ASCII
        return "_" in text
    lower = text.lower()
    return any(mark in lower for mark in _MARKS)


def _is_plain(text: str) -> bool:
    return text.isprintable() and (text.isascii() or _INVISIBLE_ONE.search(text) is None)


def _shown(text: str) -> str:
    if _is_plain(text):
        return text
    return "".join(_visible(each, before) for each, before in zip(text, f" {text}", strict=False))


def _visible(character: str, before: str) -> str:
    if character in _JOINERS and not before.isascii() and before not in _JOINERS:
        return character
    if unicodedata.category(character) not in _HIDDEN and character not in _INVISIBLE:
        return character
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
