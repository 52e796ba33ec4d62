"""Which gateways clients reach themselves, and which one stands behind another."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from specdrift.model.result.gateway import GatewayEntry
from specdrift.source.gateway.views import DecidedRoute


@dataclass(frozen=True, slots=True)
class WaysIn:
    """The servers that serve one operation, in the order of their gateways: what is in front comes first."""

    serving: Sequence[DecidedRoute]
    order: Mapping[str, int]
    """The place of each gateway."""
    by_port: Mapping[str, Sequence[DecidedRoute]]
    """The servers that may stand behind another one. Empty if there is one gateway."""

    @classmethod
    def of(cls, serving: Sequence[DecidedRoute]) -> "WaysIn":
        order = {
            name: number for number, name in enumerate(dict.fromkeys(one.gateway.name for one in serving))
        }
        by_port: dict[str, list[DecidedRoute]] = defaultdict(list)
        for one in serving if len(order) > 1 else ():
            by_port[str(one.route.entry.port)].append(one)
        return cls(serving, order, by_port)

    def outer(self) -> tuple[DecidedRoute, ...]:
        """Return the servers of the gateways that stand behind no other one. Clients reach each of them."""
        inner = {other.gateway.name for one in self.serving for other in self.behind(one)}
        return tuple(one for one in self.serving if one.gateway.name not in inner)

    def behind(self, one: DecidedRoute) -> tuple[DecidedRoute, ...]:
        """Return the servers of later gateways that get what this one forwards."""
        return tuple(self._behind(one))

    def _behind(self, one: DecidedRoute) -> Iterator[DecidedRoute]:
        upstream = one.valid.upstream
        for address in upstream:
            host, _, port = address.rpartition(":")
            for other in self.by_port.get(port, ()):
                later = self.order[other.gateway.name] > self.order[one.gateway.name]
                # Two that forward to one address stand side by side.
                if later and not upstream & other.valid.upstream and _listens(other.route.entry, host):
                    yield other

    def is_guarded(self, one: DecidedRoute) -> bool:
        """Return whether this server, or each one behind it, refuses clients without a valid certificate."""
        following = self.behind(one)
        return one.guarded or (bool(following) and all(map(self.is_guarded, following)))


def _listens(entry: GatewayEntry, host: str) -> bool:
    """Return whether an entry may listen on an address. A name may be any address."""
    if entry.address == "*":
        return True
    try:
        return ip_address(host.strip("[]")) == ip_address(entry.address.strip("[]"))
    except ValueError:
        return True
