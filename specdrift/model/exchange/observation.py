"""What a client observes on the wire, without its classification."""

from enum import StrEnum

from msgspec import Struct


class Ending(StrEnum):
    """How an exchange ended."""

    RESPONSE = "response"
    """An HTTP response was read, up to the size limit of its body."""
    CONTINUE = "continue"
    """Head only: the server sent 100 Continue, and the client closed the connection (RFC 9110 §15.2.1)."""
    SILENCE = "silence"
    """Handshake only: the server neither rejected nor closed."""
    ALERT = "alert"
    """The server sent a fatal TLS alert."""
    CLOSED = "closed"
    """The server closed or reset the connection without an alert and without a response."""
    STREAM_RESET = "stream-reset"
    """The server reset the stream of HTTP/2 or HTTP/3: it failed, or wants another protocol."""
    STREAM_REFUSED = "stream-refused"
    """The server reset the stream with a code that refuses the request."""
    TIMEOUT = "timeout"
    NO_CONNECTION = "no-connection"
    """The name did not resolve, or nothing accepted the TCP connection or UDP datagram."""
    NOT_HTTP = "not-http"
    """The bytes received are not an HTTP response."""
    CLIENT_ERROR = "client-error"
    """The client failed: the server's certificate did not verify, or the key could not sign."""
    NOT_SENT = "not-sent"
    """Never sent: budget used up, interrupted, or forbidden."""


class NotSentReason(StrEnum):
    """Why a probe was not sent."""

    REQUEST_BUDGET = "request-budget"
    """``--max-requests`` were sent before."""
    LISTENER_GIVEN_UP = "listener-given-up"
    """Too many connections in a row failed before."""
    UNANSWERED = "unanswered"
    """The server no longer answered requests that it had answered before."""
    NO_SESSION = "no-session"
    """The server issued no TLS session to resume."""
    NO_EXTENDED_CONNECT = "no-extended-connect"
    """The server has no WebSocket over HTTP/2 (RFC 8441 §3)."""
    EARLY_DATA_REJECTED = "early-data-rejected"
    """The server did not accept early data (RFC 8446 §4.2.10)."""


class WirePhase(StrEnum):
    """How far an exchange got."""

    CONNECT = "connect"
    HANDSHAKE = "handshake"
    LISTEN = "listen"
    """The client's handshake is complete; it waits for an alert before it sends the request (TLS 1.3)."""
    REQUEST = "request"
    """The request is sent, no byte of a response received."""
    RESPONSE = "response"


class TlsFacts(Struct, frozen=True, kw_only=True):
    """Properties of a TLS connection."""

    version: str = ""
    cipher: str = ""
    alpn: str = ""
    """Protocol that the server selected."""
    certificate_requested: bool = False
    post_handshake: bool = False
    """The CertificateRequest came after the handshake (RFC 8446 §4.6.2)."""
    certificate_sent: bool = False
    """The client's Certificate message was not empty."""
    acceptable_issuers: tuple[str, ...] = ()
    """Names in the CertificateRequest."""
    alert_received: str = ""
    """Alert name (RFC 8446 §6), such as ``certificate_required``."""
    alert_sent: str = ""
    resumed: bool = False
    early_data: bool = False
    """The server accepted the request as early data (RFC 8446 §2.3)."""
    server_certificate_sha256: str = ""


class BodyShape(Struct, frozen=True, kw_only=True):
    """The structure of a body, without its values."""

    kind: str = "empty"
    """json, html, text, binary or empty."""
    skeleton: str = ""
    """Digest of the structure: member names and types, tags and title, or words without digits."""
    members: tuple[str, ...] = ()
    """Top-level JSON member names."""
    signs: tuple[str, ...] = ()
    """Features such as ``login-form`` or ``error-member``."""


EXCERPT = 2000
"""Characters of a body's text that are kept."""


class HttpFacts(Struct, frozen=True, kw_only=True):
    """An HTTP response."""

    status: int
    http_version: str
    headers: tuple[tuple[str, str], ...]
    """In wire order, names in lower case. ``:reason`` is a reason phrase that is not registered, ``:surplus`` what came
    after the end of the body, ``:close`` the Close frame that followed the switch to WebSocket.
    """
    body_sha256: str
    body_excerpt: str
    """At most 2,000 characters, without gzip and deflate; undecodable bytes are replaced."""
    length: int
    """Body bytes read."""
    truncated: bool
    """The body exceeds the size limit."""
    shape: BodyShape
    values: bytes = b""
    """Values of body and headers, packed (``specdrift.model.exchange.values``)."""

    def header(self, name: str) -> str:
        """Return the first header of a lower-case name; empty if there is none."""
        for key, value in self.headers:
            if key == name:
                return value
        return ""


class Observation(Struct, frozen=True, kw_only=True):
    """The observation of one probe."""

    probe: str
    """Probe id."""
    ending: Ending
    phase: WirePhase
    tls: TlsFacts
    http: HttpFacts | None = None
    address: str = ""
    attempts: int = 1
    """Times tried: a close without an alert, and a refused stream, are retried."""
    elapsed_ms: float = 0.0
    """Of the last attempt."""
    detail: str = ""
    """The client library's error, for people."""
    not_sent: NotSentReason | None = None
    """Why nothing was sent; ``None`` unless ``ending`` is ``NOT_SENT``."""
    reused_connection: bool = False
    retry_after_s: float | None = None
    unanswered: bool = False
    """The server did not answer its controls either, or answered the same request later: it establishes nothing."""
