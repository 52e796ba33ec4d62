"""Translates resources of the Gateway API into a configuration of Envoy, as its specification describes what they do.

It sorts all conditions of all rules by their precedence, where the reader looks for the best one that fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tests.source.gateways.envoy_programs import HTTP, NETWORK
from tests.source.gateways.mesh.translation import TLS

if TYPE_CHECKING:
    from tests.servers.pki import TestPki
    from tests.source.gateways.mesh.meshes import Object

BROKEN: Object = {"direct_response": {"status": 500}}


class ApiTranslation(Struct, frozen=True):
    """Translates the resources of one listener."""

    pki: TestPki

    def listener(self, resources: list[Object]) -> Object:
        """Return the listener of a gateway."""
        gateway, route = resources
        (own,) = gateway["spec"]["listeners"]
        frontend = gateway["spec"].get("tls", {}).get("frontend", {}).get("default", {}).get("validation")
        chain: Object = {"filters": [{"name": "http", "typed_config": manager(route["spec"])}]}
        if own["protocol"] == "HTTPS":
            chain["transport_socket"] = {"name": "tls", "typed_config": self.tls(frontend)}
        socket = {"address": "127.0.0.1", "port_value": own["port"]}
        name = gateway["metadata"]["name"]
        return {"name": name, "address": {"socket_address": socket}, "filter_chains": [chain]}

    def tls(self, frontend: Object | None) -> Object:
        """Return what a client validation does."""
        pair = {
            "certificate_chain": {"filename": str(self.pki.server_cert)},
            "private_key": {"filename": str(self.pki.server_key)},
        }
        common: Object = {"tls_certificates": [pair]}
        insecure = frontend is not None and frontend.get("mode") == "AllowInsecureFallback"
        if frontend is not None:
            context: Object = {"trusted_ca": {"filename": str(self.pki.client_ca)}}
            if insecure:
                context["trust_chain_verification"] = "ACCEPT_UNTRUSTED"
            common["validation_context"] = context
        return {
            "@type": TLS,
            "common_tls_context": common,
            "require_client_certificate": frontend is not None and not insecure,
        }


def manager(spec: Object) -> Object:
    """Return the connection manager of a listener with one HTTPRoute."""
    pairs = [(rule, match) for rule in spec["rules"] for match in rule.get("matches") or [{}]]
    ordered = sorted(pairs, key=lambda pair: precedence(pair[1]))
    host = {"name": "v", "domains": spec["hostnames"] or ["*"]}
    routes = [{"match": condition(match), **action(rule)} for rule, match in ordered]
    router = {"name": "router", "typed_config": {"@type": f"{HTTP}.router.v3.Router"}}
    return {
        "@type": f"{NETWORK}.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "s",
        "route_config": {"name": "r", "virtual_hosts": [{**host, "routes": routes}]},
        "http_filters": [router],
        "normalize_path": True,
    }


def precedence(match: Object) -> tuple[int, ...]:
    """Return a key that sorts what takes precedence first; of equal ones, the order stays."""
    path = match.get("path", {})
    exact = path.get("type") == "Exact"
    length = len(path.get("value", "/").rstrip("/") or "/")
    return (
        0 if exact else 1,
        -length,
        0 if "method" in match else 1,
        -len(match.get("headers", [])),
        -len(match.get("queryParams", [])),
    )


def condition(match: Object) -> Object:
    """Return a RouteMatch."""
    path = match.get("path", {"value": "/"})
    value = path["value"]
    match path.get("type", "PathPrefix"):
        case "Exact":
            found: Object = {"path": value}
        case "RegularExpression":
            found = {"safe_regex": {"regex": value}}
        case _:
            bare = value.rstrip("/")
            found = {"path_separated_prefix": bare} if bare else {"prefix": "/"}
    headers: list[Object] = []
    if "method" in match:
        headers.append({"name": ":method", "string_match": {"exact": match["method"]}})
    headers += [{"name": one["name"], "string_match": text(one)} for one in match.get("headers", [])]
    arguments = [{"name": one["name"], "string_match": text(one)} for one in match.get("queryParams", [])]
    return {**found, "headers": headers, "query_parameters": arguments}


def text(one: Object) -> Object:
    """Return a StringMatcher."""
    if one.get("type") == "RegularExpression":
        return {"safe_regex": {"regex": one["value"]}}
    return {"exact": one["value"]}


def action(rule: Object) -> Object:
    """Return what a rule does."""
    filters = {one["type"]: one for one in rule.get("filters", [])}
    if "RequestRedirect" in filters:
        return {"redirect": {"path_redirect": "/elsewhere"}}
    if "backendRefs" not in rule:
        return BROKEN
    forwarded: Object = {"cluster": rule["backendRefs"][0]["name"]}
    if "URLRewrite" in filters:
        path = filters["URLRewrite"]["urlRewrite"]["path"]["replaceFullPath"]
        forwarded["regex_rewrite"] = {"pattern": {"regex": "^/.*$"}, "substitution": path}
    found: Object = {"route": forwarded}
    modifier = filters.get("RequestHeaderModifier", {}).get("requestHeaderModifier", {})
    for kind, append in (("set", "OVERWRITE_IF_EXISTS_OR_ADD"), ("add", "APPEND_IF_EXISTS_OR_ADD")):
        for one in modifier.get(kind, []):
            header = {"key": one["name"], "value": one["value"]}
            found["request_headers_to_add"] = [{"header": header, "append_action": append}]
    if "remove" in modifier:
        found["request_headers_to_remove"] = modifier["remove"]
    return found
