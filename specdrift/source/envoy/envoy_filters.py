"""The HTTP filters before the router, in their order, and what routes change about them."""

import re
from collections.abc import Iterable, Iterator

from specdrift.source.envoy import upgrades
from specdrift.source.envoy.rbac import RbacRequest, denies
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode

MEASURES = "a filter of Istio that measures"
HARMLESS = frozenset(
    {
        "router",
        "cors",
        "compressor",
        "decompressor",
        "gzip",
        "buffer",
        "grpc_stats",
        "grpc_web",
        "ratelimit",
        "fault",
        MEASURES,
    }
    | {
        "local_ratelimit",
        "admission_control",
        "adaptive_concurrency",
        "bandwidth_limit",
        "tap",
        "on_demand",
        "cache",
    }
    | {"stateful_session", "header_to_metadata", "json_to_metadata", "set_metadata", "upstream_codec"}
    | {"alternate_protocols_cache", "grpc_http1_bridge", "connect_grpc_bridge", "kill_request"}
)
"""Filters that refuse no request because of its caller, and change no header about it."""
HARMLESS_CONNECTIONS = frozenset({"connection_limit", "local_ratelimit", "ratelimit", MEASURES})
"""Network filters that close no connection because of its caller."""
HARMLESS_TYPES = frozenset(
    {
        "type.googleapis.com/stats.PluginConfig",
        "type.googleapis.com/io.istio.http.peer_metadata.Config",
        "type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange",
    }
)
"""Filters of Istio that measure, and exchange what proxies know of each other."""
ENDS = frozenset({"http_connection_manager", "tcp_proxy"})
"""Network filters that decide what becomes of a connection."""
PASS_OR_REFUSE = frozenset({"jwt_authn", "basic_auth", "api_key_auth", "csrf", "health_check", "oauth2"})
"""Filters that refuse a request, answer it or pass it on, and change nothing that later filters decide by."""
RBAC = "rbac"
_KIND = re.compile(r"\.filters\.(?:http|network)\.(\w+)\.")


def kind_of(one: YamlNode) -> str:
    """Return which filter it is, by the package of its type; empty if it has none."""
    written = one.get("typed_config", "@type").written
    if written in HARMLESS_TYPES:
        return MEASURES
    found = _KIND.search(written)
    return found[1] if found else ""


def unknown_filters(manager: YamlNode) -> Iterator[YamlNode]:
    """Yield the filters that may decide and are not evaluated."""
    upgrading = (
        one for config in manager.get(upgrades.CONFIGS).items() for one in config.get("filters").items()
    )
    for one in (*manager.get("http_filters").items(), *upgrading):
        name = kind_of(one)
        if name not in HARMLESS and name != RBAC and not one.get("disabled").flag:
            yield one


def is_denied(
    filters: Iterable[YamlNode], levels: tuple[YamlNode, ...], request: RbacRequest
) -> YamlNode | None:
    """Return the filter that answers 403; ``None`` if all pass the request. Raises Undetermined.

    ``levels`` are the route, its virtual host and the route configuration; the first with an own configuration of a
    filter decides.
    """
    unknown: YamlNode | None = None
    for one in filters:
        name = one.get("name").written
        config, disabled = _in_effect(one, name, levels)
        if disabled:
            continue
        kind = kind_of(one)
        if kind == RBAC:
            rules = _rules(config)
            if denies(rules, request):
                return rules
        elif kind in PASS_OR_REFUSE:
            unknown = unknown or one
        elif kind not in HARMLESS:
            # It may change the path or the headers before the next filter sees them.
            raise _unknown(one)
    if unknown is not None:
        raise _unknown(unknown)
    return None


def _unknown(one: YamlNode) -> Undetermined:
    return Undetermined(f"the filter {one.get('name').written}", one.place)


def _rules(config: YamlNode) -> YamlNode:
    if config.has("matcher"):
        raise Undetermined("a matcher of a policy", config.get("matcher").place)
    return config.get("rules")


def _in_effect(one: YamlNode, name: str, levels: tuple[YamlNode, ...]) -> tuple[YamlNode, bool]:
    """Return the configuration of a filter for a route, and whether it is disabled."""
    for level in levels:
        own = level.get("typed_per_filter_config").entry(name)
        if own is None:
            continue
        if own.type_name == "FilterConfig":
            inner = own.get("config")
            disabled = bool(own.get("disabled").flag)
            return (inner if inner.value else one.get("typed_config")), disabled
        if own.type_name == "RBACPerRoute":
            return own.get("rbac"), not own.has("rbac")
        return own, False
    return one.get("typed_config"), bool(one.get("disabled").flag)


def connection_denied(chain: YamlNode, request: RbacRequest) -> YamlNode | None:
    """Return the network filter that closes the connection; ``None`` if all pass it. Raises Undetermined.

    Those before the HTTP connection manager count.
    """
    unknown: YamlNode | None = None
    for one in chain.get("filters").items():
        kind = kind_of(one)
        if kind in ENDS:
            break
        if kind == RBAC:
            rules = _rules(one.get("typed_config"))
            if denies(rules, request):
                return rules
        elif kind not in HARMLESS_CONNECTIONS:
            unknown = unknown or one
    if unknown is not None:
        raise _unknown(unknown)
    return None
