"""Values of a path parameter that a gateway takes for another path: it decodes them, and hands the path on as sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.crates import served
from tests.source.gateways.joined import VERIFIED, found, nginx
from tests.source.gateways.test_other_values import ORDERS, judged

if TYPE_CHECKING:
    from pathlib import Path

GUARD = f"location /api/ {{ {VERIFIED} proxy_pass http://api; }}"
NOTE, ERROR = (("gateway-location-bypass", ORDERS, severity) for severity in ("note", "error"))
LOCATIONS = {
    "as sent": (f"{GUARD} location = /health {{ proxy_pass http://api; }}", True),
    "a beginning": (f"{GUARD} location /health {{ proxy_pass http://api; }}", True),
    "an expression": (f"{GUARD} location ~ ^/health$ {{ proxy_pass http://api; }}", True),
    "with a path": (f"{GUARD} location = /health {{ proxy_pass http://api/health; }}", False),
    "another service": (f"{GUARD} location = /health {{ proxy_pass http://10.0.0.9:80; }}", False),
    "a guard of the target": (
        (
            'set $may 0; if ($request_uri = "/health") { set $may 1; } '
            "if ($ssl_client_verify = SUCCESS) { set $may 1; } if ($may = 0) { return 403; } "
            "location / { proxy_pass http://api; }"
        ),
        False,
    ),
}
SERVICE = served(
    'Router::new().route("/api/orders/{id}", get(order)).route("/api/{tenant}/files/{file}", get(file))'
    '.route("/health", get(health))',
    "async fn order() {} async fn file() {} async fn health() {}",
)
GO = """package main

import "net/http"

func order(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/orders/{id}", order)
	mux.HandleFunc("GET /api/{tenant}/files/{file}", order)
	mux.HandleFunc("GET /health", order)
	http.ListenAndServe(":8080", mux)
}
"""


@pytest.mark.parametrize(("locations", "passed"), LOCATIONS.values(), ids=LOCATIONS)
def test_nginx_takes_the_request_for_one_to_an_open_location(
    locations: str, *, passed: bool, tmp_path: Path
) -> None:
    """It is a bypass where the service takes paths as they are sent, as Axum does; else that is not known."""
    alone = judged(tmp_path / "alone", nginx(locations))
    assert (NOTE in found(alone), alone.exit_status) == (passed, ExitStatus.OK)
    joined = judged(tmp_path / "joined", nginx(locations), service=SERVICE)
    assert (ERROR in found(joined)) == passed


TOLD_OF_BOTH = (
    f"location /api/ {{ {VERIFIED} proxy_set_header X-Verify SUCCESS; proxy_pass http://api; }} "
    "location = /health { OTHERWISE proxy_pass http://api; }"
)
CHECKING = served(
    'Router::new().route("/api/orders/{id}", get(order)).route("/api/{tenant}/files/{file}", get(order))'
    '.layer(from_fn(guard)).route("/health", get(order))',
    """async fn order() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    if req.headers().get("x-verify").is_none_or(|v| v != "SUCCESS") { return Err(StatusCode::FORBIDDEN); }
    Ok(next.run(req).await)
}""",
)
OTHERWISE = {"proxy_set_header X-Verify NONE;": False, "proxy_set_header X-Verify SUCCESS;": True, "": True}


@pytest.mark.parametrize(("otherwise", "passed"), OTHERWISE.items())
def test_a_service_that_rejects_what_gets_around_the_gateway_keeps_the_operation(
    otherwise: str, *, passed: bool, tmp_path: Path
) -> None:
    """Its guard is evaluated for the headers that the open location sends; a client can send one that it leaves."""
    result = judged(tmp_path, nginx(TOLD_OF_BOTH.replace("OTHERWISE", otherwise)), service=CHECKING)
    assert (ERROR in found(result)) == passed


def test_a_value_that_the_document_does_not_allow_is_none(tmp_path: Path) -> None:
    """A number has no slash."""
    result = judged(tmp_path, nginx(LOCATIONS["as sent"][0]), schema="{ type: integer }", service=SERVICE)
    assert {operation for _, operation, _ in found(result)} <= {"GET /{tenant}/files/{file}"}


@pytest.mark.parametrize("opened", [True, False])
def test_caddy_compares_decoded_paths(*, opened: bool, tmp_path: Path) -> None:
    """And hands them on as they were sent."""
    proxy = {"handler": "reverse_proxy", "upstreams": [{"dial": "10.0.0.5:8080"}]}
    guard = {
        "match": [{"expression": "{http.request.tls.client.fingerprint} == null"}],
        "handle": [{"handler": "static_response", "status_code": 403}],
    }
    health = {"match": [{"path": ["/health"]}], "handle": [proxy], "terminal": True}
    server = {
        "listen": [":443"],
        "routes": [*([health] if opened else []), guard, {"handle": [proxy]}],
        "tls_connection_policies": [
            {"client_authentication": {"mode": "verify_if_given", "trusted_ca_certs": ["MIIB"]}}
        ],
    }
    text = json.dumps({"apps": {"http": {"servers": {"s": server}}}})
    assert (NOTE in found(judged(tmp_path, text, name="caddy.json"))) == opened


def test_a_router_of_go_takes_such_a_value(tmp_path: Path) -> None:
    """The one of net/http compares segment by segment; others are in ``test_taken_paths``."""
    tmp_path.joinpath("service").mkdir()
    (tmp_path / "service" / "go.mod").write_text("module example.com/service\ngo 1.22\n", encoding="utf-8")
    (tmp_path / "service" / "main.go").write_text(GO, encoding="utf-8")
    result = judged(tmp_path, nginx(LOCATIONS["as sent"][0]), beside=(tmp_path / "service",))
    assert ERROR in found(result)
