"""Paragraphs that fit a terminal."""

import textwrap


def paragraph(text: str, *, width: int, indent: int = 0) -> str:
    """Wrap ``text`` to ``width`` columns, and indent each line."""
    margin = " " * indent
    return textwrap.fill(
        text,
        width=max(width, 40),
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
