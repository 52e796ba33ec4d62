"""What is written and read without h11, h11 writes and reads the same: bytes, response, fields, errors, and whether the
connection is kept.
"""

import asyncio

import pytest
from msgspec.structs import replace

from specdrift.crawler.http.sans_io import RawRequest
from specdrift.crawler.http.usual import is_usual, read_usual, written
from tests.crawler import usual_requests
from tests.crawler.usual_responses import RESPONSES, compare

REQUEST = RawRequest(method="GET", target=b"/items/1", headers=[(b"Host", b"a.test")])


@pytest.mark.slow
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


def test_a_space_after_a_value_needs_no_h11() -> None:
    """Python's http.server ends its Server field with one where a service hides the version of Python."""
    usual = read_usual(b"HTTP/1.1 200 OK\r\nServer: demo \r\nContent-Length: 2\r\n\r\nok")
    assert usual is not None
    assert usual.response.headers == [(b"Server", b"demo"), (b"Content-Length", b"2")]


@pytest.mark.parametrize("seed", range(4))
def test_mutated_requests_are_written_as_by_h11(seed: int) -> None:
    """Also what h11 refuses to write."""
    result = usual_requests.compare(seed, 1500)
    assert result.different == []
    assert result.usual > 100


def test_the_usual_request_needs_no_h11() -> None:
    """Host comes first, and the rest in its order."""
    request = RawRequest(
        method="PUT", target=b"/a", headers=[(b"A", b"1"), (b"host", b"h"), (b"Content-Length", b"2")]
    )
    assert written(request) is None
    assert (
        written(replace(request, body=b"{}"))
        == b"PUT /a HTTP/1.1\r\nhost: h\r\nA: 1\r\nContent-Length: 2\r\n\r\n{}"
    )
