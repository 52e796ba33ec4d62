"""``specdrift routes``: the real command on small crates, workspaces, and what cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specdrift.cli.main import cli
from specdrift.errors import ExitStatus
from tests.source.crates import crate, served

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {cert: {type: mutualTLS}}}
security: [{cert: []}]
paths:
  /orders/{id}:
    get: {responses: {"200": {description: ok}}}
  /gone:
    get: {responses: {"200": {description: ok}}}
  /health:
    get: {security: [], responses: {"200": {description: ok}}}
  /unclear:
    get: {responses: {"200": {description: ok}}}
  /new:
    post:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
"""
GUARD = """
async fn guard(Extension(peer): Extension<Peer>, request: Request, next: Next) -> Result<Response, StatusCode> {
    peer.peer_certificates().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}
async fn order() {}
async fn health() {}
async fn create(Json(body): Json<Value>) {}
"""
APP = """Router::new().route("/orders/{order}", get(order)).route("/extra", get(order)).route("/health", get(health))
        .route("/new", post(create).route_layer(from_fn(guard)))
        .route("/unclear", get(order).route_layer(from_fn(foreign::guard)))"""
SHOP = served(APP, GUARD)


def run(*arguments: str) -> Result:
    """The command, in a folder without a configuration."""
    return CliRunner().invoke(cli, ["routes", *arguments], standalone_mode=False)


def of(tmp_path: Path, *options: str) -> dict[str, Any]:
    """The result for the shop, beside its document."""
    folder = crate(tmp_path, {"src/main.rs": SHOP, "openapi.yaml": DOCUMENT})
    outcome = run(str(folder), f"--spec={folder / 'openapi.yaml'}", "--format=json", "-q", *options)
    result: dict[str, Any] = json.loads(outcome.stdout)
    return result


def found(result: dict[str, Any]) -> set[tuple[str, str]]:
    """Rule and operation of each drift."""
    return {
        (drift["rule"], f"{drift['operation']['method']} {drift['operation']['path']}")
        for drift in result["drifts"]
        if drift["operation"]
    }


@pytest.mark.slow
def test_the_source_is_held_against_the_document(tmp_path: Path) -> None:
    """What is missing, what is too much, what is not guarded; what is in another crate stays undecided."""
    result = of(tmp_path)
    assert found(result) == {
        ("route-not-guarded", "GET /orders/{id}"),
        ("documented-route-missing", "GET /gone"),
        ("route-not-documented", "GET /extra"),
        ("untyped-body", "POST /new"),
    }
    assert [entry["operation"]["path"] for entry in result["undecided"]] == [
        "/orders/{id}",
        "/gone",
        "/unclear",
    ]
    assert "gateway" in result["undecided"][0]["how_to_decide"]
    assert "guards" in result["undecided"][2]["how_to_decide"]


@pytest.mark.parametrize(
    ("path", "severity"),
    [("/keys", "note"), ("/orders/{order}", "warning")],
    ids=["of-nothing", "of-the-document"],
)
def test_a_router_without_a_visible_mount_may_be_nested(tmp_path: Path, path: str, severity: str) -> None:
    """What it has is a note, unless something else of it is in the document as it is written."""
    lost = f'pub fn lost() -> Router {{ Router::new().route("{path}", get(order)).route("/lost", get(order)) }}\n'
    program = served('Router::new().route("/health", get(health))', GUARD + lost)
    folder = crate(tmp_path, {"src/main.rs": program, "openapi.yaml": DOCUMENT})
    outcome = run(str(folder), f"--spec={folder / 'openapi.yaml'}", "--format=json", "-q")
    drifts = json.loads(outcome.stdout)["drifts"]
    (drift,) = (d for d in drifts if d["operation"] and d["operation"]["path"] == "/lost")
    assert drift["rule"] == "route-not-documented"
    assert drift["severity"] == severity
    assert ("may be longer" in drift["message"]) is (severity == "note")


WAYS = {
    "of-a-guarded-handler": ('.route("/old", get(order))', "error"),
    "guarded-as-well": ('.route("/old", get(order).route_layer(from_fn(guard)))', "warning"),
    "of-another-handler": ('.route("/old", get(health))', "warning"),
    "under-a-condition": (
        '.merge(if verbose() { Router::new().route("/old", get(order)) } else { Router::new() })',
        "warning",
    ),
}


@pytest.mark.parametrize(("way", "severity"), WAYS.values(), ids=WAYS)
def test_a_second_way_to_a_guarded_handler_is_an_error(way: str, severity: str, tmp_path: Path) -> None:
    """Without a guard, and with TLS whose listener demands no certificate."""
    app = f'Router::new().route("/orders/{{id}}", get(order).route_layer(from_fn(guard))){way}'
    verifier = "WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated().build().unwrap()"
    tls = f"pub fn tls(roots: RootCertStore) {{ ServerConfig::builder().with_client_cert_verifier({verifier}); }}\n"
    program = served(app, GUARD + tls).replace("async fn main() {", "async fn main() { tls(roots());", 1)
    folder = crate(tmp_path, {"src/main.rs": program, "openapi.yaml": DOCUMENT})
    outcome = run(str(folder), f"--spec={folder / 'openapi.yaml'}", "--format=json", "-q")
    drifts = json.loads(outcome.stdout)["drifts"]
    (drift,) = (d for d in drifts if d["operation"] and d["operation"]["path"] == "/old")
    assert (drift["rule"], drift["severity"]) == ("route-not-documented", severity)


def test_source_without_tls_is_reported_with_lower_confidence(tmp_path: Path) -> None:
    """A proxy may demand the certificate: the finding is a warning then."""
    (drift,) = (d for d in of(tmp_path)["drifts"] if d["rule"] == "route-not-guarded")
    assert drift["severity"] == "warning"
    assert "a proxy in front of it" in drift["message"]
    assert drift["location"]["file"].endswith("src/main.rs")
    assert any(place["file"].endswith("openapi.yaml") for place in drift["related"])


NGINX = """
events {}
http {
    server {
        listen 443 ssl;
        server_name shop.example;
        ssl_certificate s.pem;
        ssl_certificate_key s.key;
        ssl_client_certificate ca.pem;
        ssl_verify_client MODE;
        ssl_crl crl.pem;
        location / { proxy_pass http://127.0.0.1:8080; }
    }
}
"""
ORDERS = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {cert: {type: mutualTLS}}}
security: [{cert: []}]
paths: {"/orders/{id}": {get: {responses: {"200": {description: ok}}}}}
"""
GATEWAYS = {"": ExitStatus.INCOMPLETE, "on": ExitStatus.OK, "optional": ExitStatus.DRIFT}


@pytest.mark.parametrize(
    ("mode", "status"), GATEWAYS.items(), ids=["no gateway", "one that demands", "one that asks"]
)
def test_a_service_without_tls_and_guards_is_decided_by_its_gateway(
    mode: str, status: ExitStatus, tmp_path: Path
) -> None:
    """Without the gateway's configuration nothing has established that a certificate is required."""
    result = behind(tmp_path, "", NGINX.replace("MODE", mode) if mode else "")
    assert result["exit_status"] == status
    assert bool(result["undecided"]) is (mode == "")


def behind(folder: Path, layers: str, gateway: str, *, with_service: bool = True) -> dict[str, Any]:
    """The result for a service with one route, and for its gateway if that is given."""
    program = served(f'Router::new().route("/orders/{{id}}", get(order)){layers}', GUARD)
    service = crate(folder / "service", {"src/main.rs": program, "openapi.yaml": ORDERS})
    (folder / "nginx.conf").write_text(gateway, encoding="utf-8")
    paths = [str(folder / "nginx.conf")] if gateway else []
    paths += [str(service)] if with_service else []
    outcome = run(*paths, f"--spec={service / 'openapi.yaml'}", "--format=json", "-q")
    result: dict[str, Any] = json.loads(outcome.stdout)
    return result


def test_a_service_that_was_named_is_not_asked_for_again(tmp_path: Path) -> None:
    """The gateway passes clients on without a certificate, and what the service does is not known."""
    header = "location / { proxy_set_header X-Client-Verify $ssl_client_verify;"
    gateway = NGINX.replace("MODE", "optional").replace("location / {", header)
    for with_service in (False, True):
        layer = ".layer(from_fn(foreign::guard))"
        (undecided,) = behind(tmp_path, layer, gateway, with_service=with_service)["undecided"]
        asked = (
            "Name the source" in undecided["how_to_decide"]
            or "Name what decides it" in undecided["how_to_decide"]
        )
        assert asked is not with_service


def test_a_guard_is_named_on_the_command_line(tmp_path: Path) -> None:
    """Then nothing is undecided about it."""
    undecided = of(tmp_path, "--guard=guard")["undecided"]
    assert [entry["operation"]["path"] for entry in undecided] == ["/orders/{id}", "/gone"]


def test_a_listener_that_demands_certificates_guards_every_route(tmp_path: Path) -> None:
    """A handshake that keeps out who has none makes the layers a second line."""
    tls = "fn tls() { ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k) }\n"
    folder = crate(tmp_path, {"src/main.rs": served(APP, GUARD + tls), "openapi.yaml": DOCUMENT})
    outcome = run(str(folder), f"--spec={folder / 'openapi.yaml'}", "--format=json", "-q")
    assert "route-not-guarded" not in {rule for rule, _ in found(json.loads(outcome.stdout))}


def test_tls_without_client_certificates_is_an_error_where_the_document_requires_them(tmp_path: Path) -> None:
    """At the call that says so."""
    tls = "fn tls() { ServerConfig::builder().with_no_client_auth().with_single_cert(c, k) }\n"
    folder = crate(tmp_path, {"src/main.rs": served(APP, GUARD + tls), "openapi.yaml": DOCUMENT})
    outcome = run(str(folder), f"--spec={folder / 'openapi.yaml'}", "--format=json", "-q")
    drifts = json.loads(outcome.stdout)["drifts"]
    (drift,) = (d for d in drifts if d["rule"] == "client-certificate-not-requested")
    assert "with_no_client_auth" in drift["location"]["text"]


@pytest.mark.parametrize("name", ["text", "json", "html", "sarif", "junit", "markdown", "github"])
def test_every_format_shows_it(tmp_path: Path, name: str) -> None:
    """One rule that every reader of the report must see."""
    folder = crate(tmp_path, {"src/main.rs": SHOP, "openapi.yaml": DOCUMENT})
    outcome = run(str(folder), f"--spec={folder / 'openapi.yaml'}", f"--format={name}", "-q")
    assert "route-not-guarded" in outcome.stdout


def test_the_routes_alone_are_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a document: what is wired, by whom it is handled, what is around it, and where that stands."""
    folder = crate(tmp_path, SHOP + "fn lost() -> Router { Router::new().route(&unknown(), get(order)) }\n")
    monkeypatch.setenv("COLUMNS", "240")
    outcome = run(str(folder))
    assert outcome.return_value == 0
    for word in (
        "/orders/{order}",
        "order",
        "from_fn(guard)",
        "src/main.rs",
        "Unresolved expressions",
        "unknown()",
    ):
        assert word in outcome.stdout


def test_several_binaries_of_a_workspace_are_all_read(tmp_path: Path) -> None:
    """Members, a library that both use, a binary of its own name; each route says whose it is."""
    member = '[package]\nname = "{name}"\nversion = "0.1.0"\n\n[dependencies]\naxum.workspace = true\n{more}'
    shared = (
        'pub fn common() -> axum::Router { axum::Router::new().route("/common", axum::routing::get(h)) }\n'
    )
    public = served('shared_parts::common().route("/public", get(h))')
    admin = served('Router::new().route("/admin", get(h)).merge(shared_parts::common())')
    folder = crate(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["services/*"]\n\n[workspace.dependencies]\naxum = "0.7"\n',
            "shared/Cargo.toml": member.format(name="shared-parts", more=""),
            "shared/src/lib.rs": shared,
            "services/api/Cargo.toml": member.format(
                name="api", more='shared-parts = { path = "../../shared" }\n'
            ),
            "services/api/src/main.rs": public,
            "services/api/src/bin/admin.rs": admin,
        },
    )
    source = json.loads(run(str(folder), "--format=json", "-q").stdout)["source"]
    assert source["version"] == "0.7"
    assert {(route["entry"], route["path"]) for route in source["routes"]} >= {
        ("api", "/public"),
        ("api", "/common"),
        ("admin", "/admin"),
    }
    assert source["unresolved"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--entry=nowhere::app",), "no function nowhere::app"),
        (("--spec=missing.yaml",), "missing.yaml"),
        (("--result=missing.json",), "missing.json"),
    ],
)
def test_a_missing_path_is_named(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """An entry, a document, a result."""
    folder = crate(tmp_path, SHOP)
    outcome = run(str(folder), *arguments)
    assert said in str(outcome.exception) + outcome.stderr
