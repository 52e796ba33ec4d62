"""What is read without h11, h11 reads the same: response, fields, errors, and whether the connection is kept."""

import asyncio

import pytest

from specdrift.crawler.http.sans_io import RawRequest
from specdrift.crawler.http.usual import is_usual, read_usual
from tests.crawler.usual_responses import RESPONSES, compare

REQUEST = RawRequest(method="GET", target=b"/items/1", headers=[(b"Host", b"a.test")])


@pytest.mark.parametrize("seed", range(4))
def test_mutated_responses_are_read_as_by_h11(seed: int) -> None:
    """`python -m tests.crawler.usual_responses 1000000` compares more."""
    result = asyncio.run(compare(seed, 1500))
    assert result.different == []
    assert result.usual > 100


def test_the_usual_response_needs_no_h11() -> None:
    """Otherwise the comparison would compare h11 with itself."""
    assert is_usual(REQUEST)
    assert [read_usual(data) is not None for data in RESPONSES] == [True] * 4 + [False] * 6
