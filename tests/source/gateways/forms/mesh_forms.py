"""Forms of Istio and of the Gateway API, which no program runs here: they follow the written semantics."""

from __future__ import annotations

import textwrap

from tests.source.gateways.forms.form import Form

FILE = "mesh.yaml"
EDGE = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers:
  - port: { number: 443, name: https, protocol: HTTPS }
    hosts: [api.example]
    tls: { mode: MODE, credentialName: cert }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, namespace: shop }
spec:
  hosts: [api.example]
  gateways: [istio-system/edge]
  http:
  ROUTES
"""
ALL = "- route: [ { destination: { host: api.shop.svc.cluster.local, port: { number: 8080 } } } ]"


def edge(*policies: str, mode: str = "OPTIONAL_MUTUAL", routes: str = ALL) -> str:
    """A gateway with a route to the service, and policies."""
    text = EDGE.replace("MODE", mode).replace("  ROUTES", textwrap.indent(routes, "  "))
    return "\n---\n".join((text, *policies))


def policy(name: str, action: str, *rules: str, namespace: str = "istio-system", selector: str = "") -> str:
    """A policy of the gateway."""
    inner = "\n".join(f"  - {one}" for one in rules)
    chosen = selector or "selector: { matchLabels: { istio: ingressgateway } }"
    return f"""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  {chosen}
  action: {action}
  rules:
{inner}
"""


ANY = '{ from: [ { source: { principals: ["*"] } } ] }'
PUBLIC = '{ to: [ { operation: { paths: ["/public"] } } ] }'
ALLOWED = policy("allow", "ALLOW", ANY, PUBLIC)
NO_CLIENT = '{ from: [ { source: { notPrincipals: ["*"] } } ], to: [ { operation: { %s } } ] }'
DENIED = policy("deny", "DENY", NO_CLIENT % 'paths: ["/secure*"]')
GUARDED = policy("deny", "DENY", NO_CLIENT % 'notPaths: ["/public"]')
MATCHED = """- match: [ { uri: { prefix: "/old/" } } ]
  rewrite: { uri: "%s" }
  route: [ { destination: { host: api.shop.svc.cluster.local, port: { number: 8080 } } } ]
"""
API = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: any
  %s
  listeners:
  - { name: https, port: 443, protocol: HTTPS, hostname: api.example, tls: { certificateRefs: [ { name: cert } ] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api, namespace: shop }
spec:
  parentRefs: [ { name: edge } ]
  hostnames: [api.example]
  rules:
  - backendRefs: [ { name: api, port: 8080 } ]
"""
VALIDATION = "{ mode: %s, caCertificateRefs: [ { kind: ConfigMap, group: '', name: ca } ] }"


def api(frontend: str) -> str:
    """A gateway of the Gateway API."""
    return API % frontend


DEFAULT = f"tls: {{ frontend: {{ default: {{ validation: {VALIDATION} }} }} }}"
OF_PORT = f"{{ port: %s, tls: {{ validation: {VALIDATION} }} }}"
PORTS = f"tls: {{ frontend: {{ default: {{ validation: {VALIDATION} }}, perPort: [ {OF_PORT} ] }} }}"
FORMS = {
    "the mode of a server": Form(edge(mode="MUTUAL"), edge(mode="SIMPLE")),
    "an optional certificate without a policy": Form(edge(DENIED), edge()),
    "an allowance of a beginning": Form(
        edge(ALLOWED), edge(policy("allow", "ALLOW", ANY, PUBLIC.replace("/public", "/*")))
    ),
    "a denial that leaves paths out": Form(
        edge(GUARDED), edge(policy("deny", "DENY", NO_CLIENT % 'notPaths: ["/public", "/sec*"]'))
    ),
    "a denial of one method": Form(
        edge(DENIED), edge(policy("deny", "DENY", NO_CLIENT % 'paths: ["/secure*"], methods: ["POST"]'))
    ),
    "a denial for other hosts": Form(
        edge(policy("deny", "DENY", NO_CLIENT % 'paths: ["/secure*"], hosts: ["*"]')),
        edge(policy("deny", "DENY", NO_CLIENT % 'paths: ["/secure*"], hosts: ["www.example"]')),
    ),
    "a policy for other pods": Form(
        edge(DENIED),
        edge(
            policy(
                "deny",
                "DENY",
                NO_CLIENT % 'paths: ["/secure*"]',
                selector="selector: { matchLabels: { app: other } }",
            )
        ),
        found=False,
    ),
    "an audit": Form(edge(DENIED), edge(DENIED.replace("action: DENY", "action: AUDIT"))),
    "two policies that allow": Form(
        edge(ALLOWED, policy("health", "ALLOW", PUBLIC.replace("/public", "/health"))),
        edge(ALLOWED, policy("health", "ALLOW", '{ to: [ { operation: { methods: ["GET"] } } ] }')),
    ),
    "a path that is rewritten behind the policy": Form(
        edge(DENIED, routes=MATCHED % "/public/" + ALL), edge(DENIED, routes=MATCHED % "/" + ALL), found=False
    ),
    "a condition on a header": Form(
        edge(policy("deny", "DENY", NO_CLIENT % 'paths: ["/secure*"]')),
        edge(
            policy(
                "deny",
                "DENY",
                (NO_CLIENT % 'paths: ["/secure*"]').removesuffix(" }")
                + ', when: [ { key: "request.headers[x-internal]", notValues: ["1"] } ] }',
            )
        ),
    ),
    "the validation of clients": Form(
        api(DEFAULT % "AllowValidOnly"), api(DEFAULT % "AllowInsecureFallback")
    ),
    "the validation of another port": Form(
        api(PORTS % ("AllowValidOnly", 8443, "AllowInsecureFallback")),
        api(PORTS % ("AllowValidOnly", 443, "AllowInsecureFallback")),
    ),
}
