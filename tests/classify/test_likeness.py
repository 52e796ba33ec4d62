"""When two answers are of one kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.observation import HttpFacts
from tests.classify.exchanges import answer

answers = st.builds(
    answer,
    st.sampled_from([200, 404]),
    st.sampled_from(["", "{}", '{"a":1}', '{"a":2,"b":1}', "text", "<html><p>"]),
)


@pytest.mark.parametrize(
    ("one", "other", "same", "related"),
    [
        (answer(200, '{"a": 1}'), answer(200, '{"a": 2}'), True, True),
        (answer(200, '{"a": 1}'), answer(201, '{"a": 1}'), False, False),
        (answer(200, '{"a": 1}'), answer(200, '{"a": "x"}'), False, True),
        (answer(200, '{"a":1,"b":1,"c":1}'), answer(200, '{"a":1,"b":1,"d":1}'), False, False),
        (answer(200, '{"a":1,"b":1,"c":1,"d":1}'), answer(200, '{"a":1,"b":1,"c":1,"e":1}'), False, True),
        (answer(200, "[1]"), answer(200, "[]"), False, False),
        (answer(200), answer(200), True, False),
        (answer(200, "one two"), answer(200, "two one"), False, True),
        (answer(200, '{"title": 1}'), answer(200, "title"), False, False),
    ],
)
def test_kinds_of_likeness(one: HttpFacts, other: HttpFacts, same: bool, related: bool) -> None:  # noqa: FBT001
    """By status and structure; by status and most of the members."""
    assert (same_answer(one, other), related_answer(one, other)) == (same, related)


@given(one=answers, other=answers)
def test_likeness_has_no_direction(one: HttpFacts, other: HttpFacts) -> None:
    """And everything is like itself."""
    assert same_answer(one, one)
    assert same_answer(one, other) == same_answer(other, one)
    assert related_answer(one, other) == related_answer(other, one)
    if same_answer(one, other) and one.shape.members:
        assert related_answer(one, other)
