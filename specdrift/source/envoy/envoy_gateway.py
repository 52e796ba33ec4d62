"""The Envoy adapter: from a static configuration to decisions about requests."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from specdrift.errors import UsageError
from specdrift.model.result.gateway import (
    GatewayClientAuth,
    GatewayEntry,
    Passage,
)
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.envoy import envoy_filters, envoy_manager, envoy_routes
from specdrift.source.envoy.envoy_choices import choices_of, hosts_of
from specdrift.source.envoy.envoy_decision import RequestDecision, Served
from specdrift.source.envoy.envoy_listeners import FilterChain, filter_chains
from specdrift.source.envoy.resources import Resources, resources_of
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import MOST_FILLED, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.raw_listeners import RawListener
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.gateway.sameness import VARIABLE
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.keys.same_object import SameObject
from specdrift.source.protocol import Gateway
from specdrift.source.usual_names import ENVOY_ENDINGS, ENVOY_NAMES

NAME = "envoy"
MOST_BYTES = 8 * 1024 * 1024
MOST_NAMES = 4_000
"""Domains of virtual hosts that are evaluated: each counts as often as a listener has it."""
UNMATCHED = "unmatched.invalid"
WRITTEN = ("static_resources", "envoy.admin.v3.ListenersConfigDump")
"""What a bootstrap file or a dump has."""


class EnvoyConfiguration(Struct, frozen=True, eq=False):
    """A configuration whose file was read."""

    served: tuple[Served, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    clusters: Mapping[str, frozenset[str]]
    filled: frozenset[str]
    """Headers that some route fills from the certificate."""
    by_entry: Mapping[SameObject[GatewayEntry], Served]
    """By the identity of the entry."""
    raw: Mapping[SameObject[GatewayEntry], RawListener]
    """Filter chains that forward connections, by the identity of the entry."""
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    """What clients can send, by the identity of the chain or of the virtual host, as far as it was asked for."""
    files: int = 1

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return (*(one.entry for one in self.served), *(one.entry for one in self.raw.values()))

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients can send so that conditions of routes and policies hold."""
        served = self.by_entry.get(SameObject(entry))
        if served is None:
            return ()
        key = SameObject(served.chain)
        if key not in self.chosen:
            found = choices_of((*served.chain.parts, *served.chain.connection_rules), self.clusters)
            takes = served.chain.takes
            self.chosen[key] = tuple(
                one for one in found if one.server_name is None or takes(one.server_name)
            )
        if SameObject(served) not in self.chosen:
            self.chosen[SameObject(served)] = (*self.chosen[key], *hosts_of(self.chosen[key], served))
        return self.chosen[SameObject(served)]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server hands on as others."""
        served = self.by_entry.get(SameObject(entry))
        if served is None:
            return ()
        found = envoy_routes.rewritten_of(
            served.hosts.find(served.host), lambda route: frozenset(_addresses(route, self.clusters))
        )
        return tuple(dict.fromkeys(found))

    def services(self, _: GatewayEntry, /) -> frozenset[str] | None:
        """Return that the addresses which requests may get to are not known."""
        return None

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some route fills from the certificate."""
        return self.filled

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Envoy does with a request."""
        raw = self.raw.get(SameObject(request.entry))
        if raw is not None:
            return raw.decide(request)
        served = self.by_entry[SameObject(request.entry)]
        try:
            return RequestDecision(self.clusters, served, request).decide()
        except Undetermined as error:
            return Decision(
                passage=Passage.UNKNOWN, at=error.at or served.chain.node.place, reason=error.what
            )


class Envoy(Struct, frozen=True):
    """Reads a bootstrap file in YAML or JSON, or what ``/config_dump`` returns."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file is a bootstrap or a dump, or a folder has one with a usual name."""
        file = _file(path)
        if file is None:
            return False
        content = file.read_text(encoding="utf-8", errors="replace")
        return any(one in content for one in WRITTEN)

    def read(self, path: Path) -> EnvoyConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        file = _file(path)
        if file is None:
            raise UsageError(f"{path}: no configuration of Envoy found")
        content = file.read_text(encoding="utf-8", errors="replace")
        return _configuration(YamlNode.of_file(str(file), content))


GATEWAY: Gateway = Envoy()


def _file(path: Path) -> Path | None:
    """Return the file to read; ``None`` if it is none of Envoy's, or too large."""
    usual = (path / f"{name}{ending}" for name in ENVOY_NAMES for ending in ENVOY_ENDINGS)
    candidates = list(usual) if path.is_dir() else [path]
    for one in candidates:
        if one.suffix in ENVOY_ENDINGS and one.is_file() and one.stat().st_size <= MOST_BYTES:
            return one
    return None


def _configuration(root: YamlNode) -> EnvoyConfiguration:
    resources = resources_of(root)
    unresolved = [*resources.unresolved]
    chains = [
        chain for listener in resources.listeners for chain in filter_chains(listener, resources, unresolved)
    ]
    requests = [one for one in chains if not one.forwards_connections]
    served = list(_served(requests, unresolved))
    clusters = dict(_clusters(resources))
    parts = {SameObject(node.value): node for one in requests for node in one.parts}
    services = frozenset(address for node in parts.values() for address in _addresses(node, clusters))
    raw = [one for chain in chains if chain.forwards_connections for one in _raw(chain, clusters, services)]
    filled = _filled({SameObject(one.chain): one.chain for one in served}.values())
    if len(filled) > MOST_FILLED:
        what = f"more than {MOST_FILLED} headers about the certificate"
        unresolved.append(UnresolvedExpression(resources.root.place, what, UnresolvedKind.SERVED))
    for config in {SameObject(one.routes.value): one.routes for one in requests}.values():
        for what, node in envoy_routes.unread_rewrites(config):
            unresolved.append(UnresolvedExpression(node.place, what, UnresolvedKind.ROUTE))
    return EnvoyConfiguration(
        served=tuple(served),
        unresolved=tuple(unresolved),
        clusters=clusters,
        raw={SameObject(one.entry): one for one in raw},
        filled=filled,
        by_entry={SameObject(one.entry): one for one in served},
    )


def _addresses(node: YamlNode, clusters: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield the addresses of the clusters that are named beneath a node."""
    for name, inner in node.entries():
        if name == "cluster":
            yield from clusters.get(inner.written, frozenset({inner.written}))
        if name == "cluster_header":
            yield from (address for every in clusters.values() for address in every)
        if name == "clusters":
            for one in inner.items():
                yield from clusters.get(one.get("name").written, frozenset())
        yield from _addresses(inner, clusters)
    for inner in node.items():
        yield from _addresses(inner, clusters)


def _raw(
    chain: FilterChain, clusters: Mapping[str, frozenset[str]], services: frozenset[str]
) -> Iterator[RawListener]:
    """Yield a chain that forwards connections to a service that gets requests too. Others are none of the API."""
    addresses = frozenset(_addresses(chain.manager, clusters))
    if not addresses & services:
        return
    try:
        auth = chain.client_auth
    except Undetermined:
        auth = GatewayClientAuth.NONE
    entry = GatewayEntry(
        address=chain.address,
        port=chain.port,
        kind=chain.kind,
        client_auth=auth,
        names=chain.names,
        default=not chain.names,
        location=chain.node.place,
    )
    yield RawListener(entry=entry, upstream=addresses, at=chain.manager.place)


def _filled(chains: Iterable[FilterChain]) -> frozenset[str]:
    """Return the headers that some route of these chains fills from the certificate."""
    found: set[str] = set()
    configs: dict[SameObject[object], YamlNode] = {}
    for one in chains:
        configs[SameObject(one.routes.value)] = one.routes
        if one.manager.get("forward_client_cert_details").written in ("SANITIZE_SET", "APPEND_FORWARD"):
            found.add(envoy_routes.XFCC)
    for config in configs.values():
        hosts = tuple(config.get("virtual_hosts").items())
        routes = tuple(route for host in hosts for route in host.get("routes").items())
        added = envoy_routes.header_changes((config, *hosts, *routes))
        found |= {header.name.lower() for header in added if header.from_certificate}
    return frozenset(found)


def _clusters(resources: Resources) -> Iterator[tuple[str, frozenset[str]]]:
    for cluster in resources.clusters:
        addresses = frozenset(
            f"{socket.get('address').written}:{socket.get('port_value').written}"
            for group in cluster.get("load_assignment", "endpoints").items()
            for one in group.get("lb_endpoints").items()
            for socket in [one.get("endpoint", "address", "socket_address")]
        )
        name = cluster.get("name").written
        by_header = cluster.get("original_dst_lb_config", "use_http_header").flag
        yield name, addresses or frozenset({VARIABLE if by_header else name})


def _served(chains: Iterable[FilterChain], unresolved: list[UnresolvedExpression]) -> Iterator[Served]:
    hosts: dict[SameObject[object], envoy_routes.VirtualHosts] = {}
    names = 0
    for chain in chains:
        auth = _client_auth(chain, unresolved)
        for virtual in _virtual_hosts(chain, unresolved):
            domains = envoy_routes.domains_of(virtual)
            names += max(1, len(domains))
            if names > MOST_NAMES:
                what = f"more than {MOST_NAMES:,} names of virtual hosts"
                unresolved.append(UnresolvedExpression(virtual.place, what, UnresolvedKind.SERVED))
                return
            host = next(filter(None, (_concrete(domain, chain.names) for domain in domains)), "")
            if not host:
                what = "a virtual host without a domain that a client can name"
                unresolved.append(UnresolvedExpression(virtual.place, what, UnresolvedKind.SERVED))
                continue
            key = SameObject(chain.routes.value)
            if key not in hosts:
                hosts[key] = envoy_routes.VirtualHosts.of(chain.routes)
            yield Served(_entry(chain, virtual, domains, auth), chain, host, hosts[key])


def _virtual_hosts(chain: FilterChain, unresolved: list[UnresolvedExpression]) -> Iterator[YamlNode]:
    """Yield the virtual hosts of a chain; what is not understood is added to ``unresolved``."""
    for one in envoy_filters.unknown_filters(chain.manager):
        what = f"the filter {one.get('name').written} is not evaluated"
        unresolved.append(UnresolvedExpression(one.place, what, UnresolvedKind.ROUTE))
    changing = envoy_manager.not_understood(chain.manager)
    if changing is not None:
        what = f"{changing[0]} of the connection manager is not evaluated"
        unresolved.append(UnresolvedExpression(changing[1].place, what, UnresolvedKind.ROUTE))
    config = chain.routes
    if not config.value:
        what, place = "routes that are fetched", chain.manager.place
        unresolved.append(UnresolvedExpression(place, what, UnresolvedKind.SERVED))
    if config.has("vhds"):
        what = "virtual hosts that are fetched"
        unresolved.append(UnresolvedExpression(config.get("vhds").place, what, UnresolvedKind.SERVED))
    yield from config.get("virtual_hosts").items()


def _client_auth(chain: FilterChain, unresolved: list[UnresolvedExpression]) -> GatewayClientAuth:
    try:
        return chain.client_auth
    except Undetermined as error:
        place = error.at or chain.node.place
        unresolved.append(UnresolvedExpression(place, f"{error.what} is not evaluated", UnresolvedKind.ROUTE))
        return GatewayClientAuth.OPTIONAL


def _entry(
    chain: FilterChain, virtual: YamlNode, domains: tuple[str, ...], auth: GatewayClientAuth
) -> GatewayEntry:
    return GatewayEntry(
        address=chain.address,
        port=chain.port,
        kind=chain.kind,
        quic=chain.quic,
        client_auth=auth,
        names=tuple(name for name in domains if name != "*") or chain.names,
        default="*" in domains,
        location=virtual.place,
    )


def _concrete(domain: str, names: tuple[str, ...]) -> str:
    """Return a host name of a domain that the filter chain serves."""
    if domain == "*":
        return names[0].replace("*", "www") if names else UNMATCHED
    if domain.startswith("*"):
        return f"www{domain[1:]}" if domain[1:2] in (".", "-") else f"www.{domain[1:]}"
    return f"{domain[:-1]}example" if domain.endswith("*") else domain
