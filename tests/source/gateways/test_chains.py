"""Gateways in front of each other: what the last one does counts, and so does each way past the first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

DOCUMENT = """
openapi: 3.1.0
info: { title: Test, version: "1" }
components: { securitySchemes: { cert: { type: mutualTLS } } }
paths:
  /api/orders: { get: { security: [{ cert: [] }], responses: { "200": { description: ok } } } }
  /api/orders/{id}:
    get:
      security: [{ cert: [] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: ok } }
  /health: { get: { security: [], responses: { "200": { description: ok } } } }
"""
ORDERS = "GET /api/orders"
SECURED = {ORDERS, "GET /api/orders/{id}"}
HANDS_ON = "location / { proxy_pass http://10.1.0.2:8443; }"
TOLD = (
    "location / { proxy_pass http://10.1.0.2:8443; proxy_set_header X-Client-Verify $ssl_client_verify; }"
    " location = /health { proxy_pass http://10.1.0.2:8443; proxy_set_header X-Client-Verify SUCCESS; }"
)
PASSING = TOLD.replace(" proxy_set_header X-Client-Verify $ssl_client_verify;", "")
CERTIFICATE = "ssl crt /c.pem ca-file /ca.pem verify required"
OPTIONAL = "ssl crt /c.pem ca-file /ca.pem verify optional"
INNER_NGINX = (
    "events {} http { server { listen 127.0.0.1:8080; "
    "location /api/ { proxy_pass http://127.0.0.1:9000/api/; } location /public/ { root /srv; } %s } }"
)
NORMALISED = "\n    ".join(
    f"http-request normalize-uri {one}"
    for one in (
        "percent-decode-unreserved strict",
        "path-strip-dot",
        "path-strip-dotdot full",
        "path-merge-slashes",
    )
)
EXCEPT_PUBLIC = "http-request deny if !{ ssl_c_used } !{ path_beg /public/ }"
ONLY_API = "http-request deny if !{ ssl_c_used } { path_beg /api/ }"
ENVOY = """
static_resources:
  listeners:
  - address: { socket_address: { address: 0.0.0.0, port_value: 443 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress
          normalize_path: NORMALIZE
          merge_slashes: NORMALIZE
          route_config:
            virtual_hosts:
            - name: app
              domains: ["*"]
              routes:
              - match: { prefix: "/public/" }
                route: { cluster: app }
                typed_per_filter_config:
                  envoy.filters.http.rbac:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute
              - match: { prefix: "/" }
                route: { cluster: app }
          http_filters:
          - name: envoy.filters.http.rbac
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
              rules:
                action: ALLOW
                policies:
                  clients:
                    permissions: [{ any: true }]
                    principals: [{ authenticated: { principal_name: { suffix: ".example" } } }]
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          require_client_certificate: false
          common_tls_context:
            tls_certificates: [{ certificate_chain: { filename: a }, private_key: { filename: b } }]
            validation_context: { trusted_ca: { filename: ca.pem } }
  clusters:
  - name: app
    type: STRICT_DNS
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8080 } } }
"""
AS_SENT = "location /api/ { proxy_pass http://127.0.0.1:9000; } location /public/ { root /srv; }"


def nginx(locations: str, verify: str = "on") -> str:
    """An nginx at the edge."""
    return (
        "events {} http { server { listen 443 ssl; server_name shop.example; "
        f"ssl_client_certificate ca.pem; ssl_verify_client {verify}; {locations} }} }}"
    )


def haproxy(*binds: str, rules: str = "", server: str = "127.0.0.1:9000", more: str = "") -> str:
    """An HAProxy with one frontend."""
    lines = "\n".join(f"    bind {one}" for one in binds)
    return (
        f"defaults\n    mode http\nfrontend https\n{lines}\n    {rules}\n    default_backend app\n"
        f"{more}\nbackend app\n    server a {server}\n"
    )


def frontend(bind: str, backend: str = "app") -> str:
    """A further frontend."""
    return f"frontend other\n    bind {bind}\n    default_backend {backend}\n"


def caddy(*listens: str) -> str:
    """A Caddy with a server for each address."""
    server = {
        "routes": [{"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": "10.1.0.3:8080"}]}]}]
    }
    servers = {f"srv{number}": {"listen": [one], **server} for number, one in enumerate(listens)}
    return json.dumps({"apps": {"http": {"servers": servers}}})


def joined(folder: Path, **texts: str) -> Result:
    """Read gateways beside the document, the outermost first: texts by the program."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    names = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg", "envoy": "envoy.yaml", "caddy": "caddy.json"}
    paths = []
    for name, text in texts.items():
        paths.append(folder / name / names[name])
        paths[-1].parent.mkdir()
        paths[-1].write_text(text, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), tuple(paths))


def accused(result: Result) -> set[tuple[str, str]]:
    """Rule and severity of each finding about the operation."""
    return {(one.rule, one.severity.value) for one in result.drifts if str(one.operation) == ORDERS}


def test_a_chain_whose_edge_demands_a_certificate_is_guarded(tmp_path: Path) -> None:
    """The listener behind is on the network, and the edge hands requests to it."""
    result = joined(tmp_path, nginx=nginx(HANDS_ON), haproxy=haproxy("10.1.0.2:8443"))
    assert (accused(result), result.undecided) == (set(), ())


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        (
            haproxy("10.1.0.2:8443", more=frontend("203.0.113.5:443 ssl crt /c.pem")),
            "gateway-server-bypass",
        ),
        (
            haproxy("10.1.0.2:8443", more=frontend("203.0.113.5:443")),
            "gateway-plaintext-to-same-upstream",
        ),
        (haproxy("10.1.0.2:8443", ":8080"), "gateway-plaintext-to-same-upstream"),
    ],
    ids=["with TLS", "without TLS", "in the same frontend"],
)
def test_a_listener_that_the_edge_does_not_hand_to_is_a_way_in(inner: str, rule: str, tmp_path: Path) -> None:
    """The edge demands a certificate, and clients need not come by the edge."""
    result = joined(tmp_path, nginx=nginx(HANDS_ON), haproxy=inner)
    assert accused(result) == {(rule, "error")}


@pytest.mark.parametrize(
    "inner",
    [
        haproxy("10.1.0.2:8443", more=frontend(f"203.0.113.5:443 {CERTIFICATE}")),
        haproxy("10.1.0.2:8443", more=frontend("127.0.0.1:8080")),
        haproxy("10.1.0.2:8443", "127.0.0.1:8080"),
    ],
    ids=["it demands a certificate", "on loopback", "on loopback in the same frontend"],
)
def test_another_listener_that_clients_cannot_use_is_none(inner: str, tmp_path: Path) -> None:
    """The correct twins of the above."""
    result = joined(tmp_path, nginx=nginx(HANDS_ON), haproxy=inner)
    assert (accused(result), result.undecided) == (set(), ())


def test_both_listeners_that_the_edge_hands_to_are_behind_it(tmp_path: Path) -> None:
    """Each gets what the edge lets through."""
    edge = nginx(f"{HANDS_ON} location = /health {{ proxy_pass http://10.1.0.2:8080; }}")
    inner = haproxy("10.1.0.2:8443", more=frontend("10.1.0.2:8080"))
    result = joined(tmp_path, nginx=edge, haproxy=inner)
    assert (accused(result), result.undecided) == (set(), ())


@pytest.mark.parametrize(
    ("address", "bind", "undecided"),
    [
        ("10.1.0.2:8443", ":8443", SECURED),
        ("127.0.0.1:8443", "*:8443", SECURED),
        ("10.1.0.2:8443", "10.1.0.2:8443", set[str]()),
        ("inner.internal:8443", ":8443", set[str]()),
        ("10.1.0.2:8443", f":8443 {CERTIFICATE}", set[str]()),
    ],
    ids=["an address", "loopback", "that address alone", "a name", "it demands a certificate"],
)
def test_a_listener_on_all_addresses_may_be_reached_beside_the_edge(
    address: str, bind: str, undecided: set[str], tmp_path: Path
) -> None:
    """The edge names one of its machine; a name may be that of the machine alone, as in a network of containers."""
    scheme = "https" if CERTIFICATE in bind else "http"
    edge = nginx(f"location / {{ proxy_pass {scheme}://{address}; }}")
    result = joined(tmp_path, nginx=edge, haproxy=haproxy(bind))
    direct = {str(one.operation) for one in result.undecided if "elsewhere than at" in one.reason}
    assert (accused(result), direct) == (set(), undecided)


def _stream(service: str) -> str:
    return f"events {{}} stream {{ server {{ listen 443; proxy_pass {service}; }} }}"


@pytest.mark.parametrize(
    ("edge", "passed"),
    [
        ({"nginx": _stream("10.1.0.2:8443")}, True),
        ({"nginx": _stream("10.1.0.3:8443")}, False),
        (
            {
                "nginx": "events {} stream { map $ssl_preread_server_name $s { default 10.1.0.2:8443; } "
                "server { listen 443; ssl_preread on; proxy_pass $s; } }"
            },
            False,
        ),
    ],
    ids=["the inner gateway", "another service", "a variable"],
)
@pytest.mark.parametrize("demanded", [True, False])
def test_an_edge_that_hands_connections_on_is_what_the_inner_gateway_is(
    edge: dict[str, str], *, passed: bool, demanded: bool, tmp_path: Path
) -> None:
    """TLS ends there. Where connections may get elsewhere, nothing is decided."""
    inner = haproxy(f"10.1.0.2:8443 {CERTIFICATE if demanded else OPTIONAL}")
    result = joined(tmp_path, **edge, haproxy=inner)
    assert "error" not in {severity for _, severity in accused(result)}
    assert (result.exit_status == 0) == (passed and demanded)


@pytest.mark.parametrize("demanded", ["on", "optional"])
def test_a_frontend_of_haproxy_that_hands_connections_on(demanded: str, tmp_path: Path) -> None:
    """The same, with a condition on the server name."""
    edge = (
        "defaults\n    mode tcp\nfrontend f\n    bind :443\n    use_backend b if { req_ssl_sni shop.example }\n"
        "    default_backend b\nbackend b\n    server s 10.1.0.2:8443 send-proxy-v2\n"
    )
    inner = nginx("location / { proxy_pass http://127.0.0.1:9000; }", demanded)
    inner = inner.replace("listen 443 ssl", "listen 10.1.0.2:8443 ssl proxy_protocol")
    result = joined(tmp_path, haproxy=edge, nginx=inner)
    assert accused(result) == set()
    assert (result.exit_status == 0) == (demanded == "on")


@pytest.mark.parametrize(
    ("second", "rules"),
    [(":8081", {("gateway-plaintext-to-same-upstream", "error")}), ("127.0.0.1:8081", set())],
    ids=["on the network", "on loopback"],
)
def test_a_second_site_of_caddy_is_a_way_in(second: str, rules: set[tuple[str, str]], tmp_path: Path) -> None:
    """The edge hands requests to the first one."""
    result = joined(tmp_path, nginx=nginx(HANDS_ON), caddy=caddy(":8443", second))
    assert accused(result) == rules


def test_another_service_of_the_inner_gateway_leaves_the_operation_undecided(tmp_path: Path) -> None:
    """As two servers of one gateway do: whether it has the operation is not known."""
    more = f"{frontend('203.0.113.5:80', 'blog')}backend blog\n    server b 10.0.0.9:80\n"
    result = joined(tmp_path, nginx=nginx(HANDS_ON), haproxy=haproxy("10.1.0.2:8443", more=more))
    assert accused(result) == set()
    assert {str(one.operation) for one in result.undecided} == SECURED


@pytest.mark.parametrize(
    ("rules", "inner"),
    [(EXCEPT_PUBLIC, INNER_NGINX % ""), (ONLY_API, INNER_NGINX % "")],
    ids=["a beginning is exempt", "a beginning is guarded"],
)
def test_a_spelling_that_the_inner_gateway_takes_for_the_operation_is_a_finding(
    rules: str, inner: str, tmp_path: Path
) -> None:
    """HAProxy compares paths as they are sent, and nginx decodes them and takes dot segments away."""
    edge = haproxy(f":443 {OPTIONAL}", rules=rules, server="127.0.0.1:8080")
    assert accused(joined(tmp_path, haproxy=edge, nginx=inner)) == {("gateway-location-bypass", "error")}


@pytest.mark.parametrize(
    "rules",
    [
        "http-request deny if !{ ssl_c_used }",
        f"{NORMALISED}\n    {EXCEPT_PUBLIC}",
    ],
    ids=["all paths are guarded", "paths are normalised before"],
)
def test_an_edge_that_guards_all_spellings_is_not_accused(rules: str, tmp_path: Path) -> None:
    """The correct twins of the above."""
    edge = haproxy(f":443 {OPTIONAL}", rules=rules, server="127.0.0.1:8080")
    result = joined(tmp_path, haproxy=edge, nginx=INNER_NGINX % "")
    assert "gateway-location-bypass" not in {
        rule for rule, severity in accused(result) if severity == "error"
    }


@pytest.mark.parametrize(
    ("normalised", "undecided"), [("false", SECURED), ("true", set())], ids=["as sent", "normalised"]
)
def test_a_path_that_a_read_gateway_takes_for_the_operation_and_hands_on_as_sent_is_undecided(
    normalised: str, undecided: set[str], tmp_path: Path
) -> None:
    """The service that gets it was not read."""
    edge = ENVOY.replace("NORMALIZE", normalised)
    inner = f"events {{}} http {{ server {{ listen 127.0.0.1:8080; {AS_SENT} }} }}"
    result = joined(tmp_path, envoy=edge, nginx=inner)
    assert {str(one.operation) for one in result.undecided} == undecided
    assert "error" not in {severity for _, severity in accused(result)}


@pytest.mark.parametrize(
    ("texts", "notes"),
    [
        ({"haproxy": haproxy(f":443 {OPTIONAL}", rules=EXCEPT_PUBLIC)}, True),
        ({"haproxy": haproxy(f":443 {OPTIONAL}", rules="http-request deny if !{ ssl_c_used }")}, False),
        ({"envoy": ENVOY.replace("NORMALIZE", "false")}, True),
        ({"envoy": ENVOY.replace("NORMALIZE", "true")}, False),
    ],
    ids=["HAProxy", "HAProxy without an exempt path", "Envoy", "Envoy that normalises"],
)
def test_a_service_that_takes_dot_segments_away_is_noted_behind_an_exempt_path(
    texts: dict[str, str], *, notes: bool, tmp_path: Path
) -> None:
    """The gateway hands the path on as it was sent."""
    drifts = (one for one in joined(tmp_path, **texts).drifts if str(one.operation) == ORDERS)
    noted = [one for one in drifts if "/public/../api/orders" in one.message]
    assert [one.severity.value for one in noted] == (["note"] if notes else [])


UNLESS = "http-request deny unless { req.hdr(X-Client-Verify) SUCCESS }"


@pytest.mark.parametrize("rules", [UNLESS, f"{UNLESS} or {{ path /health }}"])
def test_an_inner_gateway_that_checks_the_header_of_the_edge_is_a_guard(rules: str, tmp_path: Path) -> None:
    """The edge fills it for each request."""
    result = joined(tmp_path, nginx=nginx(TOLD, "optional"), haproxy=haproxy("10.1.0.2:8443", rules=rules))
    assert (accused(result), result.undecided) == (set(), ())


@pytest.mark.parametrize(
    ("edge", "rules"),
    [
        (PASSING, UNLESS),
        (TOLD.replace("$ssl_client_verify", "$http_x_client_verify"), UNLESS),
        (TOLD, "http-request deny if { req.hdr(X-Client-Verify) FAILED }"),
        (TOLD, UNLESS.replace("SUCCESS", "-m found")),
        (f"{TOLD} location = /api/orders {{ proxy_pass http://10.1.0.2:8443; }}", UNLESS),
        (TOLD.replace("$ssl_client_verify", "SUCCESS"), UNLESS),
    ],
    ids=["not filled", "the client's own", "another value", "any value", "not filled at one path", "fixed"],
)
def test_a_header_that_clients_can_have_without_a_certificate_is_never_a_guard(
    edge: str, rules: str, tmp_path: Path
) -> None:
    """Clients without a certificate can have it, or get through without it."""
    result = joined(tmp_path, nginx=nginx(edge, "optional"), haproxy=haproxy("10.1.0.2:8443", rules=rules))
    assert result.exit_status != 0


def test_a_header_that_is_not_filled_for_some_values_of_a_path_is_the_client_s(tmp_path: Path) -> None:
    """The location of these values hands the client's own on, and the inner gateway believes it."""
    edge = f"location ~ \\.pdf$ {{ proxy_pass http://10.1.0.2:8443; }} {TOLD}"
    result = joined(tmp_path, nginx=nginx(edge, "optional"), haproxy=haproxy("10.1.0.2:8443", rules=UNLESS))
    found = {(one.rule, str(one.operation)) for one in result.drifts}
    assert ("gateway-location-bypass", "GET /api/orders/{id}") in found


def test_an_edge_that_is_not_known_to_refuse_leaves_the_operation_undecided(tmp_path: Path) -> None:
    """What it hands on is compared with what the gateway behind makes of it, not with the listener of that."""
    script = "http-request lua.check\n    http-request deny if { var(txn.denied) -m bool }"
    edge = haproxy(f":443 {OPTIONAL}", rules=script, server="127.0.0.1:8080")
    result = joined(tmp_path, haproxy=edge, nginx=INNER_NGINX % "")
    assert {str(one.operation) for one in result.undecided} == SECURED


def test_an_edge_whose_state_may_admit_anonymous_clients_is_never_consistent(tmp_path: Path) -> None:
    """Another state of the edge hands the request to the gateway behind."""
    rules = "http-request deny if !{ ssl_c_used } { nbsrv(app) ge 1 }"
    edge = haproxy(f":443 {OPTIONAL}", rules=rules, server="127.0.0.1:8080")
    assert joined(tmp_path, haproxy=edge, nginx=INNER_NGINX % "").exit_status != 0


@pytest.mark.parametrize(
    ("verify", "exit_status"), [("required", 0), ("optional", 3)], ids=["required", "optional"]
)
def test_connections_that_the_edge_hands_on_have_the_certificate_of_the_client(
    verify: str, exit_status: int, tmp_path: Path
) -> None:
    """TLS ends at the gateway behind."""
    edge = (
        "events {} stream { server { listen 443; proxy_pass 10.1.0.2:8443; } } "
        "http { server { listen 127.0.0.1:81; return 404; } }"
    )
    inner = haproxy(f"10.1.0.2:8443 ssl crt /c.pem ca-file /ca.pem verify {verify}")
    assert joined(tmp_path, nginx=edge, haproxy=inner).exit_status == exit_status


def test_a_certificate_for_the_inner_gateway_may_be_that_of_the_edge(tmp_path: Path) -> None:
    """TLS of the client ends at the edge: what is behind sees another certificate, or none."""
    edge = nginx(HANDS_ON.replace("http:", "https:"), "optional")
    inner = haproxy(f"10.1.0.2:8443 {CERTIFICATE}")
    assert joined(tmp_path, nginx=edge, haproxy=inner).exit_status == 3


def test_a_page_of_the_inner_gateway_is_not_the_operation(tmp_path: Path) -> None:
    """Its other listener hands nothing to the service."""
    inner = (
        "events {} http { server { listen 10.1.0.2:8443; location / { proxy_pass http://10.1.0.3:9000; } } "
        "server { listen 80; server_name page.example; root /srv; } }"
    )
    assert (
        joined(
            tmp_path, haproxy=haproxy(f":443 {CERTIFICATE}", server="10.1.0.2:8443"), nginx=inner
        ).exit_status
        == 0
    )


def test_three_gateways_in_a_row_are_one_way(tmp_path: Path) -> None:
    """The last one decides by the header that the first fills."""
    edge = nginx(TOLD, "optional")
    inner = haproxy("10.1.0.3:8080", rules=UNLESS)
    result = joined(tmp_path, nginx=edge, caddy=caddy("10.1.0.2:8443"), haproxy=inner)
    assert (accused(result), result.undecided) == (set(), ())
