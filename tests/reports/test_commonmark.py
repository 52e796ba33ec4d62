"""Untrusted text in Markdown: it is shown as received, and nothing in it is active."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from specdrift.reports.markdown.commonmark import cell, fence, prose, row, span
from specdrift.result.printable import printable
from tests.reports.extremes import HOSTILE

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""What GitHub and GitLab begin with."""
FOUND_IN_TEXT = re.compile(r"[@#~!$%&^:][\w\[]|://|www\.|\w\.\w*[a-z]")
"""What they look for in running text then: people, issues, labels, pictures, addresses."""
TEXT = st.text(max_size=40) | st.sampled_from(HOSTILE) | st.text("ab `|\\*_[]()<>!#@&;:/.-\n", max_size=30)
SIGNS = {"text", "code_inline", "html_inline"}


def inline(markdown: str) -> list[Token]:
    """The inline tokens of a list item, which every prose stands in."""
    tokens = READER.parse(f"- x: {markdown}")
    return [token for block in tokens for token in block.children or ()]


def shown(tokens: list[Token]) -> str:
    """What a reader sees."""
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline"))


def bare(text: str, *, but: str = "") -> str:
    """Without blanks, whose width tells nothing, and without the signs of code."""
    return "".join(character for character in text if not character.isspace() and character not in but)


@given(TEXT)
def test_prose_is_text_and_code_and_nothing_else(text: str) -> None:
    """In plain text, GitHub and GitLab find no mention and no link."""
    tokens = inline(prose(text))
    assert {token.type for token in tokens} <= {"text", "code_inline"}
    plain = [token.content for token in tokens if token.type == "text"]
    assert not [part for part in plain[1:] if FOUND_IN_TEXT.search(part)]
    assert bare(shown(tokens), but="`") == bare(f"x: {printable(text)}", but="`")


@given(TEXT)
def test_a_span_shows_its_text(text: str) -> None:
    """Whatever backticks are in it."""
    tokens = inline(span(text))
    assert {token.type for token in tokens} <= {"text", "code_inline"}
    assert bare(shown(tokens)) == bare(f"x: {printable(text)}")


@given(st.lists(TEXT, min_size=2, max_size=4))
def test_a_row_has_as_many_cells_as_it_was_given(texts: list[str]) -> None:
    """No bar in a text ends its cell; prose in a cell neither."""
    cells = [*map(cell, texts), *(prose(text, code=cell) for text in texts)]
    table = "\n".join((row("x" for _ in cells), row("---" for _ in cells), row(cells)))
    tokens = READER.parse(table)
    assert [token.type for token in tokens].count("td_open") == len(cells)
    assert not {t.type for block in tokens for t in block.children or ()} - SIGNS
    html = READER.render(table)
    assert re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td|code)>)", html) == []


@given(TEXT)
def test_a_fence_is_ended_by_nothing_in_it(text: str) -> None:
    """A command is shown to the last character."""
    (token,) = READER.parse(fence(printable(text), "sh"))
    assert (token.type, token.content) == ("fence", f"{printable(text)}\n")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("All 12 operations do what the document says.", "All 12 operations do what the document says."),
        ("GET /items/{id} is open.", "GET `/items/{id}` is open."),
        ('"old-partner" is admitted: HTTP 200, as ever', '"old-partner" is admitted: HTTP 200, as ever'),
        ("say `security: []` there", "say `security: []` there"),
        ("TLS 1.3 (RFC 8446 §4.4)", "TLS 1.3 (RFC 8446 §4.4)"),
        ("see openapi.yaml:12, or ask @admin", "see `openapi.yaml:12`, or ask `@admin`"),
        ("a lone ` here", "a lone `` ` `` here"),
        ("`a`b`:tada", "`a` ``b`:tada``"),
        ("*bold* <b> &amp; #1 :tada:", "`*bold*` `<b>` `&amp`; `#1` `:tada`:"),
    ],
)
def test_plain_words_stay_words(text: str, markdown: str) -> None:
    """A sentence reads like one."""
    assert prose(text) == markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\nb", "`a\\nb`"), ("", "")],
)
def test_a_code_span_cannot_be_left(text: str, expected: str) -> None:
    """CommonMark 6.1: more backticks outside than inside."""
    assert span(text) == expected


def test_a_fence_cannot_be_left() -> None:
    """CommonMark 4.5."""
    assert fence("```\nx") == "````\n```\nx\n````"
