"""When two answers are of one kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.classify.likeness import is_emptied, redirect_pattern, related_answer, same_answer
from specdrift.model.exchange.observation import HttpFacts
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
    """``same`` compares status and structure; ``related`` compares status and most of the members."""
    assert (same_answer(one, other), related_answer(one, other)) == (same, related)


@pytest.mark.parametrize(
    ("body", "emptied"),
    [
        ('{"items": [], "total": 0, "kind": "list"}', True),
        ('{"items": [], "page": {"next": null}}', True),
        ('{"items": []}', True),
        ('{"total": 0, "kind": "list"}', False),
        ('{"items": [], "kind": "error"}', False),
        ('{"items": [], "error": "certificate required"}', False),
        ('{"items": [7]}', False),
        ('{"things": []}', False),
        ("[]", False),
        ("", False),
    ],
)
def test_an_answer_is_emptied_of_its_content(body: str, emptied: bool) -> None:  # noqa: FBT001
    """A handler that shows callers what is theirs has empty lists for others; a refusal says something else."""
    given = answer(200, '{"items": [7, 8], "total": 2, "kind": "list", "page": {"next": "b"}}')
    assert is_emptied(answer(200, body), given) == emptied


@given(one=answers, other=answers)
def test_likeness_is_symmetric(one: HttpFacts, other: HttpFacts) -> None:
    """And reflexive."""
    assert same_answer(one, one)
    assert same_answer(one, other) == same_answer(other, one)
    assert related_answer(one, other) == related_answer(other, one)
    if same_answer(one, other) and one.shape.members:
        assert related_answer(one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/items/7", "/items/8", True),
        ("/items/7", "/welcome", False),
        ("/items/7", "/items/7/", True),
        ("/items/7", "/items/7?token=abc", True),
        ("/api/items/7", "/api/welcome", False),
        ("/files/7.pdf", "/files/12.pdf", True),
        ("/items/0b5e1f0c-7d0d-4b62-8a53-1d7a3f0f6b11", "/items/c6b7e6b2-9a0e-4b0d-8d4e-52f9b7d41b70", True),
        ("https://A.test/items/7", "https://a.test/items/8", True),
        ("https://a.test/items/7", "https://b.test/items/7", False),
        ("//a.test/x", "https://a.test/x", True),
        ("/#/items/7", "/#/login", False),
        ("http://[", "http://[", True),
        ("", "/", True),
    ],
)
def test_redirects_are_alike_by_target(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a table's column
    """Identifiers and the query may differ; words may not."""
    assert (
        redirect_pattern(answer(302, location=one)) == redirect_pattern(answer(302, location=other))
    ) is same


def test_a_location_without_a_redirect_has_no_target() -> None:
    """Location has another meaning there (RFC 9110 §10.2.2)."""
    assert redirect_pattern(answer(201, location="/items/7")) == redirect_pattern(answer(200)) == ()
