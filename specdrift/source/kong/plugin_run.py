"""Runs the plugins of a route for one request."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import Guarding
from specdrift.source.gateway.exchange import Decision, Undetermined
from specdrift.source.gateway.open_facts import certainly
from specdrift.source.kong import plugin_headers
from specdrift.source.kong.known_plugins import (
    ACL,
    ANSWERING_OPTIONS,
    CHALLENGES,
    EVALUATED,
    GATES,
    HANDSHAKE,
    HEADER_CERT,
    METADATA,
    MTLS,
    PASSING,
    PASSWORDS,
    REDIRECT,
    SESSION,
    TERMINATION,
    TRANSFORMERS,
)
from specdrift.source.kong.kong_entities import TEMPLATE, KongConsumer, KongPlugin, KongRoute
from specdrift.source.kong.kong_request import RequestInKong
from specdrift.source.kong.plugin_scopes import KongPlugins

MTLS_MEMBERS = frozenset(
    (
        *("ca_certificates", "skip_consumer_lookup", "anonymous", "revocation_check_mode", "consumer_by"),
        *("allow_partial_chain", "authenticated_group_by", "default_consumer", "send_ca_dn", "ssl_verify"),
        *("cache_ttl", "cert_cache_ttl", "http_timeout", "http_proxy_host", "http_proxy_port"),
        *("https_proxy_host", "https_proxy_port", "san_dirname_matcher"),
    )
)
"""The configuration of mtls-auth, as far as it is understood."""
TERMINATION_MEMBERS = frozenset({"status_code", "message", "body", "content_type", "trigger", "echo"})


def is_read(name: str) -> bool:
    """Return whether the effect of a plugin is known."""
    return name in PASSING or name in EVALUATED or name in PASSWORDS or name in GATES


class PluginRun(Struct):
    """One request of one route."""

    plugins: KongPlugins
    consumers: Mapping[str, KongConsumer]
    """By name and id."""
    route: KongRoute
    request: RequestInKong

    def run(self) -> Decision | None:
        """Return the answer of a plugin; ``None`` if all let the request pass. Raises Undetermined and NotAssumed."""
        names = self.plugins.names(self.route, self.consumers_of_route())
        for name in names:
            self._look_at(name)
        for name in names:
            self.request.spend()
            plugin = self.plugins.applied(name, self.route, self.request.consumer)
            decision = self._ran(plugin) if plugin is not None else None
            if decision is not None:
                return decision
        if self.request.open is not None:
            raise self.request.open
        return None

    def consumers_of_route(self) -> Iterator[KongConsumer]:
        """Yield the anonymous consumers that authentication may fall back to."""
        for name in (MTLS, HEADER_CERT, *PASSWORDS):
            plugin = self.plugins.applied(name, self.route, None)
            found = self.consumers.get(plugin.config("anonymous").written) if plugin is not None else None
            if found is not None:
                yield found

    def _look_at(self, name: str) -> None:
        """Raise Undetermined for a plugin whose effect is not known."""
        plugin = self.plugins.applied(name, self.route, None)
        if plugin is None:
            return
        if plugin.unread:
            raise Undetermined(f"{plugin.unread} of the plugin {name}", plugin.node.place)
        if not is_read(name):
            raise Undetermined(f"the plugin {name}", plugin.node.place)
        if name in ANSWERING_OPTIONS and self.request.method == "OPTIONS":
            raise Undetermined(f"the plugin {name} for the method OPTIONS", plugin.node.place)
        if name == "acme" and self.request.path.startswith(CHALLENGES):
            raise Undetermined(f"the plugin {name}", plugin.node.place)

    def _ran(self, plugin: KongPlugin) -> Decision | None:
        if plugin.unread or not is_read(plugin.name):
            raise Undetermined(f"the plugin {plugin.name}", plugin.node.place)
        scheme = "https" if self.request.tls else "http"
        if plugin.name in PASSING or plugin.name == HANDSHAKE:
            return None
        if plugin.protocols and scheme not in plugin.protocols:
            # Whether other protocols start the plugin, the documentation and the program tell differently.
            what = f"whether the plugin {plugin.name} runs for {scheme}"
            if not certainly(self.request.fact(what, plugin.node.place)):
                return None
        return self._evaluated(plugin)

    def _evaluated(self, plugin: KongPlugin) -> Decision | None:
        if plugin.name in PASSWORDS:
            return self._password(plugin)
        if plugin.name in GATES:
            self._gate(plugin)
            return None
        if plugin.name == SESSION:
            self.request.password = True  # an earlier login authenticates the client
            return None
        return _EVALUATED[plugin.name](self, plugin)

    def _gate(self, plugin: KongPlugin) -> None:
        """Note a plugin that may refuse. Some client with a valid certificate passes it."""
        if self.request.caller is not GatewayCaller.VALID and self.request.open is None:
            self.request.open = Undetermined(f"the plugin {plugin.name}", plugin.node.place)

    def _password(self, plugin: KongPlugin) -> Decision | None:
        if self.request.caller is GatewayCaller.VALID:
            self.request.authenticated = True  # some client with a certificate has a password, too
            return None
        self.request.password = True
        return self._failed(plugin, Guarding.TOKEN)

    def with_certificate(self, plugin: KongPlugin) -> Decision | None:
        strange = next((name for name in plugin.members() if name not in MTLS_MEMBERS), "")
        if strange:
            raise Undetermined(f"{strange} of {plugin.name}", plugin.node.place)
        if not any(one.written for one in plugin.config("ca_certificates").items()):
            raise Undetermined(f"{plugin.name} without ca_certificates", plugin.node.place)
        if self.request.authenticated and self._anonymous(plugin):
            return None
        # What else is asked of a certificate, such as a consumer, some valid one has.
        if self.request.asked and self.request.caller is GatewayCaller.VALID:
            self.request.authenticated, self.request.consumer = True, None
            self._tell(plugin)
            return None
        if plugin.config("skip_consumer_lookup").flag is True and self._anonymous(plugin):
            plugin_headers.only_if_not_sent((plugin_headers.DN, plugin_headers.SAN), plugin, self.request)
        return self._failed(plugin, Guarding.NONE)

    def _tell(self, plugin: KongPlugin) -> None:
        """Set the headers about the certificate, or its consumer."""
        if plugin.config("skip_consumer_lookup").flag is True:
            plugin_headers.only_if_not_sent((plugin_headers.SAN,), plugin, self.request)
            names: tuple[str, ...] = (plugin_headers.DN, plugin_headers.SAN)
        else:
            names = plugin_headers.CONSUMER[:1]
        for name in names:
            plugin_headers.set_from_certificate(name, plugin, self.request)

    def with_header(self, plugin: KongPlugin) -> Decision | None:
        name = plugin.config("certificate_header_name").written
        if self.request.authenticated and self._anonymous(plugin):
            return None
        if self.request.caller is GatewayCaller.VALID or not self._anonymous(plugin):
            anyone = plugin.config("secure_source").flag is False
            who = "any client may send" if anyone else "trusted_ips of kong.conf may send"
            raise Undetermined(f"a certificate in the header {name}, which {who}", plugin.node.place)
        return self._failed(plugin, Guarding.NONE)

    def _anonymous(self, plugin: KongPlugin) -> str:
        written = plugin.config("anonymous").written
        if TEMPLATE.search(written):
            raise Undetermined(f"the anonymous consumer of {plugin.name}", plugin.node.place)
        return written

    def _failed(self, plugin: KongPlugin, guard: Guarding) -> Decision | None:
        """Refuse the request, or take the client for the anonymous consumer."""
        name = self._anonymous(plugin)
        if not name:
            return self._refused(plugin, 401, guard)
        consumer = self.consumers.get(name)
        if consumer is None:
            raise Undetermined(f"the anonymous consumer {name}, who is not in the file", plugin.node.place)
        self.request.consumer = consumer
        plugin_headers.set_consumer(consumer, self.request)
        return None

    def of_groups(self, plugin: KongPlugin) -> Decision | None:
        """Compare groups. A client with a valid certificate has one that is admitted."""
        if self.request.authenticated:
            return None
        # Another credential than a certificate has groups, too.
        guard = Guarding.TOKEN if self.request.password else Guarding.NONE
        consumer = self.request.consumer
        if consumer is None:
            return self._refused(plugin, 401, guard)
        denied = frozenset(one.written for one in plugin.config("deny").items())
        allowed = frozenset(one.written for one in plugin.config("allow").items())
        if plugin.config("include_consumer_groups").flag is True or not denied | allowed:
            raise Undetermined(f"the groups of {plugin.name}", plugin.node.place)
        if any(TEMPLATE.search(one) for one in denied | allowed):
            raise Undetermined(f"the groups of {plugin.name}", plugin.node.place)
        blocked = bool(denied & consumer.groups) if denied else not allowed & consumer.groups
        return self._refused(plugin, 403, guard) if blocked else None

    def terminated(self, plugin: KongPlugin) -> Decision | None:
        strange = next((name for name in plugin.members() if name not in TERMINATION_MEMBERS), "")
        if strange or plugin.config("trigger").written:
            raise Undetermined(f"{strange or 'trigger'} of {plugin.name}", plugin.node.place)
        # Who is authenticated otherwise is another consumer.
        guard = Guarding.TOKEN if plugin.consumer and self.request.password else Guarding.NONE
        return self._answered(plugin, plugin.config("status_code").number or 503, guard)

    def redirected(self, plugin: KongPlugin) -> Decision | None:
        return self._answered(plugin, plugin.config("status_code").number or 301, Guarding.NONE)

    def _answered(self, plugin: KongPlugin, status: int, guard: Guarding) -> Decision:
        if status >= 400:
            return self._refused(plugin, status, guard)
        passage = Passage.REDIRECTED if status >= 300 else Passage.ANSWERED
        place = plugin.node.place
        return Decision(passage=passage, status=status, at=place, route=self.route.node.place)

    def _refused(self, plugin: KongPlugin, status: int, guard: Guarding) -> Decision:
        place = plugin.node.place
        return Decision(
            passage=Passage.REFUSED, status=status, at=place, route=self.route.node.place, guard=guard
        )

    def tell_certificate(self, plugin: KongPlugin) -> None:
        plugin_headers.set_metadata(plugin, self.request)

    def transformed(self, plugin: KongPlugin) -> None:
        plugin_headers.transform(plugin, self.request)


_EVALUATED: Mapping[str, Callable[[PluginRun, KongPlugin], Decision | None]] = {
    MTLS: PluginRun.with_certificate,
    HEADER_CERT: PluginRun.with_header,
    METADATA: PluginRun.tell_certificate,
    ACL: PluginRun.of_groups,
    TERMINATION: PluginRun.terminated,
    REDIRECT: PluginRun.redirected,
    TRANSFORMERS[0]: PluginRun.transformed,
    TRANSFORMERS[1]: PluginRun.transformed,
}
