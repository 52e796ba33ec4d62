"""Recognises the server by what it says of itself, and knows what to change there.

A name in a header is a hint and no proof: a proxy answers for what stands behind it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from specdrift.model.result import ProbeRecord
from specdrift.rules import RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """``said`` is what gave it away. Names are those that the rules' remedies use."""

    name: str
    said: str


HEADERS = ("server", "x-powered-by", "via")
# Lower-case starts of products (RFC 9110 §5.6.2) in those headers.
PRODUCTS: Mapping[str, str] = {
    "nginx": "nginx",
    "openresty": "nginx",
    "apache": "Apache",
    "haproxy": "HAProxy",
    "caddy": "Caddy",
    "envoy": "Envoy",
    "istio-envoy": "Envoy",
    "apache-coyote": "Tomcat",
    "jetty": "Jetty",
    "express": "Node",
    "uvicorn": "uvicorn",
    "hypercorn": "Hypercorn",
    "gunicorn": "gunicorn",
    "werkzeug": "Werkzeug",
    "kestrel": "Kestrel",
    "axum": "Axum",
    "hyper": "Axum",
}
# What error pages look like when nobody changed them.
PAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<center>(nginx|openresty)"), "nginx"),
    (re.compile(r"<address>Apache/"), "Apache"),
    (re.compile(r"Apache Tomcat|<h1>HTTP Status \d{3} "), "Tomcat"),
    (re.compile(r"Whitelabel Error Page"), "Spring"),
    (re.compile(r'"timestamp":.{1,60}"status":\d{3},"error":'), "Spring"),
    (re.compile(r"^<html><body><h1>\d{3} .{3,40}</h1>\n"), "HAProxy"),
    (re.compile(r"<pre>Cannot [A-Z]+ /"), "Node"),
    (re.compile(r"^404 page not found\n$"), "Go"),
    (re.compile(r"no healthy upstream|upstream connect error or disconnect"), "Envoy"),
)
MISSING = "mtls-not-enforced"
UNVERIFIED = "invalid-certificate-accepted"
DEMANDED = "mtls-over-enforced"
FIXES: Mapping[str, Mapping[str, str]] = {
    "nginx": {
        MISSING: "`ssl_verify_client optional;` in the `server`, and `if ($ssl_client_verify != SUCCESS) { return "
        "403; }` in every `location` that needs it: a `location` takes over no `if` of another one. Or "
        "`ssl_verify_client on;` for the whole `server`.",
        UNVERIFIED: "`ssl_verify_client on;` or `optional;` with `ssl_client_certificate`, never `optional_no_ca`; "
        "test for `SUCCESS`, not for the absence of `NONE`; `ssl_verify_depth` and `ssl_crl` as your CA needs them.",
        DEMANDED: "`ssl_verify_client optional;` instead of `on`, and the test of `$ssl_client_verify` in the other "
        "`location`s.",
    },
    "Apache": {
        MISSING: "`SSLVerifyClient require` for the whole `VirtualHost`; in a `Location` it needs TLS 1.2 "
        "renegotiation or TLS 1.3 post-handshake authentication, so prefer `SSLVerifyClient optional` with "
        "`Require expr \"%{SSL_CLIENT_VERIFY} == 'SUCCESS'\"` there.",
        UNVERIFIED: "`SSLVerifyClient require` (or `optional`), never `optional_no_ca`; `SSLCACertificateFile` with "
        "the client CA alone, `SSLVerifyDepth`, and `SSLCARevocationCheck chain` with its list.",
        DEMANDED: "`SSLVerifyClient optional` for the `VirtualHost`, and `Require expr` in the other `Location`s.",
    },
    "HAProxy": {
        MISSING: "`bind … ssl ca-file clients.pem verify required`; or `verify optional` with `http-request deny "
        "unless { ssl_c_used } { ssl_c_verify 0 }` before any `use_backend`.",
        UNVERIFIED: "`verify required ca-file clients.pem` on `bind`, without `ca-ignore-err` and `crt-ignore-err`; "
        "`crl-file` for the revoked.",
        DEMANDED: "`verify optional` on `bind`, and `http-request deny unless { ssl_c_used }` for the other paths.",
    },
    "Caddy": {
        MISSING: "`client_auth { mode require_and_verify … }` in the site's `tls`; per path `verify_if_given` and a "
        "`respond 403` where `{http.request.tls.client.subject}` is empty.",
        UNVERIFIED: "`mode require_and_verify` (or `verify_if_given`) with `trust_pool file`; `request` and "
        "`require` verify nothing.",
        DEMANDED: "`mode verify_if_given` in the site's `tls`, and the test in the other routes.",
    },
    "Envoy": {
        MISSING: "`require_client_certificate: true` in the `DownstreamTlsContext`; per route an RBAC filter whose "
        "`principals` name `authenticated`.",
        UNVERIFIED: "A `validation_context` with `trusted_ca`, and no `trust_chain_verification: ACCEPT_UNTRUSTED`.",
        DEMANDED: "`require_client_certificate: false`, and an RBAC filter on the other routes.",
    },
    "Tomcat": {
        MISSING: '`certificateVerification="required"` in the `SSLHostConfig`; per path a `security-constraint` with '
        "`auth-method` `CLIENT-CERT`.",
        UNVERIFIED: "`truststoreFile` with the client CA alone; `certificateVerification` never `optionalNoCA`, and no "
        "`trustManagerClassName` of your own that accepts everybody.",
        DEMANDED: '`certificateVerification="optional"`, and the constraint on the other paths.',
    },
    "Spring": {
        MISSING: "`http.x509(…)` and `authorizeHttpRequests` with `anyRequest().authenticated()` last; every "
        "`permitAll()` matcher is a hole. `server.ssl.client-auth=need` demands it of everybody.",
        UNVERIFIED: "`server.ssl.trust-store` with the client CA alone, `client-auth=need` or `want`, and no trust "
        "manager that accepts everybody.",
        DEMANDED: "`server.ssl.client-auth=want`, and `permitAll()` for this path.",
    },
    "Node": {
        MISSING: "`requestCert: true` with `rejectUnauthorized: true`; or, per route, a handler before the router "
        "that ends with 401 unless `req.socket.authorized`.",
        UNVERIFIED: "`rejectUnauthorized: true`, or test `req.socket.authorized`: that `getPeerCertificate()` "
        "returns something proves nothing.",
        DEMANDED: "`rejectUnauthorized: false`, and `req.socket.authorized` tested on the other routes.",
    },
    "Go": {
        MISSING: "`tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}`; per route "
        "`tls.VerifyClientCertIfGiven` and a handler around the mux that looks at `len(r.TLS.VerifiedChains)`.",
        UNVERIFIED: "`tls.RequireAndVerifyClientCert`; `RequireAnyClientCert` and `RequestClientCert` verify nothing, "
        "and `r.TLS.PeerCertificates` is only what was sent.",
        DEMANDED: "`tls.VerifyClientCertIfGiven`, and `r.TLS.VerifiedChains` tested by the other handlers.",
    },
    "uvicorn": {
        MISSING: "`--ssl-cert-reqs 2` with `--ssl-ca-certs`: uvicorn cannot tell the application about a "
        "certificate, so it is for all paths or none.",
        UNVERIFIED: "`--ssl-ca-certs` with the client CA alone, and `--ssl-cert-reqs 2`.",
        DEMANDED: "A second listener without `--ssl-cert-reqs` for what is public.",
    },
    "Axum": {
        MISSING: "Add the guard's `layer` after the last `route`, `nest` and `merge`, or `route_layer` on each router "
        "that is merged: a layer covers only what was there before it.",
        UNVERIFIED: "`WebPkiClientVerifier::builder(roots)`, with `allow_unauthenticated()` where routes decide; no "
        "`ClientCertVerifier` of your own that returns `ClientCertVerified::assertion()` unseen.",
        DEMANDED: "`allow_unauthenticated()` on the verifier, and the guard's layer on the other routes only.",
    },
}
NAMES = sorted({*PRODUCTS.values(), *(name for _, name in PAGES)})
SENTENCES = re.compile(rf"(?<=[.;]) (?=(?:{'|'.join(NAMES)})\b)")
"""Remedies name stacks as in "nginx: `…`. Envoy: `…`."; this cuts between them."""


def recognise(records: Iterable[ProbeRecord]) -> Stack | None:
    """The first product that an answer names, in its headers or by its error page."""
    return next((stack for record in records if (stack := _of(record))), None)


def _of(record: ProbeRecord) -> Stack | None:
    http = record.observation.http
    if http is None:
        return None
    for header in HEADERS:
        said = http.header(header)
        products = re.split(r"[\s,;()]+", said.lower())
        for product in (word.partition("/")[0] for word in products):
            if product in PRODUCTS:
                return Stack(name=PRODUCTS[product], said=f"{header}: {said}")
    page = next((name for pattern, name in PAGES if pattern.search(http.body_excerpt)), None)
    return Stack(name=page, said=f"its page for HTTP {http.status}") if page else None


def fix(stack: Stack, rule: str) -> str:
    """What to change there, from our table or from the rule's own remedy; empty where neither knows."""
    own = FIXES.get(stack.name, {}).get(rule)
    if own or rule not in RULES:
        return own or ""
    pieces = SENTENCES.split(RULES[rule].remedy)
    named = next((piece for piece in pieces if piece.startswith(stack.name)), "")
    return named.removeprefix(f"{stack.name}: ")
