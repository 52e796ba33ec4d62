"""The Envoy adapter: from a static configuration to decisions about requests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from specdrift.errors import UsageError
from specdrift.loader.parse import yaml_reader
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.model.result.gateway import (
    ForwardedHeader,
    GatewayCaller,
    GatewayClientAuth,
    GatewayEntry,
    Passage,
)
from specdrift.model.result.source import ListenerKind, UnresolvedExpression, UnresolvedKind
from specdrift.source.envoy import envoy_filters, envoy_routes
from specdrift.source.envoy.envoy_listeners import FilterChain, filter_chains
from specdrift.source.envoy.paths import PathRedirected, PathRejected, PathRules, SlashAction, normalized
from specdrift.source.envoy.rbac import RbacRequest
from specdrift.source.envoy.yaml_nodes import YamlNode, YamlText
from specdrift.source.gateway.exchange import Decision, GatewayRequest, Undetermined
from specdrift.source.protocol import Gateway

NAME = "envoy"
MOST_BYTES = 8 * 1024 * 1024
ENDINGS = (".yaml", ".yml", ".json")
UNMATCHED = "unmatched.invalid"
FETCHED = ("lds_config", "cds_config", "ads_config")


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A virtual host of a filter chain."""

    entry: GatewayEntry
    chain: FilterChain
    host: str
    """A name that selects it."""


@dataclass(frozen=True, slots=True, eq=False)
class EnvoyConfiguration:
    """A configuration whose file was read."""

    served: tuple[Served, ...]
    unresolved: tuple[UnresolvedExpression, ...]
    clusters: Mapping[str, frozenset[str]]
    files: int = 1

    @property
    def entries(self) -> tuple[GatewayEntry, ...]:
        return tuple(one.entry for one in self.served)

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some route fills from the certificate."""
        found: set[str] = set()
        for one in self.served:
            if one.chain.manager.get("forward_client_cert_details").written in (
                "SANITIZE_SET",
                "APPEND_FORWARD",
            ):
                found.add(envoy_routes.XFCC)
            config = one.chain.manager.get("route_config")
            hosts = tuple(config.get("virtual_hosts").items())
            routes = tuple(route for host in hosts for route in host.get("routes").items())
            added = envoy_routes.header_changes((config, *hosts, *routes))
            found |= {header.name.lower() for header in added if header.from_certificate}
        return frozenset(found)

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what Envoy does with a request."""
        served = next(one for one in self.served if one.entry is request.entry)
        try:
            return _Decider(self, served, request).decide()
        except Undetermined as error:
            return Decision(
                passage=Passage.UNKNOWN, at=error.at or served.chain.node.place, reason=error.what
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Decider:
    configuration: EnvoyConfiguration
    served: Served
    request: GatewayRequest

    @property
    def chain(self) -> FilterChain:
        return self.served.chain

    def decide(self) -> Decision:
        """Decide: handshake, path, virtual host, route, filters, action. Raises Undetermined."""
        chain, manager = self.chain, self.chain.manager
        if chain.kind is ListenerKind.TLS and chain.refuses(self.request.caller):
            at = chain.tls.get("require_client_certificate").place
            if self.request.caller is GatewayCaller.UNTRUSTED:
                at = chain.validation.place
            return Decision(passage=Passage.REFUSED_IN_TLS, at=at)
        if not self.request.target.startswith("/"):
            return Decision(passage=Passage.REFUSED, status=400, at=manager.place)
        try:
            path = normalized(self.request.target, _path_rules(manager))
        except PathRejected:
            return Decision(
                passage=Passage.REFUSED, status=400, at=manager.get("path_with_escaped_slashes_action").place
            )
        except PathRedirected:
            return Decision(
                passage=Passage.REDIRECTED,
                status=307,
                at=manager.get("path_with_escaped_slashes_action").place,
            )
        return self._routed(path)

    @property
    def _caller(self) -> GatewayCaller:
        """The caller as the connection shows it."""
        requested = self.chain.client_auth is not GatewayClientAuth.NONE
        return self.request.caller if requested else GatewayCaller.ANONYMOUS

    def _routed(self, path: str) -> Decision:
        manager = self.chain.manager
        config = manager.get("route_config")
        if not config.value:
            raise Undetermined("routes that are fetched", manager.place)
        host = self.request.host.partition(":")[0].lower() or self.served.host
        virtual = envoy_routes.virtual_host(config, host)
        if virtual is None:
            return Decision(passage=Passage.REFUSED, status=404, at=config.place)
        certificate = self._caller is not GatewayCaller.ANONYMOUS
        sent = envoy_routes.forwarded_certificate(manager, self.request.headers, certificate=certificate)
        pseudo = {":method": self.request.method, ":path": path, ":authority": host}
        route = envoy_routes.route_of(
            virtual,
            envoy_routes.RouteRequest(
                caller=self._caller,
                validated=self._caller is GatewayCaller.VALID,
                path=path,
                headers={**sent, **pseudo},
            ),
        )
        levels = (*((route,) if route else ()), virtual, config)
        if (
            virtual.get("require_tls").written in ("ALL", "EXTERNAL_ONLY")
            and self.chain.kind is not ListenerKind.TLS
        ):
            return Decision(passage=Passage.REDIRECTED, status=301, at=virtual.get("require_tls").place)
        denied = envoy_filters.is_denied(
            manager,
            levels,
            RbacRequest(
                caller=self._caller,
                tls=self.chain.kind is ListenerKind.TLS,
                path=path,
                host=host,
                port=self.chain.port,
                headers={**sent, **pseudo},
            ),
        )
        return self._after_filters(route, levels, path, sent, denied)

    def _after_filters(
        self,
        route: YamlNode | None,
        levels: tuple[YamlNode, ...],
        path: str,
        sent: Mapping[str, str],
        denied: YamlNode | None,
    ) -> Decision:
        place = route.place if route else None
        if denied is not None:
            return Decision(passage=Passage.REFUSED, status=403, at=denied.place, route=place)
        if route is None:
            return Decision(passage=Passage.REFUSED, status=404, at=levels[0].place)
        decision = replace(self._acted(route, path), route=place)
        if decision.passage is not Passage.FORWARDED:
            return decision
        return replace(
            decision,
            headers=tuple(self._headers(levels)),
            sent=envoy_routes.changed_headers(
                sent, levels, certificate=self._caller is not GatewayCaller.ANONYMOUS
            ),
        )

    def _headers(self, levels: tuple[YamlNode, ...]) -> Iterator[ForwardedHeader]:
        mode = self.chain.manager.get("forward_client_cert_details")
        if mode.written in ("SANITIZE_SET", "APPEND_FORWARD"):
            yield ForwardedHeader(
                name=envoy_routes.XFCC, value=mode.written, from_certificate=True, location=mode.place
            )
        yield from envoy_routes.header_changes(levels)

    def _acted(self, route: YamlNode, path: str) -> Decision:
        """Return what the action of a route does. Raises Undetermined."""
        if route.has("direct_response"):
            status = route.get("direct_response", "status").number
            passage = Passage.REFUSED if status >= 400 else Passage.ANSWERED
            if 300 <= status < 400:
                passage = Passage.REDIRECTED
            return Decision(passage=passage, status=status, at=route.get("direct_response").place)
        if route.has("redirect"):
            return Decision(passage=Passage.REDIRECTED, status=301, at=route.get("redirect").place)
        action = route.get("route")
        if not action.has("cluster"):
            raise Undetermined("the cluster of a route", route.place)
        cluster = action.get("cluster").written
        return Decision(
            passage=Passage.FORWARDED,
            at=action.place,
            upstream=self.configuration.clusters.get(cluster, frozenset({cluster})),
            path=_rewritten(action, route.get("match"), path),
        )


def _rewritten(action: YamlNode, match: YamlNode, path: str) -> str:
    if action.has("regex_rewrite") or action.has("path_rewrite_policy"):
        return ""
    new = action.get("prefix_rewrite")
    if not new.value:
        return path
    for kind in ("prefix", "path", "path_separated_prefix"):
        if match.has(kind):
            return new.written + path[len(match.get(kind).written) :]
    return ""


def _path_rules(manager: YamlNode) -> PathRules:
    written = manager.get("path_with_escaped_slashes_action")
    try:
        action = SlashAction(written.written or SlashAction.KEEP.value)
    except ValueError:
        action = SlashAction.KEEP
    return PathRules(
        normalize=bool(manager.get("normalize_path").flag),
        merge_slashes=bool(manager.get("merge_slashes").flag),
        escaped_slashes=action,
    )


@dataclass(frozen=True, slots=True)
class Envoy:
    """Reads a bootstrap file in YAML or JSON."""

    name: str = NAME

    def recognises(self, path: Path) -> bool:
        """Return whether a file is a bootstrap with static resources, or a folder has one named ``envoy``."""
        file = _file(path)
        return file is not None and "static_resources" in file.read_text(encoding="utf-8", errors="replace")

    def read(self, path: Path) -> EnvoyConfiguration:
        """Read a configuration. Raises UsageError for a file that cannot be read."""
        file = _file(path)
        if file is None:
            raise UsageError(f"{path}: no configuration of Envoy found")
        content = file.read_text(encoding="utf-8", errors="replace")
        text = YamlText.of(str(file), content)
        try:
            tree = yaml_reader.read(content)
        except Unreadable as error:
            raise UsageError(f"{file}: {error}") from None
        return _configuration(YamlNode(tree.root, text, text.place(0, 0)))


GATEWAY: Gateway = Envoy()


def _file(path: Path) -> Path | None:
    """Return the file to read; ``None`` if it is none of Envoy's, or too large."""
    candidates = [path / f"envoy{ending}" for ending in ENDINGS] if path.is_dir() else [path]
    for one in candidates:
        if one.suffix in ENDINGS and one.is_file() and one.stat().st_size <= MOST_BYTES:
            return one
    return None


def _configuration(root: YamlNode) -> EnvoyConfiguration:
    static = root.get("static_resources")
    unresolved: list[UnresolvedExpression] = []
    dynamic = root.get("dynamic_resources")
    for name in FETCHED:
        if dynamic.has(name):
            what = f"resources that are fetched ({name})"
            unresolved.append(UnresolvedExpression(dynamic.get(name).place, what, UnresolvedKind.SERVED))
    served = [
        one
        for listener in static.get("listeners").items()
        for chain in filter_chains(listener, unresolved)
        for one in _served(chain, unresolved)
    ]
    return EnvoyConfiguration(tuple(served), tuple(unresolved), dict(_clusters(static)))


def _clusters(static: YamlNode) -> Iterator[tuple[str, frozenset[str]]]:
    for cluster in static.get("clusters").items():
        addresses = frozenset(
            f"{socket.get('address').written}:{socket.get('port_value').written}"
            for group in cluster.get("load_assignment", "endpoints").items()
            for one in group.get("lb_endpoints").items()
            for socket in [one.get("endpoint", "address", "socket_address")]
        )
        name = cluster.get("name").written
        yield name, addresses or frozenset({name})


def _served(chain: FilterChain, unresolved: list[UnresolvedExpression]) -> Iterator[Served]:
    config = chain.manager.get("route_config")
    for one in envoy_filters.unknown_filters(chain.manager):
        what = f"the filter {one.get('name').written} is not evaluated"
        unresolved.append(UnresolvedExpression(one.place, what, UnresolvedKind.ROUTE))
    if not config.value:
        unresolved.append(
            UnresolvedExpression(chain.manager.place, "routes that are fetched", UnresolvedKind.SERVED)
        )
        return
    try:
        auth = chain.client_auth
    except Undetermined as error:
        place = error.at or chain.node.place
        unresolved.append(UnresolvedExpression(place, f"{error.what} is not evaluated", UnresolvedKind.ROUTE))
        auth = GatewayClientAuth.OPTIONAL
    for virtual in config.get("virtual_hosts").items():
        domains = tuple(domain.written.lower() for domain in virtual.get("domains").items())
        host = next(filter(None, (_concrete(domain, chain.names) for domain in domains)), "")
        if not host:
            continue
        entry = GatewayEntry(
            address=chain.address,
            port=chain.port,
            kind=chain.kind,
            quic=chain.quic,
            client_auth=auth,
            names=tuple(name for name in domains if name != "*") or chain.names,
            default="*" in domains,
            location=virtual.place,
        )
        yield Served(entry, chain, host)


def _concrete(domain: str, names: tuple[str, ...]) -> str:
    """Return a host name of a domain that the filter chain serves."""
    if domain == "*":
        return names[0].replace("*", "www") if names else UNMATCHED
    if domain.startswith("*"):
        return f"www{domain[1:]}" if domain[1:2] in (".", "-") else f"www.{domain[1:]}"
    return f"{domain[:-1]}example" if domain.endswith("*") else domain.partition(":")[0]
