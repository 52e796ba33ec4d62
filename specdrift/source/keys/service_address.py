"""The address of a service behind a gateway, in the one form by which addresses are compared."""

import socket
from ipaddress import IPv6Address, ip_address

THIS_MACHINE = "127.0.0.1"
"""What every name and address of the loopback service is compared as."""
LOOPBACK = frozenset({"localhost", "::1", "ip6-localhost", "ip6-loopback", "localhost.localdomain"})
CLUSTER = (".svc.cluster.local", ".svc")
"""Endings that the resolver of a Kubernetes cluster adds to names by itself."""
RUN, OLD_RUN = "/run/", "/var/run/"
"""One folder under two names (Filesystem Hierarchy Standard 3.0, §5.13)."""


def comparable_address(address: str) -> str:
    """Return ``host:port``, or ``unix:PATH``, in lower case and with one spelling of the host.

    Names are compared without case and without the dot of the root (RFC 4343, RFC 1034 §3.1). What is no address,
    such as a text with a variable, keeps its letters.
    """
    if address.startswith("unix:"):
        path = address.removeprefix("unix:").rstrip(":")
        return f"unix:{RUN}{path.removeprefix(OLD_RUN)}" if path.startswith(OLD_RUN) else f"unix:{path}"
    host, colon, port = address.rpartition(":")
    if "$" in host or not colon:
        return address
    return f"{_host(host)}{colon}{port}"


def _host(written: str) -> str:
    name = written.strip("[]").lower().removesuffix(".")
    if name in LOOPBACK:
        return THIS_MACHINE
    found = _of_ip(name)
    if found:
        return found
    ending = next((one for one in CLUSTER if name.endswith(one)), "")
    return name.removesuffix(ending)


def _of_ip(name: str) -> str:
    """Return an IP address in its usual form: ``127.1`` and ``0x7f.1`` are 127.0.0.1 for most resolvers."""
    try:
        address = ip_address(name)
    except ValueError:
        try:
            return socket.inet_ntoa(socket.inet_aton(name))
        except OSError:
            return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return f"[{address}]" if isinstance(address, IPv6Address) and mapped is None else str(mapped or address)
