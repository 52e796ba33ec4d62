"""Forms of Caddy: client authentication by name, matchers and the order of routes."""

from __future__ import annotations

import json
from typing import Any

from tests.source.gateways.forms.form import Attack, Form

FILE = "caddy.json"
Node = dict[str, Any]
PASS: Node = {"handler": "reverse_proxy", "upstreams": [{"dial": "@UP@"}]}
REFUSE: Node = {"handler": "static_response", "status_code": 403}
NO_CERTIFICATE: Node = {"expression": "{http.request.tls.client.fingerprint} == null"}


def route(handlers: list[Node], *matches: Node, terminal: bool = False) -> Node:
    """A route."""
    found: Node = {"handle": handlers}
    if matches:
        found["match"] = list(matches)
    if terminal:
        found["terminal"] = True
    return found


def server(*routes: Node, policies: list[Node] | None = None, mode: str = "verify_if_given") -> str:
    """A server with TLS before the service."""
    authentication = {"trusted_ca_certs_pem_files": ["@CA@"], "mode": mode}
    server_: Node = {
        "listen": ["@LISTEN@"],
        "routes": list(routes),
        "automatic_https": {"disable": True},
        "tls_connection_policies": policies or [{"client_authentication": authentication}],
    }
    files = {"load_files": [{"certificate": "@CERT@", "key": "@KEY@"}]}
    apps = {"http": {"servers": {"srv": server_}}, "tls": {"certificates": files}}
    return json.dumps({"admin": {"disabled": True}, "apps": apps}, indent=1)


def guarded(*matches: Node) -> str:
    """A server that refuses clients without a certificate where matchers fit."""
    return server(route([REFUSE], *matches), route([PASS]))


def of_name(name: str, mode: str) -> Node:
    """A policy of connections."""
    found: Node = {"client_authentication": {"trusted_ca_certs_pem_files": ["@CA@"], "mode": mode}}
    return {"match": {"sni": [name]}, **found} if name else found


DEMANDED, OPTIONAL = "require_and_verify", "verify_if_given"
NOT_PUBLIC: Node = {"not": [{"path": ["/public"]}]}
FORMS = {
    "the mode of the handshake": Form(
        server(route([PASS]), mode=DEMANDED), server(route([PASS]), mode=OPTIONAL)
    ),
    "a certificate of any authority": Form(
        server(route([PASS]), mode=DEMANDED), server(route([PASS]), mode="request")
    ),
    "policies by name": Form(
        server(route([PASS]), policies=[of_name("@NAME@", DEMANDED), of_name("", DEMANDED)]),
        server(route([PASS]), policies=[of_name("www.example", DEMANDED), of_name("", OPTIONAL)]),
    ),
    "a guard for a path": Form(
        guarded({**NO_CERTIFICATE, "path": ["/secure*"]}),
        guarded({**NO_CERTIFICATE, "path": ["/secure/*"]}),
    ),
    "a guard for all paths but one": Form(
        guarded({**NO_CERTIFICATE, **NOT_PUBLIC}),
        guarded({**NO_CERTIFICATE, "not": [{"path": ["/public", "/s*"]}]}),
    ),
    "matchers of one set": Form(
        guarded({**NO_CERTIFICATE, "path": ["/secure"]}),
        guarded({**NO_CERTIFICATE, "path": ["/secure"], "method": ["POST"]}),
    ),
    "a guard behind the service": Form(
        server(route([REFUSE], {**NO_CERTIFICATE, "path": ["/secure"]}), route([PASS])),
        server(route([PASS]), route([REFUSE], {**NO_CERTIFICATE, "path": ["/secure"]})),
    ),
    "a header that turns it off": Form(
        guarded({**NO_CERTIFICATE, **NOT_PUBLIC}),
        guarded({**NO_CERTIFICATE, "not": [{"path": ["/public"]}, {"header": {"X-Internal": ["*"]}}]}),
        Attack(headers={"x-internal": "1"}),
    ),
    "a path that is rewritten behind the guard": Form(
        server(
            route([REFUSE], {**NO_CERTIFICATE, "path": ["/secure*"]}),
            route([{"handler": "rewrite", "strip_path_prefix": "/old"}, PASS], {"path": ["/old/public"]}),
            route([PASS]),
        ),
        server(
            route([REFUSE], {**NO_CERTIFICATE, "path": ["/secure*"]}),
            route([{"handler": "rewrite", "strip_path_prefix": "/old"}, PASS], {"path": ["/old/*"]}),
            route([PASS]),
        ),
        Attack("/old/secure"),
    ),
    "routes of a group": Form(
        server(
            {**route([REFUSE], {**NO_CERTIFICATE, **NOT_PUBLIC}), "group": "g"},
            {**route([PASS]), "group": "g"},
        ),
        server(
            {**route([{"handler": "vars", "x": "y"}], {"path": ["/sec*"]}), "group": "g"},
            {**route([REFUSE], {**NO_CERTIFICATE, **NOT_PUBLIC}), "group": "g"},
            route([PASS]),
        ),
    ),
}
