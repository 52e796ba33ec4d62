"""A request while Traefik handles it: its path as Go's URLs keep it, its headers."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_plus, unquote_to_bytes

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import ForwardedHeader
from specdrift.source.gateway.exchange import MOST_HEADERS, Undetermined

MOST_STEPS = 20_000
"""Maximum number of matchers and middlewares that one request may need."""
LONGEST = 8192
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20\x7f]")
"""In a target: Go's server answers 400."""
FORWARDED = frozenset(
    f"x-forwarded-{name}"
    for name in (
        *("proto", "for", "host", "port", "server", "uri", "method", "prefix"),
        *("tls-client-cert", "tls-client-cert-info"),
    )
) | {"x-real-ip"}
"""Headers that Traefik deletes, unless an entry point trusts the client."""
_VALID = re.compile(r"(?:[A-Za-z0-9!$&'()*+,;=:@\[\]/\-._~]|%[0-9A-Fa-f]{2})*")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_RESERVED = frozenset(":/?#[]@!$&'()*+,;=%")


class TraefikRequest(Struct):
    """The request, with what middlewares have changed."""

    tls: bool
    presents: bool
    """The connection shows a certificate of the client."""
    host: str
    """In lower case, without a port."""
    method: str
    path: str
    """Decoded, one letter for each byte."""
    raw: str
    """As written, where that differs from what Go would write; else empty."""
    query: str
    headers: dict[str, str]
    """By lower-case name."""
    assumed: Mapping[str, bool]
    set_headers: list[ForwardedHeader] = field(default_factory=list)
    steps: int = MOST_STEPS

    @property
    def escaped(self) -> str:
        """The path as it is sent on."""
        if self.raw and _VALID.fullmatch(self.raw) and unescaped(self.raw) == self.path:
            return self.raw
        return escaped(self.path)

    @property
    def uri(self) -> str:
        """Path and query as they are sent on."""
        return f"{self.escaped or '/'}{'?' if self.query else ''}{self.query}"

    @property
    def routed(self) -> str:
        """The path that rules are compared with: only reserved characters stay encoded."""
        return _ESCAPE.sub(_unless_reserved, self.escaped)

    def go_to(self, path: str, raw: str = "") -> None:
        """Set the path. Raises Undetermined for what cannot be one."""
        if len(path) > LONGEST or len(raw) > LONGEST:
            raise Undetermined("a long path")
        self.path, self.raw = path, raw

    def set_header(
        self,
        name: str,
        value: str,
        at: SourceLocation,
        *,
        shown: str | None = None,
        certificate: bool = False,
    ) -> None:
        """Set a header for the service. Raises Undetermined for too many."""
        if len(self.set_headers) >= MOST_HEADERS:
            raise Undetermined(f"more than {MOST_HEADERS} headers", at)
        self.headers[name.lower()] = value
        written = value if shown is None else shown
        self.set_headers.append(
            ForwardedHeader(name=name, value=written, from_certificate=certificate, location=at)
        )

    def spend(self) -> None:
        """Count what was evaluated. Raises Undetermined for too much."""
        self.steps -= 1
        if self.steps < 0:
            raise Undetermined("too many rules and middlewares")

    def arguments(self) -> Mapping[str, list[str]]:
        """Return the arguments of the query; a semicolon separates them, too."""
        found: dict[str, list[str]] = {}
        for part in self.query.replace(";", "&").split("&"):
            name, _, value = part.partition("=")
            if part and not BROKEN.search(part):
                found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
        return found


def as_sent(path: str, *, cleans: bool) -> tuple[str, str]:
    """Return the path and its written form, as they are after Traefik has normalised them."""
    own = unescaped(path)
    written = path if _VALID.fullmatch(path) else escaped(own)
    written = _ESCAPE.sub(_normal, written)
    if cleans:
        written = _cleaned(written)
    own = unescaped(written)
    return own, "" if escaped(own) == written else written


def split(uri: str) -> tuple[str, str]:
    """Return a path as a URL keeps it: decoded, and as written where that differs."""
    own = unescaped(uri)
    return own, "" if escaped(own) == uri else uri


def unescaped(path: str) -> str:
    """Return a path without escapes; one letter for each byte."""
    return unquote_to_bytes(path.encode("utf-8", "surrogatepass")).decode("latin-1")


def escaped(path: str) -> str:
    """Return a decoded path as Go writes it."""
    return quote(path.encode("latin-1", "replace"), safe="$&+,/:;=@-_.~")


def _normal(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in _UNRESERVED else found[0].upper()


def _unless_reserved(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return found[0] if letter in _RESERVED else letter


def _cleaned(path: str) -> str:
    """Return a path without dot segments and empty ones; a slash at its end stays."""
    found: list[str] = []
    for part in path.split("/"):
        if part == "..":
            found[-1:] = []
        elif part not in ("", "."):
            found.append(part)
    end = "/" if path.endswith("/") and found else ""
    return f"/{'/'.join(found)}{end}"
