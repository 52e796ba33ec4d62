"""Servers, their listeners, and the tree of their locations."""

import re
from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayClientAuth
from specdrift.model.result.source import ListenerKind
from specdrift.source.nginx.directives import Directive, number

PASSES = frozenset({"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"})
"""Statements that hand a request to a service behind."""
MOST_LISTENERS = 50
"""Of a server. Each is decided for itself."""
VERIFY = {
    "on": GatewayClientAuth.REQUIRED,
    "optional": GatewayClientAuth.OPTIONAL,
    "optional_no_ca": GatewayClientAuth.UNVERIFIED,
    "off": GatewayClientAuth.NONE,
}
"""Values of ``ssl_verify_client``."""
Levels = tuple[Directive, ...]
"""The blocks that contain a request's configuration, from ``http`` inwards."""


class MatchKind(Enum):
    EXACT = "="
    PREFIX = ""
    PREFERRED = "^~"
    REGEX = "~"
    REGEX_ANY_CASE = "~*"
    NAMED = "@"


REGEXES = (MatchKind.REGEX, MatchKind.REGEX_ANY_CASE)
MODIFIERS = {kind.value: kind for kind in MatchKind if kind is not MatchKind.NAMED}
MODIFIER = re.compile(r"(=|\^~|~\*|~)(.+)", re.DOTALL)


class Location(Struct, frozen=True, eq=False):
    """A ``location`` block."""

    directive: Directive
    kind: MatchKind
    pattern: str
    levels: Levels
    """The blocks around it, and its own."""
    inner: "tuple[Location, ...]" = ()

    @property
    def redirects_without_slash(self) -> bool:
        """Whether the path without the slash at its end is redirected to it."""
        return self.pattern.endswith("/") and any(self.directive.all(*PASSES))


class Listen(Struct, frozen=True, kw_only=True):
    """A ``listen`` statement."""

    address: str
    port: int
    ssl: bool
    quic: bool
    default: bool
    location: SourceLocation

    @property
    def socket(self) -> tuple[str, int, bool]:
        """Servers of the same socket differ by name."""
        return self.address, self.port, self.quic


class Server(Struct, frozen=True, eq=False):
    """A ``server`` block."""

    directive: Directive
    levels: Levels
    listens: tuple[Listen, ...]
    """At most MOST_LISTENERS."""
    beyond: Listen | None
    """The first one that is left out."""
    names: tuple[str, ...]
    locations: tuple[Location, ...]

    def named(self) -> Iterator[Location]:
        """Yield the named locations."""
        return (one for one in self.locations if one.kind is MatchKind.NAMED)


def server_of(directive: Directive, http: Directive) -> Server:
    """Return a server of its block."""
    levels = (http, directive)
    listens = tuple(_listen(one, directive) for one in directive.all("listen"))
    default = Listen(
        address="*",
        port=80,
        ssl=_always_ssl(directive),
        quic=False,
        default=False,
        location=directive.location,
    )
    return Server(
        directive,
        levels,
        listens[:MOST_LISTENERS] or (default,),
        listens[MOST_LISTENERS] if len(listens) > MOST_LISTENERS else None,
        tuple(name for one in directive.all("server_name") for name in one.args),
        tuple(_locations(directive, levels)),
    )


def _locations(directive: Directive, levels: Levels) -> Iterator[Location]:
    for one in directive.all("location"):
        own, match = (*levels, one), match_of(one.args)
        if match is not None:
            yield Location(one, *match, own, tuple(_locations(one, own)))


def match_of(args: tuple[str, ...]) -> tuple[MatchKind, str] | None:
    """Return what a location matches; ``None`` for an unknown modifier."""
    if len(args) > 1:
        kind = MODIFIERS.get(args[0])
        return (kind, args[1]) if kind is not None else None
    text = args[0] if args else ""
    if text.startswith("@"):
        return MatchKind.NAMED, text
    glued = MODIFIER.fullmatch(text)
    return (MatchKind(glued[1]), glued[2]) if glued else (MatchKind.PREFIX, text)


def _always_ssl(directive: Directive) -> bool:
    old = directive.last("ssl")
    return old is not None and old.first == "on"


def _listen(directive: Directive, server: Directive) -> Listen:
    address, port = _address(directive.first)
    flags = directive.args[1:]
    return Listen(
        address=address,
        port=port,
        ssl="ssl" in flags or _always_ssl(server),
        quic="quic" in flags or "http3" in flags,
        default="default_server" in flags or "default" in flags,
        location=directive.location,
    )


def _address(text: str) -> tuple[str, int]:
    if text.startswith("unix:"):
        return text, 0
    if (alone := number(text)) is not None:
        return "*", alone
    host, colon, written = text.rpartition(":")
    port = number(written)
    if colon and port is not None and not (host.startswith("[") and not host.endswith("]")):
        return host or "*", port
    return text, 80


def kind_of(address: str, *, tls: bool) -> ListenerKind:
    """Return what a client needs to reach a socket."""
    if address.startswith("unix:"):
        return ListenerKind.LOCAL
    return ListenerKind.TLS if tls else ListenerKind.PLAINTEXT
