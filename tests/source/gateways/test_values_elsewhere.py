"""Values of path parameters that another server has, and those for which only the guard of the service counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.crates import served
from tests.source.gateways.joined import VERIFIED, found, nginx
from tests.source.gateways.test_other_values import BYPASS, FILES, GUARD, ORDERS, judged, passed

if TYPE_CHECKING:
    from pathlib import Path

KONG = """
_format_version: "3.0"
services:
- name: api
  url: http://10.0.0.5:8080
  routes:
  - name: api
    hosts: [api.example]
    paths: [/api]
    strip_path: false
    plugins: [{{ name: mtls-auth, config: {{ ca_certificates: ["cce8c384-721f-4f58-85dd-50834e3e733a"] }} }}]
  - name: further
    paths: ["{path}"]
    strip_path: false
"""
OTHER = "server {{ listen 443 ssl; server_name x.example; {} location / {{ return 404; }} }}"
TOLD = "proxy_set_header X-Client-Verify $ssl_client_verify;"
ROUTES = 'Router::new().route("/api/orders/{id}", get(order)).route("/api/{tenant}/files/{file}", get(file))'
SERVICE = served(
    f"{ROUTES}.layer(from_fn(caller))",
    """
async fn order() {}
async fn file() {}
async fn caller(request: Request, next: Next) -> Result<Response, StatusCode> {
    let told = request.headers().get("x-client-verify").and_then(|v| v.to_str().ok());
    if told != Some("SUCCESS") { return Err(StatusCode::FORBIDDEN); }
    Ok(next.run(request).await)
}
""",
)
FORGED = {("gateway-trusts-client-header", ORDERS, "error"), ("gateway-trusts-client-header", FILES, "error")}


@pytest.mark.parametrize(
    ("path", "operations"),
    [
        ("~/.*health$", {ORDERS, FILES}),
        ("~/api/orders/[a-z]+$", {ORDERS}),
        ("/api/orders/latest", {ORDERS}),
        ("~/health$", set()),
        ("/health", set()),
    ],
)
def test_a_route_of_kong_without_a_host_takes_requests_to_other_hosts(
    path: str, operations: set[str], tmp_path: Path
) -> None:
    """The route that names its host ranks before it: only another host, together with the value, gets past."""
    (tmp_path / "kong.conf").write_text("proxy_listen = 0.0.0.0:8443 ssl\n", encoding="utf-8")
    result = judged(tmp_path, KONG.format(path=path), name="kong.yml")
    assert passed(result) == operations


@pytest.mark.parametrize(
    ("location", "operations"),
    [
        ("location ~ [.]pdf$", {ORDERS, FILES}),
        ("location = /api/orders/latest", {ORDERS}),
        ("location /api/orders/pub", {ORDERS}),
    ],
)
def test_a_server_that_refuses_the_usual_value_may_have_another(
    location: str, operations: set[str], tmp_path: Path
) -> None:
    """Not if it has a guard too, or hands it to another service."""
    servers = {
        "open": f"{location} {{ proxy_pass http://api; }}",
        "guarded": f"ssl_verify_client optional; {location} {{ {VERIFIED} proxy_pass http://api; }}",
        "elsewhere": f"{location} {{ proxy_pass http://10.0.0.9:80; }}",
    }
    for name, server in servers.items():
        result = judged(tmp_path / name, nginx(GUARD, more=OTHER.format(server)))
        assert passed(result) == (operations if name == "open" else set())
        assert (result.exit_status is ExitStatus.OK) == (name != "open")


@pytest.mark.parametrize(
    ("location", "forwarded"),
    [
        ("location ~ [.]pdf$", "http://api"),
        ("location ~ ^/v1/(.*)$", "http://api/api/$1"),
    ],
)
def test_the_header_that_a_service_checks_may_be_the_clients_own_elsewhere(
    location: str, forwarded: str, tmp_path: Path
) -> None:
    """A location that forgets to set it forwards what clients send; correct if it sets it, or takes it away."""
    usual = f"location / {{ {TOLD} proxy_pass http://api; }}"
    for header in ("", TOLD, 'proxy_set_header X-Client-Verify "";'):
        further = f"{location} {{ {header} proxy_pass {forwarded}; }}"
        for server in (nginx(f"{usual} {further}"), nginx(usual, more=OTHER.format(further))):
            result = judged(tmp_path, server, service=SERVICE)
            assert found(result) == (set() if header else FORGED)
            assert (result.exit_status is ExitStatus.OK) == bool(header)


def test_a_header_may_depend_on_the_value(tmp_path: Path) -> None:
    """The gateway tells the service of a certificate that no client sent, or of none."""
    for number, written in enumerate(("SUCCESS", "NONE")):
        told = f"map $uri $told {{ ~latest$ {written}; default $ssl_client_verify; }}"
        header = "proxy_set_header X-Client-Verify $told;"
        text = nginx(f"location / {{ {header} proxy_pass http://api; }}").replace("http {", f"http {{ {told}")
        result = judged(tmp_path, text, service=SERVICE)
        assert found(result) == (
            set() if number else {(BYPASS[0], each, BYPASS[1]) for each in (ORDERS, FILES)}
        )
