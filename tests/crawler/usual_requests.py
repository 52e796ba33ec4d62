"""Compares what is written without h11 with what h11 writes or refuses, on mutated requests."""

import random
from collections.abc import Iterator
from typing import NamedTuple
from unittest.mock import patch

from specdrift.crawler.http import http1
from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.sans_io import RawRequest
from specdrift.crawler.http.transport import FAILURES
from specdrift.crawler.http.usual import written

METHODS = (
    *("GET", "POST", "PUT", "DELETE") * 4,
    "HEAD",
    "get",
    "M-SEARCH",
    "G ET",
    "",
    "GET\r\n",
    "CONNECT",
)
TARGETS = (
    *(b"/items/1", b"/a%20b?c=d", b"*") * 4,
    b"/a b",
    b"",
    b"/\xc3\xa9",
    b"/a\r\nX: y",
    b"host:1",
    b"/\x7f",
)
BODIES = (b"", b"", b"{}", b"a" * 300)
FIELDS = (
    *(
        (b"Accept", b"*/*"),
        (b"X-Empty", b""),
        (b"User-Agent", b"specdrift/1  two"),
        (b"accept", b"a\tb"),
        (b"X_A", b'"\\'),
    )
    * 6,
    *((b"X-Space ", b"1"), (b" X-Space", b"1"), (b"X-A", b" 1"), (b"X-A", b"1 "), (b"X-A", b"1\r\nX-B: 2")),
    *(
        (b"X-A", b"\xff"),
        (b"X-A", b"a\xc3\xa9"),
        (b"X-A", b"\x00"),
        (b"X-A", b"\x7f"),
        (b"", b"1"),
        (b"X:A", b"1"),
    ),
    *(
        (b"Host", b"b.test"),
        (b"host", b""),
        (b"Transfer-Encoding", b"chunked"),
        (b"transfer-encoding", b"gzip"),
    ),
    *(
        (b"Content-Length", b"2"),
        (b"content-length", b"02"),
        (b"Content-Length", b"2, 2"),
        (b"Expect", b"100-continue"),
    ),
    *(
        (b"Connection", b"close"),
        (b"Upgrade", b"h2c"),
        (b"Connection", b"X-A, X-B"),
        (b"X-A\n", b"1"),
        (b"X-A", b"1\n"),
    ),
)


class Comparison(NamedTuple):
    """How many requests were written without h11, and those that h11 writes otherwise."""

    usual: int
    different: list[RawRequest]


def requests(seed: int) -> Iterator[RawRequest]:
    """Yield requests of which most conform."""
    dice = random.Random(seed)
    while True:
        body = dice.choice(BODIES)
        fields = [(b"Host", b"a.test")] if dice.randrange(20) else []
        fields += [(b"Content-Length", b"%d" % len(body))] if body and dice.randrange(20) else []
        fields += dice.choices(FIELDS, k=dice.randrange(5))
        dice.shuffle(fields)
        yield RawRequest(
            method=dice.choice(METHODS),
            target=dice.choice(TARGETS),
            headers=fields,
            body=body,
            version=b"1.1" if dice.randrange(20) else b"1.0",
            head_wait=None if dice.randrange(20) else 1.0,
        )


def outcome(request: RawRequest) -> tuple[bytes | str, bool]:
    """Return the bytes of a request or the error, and whether the connection is kept."""
    connection = Http1()
    try:
        return connection.encode(request), connection.start_next_cycle()
    except FAILURES as error:
        return f"{type(error).__name__}: {error}", False


def compare(seed: int, count: int) -> Comparison:
    """Compare so many requests with and without h11 alone."""
    usual, different = 0, []
    for request, _ in zip(requests(seed), range(count), strict=False):
        usual += written(request) is not None
        ours = outcome(request)
        with patch.object(http1, "written", lambda _: None):
            theirs = outcome(request)
        if ours != theirs:
            different.append(request)
    return Comparison(usual, different)
