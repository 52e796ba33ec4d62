"""Hosts and ports, as URLs and TLS have them."""

import ipaddress
from collections.abc import Mapping

PORTS: Mapping[str, int] = {"http": 80, "https": 443}
"""What a URL without a port means (RFC 9110 §4.2), by the schemes that can be asked."""

LABEL = 64
"""Characters that a label of a name stays below (RFC 1035 §2.3.4)."""


def is_address(host: str) -> bool:
    """Whether a host is an IP address, which is never an SNI (RFC 6066 §3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def ascii_host(host: str) -> str:
    """A host as it goes onto the wire (RFC 9110 §7.2, RFC 6066 §3): international names in A-labels, mapped as
    browsers do (UTS 46). Raises ValueError for what no resolver and no certificate can have.
    """
    if not host.isascii():
        import idna  # its tables are large, and few hosts need them

        return idna.encode(host, uts46=True).decode("ascii")
    if not all(0 < len(label) < LABEL for label in host.removesuffix(".").split(".")):
        raise ValueError("a label of a name has 1 to 63 characters")
    return host
