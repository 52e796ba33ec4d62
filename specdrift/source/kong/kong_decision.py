"""Decides one request: listener, route, plugins, service."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.source.gateway.exchange import MOST_HEADERS, Decision, GatewayRequest, Undetermined
from specdrift.source.gateway.open_facts import certainly
from specdrift.source.kong.kong_conf import NOT_READ, KongConf, ProxyListener
from specdrift.source.kong.kong_entities import GRPC, KongConsumer, KongRoute
from specdrift.source.kong.kong_paths import BROKEN, normalized, sent_path, upstream_path
from specdrift.source.kong.kong_request import RequestInKong
from specdrift.source.kong.kong_routing import FLAVOR, TRADITIONAL, FittingRoute, KongRouter
from specdrift.source.kong.plugin_run import PluginRun
from specdrift.source.kong.plugin_scopes import KongPlugins, RequestedNames

HTTPS_ONLY = frozenset({"https", "grpcs"})


class KongName(Struct, frozen=True, eq=False):
    """A host name at a listener."""

    entry: GatewayEntry
    listener: ProxyListener
    host: str
    server_name: str
    """What the client names in the handshake."""


class KongSite(Struct, frozen=True, eq=False):
    """What decides about every request."""

    conf: KongConf
    router: KongRouter
    plugins: KongPlugins
    consumers: Mapping[str, KongConsumer]
    requested: RequestedNames
    old_format: bool
    top: SourceLocation

    def asks(self, listener: ProxyListener, name: str) -> bool:
        """Return whether a client is asked for a certificate, by a plugin or by the listener."""
        own = self.conf.client_auth not in (None, GatewayClientAuth.NONE)
        return listener.tls and (own or self.requested.has(name))


def decide(site: KongSite, named: KongName, request: GatewayRequest, assumed: Mapping[str, bool]) -> Decision:
    """Return what Kong does with a request. Raises Undetermined and NotAssumed."""
    place = named.entry.location
    if BROKEN.search(request.target) or (named.listener.tls and _refuses(site.conf, request.caller)):
        return Decision(passage=Passage.REFUSED, status=400, at=place)
    if not request.target.startswith("/"):
        raise Undetermined("a target that is no path", place)
    path, _, query = request.target.partition("?")
    host = request.host or named.host
    state = RequestInKong(
        tls=named.listener.tls,
        caller=request.caller,
        asked=site.asks(named.listener, named.server_name),
        server_name=named.server_name,
        host=host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host,
        method=request.method,
        path=path,
        query=query,
        headers={key.lower(): [value] for key, value in request.headers.items()},
        assumed=assumed,
    )
    clean = normalized(path)
    # Versions that this format was made for compare paths as they are sent.
    if clean != path and (
        not site.old_format or certainly(state.fact("whether Kong normalises paths", place))
    ):
        state.path = clean
    return _at_listener(site.conf, named, request.caller, _routed(site, state))


def _refuses(conf: KongConf, caller: GatewayCaller) -> bool:
    if conf.client_auth is GatewayClientAuth.REQUIRED:
        return caller is not GatewayCaller.VALID
    return conf.client_auth is GatewayClientAuth.OPTIONAL and caller is GatewayCaller.UNTRUSTED


def _at_listener(conf: KongConf, named: KongName, caller: GatewayCaller, decision: Decision) -> Decision:
    """Return what is known of a request that plugins let pass: the listener may still demand a certificate."""
    if not decision.passage.admitted or caller is GatewayCaller.VALID:
        return decision
    if conf.was_read and (conf.client_auth is not None or not named.listener.tls):
        return decision
    what = "the setting nginx_proxy_ssl_verify_client" if named.listener.tls else "the setting proxy_listen"
    place = next((at for at, _ in conf.unread), decision.at)
    where = "kong.conf" if conf.was_read else NOT_READ
    return replace(decision, passage=Passage.UNKNOWN, at=place, reason=f"{what} of {where}")


def _routed(site: KongSite, state: RequestInKong) -> Decision:
    taken = site.router.matched(state)
    if taken is None:
        return Decision(passage=Passage.REFUSED, status=404, at=site.top)
    route = taken.route
    refused = _of_protocols(route, state)
    if refused is not None:
        return refused
    answered = PluginRun(site.plugins, site.consumers, route, state).run()
    return answered or _forwarded(site, taken, state)


def _of_protocols(route: KongRoute, state: RequestInKong) -> Decision | None:
    """Return the answer to a request of another protocol than the route's; ``None`` if it is one of them."""
    place = route.node.place
    if not state.tls and route.protocols <= HTTPS_ONLY and "https" in route.protocols:
        passage = Passage.REFUSED if route.redirect >= 400 else Passage.REDIRECTED
        return Decision(passage=passage, status=route.redirect, at=place, route=place)
    if route.protocols & GRPC and not certainly(state.fact("a request of gRPC", place, chosen=True)):
        return Decision(passage=Passage.REFUSED, status=415, at=place, route=place)
    return None


def _forwarded(site: KongSite, taken: FittingRoute, state: RequestInKong) -> Decision:
    route, service = taken.route, taken.route.service
    place = route.node.place
    unread = route.unread or (service.unread if service is not None else "")
    if unread:
        raise Undetermined(unread, place)
    if service is None:
        return Decision(passage=Passage.REFUSED, status=503, at=place, route=place)
    if len(state.set_headers) > MOST_HEADERS:
        raise Undetermined(f"more than {MOST_HEADERS} headers", place)
    path = state.rewritten or _path(site, taken, state)
    return Decision(
        passage=Passage.FORWARDED,
        at=place,
        upstream=service.upstream,
        path=f"{sent_path(path)}?{state.query}" if state.query else sent_path(path),
        route=place,
        headers=tuple(state.set_headers),
        sent={name: ", ".join(lines) for name, lines in state.headers.items()},
    )


def _path(site: KongSite, taken: FittingRoute, state: RequestInKong) -> str:
    """Return the path for the service. Only the traditional router knows ``path_handling: v1``."""
    route, service = taken.route, taken.route.service
    base = service.path if service is not None else ""
    usual = upstream_path(state.path, taken.stripped, base, first_handling=False)
    if not route.first_handling or (site.router.flavor and site.router.flavor != TRADITIONAL):
        return usual
    first = upstream_path(state.path, taken.stripped, base, first_handling=True)
    if first == usual or site.router.flavor:
        return first
    return first if certainly(state.fact(FLAVOR, route.node.place)) else usual
