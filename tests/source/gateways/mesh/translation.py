"""Translates resources of Istio into a configuration of Envoy, as Istio's documentation describes what they do.

It shares nothing with the reader, and knows only what ``mesh_programs`` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tests.source.gateways.envoy_programs import HTTP, NETWORK
from tests.source.gateways.mesh.mesh_programs import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.pki import TestPki
    from tests.source.gateways.mesh.meshes import Object

TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
TEMPLATE = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"


class Translation(Struct, frozen=True):
    """Translates the resources of one listener."""

    pki: TestPki

    def listener(self, resources: list[Object]) -> Object:
        """Return the listener of a gateway."""
        (gateway,) = (one for one in resources if one["kind"] == "Gateway")
        services = [one["spec"] for one in resources if one["kind"] == "VirtualService"]
        policies = [one for one in resources if one["kind"] == "AuthorizationPolicy"]
        (server,) = gateway["spec"]["servers"]
        chain: Object = {"filters": [{"name": "http", "typed_config": manager(services, policies)}]}
        if "tls" in server:
            chain["transport_socket"] = {"name": "tls", "typed_config": self.tls(server["tls"]["mode"])}
        socket = {"address": "127.0.0.1", "port_value": server["port"]["number"]}
        name = gateway["metadata"]["name"]
        return {"name": name, "address": {"socket_address": socket}, "filter_chains": [chain]}

    def tls(self, mode: str) -> Object:
        """Return what a mode does."""
        pair = {
            "certificate_chain": {"filename": str(self.pki.server_cert)},
            "private_key": {"filename": str(self.pki.server_key)},
        }
        common: Object = {"tls_certificates": [pair]}
        if mode != "SIMPLE":
            common["validation_context"] = {"trusted_ca": {"filename": str(self.pki.client_ca)}}
        return {
            "@type": TLS,
            "common_tls_context": common,
            "require_client_certificate": mode == "MUTUAL",
        }


def manager(services: list[Object], policies: list[Object]) -> Object:
    """Return the connection manager of a gateway."""
    hosts = [
        {
            "name": f"v{at}",
            "domains": spec["hosts"],
            "routes": [one for rule in spec["http"] for one in routes(rule)],
        }
        for at, spec in enumerate(services)
    ]
    router = {"name": "router", "typed_config": {"@type": f"{HTTP}.router.v3.Router"}}
    return {
        "@type": f"{NETWORK}.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "s",
        "route_config": {"name": "r", "virtual_hosts": hosts},
        "http_filters": [*rbac(policies), router],
        "normalize_path": True,
    }


def routes(rule: Object) -> Iterator[Object]:
    """Yield a route for each match."""
    for match in rule.get("match") or [{}]:
        found: Object = {"match": condition(match)}
        if "redirect" in rule:
            yield {**found, "redirect": {"path_redirect": rule["redirect"]["uri"]}}
            continue
        if "directResponse" in rule:
            yield {**found, "direct_response": {"status": rule["directResponse"]["status"]}}
            continue
        action: Object = {"cluster": rule["route"][0]["destination"]["host"]}
        if "rewrite" in rule:
            action["prefix_rewrite"] = rule["rewrite"]["uri"]
        yield {**found, "route": action, **changes(rule.get("headers", {}).get("request", {}))}


def changes(request: Object) -> Object:
    """Return what happens to headers."""
    found: Object = {}
    for kind, action in (("set", "OVERWRITE_IF_EXISTS_OR_ADD"), ("add", "APPEND_IF_EXISTS_OR_ADD")):
        for key, value in request.get(kind, {}).items():
            found["request_headers_to_add"] = [
                {"header": {"key": key, "value": value}, "append_action": action}
            ]
    if "remove" in request:
        found["request_headers_to_remove"] = request["remove"]
    return found


def condition(match: Object) -> Object:
    """Return a RouteMatch."""
    kind, value = next(iter(match.get("uri", {"prefix": "/"}).items()))
    found: Object = {"headers": []}
    if kind == "regex":
        found["safe_regex"] = {"regex": value}
    else:
        found["path" if kind == "exact" else kind] = value
    if match.get("ignoreUriCase"):
        found["case_sensitive"] = False
    pseudo = {":method": match.get("method"), ":authority": match.get("authority")}
    for name, text in (*pseudo.items(), *match.get("headers", {}).items()):
        if text is not None:
            found["headers"].append({"name": name, **texts(text)})
    for name, text in match.get("withoutHeaders", {}).items():
        empty = {"treat_missing_header_as_empty": True} if text else {}
        found["headers"].append({"name": name, "invert_match": True, **texts(text), **empty})
    for name, text in match.get("queryParams", {}).items():
        found["query_parameters"] = [{"name": name, **texts(text)}]
    return found


def texts(text: Object) -> Object:
    """Return a matcher of a header or argument; an empty text asks for its presence."""
    if not text:
        return {"present_match": True}
    ((kind, value),) = text.items()
    return {"string_match": {"safe_regex": {"regex": value}} if kind == "regex" else {kind: value}}


def rbac(policies: list[Object]) -> Iterator[Object]:
    """Yield the filters: what denies comes first."""
    for action in ("DENY", "ALLOW"):
        own = [
            one
            for one in policies
            if one["spec"].get("action", "ALLOW") == action and "annotations" not in one["metadata"]
        ]
        if own:
            rules = {
                f"{one['metadata']['name']}-{at}": {
                    "permissions": permissions(rule),
                    "principals": principals(rule),
                }
                for one in own
                for at, rule in enumerate(one["spec"].get("rules", []))
            }
            config = {"@type": f"{HTTP}.rbac.v3.RBAC", "rules": {"action": action, "policies": rules}}
            yield {"name": f"rbac-{action.lower()}", "typed_config": config}


def permissions(rule: Object) -> list[Object]:
    """Return the operations of a rule."""
    if "to" not in rule:
        return [{"any": True}]
    return [
        {"and_rules": {"rules": [permission(*field) for field in one["operation"].items()]}}
        for one in rule["to"]
    ]


def permission(name: str, values: list[str]) -> Object:
    """Return one field of an operation."""
    if name.startswith("not"):
        return {"not_rule": permission(name[3].lower() + name[4:], values)}
    tests = {"paths": path, "methods": method, "hosts": host}
    return {"or_rules": {"rules": [tests[name](value) for value in values]}}


def path(value: str) -> Object:
    """Return a condition on the path."""
    if "{" in value:
        template = value.replace("{**}", "**").replace("{*}", "*")
        config = {"@type": TEMPLATE, "path_template": template}
        return {"uri_template": {"name": "uri-template", "typed_config": config}}
    return {"url_path": {"path": string(value)}}


def method(value: str) -> Object:
    """Return a condition on the method."""
    return {"header": {"name": ":method", "string_match": string(value)}}


def host(value: str) -> Object:
    """Return a condition on the host."""
    return {"header": {"name": ":authority", "string_match": {**string(value), "ignore_case": True}}}


def string(value: str) -> Object:
    """Return a StringMatcher: exact, prefix, suffix or presence."""
    if value == "*":
        return {"safe_regex": {"regex": ".+"}}
    if value.endswith("*"):
        return {"prefix": value[:-1]}
    return {"suffix": value[1:]} if value.startswith("*") else {"exact": value}


def principals(rule: Object) -> list[Object]:
    """Return source and conditions of a rule."""
    found: list[Object] = []
    for one in rule.get("from", []):
        for name, (value,) in one["source"].items():
            names = {"contains": "CN="} if value == NAME else {"safe_regex": {"regex": ".+"}}
            own: Object = {"authenticated": {"principal_name": names}}
            found.append({"not_id": own} if name.startswith("not") else own)
    for one in rule.get("when", []):
        for name in ("values", "notValues"):
            for value in one.get(name, []):
                own = {"header": {"name": "x-a", "string_match": string(value)}}
                found.append({"not_id": own} if name.startswith("not") else own)
    return [{"and_ids": {"ids": found}}] if found else [{"any": True}]
