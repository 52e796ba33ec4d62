"""Makes Envoy configurations in which constructs combine, and requests that tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

    from tests.servers.pki import TestPki

Node = dict[str, Any]
SCHEMES = ("http", "https")
PREFIXES = ("/", "/a", "/a/", "/ab", "/a/b", "/A", "/b", "/b/")
EXACT = ("/a", "/a/b", "/b", "/a/", "/A")
SEPARATED = ("/a", "/a/b", "/b")
EXPRESSIONS = ("/a.*", "/(a|b)/?", ".*b", "/a/[a-z]+", "/[^/]+")
TARGETS = (
    *("/", "/a", "/a/", "/ab", "/a/b", "/a/b/c", "/A", "/b", "/b/c", "/c", "//a", "/a//b", "/%61", "/a%2Fb"),
    *(
        "/a%2fb",
        "/./a",
        "/a/..",
        "/a/../b",
        "/b/%2e%2e/a",
        "/a?debug=1",
        "/a/b?x=1&debug=1",
        "/b?debug=2",
        "/a%5Cb",
    ),
    *("/a;x", "/a%20b", "/%41", "/..", "/a/./b", "/ab?debug", "/a%2", "/b/../../a"),
)
DOMAINS = ("one.example", "*.example", "two.*", "*.two.example", "other.test", "one.example:8443")
AUTHORITIES: tuple[Node, ...] = tuple(
    {"header": {"name": ":authority", "string_match": match}}
    for match in (
        *({"exact": "one.example"}, {"prefix": "www."}, {"suffix": ".example"}, {"contains": ":"}),
        {"exact": "one.example", "ignore_case": True},
    )
)
NAMED: Node = {"authenticated": {"principal_name": {"contains": "CN="}}}
PRINCIPALS: tuple[Node, ...] = (
    NAMED,
    NAMED,
    {"any": True},
    {"authenticated": {}},
    {"authenticated": {"principal_name": {"safe_regex": {"regex": ".*"}}}},
    {"not_id": NAMED},
    {"authenticated": {"principal_name": {"exact": "CN=alice,OU=reader"}}},
    {"authenticated": {"principal_name": {"suffix": "/alice"}}},
    {"authenticated": {"principal_name": {"exact": "bob"}}},
    {"header": {"name": "x-client-cert", "present_match": True}},
    {"header": {"name": "x-client-cert", "string_match": {"exact": "forged"}, "invert_match": True}},
    {"or_ids": {"ids": [NAMED, {"header": {"name": "x-client-cert", "string_match": {"prefix": "for"}}}]}},
    {"and_ids": {"ids": [NAMED, {"url_path": {"path": {"prefix": "/a"}}}]}},
    *AUTHORITIES,
)
PERMISSIONS: tuple[Node, ...] = (
    {"any": True},
    {"any": True},
    {"url_path": {"path": {"prefix": "/a"}}},
    {"url_path": {"path": {"exact": "/b", "ignore_case": True}}},
    {"not_rule": {"url_path": {"path": {"safe_regex": {"regex": "/a/?.*"}}}}},
    {"header": {"name": ":method", "string_match": {"exact": "GET"}}},
    {"header": {"name": ":path", "string_match": {"contains": "b"}}},
    {"not_rule": AUTHORITIES[0]},
    AUTHORITIES[1],
    {"and_rules": {"rules": [{"url_path": {"path": {"suffix": "b"}}}, {"any": True}]}},
)
HTTP = "type.googleapis.com/envoy.extensions.filters.http"
NETWORK = "type.googleapis.com/envoy.extensions.filters.network"
DISABLED: Node = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
SLASHES = ("KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD")
FORWARDED = ("SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY")
APPEND = ("APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS")


class EnvoyWriter(Struct):
    """Writes listeners."""

    random: Random
    pki: TestPki

    def often(self, chance: float) -> bool:
        """Return true that often."""
        return self.random.random() < chance

    def listener(self, number: int, port: int) -> Node:
        """One listener: one chain, or one for each name."""
        tls = self.often(0.85)
        names = (
            self.random.choice(([], [], [["one.example"], ["*.two.example"]], [["one.example"]]))
            if tls
            else []
        )
        chains = [self.chain(tls=tls, names=one) for one in names]
        if not names or self.often(0.7):
            chains.append(self.chain(tls=tls, names=[]))
        found: Node = {
            "name": f"l{number}",
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
            "filter_chains": chains,
            "enable_reuse_port": False,  # no other Envoy of this machine shares the port
        }
        if tls:
            inspector = "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
            found["listener_filters"] = [{"name": "tls", "typed_config": {"@type": inspector}}]
        return found

    def chain(self, *, tls: bool, names: list[str]) -> Node:
        """A filter chain."""
        filters: list[Node] = []
        if self.often(0.15):
            config = {
                "@type": f"{NETWORK}.rbac.v3.RBAC",
                "stat_prefix": "r",
                "rules": self.connection_rules(),
            }
            filters.append({"name": "network", "typed_config": config})
        found: Node = {"filters": [*filters, {"name": "http", "typed_config": self.manager()}]}
        if names:
            found["filter_chain_match"] = {"server_names": names}
        if tls:
            found["transport_socket"] = {"name": "tls", "typed_config": self.tls()}
        return found

    def tls(self) -> Node:
        """What a chain does about certificates."""
        common: Node = {
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(self.pki.server_cert)},
                    "private_key": {"filename": str(self.pki.server_key)},
                }
            ]
        }
        if self.often(0.9):
            common["validation_context"] = {"trusted_ca": {"filename": str(self.pki.client_ca)}}
            if self.often(0.2):
                common["validation_context"]["trust_chain_verification"] = "ACCEPT_UNTRUSTED"
        found: Node = {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": common,
        }
        if self.often(0.6):
            found["require_client_certificate"] = self.often(0.3)
        return found

    def manager(self) -> Node:
        """An HTTP connection manager."""
        hosts = [self.host(number, [domain]) for number, domain in enumerate(self.some(DOMAINS, 2))]
        if not hosts or self.often(0.6):
            hosts.append(self.host(len(hosts), ["*"]))
        routes: Node = {"name": "r", "virtual_hosts": hosts, **self.headers(0.2), **self.overrides(0.1)}
        if self.often(0.3):
            routes["most_specific_header_mutations_wins"] = True
        if self.often(0.2):
            routes["ignore_port_in_host_matching"] = True
        filters = [self.rbac(name) for name in ("first", "second") if self.often(0.6)]
        router = {"name": "router", "typed_config": {"@type": f"{HTTP}.router.v3.Router"}}
        found: Node = {
            "@type": f"{NETWORK}.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "s",
            "route_config": routes,
            "http_filters": [*filters, router],
        }
        found |= {name: self.often(0.8) for name in ("normalize_path", "merge_slashes") if self.often(0.5)}
        if self.often(0.5):
            found["path_with_escaped_slashes_action"] = self.random.choice(SLASHES)
        if self.often(0.6):
            found["forward_client_cert_details"] = self.random.choice(FORWARDED)
            found["set_current_client_cert_details"] = {"subject": True}
        found |= {
            name: True for name in ("strip_any_host_port", "strip_trailing_host_dot") if self.often(0.2)
        }
        found |= self.origin()
        if self.often(0.3):
            found["upgrade_configs"] = [self.upgrade(own=self.often(0.5))]
        return found

    def origin(self) -> Node:
        """Who says where requests come from."""
        found: Node = {}
        if self.often(0.3):
            found["use_remote_address"] = self.often(0.7)
        if self.often(0.2):
            found["xff_num_trusted_hops"] = self.random.choice((0, 1))
        if self.often(0.3):
            ranges = [{"address_prefix": "10.0.0.0", "prefix_len": 8}]
            found["internal_address_config"] = {"cidr_ranges": ranges}
        if self.often(0.1):
            found["scheme_header_transformation"] = {"scheme_to_overwrite": self.random.choice(SCHEMES)}
        return found

    def by_origin(self) -> Node:
        """A condition on what Envoy notes about the origin."""
        name = self.random.choice(("x-forwarded-proto", ":scheme"))
        return {"name": name, "string_match": {"exact": self.random.choice(SCHEMES)}}

    def upgrade(self, *, own: bool) -> Node:
        """What becomes of requests for another protocol."""
        found: Node = {"upgrade_type": "websocket"}
        if own:
            router = {"name": "router", "typed_config": {"@type": f"{HTTP}.router.v3.Router"}}
            found["filters"] = [*([self.rbac("first")] if self.often(0.4) else []), router]
        return {**found, "enabled": False} if self.often(0.2) else found

    def some(self, choices: tuple[str, ...], most: int) -> list[str]:
        """Choose up to ``most`` different ones."""
        return self.random.sample(choices, self.random.randrange(most + 1))

    def host(self, number: int, domains: list[str]) -> Node:
        """A virtual host."""
        routes = [self.route() for _ in range(self.random.randrange(1, 5))]
        found: Node = {"name": f"v{number}", "domains": domains, "routes": routes}
        if self.often(0.1):
            found["require_tls"] = self.random.choice(("ALL", "EXTERNAL_ONLY"))
        return {**found, **self.headers(0.2), **self.overrides(0.15)}

    def route(self) -> Node:
        """A route."""
        kinds = (
            ("prefix", PREFIXES),
            ("prefix", PREFIXES),
            ("path", EXACT),
            ("path_separated_prefix", SEPARATED),
        )
        kind, choices = self.random.choice(kinds)
        match: Node = {kind: self.random.choice(choices)}
        if self.often(0.2):
            match = {"safe_regex": {"regex": self.random.choice(EXPRESSIONS)}}
        if self.often(0.15):
            match["case_sensitive"] = False
        if self.often(0.1):
            match["headers"] = [{"name": "x-client-cert", "present_match": self.often(0.5)}]
        if self.often(0.1):
            bounds = self.random.choice(({"start": 1, "end": 5}, {"start": -2, "end": 3}, {"end": 1}))
            level: Node = {"name": "x-level", "range_match": bounds}
            level |= {
                name: True for name in ("invert_match", "treat_missing_header_as_empty") if self.often(0.2)
            }
            match["headers"] = [level]
        if self.often(0.1):
            match["headers"] = [self.by_origin()]
        if self.often(0.05):
            match["grpc"] = {}
        if self.often(0.1):
            match["query_parameters"] = [{"name": "debug", "string_match": {"exact": "1"}}]
        if self.often(0.1):
            match["tls_context"] = {self.random.choice(("presented", "validated")): self.often(0.7)}
        return {"match": match, **self.action(match), **self.headers(0.25), **self.overrides(0.25)}

    def action(self, match: Node) -> Node:
        """What a route does."""
        if self.often(0.1):
            return {"direct_response": {"status": self.random.choice((200, 403, 404))}}
        if self.often(0.05):
            return {"redirect": {"host_redirect": "elsewhere.example"}}
        if self.often(0.1):
            clusters = [{"name": name, "weight": 1} for name in ("alpha", "alpha")]
            return {"route": {"weighted_clusters": {"clusters": clusters}}}
        action: Node = {"cluster": self.random.choice(("alpha", "beta"))}
        if self.often(0.1):
            action = {"cluster_header": "X-Cluster"}
        if "safe_regex" not in match and self.often(0.15):
            action["prefix_rewrite"] = self.random.choice(("/", "/up", "/up/"))
        if self.often(0.1):
            action["upgrade_configs"] = [{"upgrade_type": "websocket", "enabled": self.often(0.6)}]
        return {"route": action}

    def headers(self, chance: float) -> Node:
        """What a level does to headers."""
        found: Node = {}
        if self.often(chance):
            value = self.random.choice(("%DOWNSTREAM_PEER_SUBJECT%", "fixed"))
            one = {
                "header": {"key": "x-client-cert", "value": value},
                "append_action": self.random.choice(APPEND),
            }
            found["request_headers_to_add"] = [one]
        if self.often(chance / 2):
            found["request_headers_to_remove"] = ["x-client-cert"]
        return found

    def overrides(self, chance: float) -> Node:
        """Configurations of filters for a level."""
        found: Node = {}
        for name in ("first", "second"):
            if self.often(chance):
                own = {"@type": f"{HTTP}.rbac.v3.RBACPerRoute"}
                rules: Node = {"rbac": {"rules": self.rules()}} if self.often(0.6) else {}
                found[name] = {**own, **rules} if self.often(0.7) else DISABLED
        return {"typed_per_filter_config": found} if found else {}

    def rbac(self, name: str) -> Node:
        """A filter with policies."""
        config: Node = {"@type": f"{HTTP}.rbac.v3.RBAC"}
        if self.often(0.9):
            config["rules"] = self.rules()
        if self.often(0.1):
            config["shadow_rules"] = self.rules()
        found = {"name": name, "typed_config": config}
        return {**found, "disabled": True} if self.often(0.1) else found

    def rules(self) -> Node:
        """Policies."""
        count = self.random.randrange(1, 3)
        return {
            "action": self.random.choice(("ALLOW", "ALLOW", "ALLOW", "DENY", "LOG")),
            "policies": {
                f"p{number}": {
                    "permissions": [self.random.choice(PERMISSIONS)],
                    "principals": [self.random.choice(PRINCIPALS)],
                }
                for number in range(count)
            },
        }

    def connection_rules(self) -> Node:
        """Policies for connections, which have no paths or headers."""
        return {
            "action": self.random.choice(("ALLOW", "DENY")),
            "policies": {
                "p": {"permissions": [{"any": True}], "principals": [self.random.choice(PRINCIPALS[:6])]}
            },
        }
