"""Reads the TLS handshake messages that tell who was asked for a certificate and who sent one.

Pure: bytes in, facts out. Message layouts: RFC 8446 §4.3.2, §4.4.2 and RFC 5246 §7.4.4, §7.4.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from specdrift.model.exchange.alerts import NOT_A_REFUSAL, alert_name

SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST, COMPRESSED_CERTIFICATE = 2, 11, 13, 25
ALERT_RECORD, HANDSHAKE_RECORD = 21, 22
TLS_1_3 = 0x0304
VERSIONS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", TLS_1_3: "TLSv1.3"}
CERTIFICATE_AUTHORITIES = 47
WARNING = 1


@dataclass(slots=True)
class Transcript:
    """What one connection's handshake messages said so far; filled by ``record``."""

    certificate_requested: bool = False
    post_handshake: bool = False
    certificate_sent: bool = False
    alert_received: str = ""
    alert_sent: str = ""
    version: str = ""
    """The version that the ServerHello settled on; known also when the handshake fails later."""
    acceptable_issuers: list[bytes] = field(default_factory=list)
    """DER encodings of the distinguished names in the CertificateRequest."""

    messages: int = 0
    """How many messages were taken: a sign that something may have changed."""

    def record(self, direction: str, version: int, content_type: int, data: bytes) -> None:
        """Takes one message as OpenSSL's message callback hands it over: header included."""
        self.messages += 1
        if content_type == ALERT_RECORD and len(data) == 2:
            # Before TLS 1.3 a warning does not end the connection (RFC 5246 §7.2); since then all alerts do.
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
            # Any message after the ServerHello: only from then on does OpenSSL know the version.
            self.version = VERSIONS.get(version, "")
        if direction == "read" and kind == CERTIFICATE_REQUEST:
            self.certificate_requested = True
            # Only a request after the handshake carries a context (RFC 8446 §4.3.2).
            self.post_handshake = version >= TLS_1_3 and len(data) > 4 and data[4] > 0
            self.acceptable_issuers = list(certificate_authorities(data, version))
        elif direction == "write" and kind == COMPRESSED_CERTIFICATE:
            self.certificate_sent = True  # an empty Certificate is never worth compressing
        elif direction == "write" and kind == CERTIFICATE:
            self.certificate_sent = carries_certificate(data, version)


def carries_certificate(message: bytes, version: int) -> bool:
    """Whether a Certificate message holds at least one certificate (an empty list means: none)."""
    # TLS 1.3 puts certificate_request_context<0..255> before the list; post-handshake it is not empty.
    start = 5 + message[4] if version >= TLS_1_3 and len(message) > 4 else 4
    return int.from_bytes(message[start : start + 3], "big") > 0


def certificate_authorities(message: bytes, version: int) -> Iterator[bytes]:
    """The DER distinguished names of a CertificateRequest; nothing where it names none, or is malformed."""
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
