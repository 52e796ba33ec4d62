"""A request while Caddy handles it."""

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.caddy.mapped_values import ValueMap
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined

MOST_STEPS = 20_000
"""Maximum number of matchers and handlers that one request may need."""
LONGEST = 8192
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20\x7f]")
"""In a target: Go's server answers 400."""
_PLAIN = "!$&'()*+,;=:@[]/-._~"
"""What Go leaves as it is in a path, beside letters and digits."""
_BETWEEN = "\ue000"
"""Stands between slashes that are kept."""
_VALID = re.compile(r"(?:[A-Za-z0-9!$&'()*+,;=:@\[\]/\-._~]|%[0-9A-Fa-f]{2})*")


class CaddyError(Exception):
    """A handler ends with an error, which routes for errors may handle."""

    def __init__(self, status: int, at: SourceLocation | None) -> None:
        super().__init__(status)
        self.status = status
        self.at = at


class ClientSide(Struct, frozen=True, kw_only=True):
    """What conditions can look at of a connection."""

    tls: bool
    caller: GatewayCaller
    """As the connection shows it."""
    name: str
    """SNI."""
    port: int
    presented: PresentedCertificate | None = None
    """The certificate of the caller, if it is known."""


class RequestInCaddy(Struct):
    """The request, with what handlers have changed."""

    client: ClientSide
    method: str
    protocol: str
    """Version of HTTP, as HTTP/1.1."""
    host: str
    target: str
    headers: dict[str, list[str]]
    """The lines of each header, by lower-case name."""
    original: str = ""
    variables: dict[str, str | None] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)
    maps: list[ValueMap] = field(default_factory=list)
    """Those that were run, the first one for a name counts."""
    within_maps: int = 0
    """Number of maps whose values are looked up."""
    groups: set[str] = field(default_factory=set)
    """Groups of routes of which one was taken."""
    failed: int = 0
    """Status of the error that is handled."""
    assumed: Mapping[str, bool] = field(default_factory=dict)
    steps: int = MOST_STEPS

    @property
    def escaped(self) -> str:
        """The path as it is sent on."""
        written = self.target.partition("?")[0]
        return written if _VALID.fullmatch(written) else escaped(self.path)

    @property
    def path(self) -> str:
        """The decoded path."""
        return decoded(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def uri(self) -> str:
        """Path and query as they are sent on; an empty path is sent as a slash."""
        _, question, query = self.target.partition("?")
        return f"{self.escaped or '/'}{question}{query}"

    def spend(self) -> None:
        """Count what was evaluated. Raises Undetermined for too much."""
        self.steps -= 1
        if self.steps < 0:
            raise Undetermined("too many matchers and handlers")

    def go_to(self, target: str) -> None:
        """Set path and query. Raises Undetermined for what cannot be one."""
        if len(target) > LONGEST:
            raise Undetermined("a long path")
        self.target = target

    def copied(self) -> "RequestInCaddy":
        """Return a request of the same headers, to be changed."""
        return replace(self, headers={name: list(lines) for name, lines in self.headers.items()})


def decoded(path: str) -> str:
    """Return a path without escapes; one letter for each byte."""
    return unquote_to_bytes(path.encode("utf-8", "surrogatepass")).decode("latin-1") if "%" in path else path


def escaped(path: str) -> str:
    """Return a decoded path as Go writes it."""
    return quote(path.encode("latin-1", "replace"), safe=_PLAIN.replace("[", "").replace("]", ""))


def cleaned(path: str, *, merge_slashes: bool = True) -> str:
    """Return a path without dot segments; a slash at its end stays."""
    if not merge_slashes:
        path = path.replace("//", f"/{_BETWEEN}/").replace("//", f"/{_BETWEEN}/")
    found = posixpath.normpath(path) if path else "."
    found = re.sub(r"\A/+", "/", found)
    if path.endswith("/") and found != "/":
        found += "/"
    return found.replace(_BETWEEN, "")
