"""What of a configuration is not read, and where; which headers plugins fill from the certificate."""

from collections.abc import Iterator

from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.gateway.exchange import MOST_FILLED
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kong.known_plugins import HEADER_CERT, METADATA, MTLS
from specdrift.source.kong.kong_entities import STREAMS, KongEntities, KongPlugin, KongRoute, KongService
from specdrift.source.kong.kong_files import KongFiles
from specdrift.source.kong.plugin_headers import CONSUMER, DN, SAN, is_injecting, metadata_headers
from specdrift.source.kong.plugin_run import is_read
from specdrift.source.kong.plugin_scopes import KongPlugins

KNOWN = frozenset(
    (
        *("_format_version", "_transform", "_info", "_workspace", "_konnect", "_plugin_configs", "_comment"),
        *("_ignore", "services", "routes", "plugins", "consumers", "consumer_groups", "upstreams", "targets"),
        *(
            "acls",
            "ca_certificates",
            "certificates",
            "snis",
            "vaults",
            "keys",
            "key_sets",
            "basicauth_credentials",
        ),
        *("keyauth_credentials", "jwt_secrets", "hmacauth_credentials", "oauth2_credentials", "licenses"),
        *("mtls_auth_credentials", "consumer_group_consumers", "parameters", "workspaces"),
    )
)
"""Parts of a file that are read, or that decide nothing by themselves."""
LISTENERS = (
    "kong.conf was not read: the ports are Kong's own, and what listeners demand of certificates"
    " (nginx_proxy_ssl_verify_client) is not known"
)


def too_many(root: YamlNode, what: str) -> UnresolvedExpression:
    """Return a limit that the file exceeds."""
    return UnresolvedExpression(root.place, what, UnresolvedKind.SERVED)


def unread_of(found: KongFiles, entities: KongEntities) -> Iterator[UnresolvedExpression]:
    """Yield everything that is not understood. What may hide other routes or plugins is not read at all."""
    root = found.root
    if not found.conf.was_read:
        yield UnresolvedExpression(root.place, LISTENERS, UnresolvedKind.ROUTE)
    for at, what in found.conf.unread:
        yield UnresolvedExpression(at, what, UnresolvedKind.SERVED)
    for name, node in root.entries():
        if name not in KNOWN and node:
            yield UnresolvedExpression(node.place, f"the part {name}", UnresolvedKind.SERVED)
    tags = root.get("_info", "select_tags")
    if tags:
        what = "select_tags: other files have further routes and plugins"
        yield UnresolvedExpression(tags.place, what, UnresolvedKind.SERVED)
    workspace = root.get("_workspace")
    if workspace.written not in ("", "default"):
        what = f"the workspace {workspace.written[:60]}: others have further routes"
        yield UnresolvedExpression(workspace.place, what, UnresolvedKind.SERVED)
    yield from _of_entities(entities)
    if len(frozenset(certificate_headers_of(KongPlugins.of(entities.plugins)))) > MOST_FILLED:
        yield too_many(root, f"more than {MOST_FILLED} headers about the certificate")


def _of_entities(entities: KongEntities) -> Iterator[UnresolvedExpression]:
    every: tuple[KongService | KongRoute, ...] = (*entities.services, *entities.routes)
    for one in every:
        if one.unread:
            yield UnresolvedExpression(one.node.place, one.unread, UnresolvedKind.ROUTE)
    known = {
        "route": frozenset(key for one in entities.routes for key in one.keys),
        "service": frozenset(entities.by_key),
    }
    for plugin in entities.plugins:
        yield from _of_plugin(plugin, known["route"], known["service"])
    services = frozenset(
        address
        for route in entities.routes
        if route.service is not None and not route.protocols & STREAMS
        for address in route.service.upstream
    )
    for route in entities.routes:
        if route.protocols & STREAMS:
            shared = route.service is None or route.service.unread or route.service.upstream & services
            kind = UnresolvedKind.SERVED if shared else UnresolvedKind.ROUTE
            yield UnresolvedExpression(route.node.place, "connections that are passed on to a service", kind)


def _of_plugin(
    plugin: KongPlugin, routes: frozenset[str], services: frozenset[str]
) -> Iterator[UnresolvedExpression]:
    place = plugin.node.place
    if plugin.node.get("enabled").flag is False:
        return
    if (plugin.route and plugin.route not in routes) or (plugin.service and plugin.service not in services):
        what = f"the plugin {plugin.name[:60]} of an entity that is not in the file"
        yield UnresolvedExpression(place, what, UnresolvedKind.SERVED)
    if plugin.unread:
        yield UnresolvedExpression(
            place, f"{plugin.unread} of the plugin {plugin.name[:60]}", UnresolvedKind.ROUTE
        )
    elif not is_read(plugin.name) or plugin.name == HEADER_CERT:
        yield UnresolvedExpression(place, f"the plugin {plugin.name[:60]}", UnresolvedKind.ROUTE)


def certificate_headers_of(plugins: KongPlugins) -> Iterator[str]:
    """Yield the lower-case names of the headers that plugins fill from the certificate."""
    for one in plugins.of_name(MTLS):
        names = (DN, SAN) if one.config("skip_consumer_lookup").flag is True else CONSUMER[:1]
        yield from (name.lower() for name in names)
    for one in plugins.of_name(METADATA):
        if is_injecting(one):
            yield from (name.lower() for name in metadata_headers(one))
