"""A request to a gateway, and the gateway's decision about it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import force_setattr

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import ForwardedHeader, GatewayCaller, GatewayEntry, Passage
from specdrift.model.result.source import Guarding, UnresolvedExpression
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.keys.service_address import comparable_address

HTTP_1 = "HTTP/1.1"
MOST_HEADERS = 100
"""Maximum number of headers that are set for one request; a decision about more is not evaluated."""
LONGEST_REASON = 200
MOST_FILLED = 100
"""Maximum number of headers about the certificate that are compared; a configuration with more is not complete."""


class GatewayRequest(Struct, frozen=True, kw_only=True):
    """A request as the gateway gets it."""

    entry: GatewayEntry
    """The listener that the client connects to; the server of that name is requested."""
    caller: GatewayCaller
    method: str
    target: str
    """Path and query as sent."""
    host: str = ""
    """Host header and SNI; empty for a name of the entry."""
    server_name: str | None = None
    """SNI, where it is another one than the host: empty for none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, by lower-case name."""
    protocol: str = HTTP_1
    scheme: str = ""
    """Scheme of the target, where the client chooses it."""
    absolute: bool = False
    """The target is sent with scheme and host, as HTTP/2 has it."""
    presented: PresentedCertificate | None = None
    """The certificate of the caller, if it is known: else the caller has one with such names as it likes."""

    @classmethod
    def chosen(
        cls, entry: GatewayEntry, caller: GatewayCaller, method: str, target: str, choice: ClientChoice | None
    ) -> "GatewayRequest":
        """Return a request with what a client sends of its own choice, if it does."""
        if choice is None:
            return cls(entry=entry, caller=caller, method=method, target=target)
        return cls(
            entry=entry,
            caller=caller,
            method=method,
            target=choice.target(target),
            host=choice.host,
            server_name=choice.server_name,
            headers=choice.headers,
            protocol=choice.protocol or HTTP_1,
            scheme=choice.scheme,
            absolute=choice.absolute,
        )

    def line(self, host: str, *, tls: bool) -> str:
        """Return the request line; the target of HTTP/2 has no host there."""
        scheme = self.scheme or ("https" if tls else "http")
        origin = f"{scheme}://{host}" if self.absolute and self.protocol < "HTTP/2" else ""
        return f"{self.method} {origin}{self.target} {self.protocol}"


def comparable(addresses: Iterable[str]) -> frozenset[str]:
    """Return addresses of services, each in the one form by which they are compared."""
    return _comparable(frozenset(addresses))


@lru_cache(maxsize=1 << 12)
def _comparable(addresses: frozenset[str]) -> frozenset[str]:
    return frozenset(map(comparable_address, addresses))


class Decision(Struct, frozen=True, kw_only=True):
    """What the gateway does with a request."""

    passage: Passage
    at: SourceLocation | None = None
    """The statement that decides."""
    status: int | None = None
    upstream: frozenset[str] = frozenset()
    """Addresses of the service behind. Of an UNKNOWN one, of those that may get the request; empty: any."""
    path: str = ""
    """Path as the service gets it, or may get it; empty if it is not known."""
    route: SourceLocation | None = None
    guard: Guarding = Guarding.NONE
    headers: tuple[ForwardedHeader, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    """Headers of the client's own that the service gets, and those that hold parts of them, by lower-case name."""
    reason: str = ""
    copies: "tuple[Decision, ...]" = ()
    """Copies of the request that other services get as well; their answers are dropped.

    An UNKNOWN one is what becomes of the request itself in another state of the gateway.
    """
    behind: SourceLocation | None = None
    """The route that a gateway behind this one has for the request, if it was read."""
    host: str = ""
    """The host that the service gets, whatever the client names; empty if it is the client's, or not known."""
    raw: bool = False
    """The connection is handed on as it is: if the service has TLS, the client's handshake is with the service."""
    otherwise: "Decision | None" = None
    """Of an UNKNOWN one: content of the gateway's own, if it has that. Then no service gets the request."""

    def __post_init__(self) -> None:
        """Make addresses comparable: a service behind two servers may have two names."""
        if self.upstream:
            force_setattr(self, "upstream", comparable(self.upstream))


class Undetermined(Exception):
    """The decision depends on something unknown. The text names it."""

    def __init__(self, what: str, at: SourceLocation | None = None) -> None:
        super().__init__(what)
        self.what = what if len(what) <= LONGEST_REASON else f"{what[:LONGEST_REASON]}…"
        self.at = at


class GatewayConfiguration(Protocol):
    """A configuration that was read."""

    @property
    def entries(self) -> tuple[GatewayEntry, ...]: ...

    @property
    def unresolved(self) -> tuple[UnresolvedExpression, ...]: ...

    @property
    def files(self) -> int: ...

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what the gateway does with a request."""
        ...

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients of a server can send so that conditions hold."""
        ...

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        ...

    def services(self, entry: GatewayEntry, /) -> frozenset[str] | None:
        """Return the addresses that requests to a server may get to, with any path; ``None`` if they are not known."""
        ...

    def certificate_headers(self) -> frozenset[str]:
        """Return the lower-case names of the headers that some route sets from the client certificate."""
        ...
