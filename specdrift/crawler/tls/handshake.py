"""Reads TLS handshake messages: whether a certificate was requested and sent, and alerts.

Pure. Message layouts: RFC 8446 §4.3.2, §4.4.2 and RFC 5246 §7.4.4, §7.4.2.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from specdrift.model.exchange.alerts import NOT_A_REFUSAL, alert_name

SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST, COMPRESSED_CERTIFICATE = 2, 11, 13, 25
ALERT_RECORD, HANDSHAKE_RECORD = 21, 22
TLS_1_3 = 0x0304
VERSIONS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", TLS_1_3: "TLSv1.3"}
CERTIFICATE_AUTHORITIES = 47
WARNING = 1


class Transcript(Struct):
    """Facts from the handshake messages of one connection so far."""

    certificate_requested: bool = False
    post_handshake: bool = False
    certificate_sent: bool = False
    alert_received: str = ""
    alert_sent: str = ""
    version: str = ""
    """The negotiated version; known even if the handshake fails after the ServerHello."""
    acceptable_issuers: list[bytes] = field(default_factory=list)
    """DER encodings of the distinguished names in the CertificateRequest."""

    messages: int = 0
    """Number of recorded messages: unchanged facts if unchanged."""

    def record(self, direction: str, version: int, content_type: int, data: bytes) -> None:
        """Record one message of OpenSSL's message callback, header included."""
        self.messages += 1
        if content_type == ALERT_RECORD and len(data) == 2:
            # Before TLS 1.3 a warning does not end the connection (RFC 5246 §7.2); in TLS 1.3 every alert does.
            if data[0] != WARNING or self.version == VERSIONS[TLS_1_3]:
                self._alert(direction, alert_name(data[1]))
        elif content_type == HANDSHAKE_RECORD and data:
            self._handshake(direction, version, data)

    def _alert(self, direction: str, name: str) -> None:
        if name in NOT_A_REFUSAL:
            return
        if direction == "read":
            self.alert_received = self.alert_received or name
        else:
            self.alert_sent = self.alert_sent or name

    def _handshake(self, direction: str, version: int, data: bytes) -> None:
        kind = data[0]
        if direction == "read" and kind != SERVER_HELLO and not self.version:
            # OpenSSL knows the version only after the ServerHello.
            self.version = VERSIONS.get(version, "")
        if direction == "read" and kind == CERTIFICATE_REQUEST:
            self.certificate_requested = True
            # Only post-handshake requests have a context (RFC 8446 §4.3.2).
            self.post_handshake = version >= TLS_1_3 and len(data) > 4 and data[4] > 0
            self.acceptable_issuers = list(certificate_authorities(data, version))
        elif direction == "write" and kind == COMPRESSED_CERTIFICATE:
            self.certificate_sent = True  # an empty Certificate is not compressed
        elif direction == "write" and kind == CERTIFICATE:
            self.certificate_sent = carries_certificate(data, version)


def carries_certificate(message: bytes, version: int) -> bool:
    """Whether a Certificate message has at least one certificate."""
    # TLS 1.3 puts certificate_request_context<0..255> before the list; post-handshake it is not empty.
    start = 5 + message[4] if version >= TLS_1_3 and len(message) > 4 else 4
    return int.from_bytes(message[start : start + 3], "big") > 0


def certificate_authorities(message: bytes, version: int) -> Iterator[bytes]:
    """Yield the DER distinguished names of a CertificateRequest; none if it is malformed."""
    body = message[4:] or b"\0"
    if version < TLS_1_3:
        types_end = 1 + body[0]
        algorithms_end = types_end + 2 + int.from_bytes(body[types_end : types_end + 2], "big")
        yield from _names(body[algorithms_end + 2 :])
        return
    offset = 1 + body[0] + 2
    while offset + 4 <= len(body):
        kind, length = (int.from_bytes(body[offset + i : offset + i + 2], "big") for i in (0, 2))
        if kind == CERTIFICATE_AUTHORITIES:
            yield from _names(body[offset + 6 : offset + 4 + length])
        offset += 4 + length


def _names(names: bytes) -> Iterator[bytes]:
    while len(names) >= 2:
        length = int.from_bytes(names[:2], "big")
        yield names[2 : 2 + length]
        names = names[2 + length :]
