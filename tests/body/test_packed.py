"""Content codings: every member of a gzip file, and what follows it."""

import gzip

import pytest

from specdrift.body.content import MAX_DECODED, content_of

ONE, TWO = (gzip.compress(text, mtime=0) for text in (b'{"error": "no"}', b'{"holder": "Sunniva Lie"}'))
CODED = (("content-type", "application/json"), ("content-encoding", "gzip"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (ONE, '{"error": "no"}'),
        (ONE + TWO, '{"error": "no"}{"holder": "Sunniva Lie"}'),
        (ONE + b"Sunniva Lie", '{"error": "no"}Sunniva Lie'),
        (b"Sunniva Lie", "Sunniva Lie"),
    ],
)
def test_each_member_is_read(body: bytes, text: str) -> None:
    """RFC 1952 section 2.2; clients print them all."""
    assert content_of(body, CODED).text == text


def test_what_is_decompressed_is_bounded() -> None:
    """However many members there are."""
    bomb = gzip.compress(b"0" * 10_000_000)
    assert len(content_of(bomb * 4, CODED).body) == MAX_DECODED
    assert len(content_of(ONE * 400, CODED).body) <= MAX_DECODED
