"""Long bodies: what follows the words that are read one by one, style sheets and files in pages, comments."""

from __future__ import annotations

import base64
import random

import pytest

from specdrift.body.content import content_of
from specdrift.body.markup import without_embedded
from specdrift.body.pieces import pieces_of
from specdrift.body.values import values_of
from specdrift.model.exchange.values import unpack

RANDOM = random.Random(7)
STYLE = "".join(f".c{i}{{margin:{i}px;color:#{RANDOM.randrange(1 << 24):06x}}}\n" for i in range(1400))
LOGO = base64.b64encode(RANDOM.randbytes(24_000)).decode()
SENTENCES = "".join(f"<p>Sentence {i} of a long text about {i * 37}.</p>\n" for i in range(900))
ROW = "<td>Sunniva Lie</td><td>Hamar</td><td>48120.75</td>"


def values(body: str, media_type: str = "text/html") -> frozenset[int]:
    """Return the values of a body."""
    return unpack(values_of(content_of(body.encode(), (("content-type", media_type),)), ()))


BEFORE = {
    "a style sheet": f"<style>{STYLE}</style>",
    "an embedded picture": f"<img src='data:image/png;base64,{LOGO}'>",
    "a picture in a style sheet": f"<style>a {{ background: url(data:image/png;base64,{LOGO}) }}</style>",
    "sentences": SENTENCES,
    "a script": f"<script>{'let a = [1, 2, 3];' * 400}\n{'go();' * 100}</script>",
    "one long line": "word " * 3000,
}


@pytest.mark.parametrize("before", BEFORE)
def test_data_at_the_end_of_a_page_are_read(before: str) -> None:
    """They are the same values as without what stands before them, up to 256 KiB."""
    with_data, without = (values(f"<html>{BEFORE[before]}<table>{row}</table></html>") for row in (ROW, ""))
    alone = values(f"<table>{ROW}</table>")
    assert alone
    assert alone <= with_data
    assert not alone <= without


@pytest.mark.parametrize("unit", ["entry {} of the log with ten words in each line\n", "{} "])
def test_the_end_of_a_text_makes_a_difference(unit: str) -> None:
    """Wherever it differs, and however long it is."""
    text = "".join(unit.format(i) for i in range(4000))
    assert values(text + "same end", "text/plain") != values(text + "other end", "text/plain")


def test_equal_pages_have_equal_values() -> None:
    """A digest stands for each style sheet and file."""
    page = f"<style>{STYLE}</style><img src='data:image/png;base64,{LOGO}'><h1>No certificate</h1>"
    assert values(page) == values(page)
    assert values(page) != values(page.replace("margin:7px", "margin:8px"))
    assert len(without_embedded(page)) < 400
    assert "No certificate" in without_embedded(page)


def test_a_short_page_is_kept_as_it_is() -> None:
    """Nothing is shortened there."""
    page = "<style>a { color: red }</style><h1>No certificate</h1>"
    assert without_embedded(page) == page


@pytest.mark.parametrize(
    "comment", ["<!-- Sunniva Lie -->", "<!--Sunniva Lie-->", "<p>No</p><!--\nSunniva\nLie\n-->"]
)
def test_a_comment_is_a_text(comment: str) -> None:
    """Clients can read it, whatever a browser shows."""
    found = pieces_of(f"<html><h1>No certificate</h1>{comment}</html>", ())
    assert ("Sunniva", "Lie") in {piece.words for piece in found}
