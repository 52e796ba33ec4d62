"""Inputs of the readers of gateways: configurations of nginx and Envoy, and resources of Kubernetes."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.fuzz.mutations import as_json, cut, tokens, trees
from tests.growth.seeds import REPEATED
from tests.source.gateways.mesh import meshes
from tests.source.gateways.nginx_programs import program

ROOT = Path(__file__).resolve().parents[2]
TYPES = "type.googleapis.com/envoy.extensions"
NGINX_WORDS = (
    *REPEATED,
    b"{ ",
    b"} ",
    b"; ",
    b"server { listen 80; }\n",
    b"server { listen 80; server_name ~a; }\n",
    b"listen 443 ssl;\n",
    b"server_name a.test *.b.test c.*;\n",
    b"location /a { ",
    b"location /a { } ",
    b"location ~ ^/(a+)+$ { } ",
    b"map $a $b { default $b$b; }\n",
    b"set $a $a$a;\n",
    b"add_header a b; ",
    b"proxy_set_header X-Cert $ssl_client_cert;\n",
    b"if ($a) { ",
    b"rewrite ^(.*)$ /$1/a last;\n",
    b"error_page 403 = @a;\n",
    b"auth_request /a;\n",
    b"include nginx.conf;\n",
    b"include *;\n",
    b"content_by_lua_block { ",
    b"${a",
    b"\\",
    b"~",
)


@cache
def _nginx_seeds() -> tuple[bytes, ...]:
    """The example, and programs in which constructs combine."""
    programs = (program(Random(number)).text for number in range(4))
    written = (
        f"events {{}}\nhttp {{\n{text}\n}}\n".replace("unix:@TLS@", "443").replace("unix:@PLAIN@", "80")
        for text in programs
    )
    example = (ROOT / "examples/gateway/nginx.conf").read_bytes()
    return (example, *(text.encode() for text in written))


def _nginx_tokens(text: bytes) -> list[bytes]:
    return re.findall(rb'"[^"]*"|[{};]|\s+|[^{};\s"]+|"', text)


def nginx() -> st.SearchStrategy[bytes]:
    """Changed configurations."""
    return st.one_of(
        tokens(_nginx_seeds(), NGINX_WORDS, _nginx_tokens),
        cut(st.sampled_from(_nginx_seeds())),
    )


ROUTES: list[dict[str, Any]] = [
    {
        "match": {"safe_regex": {"regex": "/a(b|c)*"}, "headers": [{"name": "x", "exact_match": "y"}]},
        "direct_response": {"status": 403},
    },
    {"match": {"path": "/b", "tls_context": {"presented": True}}, "redirect": {"path_redirect": "/"}},
    {
        "match": {"prefix": "/"},
        "route": {"cluster": "c", "prefix_rewrite": "/v1"},
        "request_headers_to_add": [
            {"header": {"key": "x-cert", "value": "%DOWNSTREAM_PEER_CERT%"}, "append_action": "ADD_IF_ABSENT"}
        ],
    },
]
RBAC: dict[str, Any] = {
    "@type": f"{TYPES}.filters.http.rbac.v3.RBAC",
    "rules": {
        "action": "ALLOW",
        "policies": {
            "p": {
                "permissions": [{"and_rules": {"rules": [{"any": True}, {"not_rule": {"any": False}}]}}],
                "principals": [{"authenticated": {"principal_name": {"exact": "spiffe://a"}}}],
            }
        },
    },
}
ENVOY: dict[str, Any] = {
    "static_resources": {
        "listeners": [
            {
                "address": {"socket_address": {"address": "0.0.0.0", "port_value": 443}},  # noqa: S104
                "filter_chains": [
                    {
                        "filter_chain_match": {"server_names": ["a.test"]},
                        "transport_socket": {
                            "typed_config": {
                                "@type": f"{TYPES}.transport_sockets.tls.v3.DownstreamTlsContext",
                                "require_client_certificate": True,
                                "common_tls_context": {
                                    "validation_context": {"trusted_ca": {"filename": "ca.pem"}}
                                },
                            }
                        },
                        "filters": [
                            {
                                "typed_config": {
                                    "@type": f"{TYPES}.filters.network.http_connection_manager.v3"
                                    ".HttpConnectionManager",
                                    "forward_client_cert_details": "SANITIZE_SET",
                                    "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
                                    "normalize_path": True,
                                    "http_filters": [{"name": "rbac", "typed_config": RBAC}],
                                    "route_config": {
                                        "virtual_hosts": [
                                            {"name": "v", "domains": ["*.test", "*"], "routes": ROUTES}
                                        ]
                                    },
                                }
                            }
                        ],
                    }
                ],
            }
        ],
        "clusters": [
            {
                "name": "c",
                "load_assignment": {
                    "endpoints": [
                        {
                            "lb_endpoints": [
                                {
                                    "endpoint": {
                                        "address": {
                                            "socket_address": {"address": "10.0.0.1", "port_value": 80}
                                        }
                                    }
                                }
                            ]
                        }
                    ]
                },
            }
        ],
    }
}
ENVOY_WORDS = (
    *REPEATED,
    b"- match: {prefix: /}\n",
    b"- {name: v, domains: ['*'], routes: []}\n",
    b"not_rule: {",
    b"and_rules: {rules: [",
    b'{"filter_chains":[{}]},',
    b"<<: *a\n",
    b"&a [*a, *a]",
    b"safe_regex: {regex: '(a+)+b'}\n",
)


def _yaml_tokens(text: bytes) -> list[bytes]:
    return re.findall(rb"[ \n]+|[-:{}\[\],&*!|>#\"']|[^-:{}\[\],&*!|>#\"' \n]+", text)


def envoy() -> st.SearchStrategy[bytes]:
    """Changed trees as JSON and YAML, and changed text."""
    changed = trees([ENVOY])
    written = yaml.safe_dump(ENVOY, sort_keys=False).encode()
    return st.one_of(
        as_json(changed),
        changed.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")),
        tokens([written, json.dumps(ENVOY).encode()], ENVOY_WORDS, _yaml_tokens),
        cut(st.just(written)),
    )


MESH: list[meshes.Object] = [
    meshes.gateway(
        meshes.server({"mode": "MUTUAL", "credentialName": "c"}, hosts=["*/a.test", "./*.test"]),
        meshes.server({"httpsRedirect": True}, port=80, protocol="HTTP"),
        meshes.server(None, port=9000, protocol="TCP"),
    ),
    meshes.routes(
        {"match": [{"uri": {"regex": "/a(b|c)*"}, "headers": {"x": {"exact": "y"}}}], "redirect": {}},
        {"rewrite": {"uri": "/v1"}, "headers": {"request": {"set": {"x-cert": "%DOWNSTREAM_PEER_CERT%"}}}}
        | {"route": meshes.to()},
        hosts=["*"],
        tcp=[{"route": meshes.to()}],
    ),
    meshes.policy(
        {
            "action": "DENY",
            "rules": [
                {
                    "from": [{"source": {"notPrincipals": ["*"], "namespaces": ["a"]}}],
                    "to": [{"operation": {"paths": ["/a/{*}"], "notMethods": ["GET"]}}],
                    "when": [{"key": "request.headers[x]", "values": ["y*"]}],
                }
            ],
        }
    ),
    meshes.peer("STRICT", selector={"matchLabels": meshes.SHOP}, portLevelMtls={"9090": {"mode": "DISABLE"}}),
    *meshes.service(target="web"),
    meshes.api_gateway(
        meshes.listener(allowedRoutes={"namespaces": {"from": "All"}}),
        frontend={"default": meshes.validation("AllowInsecureFallback"), "perPort": [{"port": 443}]},
    ),
    meshes.http_route(
        meshes.rule(meshes.path("/a", method="GET", headers=[{"name": "x", "value": "y"}])),
        meshes.rule(filters=[{"type": "URLRewrite", "urlRewrite": {"path": {"replacePrefixMatch": "/b"}}}]),
    ),
    {"apiVersion": "v1", "kind": "List", "items": [meshes.policy({}, name="q")]},
]
MESH_WORDS = (
    *REPEATED,
    b"---\n",
    b"--- {apiVersion: security.istio.io/v1, kind: PeerAuthentication}\n",
    b"- {match: [{uri: {prefix: /}}]}\n",
    b"kind: List\nitems:\n",
    b"<<: *a\n",
    b"&a [*a, *a]",
    b"regex: '(a+)+b'\n",
    b"{{ .Values.x }}\n",
)


def mesh() -> st.SearchStrategy[bytes]:
    """Changed resources as documents of one file, and changed text."""
    text = meshes.written(*MESH).encode()
    changed = st.lists(trees([*MESH]), min_size=1, max_size=4).map(
        lambda objects: yaml.safe_dump_all([*MESH, *objects], allow_unicode=True).encode(
            "utf-8", "surrogatepass"
        )
    )
    return st.one_of(changed, tokens([text], MESH_WORDS, _yaml_tokens), cut(st.just(text)))
