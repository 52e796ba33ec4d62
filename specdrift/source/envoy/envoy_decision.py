"""Decides one request as Envoy does: handshake, path, virtual host, route, filters, action."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import (
    ForwardedHeader,
    GatewayCaller,
    GatewayClientAuth,
    GatewayEntry,
    Passage,
)
from specdrift.model.result.source import ListenerKind
from specdrift.source.envoy import (
    envoy_filters,
    envoy_manager,
    envoy_routes,
    mirrors,
    request_origin,
    upgrades,
)
from specdrift.source.envoy.envoy_listeners import FilterChain
from specdrift.source.envoy.paths import PathRedirected, PathRejected, PathRules, SlashAction, normalized
from specdrift.source.envoy.rbac import RbacRequest
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.truth import certain
from specdrift.source.gateway.yaml_nodes import YamlNode

TLS_FOR = {"ALL": True, "EXTERNAL_ONLY": False}
"""Values of ``require_tls``: whether requests from within are sent away too."""
NO_CLUSTER = {"NOT_FOUND": 404, "INTERNAL_SERVER_ERROR": 500}
"""Statuses for a request whose header names no cluster."""


class Served(Struct, frozen=True, eq=False):
    """A virtual host of a filter chain."""

    entry: GatewayEntry
    chain: FilterChain
    host: str
    """A name that selects it."""
    hosts: envoy_routes.VirtualHosts
    """All of the chain."""


class RequestDecision(Struct, frozen=True, eq=False):
    """One request to one virtual host."""

    clusters: Mapping[str, frozenset[str]]
    """Addresses of each."""
    served: Served
    request: GatewayRequest

    @property
    def chain(self) -> FilterChain:
        return self.served.chain

    def decide(self) -> Decision:
        """Decide: handshake, path, virtual host, route, filters, action. Raises Undetermined."""
        chain, manager = self.chain, self.chain.manager
        if chain.kind is ListenerKind.TLS and chain.refuses(self.request.caller, self.request.presented):
            at = chain.tls.get("require_client_certificate").place
            if self.request.caller is GatewayCaller.UNTRUSTED:
                at = chain.validation.place
            return Decision(passage=Passage.REFUSED_IN_TLS, at=at)
        closing = envoy_filters.connection_denied(chain.node, self._rbac(self.request.target, {}))
        if closing is not None:
            return Decision(passage=Passage.REFUSED_IN_TLS, at=closing.place)
        early = self._refused_early()
        if early is not None:
            return early
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

    def _refused_early(self) -> Decision | None:
        """Return the refusal of a request line."""
        manager, status = self.chain.manager, None
        if not self.request.target.startswith("/"):
            status = 400
        elif request_origin.refuses_scheme(manager, self.request.scheme, tls=self._has_tls):
            status = 403
        return Decision(passage=Passage.REFUSED, status=status, at=manager.place) if status else None

    @property
    def _caller(self) -> GatewayCaller:
        """The caller as the connection shows it."""
        requested = self.chain.client_auth is not GatewayClientAuth.NONE
        return self.request.caller if requested else GatewayCaller.ANONYMOUS

    def _routed(self, path: str) -> Decision:
        manager = self.chain.manager
        config = self.chain.routes
        if not config.value:
            raise Undetermined("routes that are fetched", manager.place)
        host = envoy_manager.host_of(manager, self.request.host or self.served.host)
        virtual = self.served.hosts.find(_matched_host(config, host))
        certificate = self._caller is not GatewayCaller.ANONYMOUS
        own = envoy_routes.forwarded_certificate(manager, self.request.headers, certificate=certificate)
        sent = request_origin.noted(manager, own, self.request.scheme, tls=self._has_tls)
        pseudo = {":method": self.request.method, ":path": path, ":authority": host}
        if virtual is None:
            return self._without_host(self._rbac(path, {**sent, **pseudo}, host))
        _understood(virtual, manager)
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
        rbac = self._rbac(path, {**sent, **pseudo}, host)
        redirected = self._redirects_to_tls(virtual, sent)
        # What redirects to TLS takes the place of the route, if there is one.
        taken = None if redirected else route
        if (redirected or route) and not upgrades.is_accepted(manager, taken, sent):
            return Decision(passage=Passage.REFUSED, status=403, at=manager.place)
        filters = upgrades.filters_of(manager, taken, sent)
        if redirected and envoy_filters.is_denied(filters, (), rbac) is None:
            return Decision(passage=Passage.REDIRECTED, status=301, at=virtual.get("require_tls").place)
        # Without a route, only the filters' own configurations count. Of weighted clusters, each may have filters
        # of its own: one that admits suffices.
        changing_levels = levels if route and not redirected else ()
        try:
            denials = [
                envoy_filters.is_denied(filters, (*((each,) if each else ()), *changing_levels), rbac)
                for each in self._variants(route)
            ]
        except Undetermined as error:
            admitted = self._after_filters(route, levels, path, sent, None)
            changed = any(True for _ in envoy_filters.unknown_filters(manager))
            return _unless_denied(error, admitted, changed=changed)
        denied = None if None in denials else denials[0]
        return self._after_filters(route, levels, path, sent, denied)

    def _redirects_to_tls(self, virtual: YamlNode, sent: Mapping[str, str]) -> bool:
        """Return whether a virtual host sends the client away, by the scheme that it takes the request for."""
        required = virtual.get("require_tls").written
        if required not in TLS_FOR or sent[request_origin.FORWARDED_PROTO] == request_origin.HTTPS:
            return False
        internal = request_origin.is_internal(self.chain.manager, self.request.headers)
        return TLS_FOR[required] or not certain(internal)

    def _without_host(self, rbac: RbacRequest) -> Decision:
        """Refuse a request for a host that no virtual host has; filters refuse it before."""
        filters = upgrades.filters_of(self.chain.manager, None, rbac.headers)
        with suppress(Undetermined):
            denied = envoy_filters.is_denied(filters, (), rbac)
            if denied is not None:
                return Decision(passage=Passage.REFUSED, status=403, at=denied.place)
        return Decision(passage=Passage.REFUSED, status=404, at=self.chain.routes.place)

    @property
    def _has_tls(self) -> bool:
        return self.chain.kind is ListenerKind.TLS

    @property
    def _server_name(self) -> str:
        """The server name of the handshake, as far as the listener reads it."""
        if not (self._has_tls and self.chain.reads_server_name):
            return ""
        if self.request.server_name is not None:
            return self.request.server_name.lower()
        return envoy_manager.without_port(self.request.host or self.served.host).lower()

    def _rbac(self, path: str, headers: Mapping[str, str], host: str = "") -> RbacRequest:
        return RbacRequest(
            caller=self._caller,
            tls=self._has_tls,
            server_name=self._server_name,
            path=path,
            host=host,
            port=self.chain.port,
            headers=headers,
            presented=self.request.presented,
        )

    @staticmethod
    def _variants(route: YamlNode | None) -> tuple[YamlNode | None, ...]:
        """Return the weighted clusters of a route, which may have filters of their own; else ``None`` once."""
        clusters = tuple(route.get("route", "weighted_clusters", "clusters").items()) if route else ()
        return clusters or (None,)

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
        decision = replace(self._acted(route, path, sent), route=place)
        if decision.passage is not Passage.FORWARDED:
            return decision
        decision = replace(decision, copies=tuple(self._copies(levels, decision)))
        headers = tuple(islice(self._headers(levels), MOST_HEADERS + 1))
        if len(headers) > MOST_HEADERS:
            raise Undetermined(f"more than {MOST_HEADERS} headers", headers[-1].location)
        return replace(
            decision,
            headers=headers,
            sent=envoy_routes.changed_headers(
                sent, self._in_order(levels), certificate=self._caller is not GatewayCaller.ANONYMOUS
            ),
        )

    def _in_order(self, levels: tuple[YamlNode, ...]) -> tuple[YamlNode, ...]:
        """Return the levels in the order in which they change headers."""
        last_wins = bool(self.chain.routes.get("most_specific_header_mutations_wins").flag)
        return levels[::-1] if last_wins else levels

    def _headers(self, levels: tuple[YamlNode, ...]) -> Iterator[ForwardedHeader]:
        mode = self.chain.manager.get("forward_client_cert_details")
        if mode.written in ("SANITIZE_SET", "APPEND_FORWARD"):
            yield ForwardedHeader(
                name=envoy_routes.XFCC, value=mode.written, from_certificate=True, location=mode.place
            )
        yield from envoy_routes.header_changes(levels)

    def _acted(self, route: YamlNode, path: str, sent: Mapping[str, str]) -> Decision:
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
        weighted = tuple(action.get("weighted_clusters", "clusters").items())
        written = [(one, one.get("name").written) for one in weighted]
        names = [
            self._named_cluster(node, name, sent)
            for node, name in written or [(action, action.get("cluster").written)]
        ]
        if not any(names):
            status = NO_CLUSTER.get(action.get("cluster_not_found_response_code").written, 503)
            return Decision(passage=Passage.REFUSED, status=status, at=action.place)
        if not all(names):
            raise Undetermined("the cluster of a route", route.place)
        known = self.clusters
        return Decision(
            passage=Passage.FORWARDED,
            at=action.place,
            upstream=frozenset(address for name in names for address in known.get(name, frozenset({name}))),
            path=envoy_routes.rewritten(action, route.get("match"), path),
            host=action.get("host_rewrite_literal").written,
        )

    def _named_cluster(self, node: YamlNode, name: str, sent: Mapping[str, str]) -> str:
        """Return the name of a cluster, which a header may have; empty without the header. Raises Undetermined."""
        header = node.get("cluster_header").written.lower()
        if name or not header or header.startswith(":"):
            if not name:
                raise Undetermined("the cluster of a route", node.place)
            return name
        found = sent.get(header, "")
        if found and found not in self.clusters:
            raise Undetermined(
                f"the cluster that the header {header} names", node.get("cluster_header").place
            )
        return found

    def _copies(self, levels: tuple[YamlNode, ...], decision: Decision) -> Iterator[Decision]:
        """Yield the copies for other clusters. Raises Undetermined."""
        for name, policy in mirrors.mirrored(levels):
            upstream = self.clusters.get(name, frozenset({name}))
            yield Decision(
                passage=Passage.FORWARDED,
                at=policy.place,
                upstream=upstream,
                path=decision.path,
                route=decision.route,
            )


def _understood(virtual: YamlNode, manager: YamlNode) -> None:
    """Raise Undetermined for a member that may decide and is not evaluated."""
    strange = envoy_routes.not_understood(virtual)
    if strange is not None:
        raise Undetermined(f"a virtual host by {strange[0]}", strange[1].place)
    changing = envoy_manager.not_understood(manager)
    if changing is not None:
        raise Undetermined(f"{changing[0]} of the connection manager", changing[1].place)


def _matched_host(config: YamlNode, host: str) -> str:
    """Return what domains of virtual hosts are compared with."""
    lowered = host.lower()
    return envoy_manager.without_port(lowered) if config.get("ignore_port_in_host_matching").flag else lowered


def _unless_denied(error: Undetermined, admitted: Decision, *, changed: bool) -> Decision:
    """Return the decision about a request that filters deny, or that gets what an admitted one gets.

    ``changed``: a filter that is not evaluated may hand it on to anything.
    """
    if admitted.passage.refused and not changed:
        return admitted
    return Decision(
        passage=Passage.UNKNOWN,
        at=error.at or admitted.at,
        reason=error.what,
        upstream=frozenset() if changed else admitted.upstream,
        path="" if changed else admitted.path,
        route=admitted.route,
    )


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
