"""Reads a usual HTTP/1.1 response in one step: a conforming head, and its body of the declared length.

Nearly all responses are usual, and h11 takes twenty times as long. Whatever is unusual in any respect is left to h11;
what is read here, h11 reads the same (``tests/crawler/usual_responses.py`` compares both on mutated responses).
"""

import re
from dataclasses import dataclass

from specdrift.crawler.http.sans_io import MAX_HEAD, RawRequest, RawResponse, is_said_by_status

USUAL = b"1.1"
"""Version of a usual request."""
HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2}) ([ -~]*)\r\n"
    rb"((?:[-!#$%&'*+.^_`|~0-9A-Za-z]+: [!-~]+(?: [!-~]+)*\r\n)+)\r\n"
)
"""Status line and fields of RFC 9112 §4 and §5, in the one spelling that every server writes."""
FIELD = re.compile(rb"(?<![^\n])([^:\r\n]+): ([^\r]+)\r\n")
WITHOUT_BODY = frozenset({204, 304})
"""Statuses whose responses have no body, whatever their length says (RFC 9112 §6.3)."""
METHODS = frozenset({"HEAD", "CONNECT"})
"""Methods whose responses have no body, or change the protocol."""
UNUSUAL = frozenset({b"connection", b"upgrade", b"expect"})
"""Request fields that change what may follow."""


@dataclass(frozen=True, slots=True)
class UsualResponse:
    """A response, and whether the server keeps the connection."""

    response: RawResponse
    keeps_alive: bool


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
