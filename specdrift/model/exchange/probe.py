"""What is to be sent, by whom, and why. A probe is data: planning it sends nothing."""

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from specdrift.model.contract.hosts import PORTS
from specdrift.model.contract.operation import OperationKey


class TlsRange(StrEnum):
    """Which TLS versions the client offers."""

    ANY = "any"
    """1.2 to 1.3; the server's preference counts."""
    ONLY_1_2 = "1.2"
    ONLY_1_3 = "1.3"


HTTP_1, HTTP_2 = ("http/1.1",), ("h2", "http/1.1")
"""What is offered in ALPN (RFC 7301)."""


class Phase(IntEnum):
    """When a probe is sent. All probes of a phase end before the next phase begins."""

    PREFLIGHT = 0
    """Which TLS versions the listener speaks; whether anything answers."""
    BEFORE = 1
    """Positive controls."""
    MAIN = 2
    AFTER = 3
    """The positive controls once more."""
    CONFIRM = 4
    """Repetitions of what looked like drift, on fresh connections."""


class Reuse(StrEnum):
    """Whether a connection of the same identity may be kept alive and used."""

    KEEP_ALIVE = "keep-alive"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a connection goes. ``address`` is the IP address to connect to.
    ``server_name`` is the SNI and the name that the server's certificate must carry.
    """

    host: str
    port: int
    server_name: str
    address: str = ""
    tls: bool = True

    @property
    def authority(self) -> str:
        """The value of Host (RFC 9110 §7.2): without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to connect: all of what a listener can know before the first HTTP byte, except the identity. ``resumes`` is
    where the session comes from that it takes up (RFC 8446 §2.2): the same identity connects there first. With
    ``early_data`` the request does not wait for the handshake (§2.3). ``fragmented``: the ClientHello comes in several
    records, its server name in the last of them (§5.1). ``older``: it takes up a session that the identity made before
    the run, and brings no certificate.
    """

    endpoint: Endpoint
    tls: TlsRange = TlsRange.ANY
    alpn: tuple[str, ...] = ("http/1.1",)
    reuse: Reuse = Reuse.KEEP_ALIVE
    resumes: Endpoint | None = None
    early_data: bool = False
    fragmented: bool = False
    older: bool = False

    @property
    def kind(self) -> "Connection":
        """The same without what a listener does not notice."""
        return self if self.reuse is Reuse.KEEP_ALIVE else replace(self, reuse=Reuse.KEEP_ALIVE)


class HttpVersion(StrEnum):
    """What a request says it is, where ALPN has not chosen HTTP/2."""

    HTTP_0_9 = "0.9"
    """Method and target, nothing else: neither headers nor a body."""
    HTTP_1_0 = "1.0"
    HTTP_1_1 = "1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. ``target`` goes onto the wire as it is (RFC 9112 §3.2), and so do the headers, several of the
    name Host included. With ``version`` 1.0 there is no Host but those of ``headers``.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    version: HttpVersion = HttpVersion.HTTP_1_1


class Control(StrEnum):
    """What a probe is sent for beside the attempt that it is compared with."""

    BASELINE = "baseline"
    """The same request without what the attempt adds."""
    NEGATIVE = "negative"
    """The same alteration on something that does not exist."""
    POSITIVE = "positive"
    """The same request with a valid identity."""
    NOISE = "noise"
    """Meaningless data of the same amount in the place of what the attempt adds."""
    INVALID = "invalid"
    """The same headers with invalid values."""
    DUPLICATED = "duplicated"
    """Each header twice, the invalid value first."""
    NEIGHBOUR = "neighbour"
    """A value next to the attempt's that must be answered otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTag:
    """What a check recognises the exchange of its probe by. Results and recordings keep it."""

    name: str = ""
    """The check's own name of the attempt; equal for the attempt, its repetitions and its controls."""
    subject: str = ""
    """``Finding.subject`` of the finding that the attempt can lead to."""
    headers: tuple[str, ...] = ()
    """Names of the header fields that the attempt adds."""
    encoding: str = ""
    """How the values of these fields are written."""
    per_subject: bool = False
    """Whether only attempts of the same subject can show that its drift is gone."""
    control: Control | None = None
    """None for the attempt itself."""


_IN_AN_ID = str.maketrans({"/": "|", "|": "~1", "~": "~0"})
"""Escapes as in a JSON pointer (RFC 6901 §3), so that no two paths give one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One exchange to be made."""

    check: str
    operation: OperationKey | None
    identity: str
    connection: Connection
    request: Request | None
    """``None`` for a handshake without a request."""
    phase: Phase
    variant: str = ""
    """Tells apart probes of one check on one operation by one identity. Only for display and ``id``."""
    attempt: int = 1
    control: bool = False
    why: str = ""
    ahead: Request | None = None
    """The priming request: sent first on the same, new connection, or on the one whose session is resumed."""
    tag: ProbeTag | None = None
    id: str = field(init=False, repr=False, compare=False)
    """Unique in a run, and the same in every run of the same plan."""

    @property
    def fresh(self) -> bool:
        """Whether it wants a new connection, for itself or for what goes before it."""
        connection = self.connection
        return connection.reuse is Reuse.FRESH or connection.resumes is not None or self.ahead is not None

    @property
    def requests(self) -> int:
        """How many HTTP requests one attempt takes: its own, and the one ahead; none for a handshake."""
        return (self.request is not None) + (self.ahead is not None)

    def __post_init__(self) -> None:
        """Names the probe once: the name is asked for many times."""
        parts = (
            self.check,
            str(self.operation) if self.operation else "-",
            self.identity,
            self.connection.tls.value,
            self.variant or self.phase.name.lower(),
            str(self.attempt),
        )
        object.__setattr__(self, "id", "/".join(part.translate(_IN_AN_ID) for part in parts))
