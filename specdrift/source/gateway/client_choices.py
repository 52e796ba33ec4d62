"""What clients can send so that a condition of a gateway's configuration holds: headers, cookies and arguments."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation

PRESENT = "1"
"""A value for a condition that asks for any."""
ANY_VALUE = "\ufff9"
"""Stands for a value with which a condition may hold, where none was found: what it decides is not known."""
MOST_CHOICES = 100
"""Choices of a server that are tried, and beginnings of paths; operations of a server with more are undecided."""
BACK = ("..", "%2e%2e", ".%2E")
"""Spellings of a dot segment (RFC 3986 §6.2.2)."""


class ClientChoice(Struct, frozen=True, kw_only=True):
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
    back: str = ".."
    """Such a dot segment, as it is written."""
    as_sent: bool = False
    """The gateway leaves such dot segments to the service."""
    protocol: str = ""
    """Empty for HTTP/1.1."""
    scheme: str = ""
    """Scheme of the target; empty for that of the connection."""
    absolute: bool = False
    """The target is sent with scheme and host (RFC 9112 §3.2.2), as HTTP/2 sends them in fields of their own."""

    def target(self, path: str) -> str:
        """Return a target with the beginning and the arguments of the choice."""
        path = f"{self.beginning}{f'/{self.back}' * self.beginning.count('/')}{path}"
        if not self.query:
            return path
        return f"{path}{'&' if '?' in path else '?'}{self.query}"


_LINE = re.compile(r"(?:[A-Z]+ +)?(/[^ ?]*)")
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
    return ClientChoice(what=f"the argument {name}", at=at, query=f"{name}={escaped(value, '/:@,')}")


def escaped(value: str, safe: str) -> str:
    """Escape a value for a target; the mark of a value that is not known stays."""
    return ANY_VALUE.join(quote(part, safe=safe) for part in value.split(ANY_VALUE))


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


def line_beginning(value: str, at: SourceLocation) -> Iterator[ClientChoice]:
    """Yield the choice of the beginning of the path that a part of a request line has, behind the method."""
    found = _LINE.match(value)
    if found and found[1].strip("/"):
        yield beginning(found[1], at)
    elif value == ANY_VALUE:
        yield beginning(f"/{ANY_VALUE}", at)


def respelled(choice: ClientChoice) -> Iterator[ClientChoice]:
    """Yield the choice of a beginning with each spelling of its dot segments: a condition may look for one."""
    yield from (replace(choice, back=one) for one in BACK)


def protocol(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of a version of HTTP. Targets of HTTP/2 and HTTP/3 have scheme and host."""
    later = value not in ("HTTP/1.0", "HTTP/1.1")
    return ClientChoice(what=value, at=at, protocol=value, absolute=later)


def absolute_target(at: SourceLocation) -> ClientChoice:
    """Return the choice of a target with scheme and host."""
    return ClientChoice(what="an absolute target", at=at, absolute=True)


def scheme(value: str, at: SourceLocation) -> ClientChoice:
    """Return the choice of the scheme of a target: nothing ties it to that of the connection."""
    return ClientChoice(what="the scheme of an absolute target", at=at, scheme=value, absolute=True)


def spelled_hosts(names: Iterable[str], port: int, at: SourceLocation) -> Iterator[ClientChoice]:
    """Yield host names with the port, in upper case and with a dot at the end, for conditions that compare texts."""
    for name in names:
        if name and not name.startswith("*"):
            for spelled in (f"{name}:{port}", name.upper(), f"{name}."):
                yield ClientChoice(what="another spelling of the host", at=at, host=spelled)


def is_respelled(choice: ClientChoice, names: Iterable[str]) -> bool:
    """Return whether a choice is another spelling of one of these hosts, which the server may not have."""
    name, _, port = choice.host.lower().rpartition(":")
    host = (name if port.isdecimal() else choice.host.lower()).removesuffix(".")
    return choice.host not in ("", host) and host in names


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
        back=next((one.back for one in choices if one.beginning), BACK[0]),
        as_sent=any(one.as_sent for one in choices),
        protocol=next((one.protocol for one in choices if one.protocol), ""),
        scheme=next((one.scheme for one in choices if one.scheme), ""),
        absolute=any(one.absolute for one in choices),
    )


def with_combination(choices: Iterable[ClientChoice]) -> tuple[ClientChoice, ...]:
    """Return distinct choices, and one that makes the first of each name together: conditions may need several.

    Beginnings of paths stand behind them: each of them is another target, and joined with the others one by one.
    """
    distinct = {
        (
            one.what,
            *one.headers.items(),
            one.query,
            one.host,
            one.server_name,
            one.beginning,
            one.protocol,
            one.scheme,
        ): one
        for one in choices
    }
    every = [one for one in distinct.values() if not one.beginning][: MOST_CHOICES + 1]
    beginnings = [one for one in distinct.values() if one.beginning][: MOST_CHOICES + 1]
    first = first_of_each(every)
    return (*every, *((together(first),) if len(first) > 1 else ()), *beginnings)


def first_of_each(choices: Iterable[ClientChoice]) -> tuple[ClientChoice, ...]:
    """Return the first choice of each name."""
    first: dict[str, ClientChoice] = {}
    for one in choices:
        first.setdefault(one.what, one)
    return tuple(first.values())
