"""Forms of Envoy: RBAC filters, and what routes and virtual hosts override of them."""

from __future__ import annotations

from tests.source.gateways.forms.form import Attack, Form

FILE = "envoy.yaml"
AUTHENTICATED = "authenticated: { principal_name: { prefix: 'spiffe://' } }"
ANY = "any: true"
TYPE = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3"


def rbac(
    principals: str, permissions: str = f"{{ {ANY} }}", action: str = "ALLOW", member: str = "rules"
) -> str:
    """A filter with one policy."""
    return (
        f'{{ "@type": {TYPE}.RBAC, {member}: {{ action: {action}, policies: '
        f"{{ p: {{ permissions: [ {permissions} ], principals: [ {principals} ] }} }} }} }}"
    )


def override(inner: str = "") -> str:
    """What a level has in place of the filter: nothing, or another policy."""
    typed = f'"@type": {TYPE}.RBAC, '
    own = f", rbac: {inner.replace(typed, '')}" if inner else ""
    return f'typed_per_filter_config: {{ envoy.filters.http.rbac: {{ "@type": {TYPE}.RBACPerRoute{own} }} }}'


def listener(
    filter_: str, routes: str = "", *, virtual: str = "", route: str = "{ cluster: app }", own: str = ""
) -> str:
    """A listener with TLS before the service."""
    return f"""
static_resources:
  listeners:
  - address: {{ socket_address: {{ address: @HOST@, port_value: @PORT@ }} }}
    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          normalize_path: true
          merge_slashes: true
          path_with_escaped_slashes_action: REJECT_REQUEST
          route_config:
            name: local
            virtual_hosts:
            - name: app
              domains: ["*"]
              {virtual}
              routes:
              {routes}
              - match: {{ prefix: "/" }}
                route: {route}
                {own}
          http_filters:
          - name: envoy.filters.http.rbac
            typed_config: {filter_}
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          require_client_certificate: false
          common_tls_context:
            tls_certificates: [{{ certificate_chain: {{ filename: "@CERT@" }}, private_key: {{ filename: "@KEY@" }} }}]
            validation_context: {{ trusted_ca: {{ filename: "@CA@" }} }}
  clusters:
  - name: app
    type: STATIC
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: @UP_HOST@, port_value: @UP_PORT@ }} }} }}
"""


def at(match: str, own: str = "", route: str = "{ cluster: app }") -> str:
    """A route before that for everything."""
    return f"""- match: {{ {match} }}
                route: {route}
                {own}
"""


GUARD = rbac(f"{{ {AUTHENTICATED} }}")
PUBLIC = at('path: "/public"', override())
SECURE = '{ url_path: { path: { prefix: "/secure" } } }'
POSTED = '{ header: { name: ":method", string_match: { exact: POST } } }'
INTERNAL = "{ header: { name: x-internal, present_match: true } }"
NOT_BANNED = "{ not_id: { header: { name: x-banned, present_match: true } } }"
ANONYMOUS = f"{{ not_id: {{ {AUTHENTICATED} }} }}"
FORMS = {
    "a route without the filter": Form(
        listener(GUARD, PUBLIC), listener(GUARD, at('prefix: "/s"', override()) + "              " + PUBLIC)
    ),
    "a virtual host without the filter": Form(
        listener(GUARD, PUBLIC), listener(GUARD, PUBLIC, virtual=override())
    ),
    "a route that admits any": Form(
        listener(GUARD, at('path: "/public"', override(rbac(f"{{ {ANY} }}")))),
        listener(GUARD, at('safe_regex: { regex: "/(public|sec).*" }', override(rbac(f"{{ {ANY} }}")))),
    ),
    "a route that overrides what its virtual host allows": Form(
        listener(GUARD, PUBLIC, virtual=override(), own=override(GUARD)),
        listener(GUARD, PUBLIC, virtual=override(GUARD), own=override()),
    ),
    "shadow rules": Form(
        listener(GUARD, PUBLIC), listener(rbac(f"{{ {AUTHENTICATED} }}", member="shadow_rules"), PUBLIC)
    ),
    "a denial of one path": Form(
        listener(rbac(ANONYMOUS, SECURE, "DENY")),
        listener(rbac(ANONYMOUS, SECURE.replace("prefix", "exact").replace("/secure", "/secure/"), "DENY")),
    ),
    "a denial of anonymous clients for a method": Form(
        listener(rbac(ANONYMOUS, SECURE, "DENY")),
        listener(
            rbac(
                ANONYMOUS,
                f"{{ and_rules: {{ rules: [ {SECURE}, {POSTED} ] }} }}",
                "DENY",
            )
        ),
    ),
    "a header instead of the certificate": Form(
        listener(
            rbac(f"{{ and_ids: {{ ids: [ {{ {AUTHENTICATED} }}, {NOT_BANNED} ] }} }}"),
            PUBLIC,
        ),
        listener(
            rbac(f"{{ or_ids: {{ ids: [ {{ {AUTHENTICATED} }}, {INTERNAL} ] }} }}"),
            PUBLIC,
        ),
        Attack(headers={"x-internal": "1"}),
    ),
    "the negation of a principal": Form(
        listener(GUARD, PUBLIC),
        listener(rbac(NOT_BANNED), PUBLIC),
    ),
    "a filter of one of several clusters": Form(
        listener(GUARD, PUBLIC, route="{ weighted_clusters: { clusters: [ { name: app, weight: 1 } ] } }"),
        listener(
            GUARD,
            PUBLIC,
            route=f"{{ weighted_clusters: {{ clusters: [ {{ name: app, weight: 1, {override()} }} ] }} }}",
        ),
    ),
    "the name of the handshake": Form(
        listener(GUARD, PUBLIC),
        listener(
            rbac(f"{{ {ANY} }}", '{ requested_server_name: { exact: "internal.example" } }').replace(
                "policies: {",
                f"policies: {{ q: {{ permissions: [ {{ {ANY} }} ], principals: [ {{ {AUTHENTICATED} }} ] }},",
            ),
            PUBLIC,
        ),
        Attack(server_name="internal.example"),
    ),
    "a path that a route rewrites": Form(
        listener(
            rbac(ANONYMOUS, SECURE, "DENY"),
            at('prefix: "/old/"', route='{ cluster: app, prefix_rewrite: "/public/" }'),
        ),
        listener(
            rbac(ANONYMOUS, SECURE, "DENY"),
            at('prefix: "/old/"', route='{ cluster: app, prefix_rewrite: "/" }'),
        ),
        Attack("/old/secure"),
    ),
}
