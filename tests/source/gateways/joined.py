"""Reads made-up gateways and services beside a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate, served

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

DOCUMENT = """
openapi: 3.1.0
info: { title: Test, version: "1" }
servers: [{ url: "https://api.example" }]
components: { securitySchemes: { cert: { type: mutualTLS } } }
paths:
  /secure: { get: { security: [{ cert: [] }], responses: { "200": { description: ok } } } }
  /public: { get: { security: [], responses: { "200": { description: ok } } } }
"""
READS_HEADER = """
async fn secure() {}
async fn public() {}
async fn caller(request: Request, next: Next) -> Result<Response, StatusCode> {
    if request.headers().get("x-client-cert").is_none() { return Err(StatusCode::FORBIDDEN); }
    Ok(next.run(request).await)
}
"""
GUARDED = served(
    'Router::new().route("/secure", get(secure)).route_layer(from_fn(caller)).route("/public", get(public))',
    READS_HEADER,
)
OPEN = served(
    'Router::new().route("/secure", get(secure)).route("/public", get(public))',
    READS_HEADER.replace("x-client-cert", "x-else"),
)
VERIFIED = "if ($ssl_client_verify != SUCCESS) { return 403; }"
TOLD = "proxy_set_header X-Client-Cert $ssl_client_escaped_cert;"


def nginx(
    locations: str, *, verify: str = "optional", server: str = "", more: str = "", names: str = "api.example"
) -> str:
    """An nginx that serves the API with TLS."""
    return f"""
events {{}}
http {{
    upstream api {{ server 10.0.0.5:8080; }}
    server {{
        listen 443 ssl;
        server_name {names};
        ssl_verify_client {verify};
        {server}
        {locations}
    }}
    {more}
}}
"""


def joined(folder: Path, gateway: str, service: str = "", *, name: str = "nginx.conf") -> Result:
    """Read a gateway, and the service behind it if there is one, beside the document."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    (folder / name).write_text(gateway, encoding="utf-8")
    paths = (folder / name, *([crate(folder / "service", service)] if service else []))
    return routes(Settings(spec=str(folder / "openapi.yaml")), paths)


def joined_all(folder: Path, gateways: list[str], service: str) -> Result:
    """Read several gateways, and the service behind them, beside the document; what is in front comes first."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    paths = []
    for number, text in enumerate(gateways):
        paths.append(folder / f"gateway{number}" / "nginx.conf")
        paths[-1].parent.mkdir()
        paths[-1].write_text(text, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), (*paths, crate(folder / "service", service)))


def found(result: Result) -> set[tuple[str, str, str]]:
    """Rule, operation and severity of each finding."""
    return {
        (drift.rule, str(drift.operation), drift.severity.value)
        for drift in result.drifts
        if drift.rule != "route-not-documented"
    }
