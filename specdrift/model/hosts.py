"""Hosts and ports, as URLs and TLS have them."""

import ipaddress
from collections.abc import Mapping

PORTS: Mapping[str, int] = {"http": 80, "https": 443}
"""What a URL without a port means (RFC 9110 §4.2), by the schemes that can be asked."""


def is_address(host: str) -> bool:
    """Whether a host is an IP address, which is never an SNI (RFC 6066 §3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
