"""A gateway that hands requests to servers of its own: what becomes of them there is what counts."""

from collections.abc import Iterable
from ipaddress import ip_address

from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayEntry
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.join.chained_gateway import ChainedGateway, InnerServer
from specdrift.source.gateway.views import ReadGateway
from specdrift.source.keys.same_object import SameObject

DEEPEST = 3
"""Maximum number of its servers that a request passes beside the first; what the last of them hands on counts."""
ANY_ADDRESS = "*"
THIS_MACHINE = "127.0.0.1"
"""The name that addresses of services have for it."""


def with_own_servers(gateway: ReadGateway, addresses: Iterable[str]) -> ReadGateway:
    """Return a gateway with its own servers behind it. ``addresses``: those that it hands requests to.

    A server that only its machine reaches is no way in then.
    """
    plain = gateway.configuration
    found = {
        address: entries
        for address in sorted(addresses)
        if (entries := [one for one in plain.entries if _is_at(one, address)])
    }
    if not found:
        return gateway
    inner = {SameObject(one) for entries in found.values() for one in entries if one.loopback}
    ways_in = tuple(one for one in plain.entries if SameObject(one) not in inner)
    configuration = plain
    for number in range(DEEPEST):
        configuration = ChainedGateway(
            outer=plain,
            own=ways_in if number == DEEPEST - 1 else plain.entries,
            behind={
                address: tuple(InnerServer(configuration, one) for one in entries)
                for address, entries in found.items()
            },
            wide={},
        )
    return replace(gateway, configuration=configuration)


def _is_at(entry: GatewayEntry, address: str) -> bool:
    """Return whether it is certain that a server listens on an address."""
    host, _, port = address.rpartition(":")
    if entry.kind is ListenerKind.LOCAL or port != str(entry.port):
        return False
    if entry.address == ANY_ADDRESS:
        return host == THIS_MACHINE
    try:
        return ip_address(host.strip("[]")) == ip_address(entry.address.strip("[]"))
    except ValueError:
        return False
