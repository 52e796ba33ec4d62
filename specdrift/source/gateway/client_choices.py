"""What clients can send so that a condition of a gateway's configuration holds: headers, cookies and arguments."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from specdrift.model.contract.location import SourceLocation

PRESENT = "1"
"""A value for a condition that asks for any."""
MOST_CHOICES = 100
"""Choices of a server that are tried; operations of a server with more are undecided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChoice:
    """Something that a client sends of its own, because a condition looks at it."""

    what: str
    """Its name for people, without the value, which may be a secret."""
    at: SourceLocation
    """The condition."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    query: str = ""
    host: str = ""
    """Host name; empty for one of the server."""
    server_name: str | None = None
    """Server name of the handshake: empty for none, ``None`` for the host name."""
    beginning: str = ""
    """What the path as sent begins with, before dot segments that take it back."""

    def target(self, path: str) -> str:
        """Return a target with the beginning and the arguments of the choice."""
        path = f"{self.beginning}{'/..' * self.beginning.count('/')}{path}"
        if not self.query:
            return path
        return f"{path}{'&' if '?' in path else '?'}{self.query}"


Maker = Callable[[str, SourceLocation], ClientChoice]
"""Makes the choice of a value."""


def header(name: str, value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a header."""
    return ClientChoice(what=f"the header {name}", at=at, headers={name.lower(): value})


def cookie(name: str, value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a cookie."""
    return ClientChoice(what=f"the cookie {name}", at=at, headers={"cookie": f"{name}={value}"})


def argument(name: str, value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of one argument of the query."""
    return ClientChoice(what=f"the argument {name}", at=at, query=f"{name}={quote(value, safe='/:@,')}")


def query(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of the whole query."""
    return ClientChoice(what="the query", at=at, query=value)


def host(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a host name."""
    return ClientChoice(what="the Host header", at=at, host=value)


def host_field(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a Host field beside a target with the host of the server (RFC 9112 §3.2.2)."""
    what = "a Host header beside an absolute target"
    return ClientChoice(what=what, at=at, headers={"host": value})


def user(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a user name (RFC 7617), with any password."""
    encoded = b64encode(f"{value}:x".encode()).decode()
    return ClientChoice(what="a user name", at=at, headers={"authorization": f"Basic {encoded}"})


def server_name(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of the server name in the handshake; empty for none."""
    return ClientChoice(what="the server name in the handshake", at=at, server_name=value)


def beginning(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of what the path as sent begins with."""
    return ClientChoice(what="dot segments in the path", at=at, beginning=value.rstrip("/"))


def together(choices: Sequence[ClientChoice]) -> ClientChoice:
    """Return several choices as one request makes them. Cookies share a header."""
    headers: dict[str, str] = {}
    for one in choices:
        for name, value in one.headers.items():
            headers[name] = f"{headers[name]}; {value}" if name in headers else value
    return ClientChoice(
        what=", ".join(dict.fromkeys(one.what for one in choices)),
        at=choices[0].at,
        headers=headers,
        query="&".join(one.query for one in choices if one.query),
        host=next((one.host for one in choices if one.host), ""),
        server_name=next((one.server_name for one in choices if one.server_name is not None), None),
        beginning=next((one.beginning for one in choices if one.beginning), ""),
    )


def with_combination(choices: Iterable[ClientChoice]) -> tuple[ClientChoice, ...]:
    """Return distinct choices, and one that makes the first of each name together: conditions may need several."""
    distinct = {
        (one.what, *one.headers.items(), one.query, one.host, one.server_name, one.beginning): one
        for one in choices
    }
    every = tuple(distinct.values())[: MOST_CHOICES + 1]
    first: dict[str, ClientChoice] = {}
    for one in every:
        first.setdefault(one.what, one)
    return (*every, together(tuple(first.values()))) if len(first) > 1 else every
