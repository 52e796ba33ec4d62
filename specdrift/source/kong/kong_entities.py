"""Services, routes, plugins and consumers of a declarative configuration, nested or flat."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from msgspec import Struct, field

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.sameness import VARIABLE
from specdrift.source.gateway.yaml_nodes import YamlNode

TEMPLATE = re.compile(r"\$\{\{|\{vault://")
"""A value that decK or Kong fills in from elsewhere."""
PORTS = {"http": 80, "https": 443, "grpc": 80, "grpcs": 443}
NOTES = ("id", "name", "tags", "created_at", "updated_at", "ws_id", "_comment", "_ignore")
"""Members that decide nothing."""
SERVICE_MEMBERS = frozenset(
    (
        *(*NOTES, "url", "protocol", "host", "port", "path", "enabled", "routes", "plugins", "retries"),
        *("connect_timeout", "write_timeout", "read_timeout", "client_certificate", "tls_verify"),
        *("tls_verify_depth", "ca_certificates", "tls_sans"),
    )
)
ROUTE_MEMBERS = frozenset(
    (
        *(*NOTES, "service", "plugins", "protocols", "methods", "hosts", "paths", "headers", "snis"),
        *("strip_path", "path_handling", "preserve_host", "regex_priority", "https_redirect_status_code"),
        *("request_buffering", "response_buffering"),
    )
)
PLUGIN_MEMBERS = frozenset(
    (
        *(*NOTES, "instance_name", "config", "_config", "enabled", "protocols", "run_on"),
        *("service", "route", "consumer", "consumer_group"),
    )
)
STREAMS = frozenset({"tcp", "tls", "udp", "tls_passthrough"})
GRPC = frozenset({"grpc", "grpcs"})
PROTOCOLS = frozenset({"http", "https"}) | GRPC | STREAMS
_PLAIN = re.compile(r"[a-zA-Z0-9.\-_~/%]*")
"""Before version 3.0 of the format, a path of other letters is a regular expression."""


class RoutePath(Struct, frozen=True):
    """An entry of ``paths``."""

    written: str
    """Without the mark of a regular expression."""
    regex: bool
    at: SourceLocation


class KongService(Struct, frozen=True, eq=False):
    """A service."""

    node: YamlNode
    keys: tuple[str, ...]
    """Its name and id."""
    upstream: frozenset[str]
    path: str
    enabled: bool
    unread: str = ""
    """What is not understood of it."""


class KongRoute(Struct, frozen=True, eq=False, kw_only=True):
    """A route."""

    node: YamlNode
    keys: tuple[str, ...]
    service: KongService | None
    paths: tuple[RoutePath, ...]
    hosts: tuple[str, ...]
    methods: frozenset[str]
    headers: tuple[tuple[str, tuple[str, ...]], ...]
    """By lower-case name."""
    snis: tuple[str, ...]
    protocols: frozenset[str]
    strip_path: bool
    first_handling: bool
    regex_priority: int
    redirect: int
    unread: str = ""
    """What is not understood of it."""


class KongPlugin(Struct, frozen=True, eq=False, kw_only=True):
    """An instance of a plugin."""

    name: str
    node: YamlNode
    configs: tuple[YamlNode, ...]
    """Its configuration, the one that wins first."""
    route: str = ""
    """Name or id of what it is for; empty for all."""
    service: str = ""
    consumer: str = ""
    group: str = ""
    unread: str = ""

    def config(self, *names: str) -> YamlNode:
        """Return a member of the configuration; an empty node if there is none."""
        found = (one.get(*names) for one in self.configs)
        return next((one for one in found if one), self.configs[0].get(*names))

    def members(self) -> Iterator[str]:
        """Yield the names of all members."""
        for one in self.configs:
            yield from (name for name, value in one.entries() if value)

    @property
    def protocols(self) -> frozenset[str]:
        return frozenset(one.written for one in self.node.get("protocols").items())


class KongConsumer(Struct, frozen=True, eq=False):
    """A consumer."""

    node: YamlNode
    keys: tuple[str, ...]
    groups: frozenset[str]
    """Groups of the plugin acl."""


class KongEntities(Struct):
    """Everything of a file."""

    root: YamlNode
    old_format: bool
    services: list[KongService] = field(default_factory=list)
    routes: list[KongRoute] = field(default_factory=list)
    plugins: list[KongPlugin] = field(default_factory=list)
    consumers: list[KongConsumer] = field(default_factory=list)
    by_key: dict[str, KongService] = field(default_factory=dict)
    targets: dict[str, frozenset[str]] = field(default_factory=dict)
    """Addresses of each upstream, by its name."""
    groups: dict[str, set[str]] = field(default_factory=dict)
    """Groups that the file lists apart from consumers, by the consumer's name or id."""

    @classmethod
    def of(cls, root: YamlNode) -> "KongEntities":
        found = cls(root, root.get("_format_version").written in ("1.1", "2.1"))
        found.targets = dict(_upstreams(root))
        for one in root.get("acls").items():
            found.groups.setdefault(reference(one.get("consumer")), set()).add(one.get("group").written)
        for node in root.get("services").items():
            service = found.add_service(node)
            for route in node.get("routes").items():
                found.add_route(route, service)
        for route in root.get("routes").items():
            found.add_route(route, found.by_key.get(reference(route.get("service"))))
        found.add_plugins(root)
        for node in root.get("consumers").items():
            found.add_consumer(node)
        for node in root.get("consumer_groups").items():
            found.add_plugins(node, group=_key(node))
        return found

    def add_service(self, node: YamlNode) -> KongService:
        found = _service(node, self.targets, self.defaults("service"))
        self.services.append(found)
        for key in found.keys:
            self.by_key[key] = found
        self.add_plugins(node, service=_key(node))
        return found

    def add_route(self, node: YamlNode, service: KongService | None) -> None:
        found = _route(node, service, self.defaults("route"), old_format=self.old_format)
        self.routes.append(found)
        self.add_plugins(node, route=_key(node))

    def add_consumer(self, node: YamlNode) -> None:
        keys = tuple(filter(None, (node.get("id").written, node.get("username").written)))
        own = {one.get("group").written for one in node.get("acls").items()}
        flat = frozenset(group for key in keys for group in self.groups.get(key, ()))
        self.consumers.append(KongConsumer(node, keys, flat | own))
        self.add_plugins(node, consumer=_key(node))

    def add_plugins(self, node: YamlNode, **scope: str) -> None:
        """Add the plugins beneath an entity, or those of the file."""
        shared = self.root.get("_plugin_configs")
        for one in node.get("plugins").items():
            named = {
                "route": reference(one.get("route")),
                "service": reference(one.get("service")),
                "consumer": reference(one.get("consumer")),
                "group": reference(one.get("consumer_group")),
            }
            base = shared.entry(one.get("_config").written) if one.has("_config") else None
            missing = one.has("_config") and base is None
            self.plugins.append(
                KongPlugin(
                    name=one.get("name").written,
                    node=one,
                    configs=tuple(filter(None, (one.get("config"), base))) or (one.get("config"),),
                    unread="a shared configuration that is not in the file"
                    if missing
                    else not_understood(one, PLUGIN_MEMBERS),
                    **{key: scope.get(key) or value for key, value in named.items()},
                )
            )

    def defaults(self, kind: str) -> YamlNode:
        """Return the values that decK fills in."""
        return self.root.get("_info", "defaults", kind)


def reference(node: YamlNode) -> str:
    """Return the name or id of an entity that another one refers to."""
    return node.written or _key(node) or node.get("username").written


def _key(node: YamlNode) -> str:
    """Return what identifies an entity: its own place if it has neither id nor name."""
    if not node:
        return ""
    own = node.get("id").written or node.get("name").written or node.get("username").written
    return own or f"{node.place.line}:{node.place.column}"


def keys_of(node: YamlNode) -> tuple[str, ...]:
    """Return every name by which others may refer to an entity."""
    written = (node.get("id").written, node.get("name").written)
    return (*filter(None, written), f"{node.place.line}:{node.place.column}")


def not_understood(node: YamlNode, known: frozenset[str]) -> str:
    """Return a member of an entity that may decide and is not known, or a value that is filled in from elsewhere."""
    for name, value in node.entries():
        if name not in known and value:
            return f"the attribute {name}"
        if name in ("routes", "plugins", "config", *NOTES):
            continue
        for one in (value, *value.items()):
            if TEMPLATE.search(one.written):
                return f"the attribute {name}, which is filled in from elsewhere"
    return ""


def _service(node: YamlNode, targets: Mapping[str, frozenset[str]], usual: YamlNode) -> KongService:
    url = node.get("url").written
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    protocol = node.get("protocol").written or parts.scheme or usual.get("protocol").written or "http"
    host = node.get("host").written or parts.hostname or usual.get("host").written
    port = (
        node.get("port").number or port or usual.get("port").number or PORTS.get(protocol if url else "", 80)
    )
    enabled = node.get("enabled")
    unread = not_understood(node, SERVICE_MEMBERS)
    return KongService(
        node=node,
        keys=keys_of(node),
        upstream=frozenset({VARIABLE})
        if unread or not host
        else targets.get(host, frozenset({f"{host}:{port}"})),
        path=node.get("path").written or parts.path or usual.get("path").written,
        enabled=enabled.flag is not False,
        unread=unread,
    )


def _upstreams(root: YamlNode) -> Iterator[tuple[str, frozenset[str]]]:
    flat: dict[str, list[YamlNode]] = {}
    for one in root.get("targets").items():
        flat.setdefault(reference(one.get("upstream")), []).append(one)
    for node in root.get("upstreams").items():
        name = node.get("name").written
        every = [
            *node.get("targets").items(),
            *flat.get(name, ()),
            *flat.get(node.get("id").written or name, ()),
        ]
        used = {one.get("target").written for one in every if one.get("weight").value != 0}
        found = {one if ":" in one else f"{one}:8000" for one in used if one}
        yield name, frozenset(found) or frozenset({f"{name}:{VARIABLE}"})


def _route(node: YamlNode, service: KongService | None, usual: YamlNode, *, old_format: bool) -> KongRoute:
    def value(name: str) -> YamlNode:
        own = node.get(name)
        return own or usual.get(name)

    protocols = frozenset(one.written for one in value("protocols").items()) or frozenset({"http", "https"})
    strange = next(iter(sorted(protocols - PROTOCOLS)), "")
    other = f"the protocol {strange[:20]}" if strange else ""
    named = reference(node.get("service"))
    missing = "a service that is not in the file" if named and service is None else ""
    strip = value("strip_path").flag
    return KongRoute(
        node=node,
        keys=keys_of(node),
        service=service,
        paths=tuple(_path(one, old_format=old_format) for one in value("paths").items()),
        hosts=tuple(one.written for one in value("hosts").items()),
        methods=frozenset(one.written.upper() for one in value("methods").items()),
        headers=tuple(
            (name.lower(), tuple(one.written for one in values.items()))
            for name, values in value("headers").entries()
        ),
        snis=tuple(one.written.rstrip(".") for one in value("snis").items()),
        protocols=protocols,
        strip_path=strip is not False,
        first_handling=value("path_handling").written == "v1",
        regex_priority=value("regex_priority").number,
        redirect=value("https_redirect_status_code").number or 426,
        unread=missing or other or not_understood(node, ROUTE_MEMBERS) or _wrong_type(node),
    )


def _wrong_type(node: YamlNode) -> str:
    """Return a member whose value is of another type than Kong asks for."""
    for name in ("paths", "hosts", "methods", "snis", "protocols"):
        if node.get(name) and not isinstance(node.get(name).value, list):
            return f"the attribute {name}, which is no list"
    for name, values in node.get("headers").entries():
        if not isinstance(values.value, list):
            return f"the header {name} of a route, whose values are no list"
    return ""


def _path(node: YamlNode, *, old_format: bool) -> RoutePath:
    written = node.written
    if old_format:
        return RoutePath(written, _PLAIN.fullmatch(written) is None, node.place)
    return RoutePath(written.removeprefix("~"), written.startswith("~"), node.place)
