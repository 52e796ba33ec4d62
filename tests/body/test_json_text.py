"""JSON members of one name: readers differ in which they keep, so all are read."""

import pytest

from specdrift.body.content import content_of
from specdrift.body.json_text import read_json
from specdrift.body.pieces import pieces_of
from specdrift.body.values import values_of
from specdrift.model.exchange.values import unpack

TWICE = '{"error": "no", "message": "Sunniva Liestol, Hamar", "message": "A client certificate is required."}'


def test_members_of_one_name_are_a_list() -> None:
    """Others stay as they are."""
    assert read_json('{"a": 1, "b": {"c": 2, "c": [3]}}') == {"a": 1, "b": {"c": [2, [3]]}}
    assert read_json("[1, null]") == [1, None]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1,}'])
def test_what_is_no_json_raises(text: str) -> None:
    """As the standard library does."""
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


def test_no_member_is_lost() -> None:
    """Neither for values nor for the pieces of a refusal."""
    once = '{"message": "Sunniva Liestol, Hamar"}'
    both, one = (
        unpack(values_of(content_of(text.encode(), (("content-type", "application/json"),)), ()))
        for text in (TWICE, once)
    )
    assert one <= both
    assert "Sunniva" in {word for piece in pieces_of(TWICE, ()) for word in piece.words}
