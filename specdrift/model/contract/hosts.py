"""Hosts and ports in URLs and TLS."""

import ipaddress
from collections.abc import Mapping

from msgspec import Struct

PORTS: Mapping[str, int] = {"http": 80, "https": 443}
"""Default port of each scheme (RFC 9110 §4.2)."""

LABEL = 64
"""A label of a name is shorter than this, in characters (RFC 1035 §2.3.4)."""


class Resolve(Struct, frozen=True, kw_only=True):
    """An entry of ``--resolve HOST:PORT:ADDR``, as in curl."""

    host: str
    port: int
    address: str


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, which is never sent as SNI (RFC 6066 §3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def ascii_host(host: str) -> str:
    """Return a host as it is sent (RFC 9110 §7.2, RFC 6066 §3): international names as A-labels (UTS 46).

    Raises ValueError for an invalid name.
    """
    if not host.isascii():
        import idna  # its tables are large, and few hosts need them

        return idna.encode(host, uts46=True).decode("ascii")
    if not all(0 < len(label) < LABEL for label in host.removesuffix(".").split(".")):
        raise ValueError("a label of a name has 1 to 63 characters")
    return host
