"""What clients can send so that a condition of a gateway's configuration holds: headers, cookies and arguments."""

from collections.abc import Iterable, Mapping, Sequence
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

    def target(self, path: str) -> str:
        """Return a target with the arguments of the choice."""
        if not self.query:
            return path
        return f"{path}{'&' if '?' in path else '?'}{self.query}"


def header(name: str, value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a header."""
    return ClientChoice(what=f"the header {name}", at=at, headers={name.lower(): value})


def cookie(name: str, value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a cookie."""
    return ClientChoice(what=f"the cookie {name}", at=at, headers={"cookie": f"{name}={value}"})


def argument(name: str, value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of one argument of the query."""
    return ClientChoice(what=f"the argument {name}", at=at, query=f"{name}={quote(value, safe='')}")


def query(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of the whole query."""
    return ClientChoice(what="the query", at=at, query=value)


def host(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a host name."""
    return ClientChoice(what="the Host header", at=at, host=value)


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
    )


def with_combination(choices: Iterable[ClientChoice]) -> tuple[ClientChoice, ...]:
    """Return distinct choices, and one that makes the first of each name together: conditions may need several."""
    distinct = {(one.what, tuple(one.headers.items()), one.query, one.host): one for one in choices}
    every = tuple(distinct.values())[: MOST_CHOICES + 1]
    first: dict[str, ClientChoice] = {}
    for one in every:
        first.setdefault(one.what, one)
    return (*every, together(tuple(first.values()))) if len(first) > 1 else every
