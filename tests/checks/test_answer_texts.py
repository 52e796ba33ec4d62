"""Named texts of JSON answers: those of objects, and those of the elements of lists."""

from __future__ import annotations

import pytest

from specdrift.checks.sharing.answer_texts import MOST_ELEMENTS, texts_of, texts_of_elements


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ('[{"a": "x"}, {"a": "y", "b": 2}]', [(0, "a", "x"), (1, "a", "y"), (1, "b", "2")]),
        ('{"total": 2, "items": [{"links": {"self": "/a"}}]}', [(0, "self", "/a")]),
        ('{"links": ["/a", "/b"]}', [(0, "links", "/a"), (1, "links", "/b")]),
        ('[{"a": [{"b": "x"}, {"b": "y"}]}, {"a": []}]', [(0, "b", "x"), (0, "b", "y")]),
        ('[{"a": "x"}, {"a": "y', [(0, "a", "x")]),
        ('{"a": "x"}', []),
        ("no JSON", []),
    ],
    ids=["list", "nested", "texts", "list in a list", "cut off", "object", "text"],
)
def test_texts_of_elements(body: str, texts: list[tuple[int, str, str]]) -> None:
    """Each has the index of its element in the outermost list."""
    assert [*texts_of_elements(body)] == texts


def test_members_of_lists_are_no_texts_of_the_object() -> None:
    """They are another resource's."""
    assert [*texts_of('{"a": "x", "items": [{"b": "y"}]}')] == [("a", "x")]


def test_few_elements_of_a_list_are_read() -> None:
    """The others are alike."""
    assert len([*texts_of_elements(f"[{', '.join(['1'] * 999)}]")]) == MOST_ELEMENTS
