"""Values of path parameters for which a gateway decides otherwise than for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from specdrift.source.gateway.join.allowed_values import is_allowed
from specdrift.source.gateway.join.configured_texts import texts_of
from tests.source.crates import crate, served
from tests.source.gateways.joined import VERIFIED, found, nginx

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

DOCUMENT = """
openapi: 3.1.0
info: {{ title: Test, version: "1" }}
servers: [{{ url: "https://api.example/api" }}]
components: {{ securitySchemes: {{ cert: {{ type: mutualTLS }} }} }}
security: [{{ cert: [] }}]
paths:
  /orders/{{id}}:
    parameters: [{{ name: id, in: path, required: true, schema: {schema} }}]
    get: {{ responses: {{ "200": {{ description: ok }} }} }}
  /{{tenant}}/files/{{file}}:
    parameters:
      - {{ name: tenant, in: path, required: true, schema: {{ type: string }} }}
      - {{ name: file, in: path, required: true, schema: {{ type: string }} }}
    get: {{ responses: {{ "200": {{ description: ok }} }} }}
  {more}
"""
TEXT = "{ type: string }"
ORDERS, FILES = "GET /orders/{id}", "GET /{tenant}/files/{file}"
GUARD = f"location / {{ {VERIFIED} proxy_pass http://api; }}"
OPEN = {
    r"location ~ \.pdf$": {ORDERS, FILES},
    "location ~* PUBLIC$": {ORDERS, FILES},
    "location = /api/orders/latest": {ORDERS},
    "location /api/orders/pub": {ORDERS},
    "location ~ ^/api/orders/[a-z]+$": {ORDERS},
    "location ~ ^/api/[^/]+/files/(?:index|main)[.]html$": {FILES},
    "location = /api/acme/files/readme": {FILES},
    'location ~ "^/api/orders/.{100,}$"': {ORDERS},
}
"""Locations without a guard, and the operations of which they have values."""
APACHE = """
LoadModule ssl_module modules/mod_ssl.so
Listen 443
<VirtualHost *:443>
  ServerName api.example
  SSLEngine on
  SSLCertificateFile a
  SSLCertificateKeyFile b
  SSLCACertificateFile c
  SSLVerifyClient optional
  <Location />
    Require expr %{{SSL_CLIENT_VERIFY}} == 'SUCCESS'
    Require expr {condition}
  </Location>
  ProxyPass / http://10.0.0.5:8080/
</VirtualHost>
"""
HAPROXY = """
frontend https
    mode http
    bind :443 ssl crt /c.pem ca-file /ca.pem verify optional
    acl open {condition}
    http-request deny unless open or {{ ssl_c_used }} {{ ssl_c_verify 0 }}
    default_backend app
backend app
    mode http
    server a 10.0.0.5:8080
"""


def judged(
    folder: Path,
    gateway: str,
    *,
    name: str = "nginx.conf",
    schema: str = TEXT,
    more: str = "",
    service: str = "",
    beside: tuple[Path, ...] = (),
) -> Result:
    """Read a gateway beside a document whose parameter ``id`` has a schema."""
    folder.mkdir(exist_ok=True)
    (folder / "openapi.yaml").write_text(DOCUMENT.format(schema=schema, more=more), encoding="utf-8")
    (folder / name).write_text(gateway, encoding="utf-8")
    paths = (folder / name, *([crate(folder / "service", service)] if service else []), *beside)
    return routes(Settings(spec=str(folder / "openapi.yaml")), paths)


def passed(result: Result) -> set[str]:
    """The operations past whose guard a value gets."""
    return {operation for rule, operation, severity in found(result) if (rule, severity) == BYPASS}


BYPASS = ("gateway-location-bypass", "error")


@pytest.mark.parametrize(("location", "operations"), OPEN.items(), ids=OPEN)
def test_a_location_without_a_guard_may_have_some_values(
    location: str, operations: set[str], tmp_path: Path
) -> None:
    """Not if it has a guard too, or hands them to another service."""
    result = judged(tmp_path / "open", nginx(f"{GUARD} {location} {{ proxy_pass http://api; }}"))
    assert passed(result) == operations
    message = next(drift.message for drift in result.drifts if drift.rule == BYPASS[0])
    assert "is guarded for other values" in message
    guarded = nginx(f"{GUARD} {location} {{ {VERIFIED} proxy_pass http://api; }}")
    elsewhere = nginx(f"{GUARD} {location} {{ proxy_pass http://10.0.0.9:80; }}")
    for number, twin in enumerate((guarded, elsewhere)):
        correct = judged(tmp_path / f"twin{number}", twin)
        assert (found(correct), correct.exit_status) == (set(), ExitStatus.OK)


@pytest.mark.parametrize(
    ("schema", "location"),
    [
        ("{ type: integer }", "= /api/orders/latest"),
        ("{ type: string, enum: [first, last] }", "= /api/orders/latest"),
        ("{ type: string, format: uuid }", "= /api/orders/latest"),
        ("{ type: string, pattern: '^[0-9]+$' }", "= /api/orders/latest"),
        ("{ type: string, maxLength: 5 }", "= /api/orders/latest"),
        ("{ type: integer, maximum: 99 }", "~ ^/api/orders/[0-9][0-9][0-9]+$"),
    ],
)
def test_values_that_the_document_does_not_allow_are_none_of_the_operation(
    schema: str, location: str, tmp_path: Path
) -> None:
    """What the service answers at such a path is not documented; with any text, it is."""
    gateway = nginx(f"{GUARD} location {location} {{ proxy_pass http://api; }}")
    assert passed(judged(tmp_path / "narrow", gateway, schema=schema)) == set()
    assert passed(judged(tmp_path / "any", gateway)) == {ORDERS}


def test_any_value_of_an_enum_is_tried(tmp_path: Path) -> None:
    """The usual request has the first."""
    gateway = nginx(f"{GUARD} location = /api/orders/last {{ proxy_pass http://api; }}")
    assert passed(judged(tmp_path, gateway, schema="{ type: string, enum: [first, last] }")) == {ORDERS}


def test_the_path_of_another_operation_is_not_taken_for_a_value(tmp_path: Path) -> None:
    """A path without expressions goes before (OpenAPI, Path Templating Matching)."""
    gateway = nginx(f"{GUARD} location = /api/orders/latest {{ proxy_pass http://api; }}")
    latest = '/orders/latest: { get: { security: [], responses: { "200": { description: ok } } } }'
    result = judged(tmp_path, gateway, more=latest)
    assert (passed(result), result.exit_status) == (set(), ExitStatus.OK)


def test_another_path_for_the_service_is_another_resource(tmp_path: Path) -> None:
    """A page of the state that the gateway alone puts there."""
    gateway = nginx(f"{GUARD} location = /api/orders/health {{ proxy_pass http://api/healthz; }}")
    result = judged(tmp_path, gateway)
    assert (found(result), result.exit_status) == (set(), ExitStatus.OK)


@pytest.mark.parametrize(
    ("text", "name", "condition"),
    [
        (APACHE, "httpd.conf", r"%{{REQUEST_URI}} =~ m#[.](css|js)$#"),
        (HAPROXY, "haproxy.cfg", "path_end .css"),
        (HAPROXY, "haproxy.cfg", "path_sub public"),
        (HAPROXY, "haproxy.cfg", "path_len gt 100"),
    ],
)
def test_conditions_of_every_gateway_are_tried(text: str, name: str, condition: str, tmp_path: Path) -> None:
    """Correct with one that no value of a parameter meets."""
    faulty = text.replace("{condition}", condition).replace("{{", "{").replace("}}", "}")
    assert passed(judged(tmp_path / "faulty", faulty, name=name)) == {ORDERS, FILES}
    never = "%{{REQUEST_URI}} == '/health'" if name == "httpd.conf" else "path /health"
    correct = text.replace("{condition}", never).replace("{{", "{").replace("}}", "}")
    assert found(judged(tmp_path / "correct", correct, name=name)) == set()


def test_a_service_that_was_read_may_refuse_what_the_gateway_lets_through(tmp_path: Path) -> None:
    """Its own guard looks at a header that the gateway fills for clients with a certificate, and clears for others."""
    told = "proxy_set_header X-Client-Verify $ssl_client_verify;"
    gateway = nginx(
        f"{told} location / {{ {VERIFIED} proxy_pass http://api; }} location ~ [.]pdf$ {{ proxy_pass http://api; }}"
    )
    guard = """
async fn order() {}
async fn file() {}
async fn caller(request: Request, next: Next) -> Result<Response, StatusCode> {
    let told = request.headers().get("x-client-verify").and_then(|v| v.to_str().ok());
    if told != Some("SUCCESS") { return Err(StatusCode::FORBIDDEN); }
    Ok(next.run(request).await)
}
"""
    routed = (
        'Router::new().route("/api/orders/{id}", get(order)).route("/api/{tenant}/files/{file}", get(file))'
    )
    guarded = served(f"{routed}.layer(from_fn(caller))", guard)
    assert passed(judged(tmp_path / "guarded", gateway, service=guarded)) == set()
    assert passed(judged(tmp_path / "open", gateway, service=served(routed, guard))) == {ORDERS, FILES}


def test_texts_are_found_wherever_they_are() -> None:
    """Keys of mappings, members of lists, parts of conditions, and what expressions match."""
    found_texts = texts_of({"/a": ["x", ("y =~ m#[.]css$#",)], "b": [{"^/c/d+$"}]})
    assert {"/a", "x", ".css", "/c/d"} <= {*found_texts}


@pytest.mark.parametrize(
    ("constraint", "value", "allowed"),
    [
        (Constraint(), "a", True),
        (Constraint(type="integer"), "12", True),
        (Constraint(type="integer"), "a", False),
        (Constraint(type="number"), "1.5", True),
        (Constraint(type="boolean"), "true", True),
        (Constraint(type="boolean"), "a", False),
        (Constraint(type="object"), "a", False),
        (Constraint(type="string", format="email"), "a", False),
        (Constraint(type="string", format="our-own"), "a", True),
        (Constraint(type="string", min_length=2), "a", False),
        (Constraint(type="integer", minimum=5), "4", False),
        (Constraint(allowed=("a",)), "b", False),
        (Constraint(pattern="(a+)+$"), "b" * 40, False),
    ],
)
def test_values_fit_their_schema(constraint: Constraint, value: str, *, allowed: bool) -> None:
    """Whatever is not known to fit is not tried."""
    declared = Input(name="id", place=Place.PATH, constraint=constraint)
    assert is_allowed(declared, value) is allowed
    assert is_allowed(None, value)
    assert not is_allowed(None, "..")
