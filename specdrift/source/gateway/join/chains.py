"""Which gateways stand behind others: these are joined, and only what clients reach by themselves is a way in."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.gateway import GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.gateway.join.chained_gateway import ChainedGateway, InnerServer
from specdrift.source.gateway.join.own_servers import with_own_servers
from specdrift.source.gateway.views import DecidedOperation, DecidedRoute, ReadGateway
from specdrift.source.keys.same_object import SameObject

ANY_ADDRESS = "*"
DecidedOperations = Mapping[OperationKey, DecidedOperation]


def chained(gateways: Sequence[ReadGateway], decided: Sequence[DecidedOperations]) -> tuple[ReadGateway, ...]:
    """Return the gateways, outermost first, as clients reach them: each with those behind it.

    ``decided``: the operations at each by itself. A gateway is returned unchanged if it has to do with no other one.
    """
    forwarded = [_Forwarded.of(each) for each in decided]
    pairs = zip(gateways, forwarded, strict=True)
    return _Chains([with_own_servers(one, each.addresses) for one, each in pairs], forwarded).joined()


class _Forwarded(Struct, frozen=True):
    """What a gateway does with the operations of the document."""

    addresses: frozenset[str]
    """Services that it hands some of them to."""

    @classmethod
    def of(cls, operations: DecidedOperations) -> "_Forwarded":
        routes = (route for one in operations.values() for route in one.routes)
        return cls(frozenset(address for route in routes for address in _addresses(route)))


def _addresses(route: DecidedRoute) -> Iterator[str]:
    for decision in route.decisions.values():
        for one in (decision, *decision.copies):
            if one.passage in (Passage.FORWARDED, Passage.UNKNOWN):
                yield from one.upstream


class _Chains(Struct):
    gateways: Sequence[ReadGateway]
    forwarded: Sequence[_Forwarded]
    inner: dict[int, set[SameObject[GatewayEntry]]] = field(default_factory=lambda: defaultdict(set))
    """The identities of the servers of each gateway that one in front hands requests to."""
    wide: dict[SameObject[GatewayEntry], str] = field(default_factory=dict)
    """The address by which one in front names such a server that listens on all of its machine, by identity."""

    def joined(self) -> tuple[ReadGateway, ...]:
        count = len(self.gateways)
        behind = [dict(self._behind(number)) for number in range(count)]
        for each in behind:
            for address, number, entry in ((at, *pair) for at, pairs in each.items() for pair in pairs):
                self.inner[number].add(SameObject(entry))
                if entry.address == ANY_ADDRESS and _is_numeric(address):
                    self.wide[SameObject(entry)] = address
        groups = self._groups(behind)
        made: dict[int, ReadGateway] = {}
        for number in reversed(range(count)):
            own = self.gateways[number]
            if not behind[number] and number not in self.inner:
                made[number] = own
                continue
            servers = {
                address: tuple(InnerServer(made[other].configuration, entry) for other, entry in pairs)
                for address, pairs in behind[number].items()
            }
            chain = ChainedGateway(
                outer=own.configuration, own=self._ways_in(number), behind=servers, wide=self.wide
            )
            made[number] = replace(own, configuration=chain, group=groups[number])
        return tuple(made[number] for number in range(count))

    def _behind(self, number: int) -> Iterator[tuple[str, list[tuple[int, GatewayEntry]]]]:
        """Yield the addresses that a gateway hands requests to, with the servers of later ones that listen there."""
        for address in sorted(self.forwarded[number].addresses):
            found = [
                (other, entry)
                for other in range(number + 1, len(self.gateways))
                # Two that forward to one address stand side by side.
                if address not in self.forwarded[other].addresses
                for entry in self.gateways[other].configuration.entries
                if _listens(entry, address)
            ]
            if found:
                yield address, found

    def _ways_in(self, number: int) -> tuple[GatewayEntry, ...]:
        """Return the servers of a gateway that clients reach by themselves, or may.

        What only the machine of a gateway behind another one reaches is none.
        """
        inner = self.inner.get(number, set())
        entries = self.gateways[number].configuration.entries
        own = inner - self.wide.keys()
        return tuple(one for one in entries if SameObject(one) not in own and not (inner and one.loopback))

    def _groups(self, behind: Sequence[Mapping[str, list[tuple[int, GatewayEntry]]]]) -> list[str]:
        """Return the name of the outermost gateway that each of them stands behind, or of itself."""
        groups = [one.name for one in self.gateways]
        for number, each in enumerate(behind):
            for other, _ in (pair for pairs in each.values() for pair in pairs):
                groups = [groups[number] if one == groups[other] else one for one in groups]
        return groups


def _is_numeric(address: str) -> bool:
    """Return whether an address names one of a machine: a name may be that of the machine alone."""
    try:
        ip_address(address.rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return True


def _listens(entry: GatewayEntry, address: str) -> bool:
    """Return whether a server may listen on an address. A name may be any."""
    host, _, port = address.rpartition(":")
    if entry.kind is ListenerKind.LOCAL or port != str(entry.port):
        return False
    if entry.address == ANY_ADDRESS:
        return True
    try:
        return ip_address(host.strip("[]")) == ip_address(entry.address.strip("[]"))
    except ValueError:
        return True
