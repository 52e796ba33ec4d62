"""Ways to the pods of a service from outside of the cluster that no gateway and no sidecar stands in."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.policies.other_routes import ServedServices
from specdrift.source.kubernetes.services import ServicePort, Services, exposed, selector_of

OUTSIDE = "may be reached from outside of the cluster, past the gateways"
MOST_PAIRS = 100_000
"""Maximum number of ports of services that are compared."""


class PastGateways(Struct, frozen=True):
    """Looks for them beside what routes serve."""

    services: Services
    served: ServedServices
    gateways: tuple[KubernetesObject, ...]
    """Of Istio: they select pods of their own, which services expose."""

    def found(self) -> Iterator[UnresolvedExpression]:
        """Yield each of them once."""
        behind = tuple(self._ports(self.served.hosts))
        every = tuple(one for one in self._ports(self.services.ports) if exposed(one.service))
        ways = tuple(one for one in every if one.host not in self.served.judged)
        if len(behind) * len(ways) > MOST_PAIRS:
            yield _way(ways[0], f"more than {MOST_PAIRS:,} ways past the gateways")
            return
        own = [one.service for one in ways if one.host in self.served.hosts or self._leads(one, behind)]
        nodes = (one for one in behind if one.is_on_nodes and one.host not in self.served.judged)
        for service in dict.fromkeys(own):
            yield UnresolvedExpression(service.place, f"{service} {OUTSIDE}", UnresolvedKind.SERVED)
        for port in {one.host: one for one in nodes}.values():
            yield _way(port, f"{port.service} has pods that may be reached at their nodes, past the gateways")

    def _ports(self, hosts: Iterable[str]) -> Iterator[ServicePort]:
        for host in hosts:
            yield from self.services.ports.get(host, ())

    def _leads(self, way: ServicePort, behind: tuple[ServicePort, ...]) -> bool:
        return not self._is_of_gateway(way) and any(map(way.may_share, behind))

    def _is_of_gateway(self, way: ServicePort) -> bool:
        own = selector_of(way.service).items()
        selectors = (
            {name: node.written for name, node in one.spec.get("selector").entries()} for one in self.gateways
        )
        return any(wanted and wanted.items() <= own for wanted in selectors)


def _way(port: ServicePort, what: str) -> UnresolvedExpression:
    return UnresolvedExpression(port.service.place, what, UnresolvedKind.SERVED)
