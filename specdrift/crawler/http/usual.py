"""Writes usual HTTP/1.1 requests, and reads usual responses in one step: a conforming head, and its declared body.

Nearly all are usual, and h11 takes twenty times as long. Whatever is unusual in any respect is left to h11; what is
written and read here, h11 writes and reads the same (``tests/crawler/usual_responses.py`` and ``usual_requests.py``
compare both on mutated messages).
"""

import re
from functools import lru_cache

from msgspec import Struct

from specdrift.crawler.http.sans_io import MAX_HEAD, Fields, RawRequest, RawResponse, is_said_by_status

USUAL = b"1.1"
"""Version of a usual request."""
HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2}) ([ -~]*)\r\n"
    rb"((?:[-!#$%&'*+.^_`|~0-9A-Za-z]+: [!-~]+(?: [!-~]+)* ?\r\n)+)\r\n"
)
"""Status line and fields of RFC 9112 §4 and §5, as nearly every server writes them: a space may follow a value."""
FIELD = re.compile(rb"(?<![^\n])([^:\r\n]+): ([^\r]+?) ?\r\n")
METHOD = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
TARGET = re.compile(rb"[!-~]+")
NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
VALUE = re.compile(rb"(?:[!-~]+(?:[ \t]+[!-~]+)*)?")
"""What h11 writes unchanged of a request."""
WITHOUT_BODY = frozenset({204, 304})
"""Statuses whose responses have no body, whatever their length says (RFC 9112 §6.3)."""
METHODS = frozenset({"HEAD", "CONNECT"})
"""Methods whose responses have no body, or change the protocol."""
UNUSUAL = frozenset({b"connection", b"upgrade", b"expect"})
"""Request fields that change what may follow."""


class UsualResponse(Struct, frozen=True):
    """A response, and whether the server keeps the connection."""

    response: RawResponse
    keeps_alive: bool


def written(request: RawRequest) -> bytes | None:
    """Return the bytes of a request; None for what h11 has to write, or to refuse."""
    if request.version != USUAL or request.head_wait is not None:
        return None
    if METHOD.fullmatch(request.method) is None or TARGET.fullmatch(request.target) is None:
        return None
    lines = [_line(name, value) for name, value in request.headers]
    hosts = [line for line in lines if line[:5].lower() == b"host:"]
    if b"" in lines or len(hosts) != 1 or not _states_its_length(request.headers, len(request.body)):
        return None
    # Host is the first field (RFC 9110 §7.2).
    others = (line for line in lines if line is not hosts[0])
    return b"".join(
        (
            request.method.encode(),
            b" ",
            request.target,
            b" HTTP/1.1\r\n",
            *hosts,
            *others,
            b"\r\n",
            request.body,
        )
    )


@lru_cache(maxsize=4096)
def _line(name: bytes, value: bytes) -> bytes:
    """Return the line of a field; empty for one that is unusual."""
    conforms = NAME.fullmatch(name) is not None and VALUE.fullmatch(value) is not None
    return name + b": " + value + b"\r\n" if conforms and name.lower() != b"transfer-encoding" else b""


def _states_its_length(fields: Fields, length: int) -> bool:
    """Return whether the only Content-Length is right; a request without a body needs none."""
    stated = [value for name, value in fields if name.lower() == b"content-length"]
    return stated == [b"%d" % length] or (not stated and not length)


def is_usual(request: RawRequest) -> bool:
    """Return whether the response to a request can be read without knowing more of the request."""
    if request.version != USUAL or request.head_wait is not None or request.method.upper() in METHODS:
        return False
    return not any(name.lower() in UNUSUAL for name, _ in request.headers)


def read_usual(data: bytes) -> UsualResponse | None:
    """Return the response that these bytes are, no more and no less; None for what h11 has to read."""
    head = HEAD.match(data)
    if head is None or head.end() > MAX_HEAD or int(head[1]) in WITHOUT_BODY:
        return None
    if not is_said_by_status(int(head[1]), head[2]):
        return None
    fields, body = FIELD.findall(head[3]), data[head.end() :]
    lengths, keeps_alive = [], True
    for name, value in fields:
        match name.lower():
            case b"content-length":
                lengths.append(value)
            case b"transfer-encoding":
                return None
            case b"connection":
                if (option := value.lower()) not in (b"keep-alive", b"close"):
                    return None
                keeps_alive = keeps_alive and option == b"keep-alive"
    if lengths != [b"%d" % len(body)]:
        return None
    response = RawResponse(
        status=int(head[1]), http_version="HTTP/1.1", headers=fields, body=body, truncated=False
    )
    return UsualResponse(response, keeps_alive)
