"""What was seen on the wire. Facts only: what they mean is decided elsewhere, and can be decided again."""

from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """How an exchange ended."""

    RESPONSE = "response"
    """A whole HTTP response (or as much of its body as we read) arrived."""
    SILENCE = "silence"
    """A handshake that was only listened to: the server neither refused nor closed."""
    ALERT = "alert"
    """The server sent a fatal TLS alert."""
    CLOSED = "closed"
    """The server closed or reset the connection without an alert and without a response."""
    STREAM_RESET = "stream-reset"
    """The server reset the HTTP/2 stream."""
    TIMEOUT = "timeout"
    NO_CONNECTION = "no-connection"
    """The name did not resolve, or nothing accepted the TCP connection."""
    NOT_HTTP = "not-http"
    """Bytes came that are no HTTP response."""
    CLIENT_ERROR = "client-error"
    """Our own side gave up: the server's certificate did not verify, our key could not sign."""
    NOT_SENT = "not-sent"
    """Never sent: budget used up, interrupted, or forbidden."""


class NotSentReason(StrEnum):
    """Why a probe was not sent."""

    REQUEST_BUDGET = "request-budget"
    """``--max-requests`` were sent before."""
    LISTENER_GIVEN_UP = "listener-given-up"
    """Too many connections in a row failed before."""
    NO_SESSION = "no-session"
    """The connection was to resume a TLS session, and the server issued none."""
    EARLY_DATA_REJECTED = "early-data-rejected"
    """The request was to go as early data, which the server did not accept (RFC 8446 §4.2.10)."""


class WirePhase(StrEnum):
    """How far an exchange got."""

    CONNECT = "connect"
    HANDSHAKE = "handshake"
    LISTEN = "listen"
    """Handshake done for the client, which waits with the request for what the server has to object."""
    REQUEST = "request"
    """The request is on its way, no byte of a response seen."""
    RESPONSE = "response"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What the TLS connection told.

    ``alert_received`` and ``alert_sent`` are alert names of RFC 8446 §6 (``certificate_required``), empty when
    there was none. ``certificate_sent`` is read from the Certificate message that left, so an empty certificate
    list counts as not sent. ``post_handshake``: the request for it came after the handshake, because of what was
    asked (RFC 8446 §4.6.2). ``early_data``: the server took the request as such (§2.3). ``acceptable_issuers`` are the
    CertificateRequest's names.
    """

    version: str = ""
    cipher: str = ""
    alpn: str = ""
    certificate_requested: bool = False
    post_handshake: bool = False
    certificate_sent: bool = False
    acceptable_issuers: tuple[str, ...] = ()
    alert_received: str = ""
    alert_sent: str = ""
    resumed: bool = False
    early_data: bool = False
    server_certificate_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyShape:
    """What kind of body it was, without its values.

    ``kind`` is json, html, text, binary or empty; ``skeleton`` a digest of its structure (JSON: member
    names and types; HTML: tags and title; text: words without digits); ``members`` the top-level JSON
    member names; ``signs`` are telling features found in it (``login-form``, ``error-member`` …).
    """

    kind: str = "empty"
    skeleton: str = ""
    members: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFacts:
    """``headers`` in wire order, names lower-case; ``body_excerpt`` at most 2,000 characters, undecodable
    bytes replaced; ``length`` counts the body bytes read; ``truncated`` when we stopped reading.
    """

    status: int
    http_version: str
    headers: tuple[tuple[str, str], ...]
    body_sha256: str
    body_excerpt: str
    length: int
    truncated: bool
    shape: BodyShape
    values: bytes = b""
    """What body and headers say, packed (``specdrift.model.exchange.values``)."""

    def header(self, name: str) -> str:
        """The first header of that (lower-case) name, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one probe brought. ``elapsed_ms`` covers the last attempt; ``detail`` is the client library's own
    words, for people; ``attempts`` counts connections tried (a retry follows a close without an alert).
    """

    probe: str
    ending: Ending
    phase: WirePhase
    tls: TlsFacts
    http: HttpFacts | None = None
    address: str = ""
    attempts: int = 1
    elapsed_ms: float = 0.0
    detail: str = ""
    not_sent: NotSentReason | None = None
    """Why nothing was sent; ``None`` unless ``ending`` is ``NOT_SENT``."""
    reused_connection: bool = False
    retry_after_s: float | None = None
