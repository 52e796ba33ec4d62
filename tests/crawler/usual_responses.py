"""Compares what is read without h11 with what h11 reads, on mutated responses.

``python -m tests.crawler.usual_responses 1000000`` compares as many, and exits 1 if any differs.
"""

import asyncio
import random
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from unittest.mock import patch

from specdrift.crawler.http import http1
from specdrift.crawler.http.http1 import Http1
from specdrift.crawler.http.sans_io import RawRequest, RawResponse
from specdrift.crawler.http.transport import FAILURES
from specdrift.crawler.http.usual import is_usual, read_usual

Outcome = tuple[RawResponse | str, bool]
"""The response or the error, and whether the connection can carry another request."""


class Comparison(NamedTuple):
    """How many responses were read without h11, and the cases that h11 reads otherwise."""

    usual: int
    different: list[tuple[RawRequest, Sequence[bytes], Outcome, Outcome]]


RESPONSES = (
    (
        b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Thu, 26 Nov 2026 23:55:45 GMT\r\n"
        b"Content-Type: application/json\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n"
        b'{"id": 1001}'
    ),
    b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nset-cookie: a=b; Path=/\r\nset-cookie: c=d\r\n\r\n",
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone",
    b"HTTP/1.1 302 Found\r\nLocation: /login?next=%2F\r\nContent-Length: 2\r\n\r\nok",
    b'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\nETag: "x"\r\n\r\n',
    b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\nX-End: 1\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the connection closes",
)
PARTS = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\x00", b"\x7f", b"\xff", b"0", b"1", b"HTTP/1.1 "),
    *(
        b"Content-Length: 4\r\n",
        b"Content-Length:4\r\n",
        b"Content-Length: 04\r\n",
        b"Content-Length: +4\r\n",
    ),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"Connection: upgrade, close\r\n"),
    *(
        b"Connection: Keep-Alive\r\n",
        b"Connection: Close\r\n",
        b"Upgrade: h2c\r\n",
        b"X-A: \r\n",
        b" folded\r\n",
    ),
    *(
        b"X-D: 1\r\n",
        b"Vary: Accept\r\n",
        b"Keep-Alive: timeout=5\r\n",
        b"Date: now\r\n",
        b"Accept-Ranges: none\r\n",
    ),
    *(b"Proxy-Connection: close\r\n", b"Trailer: x\r\n", b"X-B : 1\r\n", b"X-C:  two  \r\n", b"101", b"999"),
    *(b"Server: demo \r\n", b"Content-Length: 12 \r\n", b"Connection: close \r\n", b"X-E: a  \r\n"),
)
"""What is put in, or in the place of something."""
METHODS = (*("GET",) * 6, *("POST",) * 2, "HEAD", "head", "OPTIONS", "CONNECT", "FOO")
REQUEST_FIELDS = (
    *((),) * 6,
    ((b"Connection", b"close"),),
    ((b"Upgrade", b"h2c"), (b"Connection", b"upgrade")),
)


def cases(seed: int) -> Iterator[tuple[RawRequest, Sequence[bytes]]]:
    """Yield requests, each with the pieces in which bytes arrive that are mostly nearly a response."""
    dice = random.Random(seed)
    while True:
        data = dice.choice(RESPONSES[:4] if dice.randrange(4) else RESPONSES)
        for _ in range(dice.choice((0, 1, 1, 1, 2, 3))):
            data = _mutated(data, dice)
        if not dice.randrange(8):
            data += dice.choice(RESPONSES)
        method, fields = dice.choice(METHODS), dice.choice(REQUEST_FIELDS)
        body = b"{}" if method == "POST" else b""
        length = [(b"Content-Length", b"2")] if body else []
        yield (
            RawRequest(
                method=method,
                target=b"host:1" if method == "CONNECT" else b"/items/1",
                headers=[(b"Host", b"a.test"), *fields, *length],
                body=body,
            ),
            _pieces(data, dice),
        )


def _mutated(data: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(data) + 1)
    lines = data.splitlines(keepends=True)
    match dice.randrange(6):
        case 0:
            return data[:start] + dice.choice(PARTS) + data[start:]
        case 1:
            return data[:start] + dice.choice(PARTS) + data[start + 1 :]
        case 2:
            return data[:start] + data[start + dice.choice((1, 1, 2, 20)) :]
        case 3:
            return data[:start] + bytes([dice.randrange(256)]) + data[start + 1 :]
        case 4:
            lines.insert(dice.randrange(1, len(lines) + 1), dice.choice(PARTS))
            return b"".join(lines)
        case _:
            lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
            return b"".join(lines)


def _pieces(data: bytes, dice: random.Random) -> Sequence[bytes]:
    """Mostly in one piece, as from a real server."""
    if dice.randrange(4) or not data:
        return (data,)
    at = dice.randrange(len(data))
    return (data[:at] or data, data[at:]) if at else (data,)


async def outcome(request: RawRequest, pieces: Sequence[bytes]) -> Outcome:
    """Return what HTTP/1.1 makes of these pieces and the end of the connection."""
    connection, rest = Http1(), iter(pieces)

    async def receive() -> bytes:
        return next(rest, b"")

    async def send(_: bytes) -> None:
        raise AssertionError("HTTP/1.1 sends nothing while it reads")

    try:
        connection.encode(request)
        return await connection.read_response(receive, send), connection.start_next_cycle()
    except FAILURES as error:
        return f"{type(error).__name__}: {error}", False


async def compare(seed: int, count: int) -> Comparison:
    """Compare so many responses with and without h11 alone."""
    usual, different = 0, []
    for (request, pieces), _ in zip(cases(seed), range(count), strict=False):
        usual += len(pieces) == 1 and is_usual(request) and read_usual(pieces[0]) is not None
        ours = await outcome(request, pieces)
        with patch.object(http1, "read_usual", lambda _: None):
            theirs = await outcome(request, pieces)
        if ours != theirs:
            different.append((request, pieces, ours, theirs))
    return Comparison(usual, different)


if __name__ == "__main__":
    result = asyncio.run(compare(random.SystemRandom().randrange(2**32), int(sys.argv[1])))
    sys.stdout.write(f"{result.usual} read without h11; {len(result.different)} different\n")
    sys.stdout.writelines(f"{each}\n" for each in result.different[:5])
    sys.exit(bool(result.different))
