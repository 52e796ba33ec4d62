"""Headers of the PROXY protocol (HAProxy's proxy-protocol.txt), which a proxy sends before its client's first byte."""

from enum import StrEnum
from ipaddress import IPv4Address, ip_address

from msgspec import Struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL, PROXY = b"\x20", b"\x21"
"""Version 2 with a command."""
SOURCE_PORT = 40000
PP2_TYPE_SSL, PP2_SUBTYPE_SSL_VERSION, PP2_SUBTYPE_SSL_CN, PP2_SUBTYPE_SSL_CIPHER = 0x20, 0x21, 0x22, 0x23
SSL_WITH_CERTIFICATE = b"\x07"
"""PP2_CLIENT_SSL, PP2_CLIENT_CERT_CONN and PP2_CLIENT_CERT_SESS."""
VERIFIED = b"\0\0\0\0"
"""The client presented a certificate, and it was verified."""


class ProxyVersion(StrEnum):
    """Version of the PROXY protocol."""

    V1 = "1"
    """One line of text."""
    V2 = "2"
    """Binary, with extensions."""


class ProxyHeader(Struct, frozen=True, kw_only=True):
    """What a header claims of the client."""

    version: ProxyVersion
    source: str = ""
    """IP address of the client; empty: none is claimed (UNKNOWN in version 1, LOCAL in version 2)."""
    common_name: str = ""
    """Version 2 only: that of the client's certificate, said to be verified (PP2_TYPE_SSL); empty: none."""

    @property
    def words(self) -> str:
        """The header, for a message."""
        unknown = "UNKNOWN" if self.version is ProxyVersion.V1 else "LOCAL"
        source = f"source {self.source}" if self.source else unknown
        verified = f', verified certificate of "{self.common_name}"' if self.common_name else ""
        return f"version {self.version}, {source}{verified}"

    def encoded(self, address: str, port: int) -> bytes:
        """Return the header of a connection to an IP address and a port."""
        if self.version is ProxyVersion.V1:
            return self._line(address, port).encode("ascii")
        content, command, family = b"", LOCAL, b"\0"
        if self.source:
            source, destination = ip_address(self.source), ip_address(self._destination(address))
            command, family = PROXY, b"\x11" if isinstance(source, IPv4Address) else b"\x21"
            ports = SOURCE_PORT.to_bytes(2, "big") + port.to_bytes(2, "big")
            content = source.packed + destination.packed + ports + self._extensions
        return SIGNATURE + command + family + len(content).to_bytes(2, "big") + content

    def _line(self, address: str, port: int) -> str:
        if not self.source:
            return "PROXY UNKNOWN\r\n"
        family = "TCP6" if ":" in self.source else "TCP4"
        return f"PROXY {family} {self.source} {self._destination(address)} {SOURCE_PORT} {port}\r\n"

    def _destination(self, address: str) -> str:
        """Return the address, or the source where it has another family: both have one."""
        return address if (":" in address) is (":" in self.source) and address else self.source

    @property
    def _extensions(self) -> bytes:
        if not self.common_name:
            return b""
        certificate = b"".join(
            (
                _tlv(PP2_SUBTYPE_SSL_VERSION, b"TLSv1.3"),
                _tlv(PP2_SUBTYPE_SSL_CN, self.common_name.encode()),
                _tlv(PP2_SUBTYPE_SSL_CIPHER, b"TLS_AES_128_GCM_SHA256"),
            )
        )
        return _tlv(PP2_TYPE_SSL, SSL_WITH_CERTIFICATE + VERIFIED + certificate)


def _tlv(kind: int, value: bytes) -> bytes:
    return bytes((kind,)) + len(value).to_bytes(2, "big") + value
