"""Probes: requests or handshakes to send, as which identity, and why."""

from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property, lru_cache
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.hosts import PORTS
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.proxy_header import ProxyHeader
from specdrift.model.partly_compared import PartlyCompared


class TlsRange(StrEnum):
    """TLS versions that the client offers."""

    ANY = "any"
    """1.2 and 1.3; the server chooses."""
    ONLY_1_2 = "1.2"
    ONLY_1_3 = "1.3"


class Omission(StrEnum):
    """Messages of client authentication that the client omits (RFC 8446 §4.4)."""

    NOTHING = "nothing"
    """The control: the same client, with all messages."""
    PROOF = "proof"
    """CertificateVerify. The certificate is shown, which is public, and its key is not needed."""
    CERTIFICATE = "certificate"
    """Certificate and CertificateVerify."""


HTTP_1, HTTP_2 = ("http/1.1",), ("h2", "http/1.1")
"""ALPN offers (RFC 7301)."""
HTTP_3 = ("h3",)
"""The ALPN offer over QUIC (RFC 9114 §3.1)."""


class Phase(IntEnum):
    """When a probe is sent. All probes of a phase end before the next phase begins."""

    PREFLIGHT = 0
    """Whether the listener answers, and its TLS versions."""
    BEFORE = 1
    """Positive controls."""
    MAIN = 2
    AFTER = 3
    """Positive controls, repeated."""
    CONFIRM = 4
    """Apparent drift, repeated on fresh connections."""


class Reuse(StrEnum):
    """Whether to use a kept-alive connection of the same identity."""

    KEEP_ALIVE = "keep-alive"
    FRESH = "fresh"


class Endpoint(Struct, frozen=True, kw_only=True):
    """A listener to connect to."""

    host: str
    """Value of Host."""
    port: int
    server_name: str
    """SNI, and the name that the server's certificate must have."""
    address: str = ""
    """IP address to connect to; empty: resolve ``host``."""
    tls: bool = True

    @property
    def authority(self) -> str:
        """The value of Host (RFC 9110 §7.2), without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


class Connection(Struct, frozen=True, kw_only=True):
    """How to connect: everything that a listener can see before the first HTTP byte, except the identity."""

    endpoint: Endpoint
    tls: TlsRange = TlsRange.ANY
    alpn: tuple[str, ...] = ("http/1.1",)
    reuse: Reuse = Reuse.KEEP_ALIVE
    resumes: Endpoint | None = None
    """Connect there first as the same identity, and resume that TLS session (RFC 8446 §2.2)."""
    early_data: bool = False
    """Send the request as early data (RFC 8446 §2.3)."""
    fragmented: bool = False
    """Send the ClientHello in several records, the server name in the last (RFC 8446 §5.1)."""
    ciphers: str = ""
    """The only cipher suites of TLS 1.2 that are offered, as OpenSSL selects them; empty for the usual ones."""
    prior_session: bool = False
    """Resume a TLS session from before the run, without a certificate."""
    quic: bool = False
    """HTTP/3 over QUIC (RFC 9114): the port is of UDP."""
    omits: Omission | None = None
    """Use the client of the extra ``tls-messages``, and omit these messages."""
    shows: str = ""
    """With ``omits``: the identity whose certificate is shown; empty: the caller's own."""
    proxy: ProxyHeader | None = None
    """Sent before the first byte of TLS, or of HTTP without TLS."""

    @property
    def kind(self) -> "Connection":
        """The connection without ``reuse``, which a listener does not see."""
        return self if self.reuse is Reuse.KEEP_ALIVE else replace(self, reuse=Reuse.KEEP_ALIVE)


RETRIED = "retried"
"""Name of the check under which answers are kept after which a probe was sent again (RFC 9110 §10.2.3)."""


class HttpVersion(StrEnum):
    """HTTP version of a request, unless ALPN selects HTTP/2."""

    HTTP_0_9 = "0.9"
    """Method and target only."""
    HTTP_1_0 = "1.0"
    HTTP_1_1 = "1.1"


class HeadForm(StrEnum):
    """How the head of a request is sent over HTTP/1.1, where ALPN does not select another protocol."""

    WHOLE = "whole"
    """In one record of TLS."""
    IN_RECORDS = "in-records"
    """In several records, a moment apart. The first ends in the target."""
    AFTER_EMPTY_LINE = "after-empty-line"
    """After an empty line, which servers should ignore (RFC 9112 §2.2)."""


class Request(Struct, frozen=True, kw_only=True):
    """One HTTP request."""

    method: str
    target: str
    """Request target (RFC 9112 §3.2), sent unchanged."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent unchanged. Host is added if it is missing, except for HTTP/1.0."""
    body: bytes = b""
    version: HttpVersion = HttpVersion.HTTP_1_1
    head_only: bool = False
    """The head declares a body, and the body is never sent. With ``Expect: 100-continue`` the server knows that the
    client waits (RFC 9110 §10.1.1).
    """
    head_form: HeadForm = HeadForm.WHOLE
    trailers: tuple[tuple[str, str], ...] = ()
    """Trailer fields (RFC 9110 §6.5). With any, HTTP/1.1 sends the content in chunks."""

    @property
    def expects_continue(self) -> bool:
        """Whether the client announces that it waits for 100 Continue before it sends the body."""
        return EXPECTS in self.headers

    @property
    def upgrades(self) -> bool:
        """Whether it asks to switch to another protocol (RFC 9110 §7.8)."""
        return any(name.lower() == "upgrade" for name, _ in self.headers)

    def to(self, target: str, *, method: str | None = None) -> "Request":
        """The same request to another target, by another method if it is given."""
        return replace(self, target=target, method=self.method if method is None else method)


EXPECTS = ("Expect", "100-continue")
"""The header field of a client that waits for 100 Continue before it sends the body (RFC 9110 §10.1.1)."""


def head_of(request: Request) -> Request:
    """Return the head of a request with a body: it waits for 100 Continue, and the body is not part of it."""
    expects = (("Content-Length", str(len(request.body))), EXPECTS)
    return replace(request, headers=(*request.headers, *expects), body=b"", head_only=True)


def without_expect(head: Request) -> Request:
    """Return a head that does not say that the client waits: the server expects the body to follow at once."""
    return replace(head, headers=tuple(field for field in head.headers if field != EXPECTS))


CHUNKED = ("Transfer-Encoding", "chunked")


def with_broken_body(head: Request) -> Request:
    """Return a head that does not say that the client waits, and that a chunk follows that is none (RFC 9112 §7.1)."""
    plain = without_expect(head)
    return replace(plain, headers=(*plain.headers, CHUNKED))


class Control(StrEnum):
    """The kind of control that a probe is for an attempt."""

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
    FORGED = "forged"
    """The same headers with a forged certificate of the same names."""
    DUPLICATED = "duplicated"
    """Each header twice, the invalid value first."""
    NEIGHBOUR = "neighbour"
    """A value next to the attempt's that must be answered otherwise."""


class ProbeTag(Struct, frozen=True, kw_only=True):
    """Identifies the attempt of a check that a probe belongs to. Results and recordings keep it."""

    name: str = ""
    """The check's own name of the attempt; equal for the attempt, its repetitions and its controls."""
    subject: str = ""
    """``Finding.subject`` of the finding that the attempt can lead to."""
    headers: tuple[str, ...] = ()
    """Names of the header fields that the attempt adds."""
    encoding: str = ""
    """How the values of these fields are written."""
    form: str = ""
    """The other declared representation that the attempt requests; empty for the usual one."""
    per_subject: bool = False
    """Whether only attempts of the same subject can show that its drift is gone."""
    control: Control | None = None
    """None for the attempt itself."""


_IN_AN_ID = str.maketrans({"/": "|", "|": "~1", "~": "~0"})
"""Escapes as in a JSON pointer (RFC 6901 §3), so that no two paths give one name."""


@lru_cache(maxsize=4096)
def _in_an_id(part: OperationKey | str) -> str:
    """Return a part of an id. Thousands of probes have the same operation, caller or variant."""
    return str(part).translate(_IN_AN_ID)


class Probe(PartlyCompared, frozen=True, eq=False, kw_only=True, dict=True):
    """One exchange to make."""

    aside: ClassVar = frozenset({"whole_body"})

    check: str
    operation: OperationKey | None
    """``None`` if it belongs to no documented operation."""
    identity: str
    """Name of the identity."""
    connection: Connection
    request: Request | None
    """``None`` for a handshake without a request."""
    phase: Phase
    variant: str = ""
    """Tells apart probes of one check on one operation by one identity. Only for display and ``id``."""
    attempt: int = 1
    """From 2: a repetition."""
    control: bool = False
    """Whether it is a control of others."""
    why: str = ""
    """Purpose, for people."""
    after: datetime | None = None
    """The request is not sent before this time. The connection, or the session, is made before it and kept."""
    delay_s: float = 0.0
    """Seconds to wait before it is sent."""
    priming: Request | None = None
    """The priming request: sent first on the same, new connection, or on the one whose session is resumed."""
    tag: ProbeTag | None = None
    follows: str = ""
    """Id of the probe whose redirect it follows; empty if it follows none."""
    whole_body: bool = False
    """Keep the whole body in the observation, up to the limit of its size. Results have the excerpt only."""

    @property
    def fresh(self) -> bool:
        """Whether it needs a new connection."""
        connection = self.connection
        reused = connection.reuse is not Reuse.FRESH and connection.resumes is None and self.priming is None
        return not reused or (self.request is not None and self.request.head_only)

    @property
    def requests(self) -> int:
        """Number of HTTP requests of one attempt, the priming request included."""
        return (self.request is not None) + (self.priming is not None)

    @cached_property
    def id(self) -> str:
        """Unique in a run, and the same in every run of the same plan."""
        operation = _in_an_id(self.operation) if self.operation else "-"
        caller, variant = _in_an_id(self.identity), _in_an_id(self.variant)
        name = variant or self.phase.name.lower()
        return f"{self.check}/{operation}/{caller}/{self.connection.tls}/{name}/{self.attempt}"


def fields_of_run(run_id: str, version: str) -> tuple[tuple[str, str], ...]:
    """Return the header fields that each request of a run has, unless it has its own."""
    return (
        ("User-Agent", f"specdrift/{version}"),
        ("X-Specdrift-Run", run_id),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    )
