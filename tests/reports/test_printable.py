"""Untrusted text is printed without effect on the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.result.printable import printable, printable_block

CASES = {
    "plain": ("GET /items", "GET /items"),
    "other scripts": ("Bestände 在庫", "Bestände 在庫"),
    "colour": ("\x1b[31mred", "\\x1b[31mred"),
    "bell and null": ("a\x07b\x00c", "a\\x07b\\x00c"),
    "one-byte escape": ("\x9b1m", "\\x9b1m"),
    "line end": ("a\r\nb\tc", "a\\r\\nb\\tc"),
    "right to left override": ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
    "isolates": ("\u2066x\u2069", "\\u2066x\\u2069"),
    "zero width": ("pass\u200bword\ufeff", "pass\\u200bword\\ufeff"),
    "line separator": ("a\u2028b", "a\\u2028b"),
    "tags": ("a\U000e0041", "a\\U000e0041"),
    "lone surrogate": ("a\udcff", "a\\udcff"),
    "joiner, which scripts need": ("क\u094d\u200dष", "क\u094d\u200dष"),
}


@pytest.mark.parametrize("name", CASES)
def test_hidden_characters_are_written_out(name: str) -> None:
    """A reader sees that there is something."""
    text, shown = CASES[name]
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_terminal_control_characters_are_removed(text: str) -> None:
    """In lines and in blocks; and the text can always be encoded."""
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} for c in printable(text))
    assert all(unicodedata.category(c) not in {"Cs", "Zl", "Zp"} for c in printable_block(text))
    assert set(printable_block(text)) & {chr(n) for n in range(32)} <= {"\n", "\t"}
    printable_block(text).encode()


def test_a_long_line_is_truncated_visibly() -> None:
    """A title of a megabyte is no title."""
    assert printable("x" * 5000, limit=10) == "x" * 9 + "…"


def test_a_block_is_never_cut() -> None:
    """The caller of a block limits its length."""
    assert printable_block("x" * 500_000) == "x" * 500_000
    assert printable_block("a\r\nb\n\tc\x1b") == "a\nb\n\tc\\x1b"
