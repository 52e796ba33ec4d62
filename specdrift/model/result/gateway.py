"""What the configuration of a gateway decides for the operations of the document."""

from enum import IntEnum, StrEnum, auto

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.source import Guarding, ListenerKind, UnresolvedExpression, UnresolvedKind


class GatewayCaller(StrEnum):
    """Which certificate a client of the gateway presents."""

    ANONYMOUS = "anonymous"
    """None."""
    VALID = "valid"
    """One of the CA that the gateway trusts."""
    UNTRUSTED = "untrusted"
    """One of another CA."""


class Passage(StrEnum):
    """How far a request gets."""

    REFUSED_IN_TLS = "refused-in-tls"
    """The handshake fails."""
    REFUSED = "refused"
    """The gateway answers an error."""
    REDIRECTED = "redirected"
    """The gateway sends the client elsewhere."""
    ANSWERED = "answered"
    """The gateway answers by itself: a text or a file."""
    FORWARDED = "forwarded"
    """The service behind gets the request."""
    UNKNOWN = "unknown"
    """It depends on something that was not read or cannot be evaluated."""

    @property
    def refused(self) -> bool:
        """True if the caller certainly gets neither the service nor content."""
        return self in (Passage.REFUSED_IN_TLS, Passage.REFUSED, Passage.REDIRECTED)

    @property
    def admitted(self) -> bool:
        """True if the caller certainly gets the service or content."""
        return self in (Passage.ANSWERED, Passage.FORWARDED)


class GatewayClientAuth(StrEnum):
    """Whether a listener requests client certificates, and what it does with them."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    """Verified if the client presents one."""
    UNVERIFIED = "unverified"
    """Requested, and accepted from any CA."""
    NONE = "none"


class EntryReach(IntEnum):
    """Who reaches a listener; the fewest first."""

    MACHINE = auto()
    CLUSTER = auto()
    NETWORK = auto()


class GatewayEntry(Struct, frozen=True, kw_only=True):
    """A server of a listener: where clients of the gateway enter."""

    address: str
    """``*`` for all addresses."""
    port: int
    kind: ListenerKind
    quic: bool = False
    """HTTP/3."""
    client_auth: GatewayClientAuth
    names: tuple[str, ...]
    """Host names, as the configuration writes them."""
    default: bool
    """Whether it also serves all other names."""
    location: SourceLocation

    @property
    def loopback(self) -> bool:
        """True if only this machine reaches it."""
        return self.address.startswith(("127.", "[::1]", "::1", "localhost"))

    @property
    def in_cluster(self) -> bool:
        """True if only workloads of the same cluster of Kubernetes reach it."""
        return self.address.endswith(".svc.cluster.local")

    @property
    def reach(self) -> EntryReach:
        """Who reaches it."""
        if self.loopback:
            return EntryReach.MACHINE
        return EntryReach.CLUSTER if self.in_cluster else EntryReach.NETWORK

    def __str__(self) -> str:
        name = self.names[0] if self.names else "default server"
        tls = " (plaintext)" if self.kind is ListenerKind.PLAINTEXT else ""
        return f"{name} at {self.address}:{self.port}{' over QUIC' if self.quic else ''}{tls}"


class ForwardedHeader(Struct, frozen=True, kw_only=True):
    """A header that the gateway sets for the service."""

    name: str
    value: str
    """As the configuration writes it."""
    from_certificate: bool
    """Whether its value is taken from the client certificate."""
    location: SourceLocation


class GatewayOutcome(Struct, frozen=True, kw_only=True):
    """What happens to the request of one caller."""

    caller: GatewayCaller
    passage: Passage
    status: int | None = None
    upstream: str = ""
    """Addresses of the service behind."""
    path: str = ""
    """Path as the service gets it."""
    location: SourceLocation | None = None
    """The statement that decides."""
    guard: Guarding = Guarding.NONE
    """What refuses the caller: its certificate, other credentials, or neither."""
    reason: str = ""
    """Why it is unknown."""


class GatewayRoute(Struct, frozen=True, kw_only=True):
    """An operation at one server of the gateway."""

    operation: OperationKey
    entry: GatewayEntry
    location: SourceLocation | None
    """The route of the configuration that the request matches."""
    outcomes: tuple[GatewayOutcome, ...]
    headers: tuple[ForwardedHeader, ...] = ()
    """Headers set for a caller with a valid certificate."""

    def of(self, caller: GatewayCaller) -> GatewayOutcome:
        """Return the outcome of a caller; unknown if there is none."""
        found = (outcome for outcome in self.outcomes if outcome.caller is caller)
        return next(found, GatewayOutcome(caller=caller, passage=Passage.UNKNOWN))


class GatewayView(Struct, frozen=True, kw_only=True):
    """A gateway's configuration, applied to the operations of the document."""

    name: str
    gateway: str
    entries: tuple[GatewayEntry, ...] = ()
    routes: tuple[GatewayRoute, ...] = ()
    unresolved: tuple[UnresolvedExpression, ...] = ()
    files: int = 0

    @property
    def not_followed(self) -> tuple[UnresolvedExpression, ...]:
        """The statements that hide a part of the configuration."""
        return tuple(one for one in self.unresolved if one.kind is UnresolvedKind.SERVED)

    @property
    def incomplete(self) -> bool:
        """True if nothing was read, or a part was not."""
        return not self.entries or bool(self.not_followed)
