"""Faults of servers: what a caller that must be refused receives instead."""

# ruff: noqa: ARG001, ARG005 - all functions of a table have one signature

import base64
import gzip
import html
import json
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote

from tests.generated.data import Body


class Truth(Enum):
    """The enforcement that an operation really has."""

    ENFORCED = "enforced"
    OPEN = "open"
    """A caller that must be refused receives the operation's answer."""
    LEAKS = "leaks"
    """The caller is refused, and the refusal contains a part of the data."""


class Reply(NamedTuple):
    """A response."""

    status: int
    body: Body
    headers: tuple[tuple[str, str], ...] = ()


class Fault(NamedTuple):
    """``spoil`` takes the operation's own reply, its refusal, and one distinctive field of its data."""

    name: str
    truth: Truth
    spoil: Callable[[Reply, Reply, str], Reply]


def _text(reply: Reply) -> str:
    return reply.body.content.decode("utf-8", "replace")


def _is_text(reply: Reply) -> bool:
    return not reply.body.media_type.startswith("application/octet")


def same(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return the operation's answer, as for every caller."""
    return reply


def refused_status(status: int) -> Callable[[Reply, Reply, str], Reply]:
    """Return the operation's body with the status of a refusal."""
    return lambda reply, refusal, part: Reply(status, reply.body, reply.headers)


def redirect_with_body(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return a redirect to the login with the body: the handler continued after it (CWE-698)."""
    return Reply(302, reply.body, (("location", "/login?next=1"),))


def in_error(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return the body as a value in an error object."""
    content: object = _text(reply)
    if reply.body.media_type == "application/json":
        content = json.loads(_text(reply))
    fields = {"error": {"code": 403, "message": "no", "data": content}}
    return Reply(403, Body("application/json", json.dumps(fields).encode())) if _is_text(reply) else reply


def in_details(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return the body as text in a list of details, with status 200."""
    fields = {"ok": False, "details": [{"debug": _text(reply)}]}
    return Reply(200, Body("application/json", json.dumps(fields).encode())) if _is_text(reply) else reply


def in_page(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return the body in a page with a login form."""
    if not _is_text(reply):
        return Reply(401, reply.body)
    form = "<form><input type=password></form>"
    text = f"<html><title>Sign in</title>{form}<pre>{html.escape(_text(reply))}</pre></html>"
    return Reply(401, Body("text/html", text.encode()))


def part_in_header(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return the refusal, with a field of the data in a header."""
    return Reply(refusal.status, refusal.body, (*refusal.headers, ("x-resource", part)))


def part_in_body(reply: Reply, refusal: Reply, part: str) -> Reply:
    """Return the refusal, with a field of the data in its text, or in a comment of its page."""
    if refusal.body.media_type.startswith("text/html"):
        return Reply(403, Body("text/html", f"{_text(refusal)}<!-- {part} -->".encode()))
    text = f"{_text(refusal)} ({part})" if _is_text(refusal) else part
    return Reply(403, Body("text/plain", text.encode()))


def in_hexadecimal(reply: Reply, refusal: Reply, part: str) -> Reply:
    """The body as hexadecimal digits in a text."""
    return (
        Reply(403, Body("text/plain", f"denied {reply.body.content.hex()}".encode()))
        if _is_text(reply)
        else reply
    )


def compressed(reply: Reply, refusal: Reply, part: str) -> Reply:
    """The body in gzip and Base64, as a value in an error object."""
    fields = {"error": "no", "context": base64.b64encode(gzip.compress(reply.body.content, mtime=0)).decode()}
    return Reply(403, Body("application/json", json.dumps(fields).encode())) if _is_text(reply) else reply


def escaped(reply: Reply, refusal: Reply, part: str) -> Reply:
    """The body in a URL of a page."""
    page = f"<p>no</p><img src='/log?d={quote(reply.body.content)}'>"
    return Reply(403, Body("text/html", page.encode())) if _is_text(reply) else reply


def in_cookie(reply: Reply, refusal: Reply, part: str) -> Reply:
    """The refusal, with the body in a cookie."""
    cookie = base64.urlsafe_b64encode(reply.body.content).decode()
    headers = (*refusal.headers, ("set-cookie", f"state={cookie}; HttpOnly"))
    return Reply(refusal.status, refusal.body, headers) if _is_text(reply) else reply


FAULTS: tuple[Fault, ...] = (
    Fault("in hexadecimal", Truth.OPEN, in_hexadecimal),
    Fault("in gzip and Base64", Truth.OPEN, compressed),
    Fault("in a URL of a page", Truth.OPEN, escaped),
    Fault("in a cookie", Truth.OPEN, in_cookie),
    Fault("same", Truth.OPEN, same),
    Fault("401 with the body", Truth.OPEN, refused_status(401)),
    Fault("403 with the body", Truth.OPEN, refused_status(403)),
    Fault("404 with the body", Truth.OPEN, refused_status(404)),
    Fault("500 with the body", Truth.OPEN, refused_status(500)),
    Fault("redirect with the body", Truth.OPEN, redirect_with_body),
    Fault("in error.data", Truth.OPEN, in_error),
    Fault("in details", Truth.OPEN, in_details),
    Fault("in a login page", Truth.OPEN, in_page),
    Fault("part in a header", Truth.LEAKS, part_in_header),
    Fault("part in the body", Truth.LEAKS, part_in_body),
)
ANOTHER_PAGE = Fault("another page of the list", Truth.OPEN, same)
"""Served by the generator: records of the same kind with other values."""
OTHER_NUMBERS = Fault("the data with other number formats", Truth.OPEN, same)
"""Served by the generator: amounts in another notation, and the status of a refusal."""
FLAG = Fault("a boolean in the refusal", Truth.LEAKS, same)
ROLE = Fault("a role is not checked", Truth.OPEN, same)
MOVED = Fault("the target of everyone's redirect is open", Truth.OPEN, same)
"""Served by the generator: they belong to a habit of the server."""
HABITUAL = (FLAG, ROLE, MOVED)
FAULTS = (*FAULTS, ANOTHER_PAGE, OTHER_NUMBERS)
WHOLE = tuple(fault for fault in FAULTS if fault.truth is Truth.OPEN and fault is not OTHER_NUMBERS)
"""Faults that return the whole answer: a file has no field to name."""
