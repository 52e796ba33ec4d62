"""Redirects of callers without a role: to a page that is named as a refusal, and to one that is named by data."""

from __future__ import annotations

import pytest

from specdrift.classify.explanation.vocabulary import names_a_page_that_refuses
from specdrift.model.exchange.probe import Request
from tests.classify.exchanges import answer

REQUEST = Request(method="GET", target="/items/7")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("/denied?from=%2Fitems%2F7", {"denied", "from"}),
        ("https://api.test/error/403?next=/items/7&hint=Ruud", {"error", "403", "next"}),
        ("/access-denied", {"access-denied"}),
        ("/denied/Ruud", set()),
        ("/items/8", set()),
        ("/?from=%2Fitems%2F7", set()),
        ("", set()),
    ],
)
def test_each_segment_of_the_path_refuses(location: str, words: set[str]) -> None:
    """A segment that does not may be data, as may any value but the target."""
    http = answer(303, location=location)
    every = {"denied", "from", "error", "403", "next", "hint", "Ruud", "access-denied", "items", "8"}
    assert {word for word in every if names_a_page_that_refuses(word, REQUEST, http)} == words
