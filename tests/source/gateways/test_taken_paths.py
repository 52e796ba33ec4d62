"""Spellings of a path that pass an open location, and a Go service that takes them for a guarded operation or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.gateways.joined import VERIFIED, nginx
from tests.source.go.go_modules import MANIFEST, module, program

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = """
openapi: 3.1.0
info: { title: Test, version: "1" }
servers: [{ url: "https://api.example" }]
components: { securitySchemes: { cert: { type: mutualTLS } } }
paths:
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { security: [{ cert: [] }], responses: { "200": { description: ok } } }
  /health: { get: { security: [], responses: { "200": { description: ok } } } }
"""
GUARDED = f"location /orders {{ {VERIFIED} proxy_pass http://api; }}"
GATEWAY = nginx(f"{GUARDED} location = /health {{ proxy_pass http://api; }}")
REFUSING = nginx(
    f"{GUARDED} location = /health {{ if ($request_uri != /health) {{ return 404; }} proxy_pass http://api; }}"
)
HANDLER = "func show(w http.ResponseWriter, r *http.Request) {}\n"
LOGS = """
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.Println(r.URL.Path)
		next.ServeHTTP(w, r)
	})"""
REWRITES = """
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.ToLower(r.URL.Path)
		next.ServeHTTP(w, r)
	})"""
REFUSES = """
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "..") {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})"""
MUX = """
	routes := http.NewServeMux()
	routes.HandleFunc("GET /orders/{id}", show)
	routes.HandleFunc("GET /health", show)
	mux := around(routes)
"""
OLD = """
	mux := http.NewServeMux()
	mux.HandleFunc("/orders/", show)
	mux.HandleFunc("/health", show)
"""
CHI = """
	mux := chi.NewRouter()
	mux.Get("/orders/%s", show)
	mux.Get("/health", show)
"""
GIN = """
	mux := gin.New()
	%s
	mux.GET("/orders/:id", gin.WrapF(show))
	mux.GET("/health", gin.WrapF(show))
"""


def service(body: str, around: str = "") -> str:
    """Return a service without a guard."""
    more = f"func around(next http.Handler) http.Handler {{{around or ' return next '}}}\n" + HANDLER
    used = {"chi.": "github.com/go-chi/chi/v5", "gin.": "github.com/gin-gonic/gin", "strings.": "strings"}
    imports = " ".join(path for name, path in used.items() if name in body + around)
    return program(body, more, imports=imports, serve='\tlog.Fatal(http.ListenAndServe(":8080", mux))\n')


@pytest.mark.parametrize(
    ("gateway", "code", "version", "expected"),
    [
        pytest.param(GATEWAY, service(MUX), "1.23", "error", id="a mux compares segments"),
        pytest.param(GATEWAY, service(MUX, LOGS), "1.23", "error", id="behind middleware that logs"),
        pytest.param(REFUSING, service(MUX), "1.23", "", id="the gateway compares the path as it was sent"),
        pytest.param(GATEWAY, service(MUX, REWRITES), "1.23", "note", id="middleware changes the path"),
        pytest.param(GATEWAY, service(MUX, REFUSES), "1.23", "note", id="middleware looks at the path"),
        pytest.param(GATEWAY, service(OLD), "1.21", "", id="an older mux redirects to what the path means"),
        pytest.param(GATEWAY, service(CHI % "{id}"), "1.23", "error", id="chi compares what was sent"),
        pytest.param(GATEWAY, service(CHI % "{id:[0-9]+}"), "1.23", "note", id="chi compares an expression"),
        pytest.param(GATEWAY, service(GIN % ""), "1.23", "", id="gin compares the path without escapes"),
        pytest.param(
            GATEWAY, service(GIN % "mux.UseRawPath = true"), "1.23", "note", id="gin compares as it is set to"
        ),
    ],
)
def test_spellings_are_reported_if_the_service_takes_them(
    gateway: str, code: str, version: str, expected: str, tmp_path: Path
) -> None:
    """``/orders/..%2Fhealth`` is ``/health`` for nginx, and an order for what does not decode the slash."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(gateway, encoding="utf-8")
    files = {"main.go": code, "go.mod": MANIFEST.replace("1.23", version)}
    paths = (tmp_path / "nginx.conf", module(tmp_path / "service", files))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), paths)
    found = {drift.severity.value for drift in result.drifts if drift.rule == "gateway-location-bypass"}
    assert ",".join(found) == expected


@pytest.mark.parametrize(
    ("gateway", "example"),
    [
        pytest.param(
            nginx(f"{GUARDED} location / {{ proxy_pass http://api; }}"), "x", id="all but orders is open"
        ),
        pytest.param(GATEWAY, "health", id="one path is open"),
    ],
)
def test_the_simplest_spelling_is_the_example(gateway: str, example: str, tmp_path: Path) -> None:
    """The file of a certificate is a text of the configuration as well, and none of a client's."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    certificate = "ssl_certificate /etc/pki/a/server.pem; ssl_certificate_key /a.key;"
    text = gateway.replace("server_name", f"{certificate} server_name")
    (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
    paths = (tmp_path / "nginx.conf", module(tmp_path / "service", service(MUX)))
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), paths)
    messages = [drift.message for drift in result.drifts if "an escaped path" in drift.message]
    assert [message.split()[1] for message in messages] == [f"/orders/..%2F{example}"]
