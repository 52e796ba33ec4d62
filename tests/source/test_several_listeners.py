"""Listeners of one binary with different TLS configurations: each counts for the router that it serves."""

from pathlib import Path

import pytest

from specdrift.source.handshakes import handshake
from tests.source.crates import reading

CODE = (
    "use axum::{routing::get, Router};\nuse axum_server::tls_rustls::RustlsConfig;\n"
    "fn strict() -> ServerConfig {\n    let verifier = WebPkiClientVerifier::builder(roots()).build();\n"
    "    ServerConfig::builder().with_client_cert_verifier(verifier).with_single_cert(chain(), key())\n}\n"
    "fn lenient() -> ServerConfig {\n"
    "    ServerConfig::builder().with_no_client_auth().with_single_cert(chain(), key())\n}\n"
    "fn optional() -> ServerConfig {\n"
    "    let verifier = WebPkiClientVerifier::builder(roots()).allow_unauthenticated().build();\n"
    "    ServerConfig::builder().with_client_cert_verifier(verifier).with_single_cert(chain(), key())\n}\n"
    "async fn order() {}\nasync fn status() {}\n"
)
ROUTERS = (
    '    let app = Router::new().route("/orders", get(order));\n'
    '    let open = Router::new().route("/status", get(status));\n'
)
AXUM_SERVER = (
    "    let one = RustlsConfig::from_config(Arc::new({first}));\n"
    "    let other = RustlsConfig::from_config(Arc::new({second}));\n"
    "    let main = axum_server::bind_rustls(address, one).serve(app.into_make_service());\n"
    "    let side = axum_server::bind_rustls(address, other).serve({router}.into_make_service());\n"
    "    tokio::try_join!(main, side).unwrap();\n"
)
HELPER = (
    "    let (one, other) = (Arc::new({first}), Arc::new({second}));\n"
    "    tokio::try_join!(run(address, Arc::new({first}), app), run(address, Arc::new({second}), {router})).unwrap();\n"
)
RUN = (
    "async fn run(address: SocketAddr, config: Arc<ServerConfig>, router: Router) {\n"
    "    let config = RustlsConfig::from_config(config);\n"
    "    axum_server::bind_rustls(address, config).serve(router.into_make_service()).await.unwrap();\n}\n"
)
METHOD = (
    "    Server { config: Arc::new({first}), router: app }.run().await;\n"
    "    Server { config: Arc::new({second}), router: {router} }.run().await;\n"
)
SERVER = (
    "struct Server { config: Arc<ServerConfig>, router: Router }\nimpl Server {\n    async fn run(self) {\n"
    "        let config = RustlsConfig::from_config(self.config);\n"
    "        axum_server::bind_rustls(address, config).serve(self.router.into_make_service()).await\n    }\n}\n"
)
LOOP = (
    "    let second = RustlsConfig::from_config(Arc::new({second}));\n"
    "    tokio::spawn(axum_server::bind_rustls(address, second).serve({router}.into_make_service()));\n"
    "    let acceptor = TlsAcceptor::from(Arc::new({first}));\n"
    "    let listener = TcpListener::bind(address).await.unwrap();\n"
    "    loop {\n        let (tcp, _) = listener.accept().await.unwrap();\n"
    "        let (acceptor, app) = (acceptor.clone(), app.clone());\n        tokio::spawn(async move {\n"
    "            let stream = match acceptor.accept(tcp).await { Ok(stream) => stream, Err(_) => return };\n"
    "            let service = TowerToHyperService::new(app);\n"
    "            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await\n"
    "        });\n    }\n"
)
FORMS = {
    "axum-server": (AXUM_SERVER, ""),
    "helper": (HELPER, RUN),
    "method": (METHOD, SERVER),
    "loop": (LOOP, ""),
}


def demanded(folder: Path, body: str, more: str, **parts: str) -> bool | None:
    """Whether a handshake that requires a certificate precedes the requests of ``/orders``."""
    for name, value in parts.items():
        body = body.replace(f"{{{name}}}", value)
    view = reading(folder, f"{CODE}#[tokio::main]\nasync fn main() {{\n{ROUTERS}{body}}}\n{more}").view
    found = {handshake(route, view) for route in view.routes if route.path == "/orders"}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(("body", "more"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(
    ("first", "second", "router", "expected"),
    [
        ("strict()", "lenient()", "open", True),
        ("strict()", "optional()", "open", True),
        ("strict()", "lenient()", "app", False),
        ("lenient()", "strict()", "open", False),
        ("optional()", "strict()", "open", False),
        ("optional()", "optional()", "open", False),
    ],
)
def test_a_configuration_counts_for_the_router_of_its_listener(
    tmp_path: Path,
    body: str,
    more: str,
    first: str,
    second: str,
    router: str,
    expected: bool,  # noqa: FBT001
) -> None:
    """A public page beside the API needs no certificate; the same router on both listeners does."""
    parts = {"first": first, "second": second, "router": router if router == "open" else "app.clone()"}
    assert demanded(tmp_path, body, more, **parts) is expected


CHANGED = {
    "reloaded": (
        "    tokio::spawn(reload(one.clone()));\n",
        "async fn reload(c: RustlsConfig) { c.reload_from_pem_file(a, b).await; }\n",
    ),
    "assigned": ("    one = RustlsConfig::from_config(Arc::new(lenient()));\n", ""),
    "given away": (
        "    weaken(&mut one);\n",
        "fn weaken(c: &mut RustlsConfig) { *c = RustlsConfig::from_config(Arc::new(lenient())); }\n",
    ),
}


@pytest.mark.parametrize(("change", "more"), CHANGED.values(), ids=CHANGED)
def test_a_configuration_that_may_be_replaced_is_no_guard(tmp_path: Path, change: str, more: str) -> None:
    """By a task, an assignment or a function that gets a reference."""
    line = "    let main ="
    body = AXUM_SERVER.replace("let one", "let mut one").replace(line, change + line)
    assert demanded(tmp_path, body, more, first="strict()", second="lenient()", router="open") is not True


@pytest.mark.parametrize(
    "first", ["if insecure() { lenient() } else { strict() }", "CONFIG.get().unwrap()", "load(lenient)"]
)
def test_a_configuration_that_may_be_another_is_no_guard(tmp_path: Path, first: str) -> None:
    """One that a condition chooses, that is made elsewhere, or that code of another crate makes."""
    more = (
        "static CONFIG: OnceLock<ServerConfig> = OnceLock::new();\nfn prepare() { CONFIG.set(strict()); }\n"
    )
    body = f"    prepare();\n{AXUM_SERVER}"
    assert demanded(tmp_path, body, more, first=first, second="lenient()", router="open") is not True


ONE = (
    "    let (one, other) = (Arc::new({first}), Arc::new({second}));\n"
    "    let chosen = CHOSEN;\n"
    "    let server = axum_server::bind_rustls(address, RustlsConfig::from_config(chosen));\n"
    "    server.serve({router}.into_make_service()).await.unwrap();\n"
)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("{ let _ = other; one }", None),
        ("{ let _ = one; other }", False),
        ("if on() { one } else { other }", False),
    ],
)
def test_a_configuration_that_no_listener_gets_is_not_known_to_count(
    tmp_path: Path,
    chosen: str,
    expected: bool | None,  # noqa: FBT001
) -> None:
    """The only listener gets one that requires certificates; what serves the other is not known."""
    body = ONE.replace("CHOSEN", chosen)
    assert demanded(tmp_path, body, "", first="strict()", second="lenient()", router="app") is expected
