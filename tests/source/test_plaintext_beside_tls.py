"""A listener without TLS beside one that requires certificates, and verifiers that overrule their delegate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import crate, reading, rules
from tests.source.gateways.joined import DOCUMENT, found

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = "GET /secure"
USES = "use axum::{Router, routing::get};\n"
STRICT = """
fn config() -> Arc<ServerConfig> {
    let v = VERIFIER;
    ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
}
async fn secure() {}
async fn public() {}
fn app() -> Router { Router::new().route("/secure", get(secure)).route("/public", get(public)) }
const HERE: &str = "127.0.0.1";
const EVERYWHERE: &str = "0.0.0.0";
const LOCAL: &str = "localhost";
fn ops() -> Router { Router::new().route("/public", get(public)) }
"""
VERIFIER = "WebPkiClientVerifier::builder(roots()).with_crls(crls()).build()"
TLS = (
    "axum_server::bind_rustls(a, RustlsConfig::from_config(config())).serve(app().into_make_service()).await;"
)
PLAIN = 'axum::serve(TcpListener::bind("ADDRESS:8080").await.unwrap(), ROUTER).await;'


def checked(folder: Path, body: str, more: str = "", verifier: str = VERIFIER) -> Result:
    """A program beside the document."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    program = (
        f"{USES}#[tokio::main]\nasync fn main() {{ {body} }}\n{STRICT.replace('VERIFIER', verifier)}{more}"
    )
    return routes(Settings(spec=str(folder / "openapi.yaml")), (crate(folder / "service", program),))


UNGUARDED = ("route-not-guarded", SECURE, "error")
CLOSED = ("open-route-guarded", "GET /public", "warning")
"""The handshake refuses a client without a certificate."""
BESIDE = ("plaintext-listener-in-source", "None", "warning")
ASIDE = ("plaintext-listener-in-source", "None", "note")
SAME = PLAIN.replace("ROUTER", "app()")
OTHER = PLAIN.replace("ROUTER", "app().layer(CompressionLayer::new())")
CASES = {
    "the same router": (SAME, {UNGUARDED, BESIDE}, 1),
    "open routes alone": (PLAIN.replace("ROUTER", "ops()"), set(), 0),
    "this machine alone": (SAME.replace("ADDRESS", "127.0.0.1"), {ASIDE}, 0),
    "a loopback name": (SAME.replace("ADDRESS", "localhost"), {ASIDE}, 0),
    "a Unix socket": (
        SAME.replace('TcpListener::bind("ADDRESS:8080").await', 'UnixListener::bind("s")'),
        {ASIDE},
        0,
    ),
    "open routes alone, on this machine": (
        PLAIN.replace("ROUTER", "ops()").replace("ADDRESS", "[::1]"),
        set(),
        0,
    ),
    "other routes, on this machine": (
        PLAIN.replace("ROUTER", 'Router::new().route("/metrics", get(public))').replace("ADDRESS", "[::1]"),
        {CLOSED},
        0,
    ),
    "all interfaces": (SAME.replace("ADDRESS", "[::]"), {UNGUARDED, BESIDE}, 1),
    "on a condition": (f"if dev {{ {SAME} }}", {BESIDE}, 3),
    "another layer, on this machine": (OTHER.replace("ADDRESS", "127.0.0.1"), {ASIDE}, 0),
    "another layer, on all interfaces": (OTHER.replace("ADDRESS", "[::]"), {UNGUARDED, BESIDE}, 1),
    "none": ("", {CLOSED}, 0),
}


@pytest.mark.parametrize(("code", "expected", "status"), CASES.values(), ids=CASES)
def test_a_listener_without_tls_serves_what_needs_a_certificate(
    tmp_path: Path, code: str, expected: set[tuple[str, str, str]], status: int
) -> None:
    """An error; on a condition the operation is undecided, and a note for this machine."""
    result = checked(tmp_path, f"{code} {TLS}")
    assert (found(result), result.exit_status) == (expected, status)


LOOPBACK = {
    "text": '"127.0.0.1:8080"',
    "name": '"localhost:8080"',
    "version 6": '"[::1]:8080"',
    "numbers": "SocketAddr::from(([127, 0, 0, 1], port))",
    "constant": "SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)",
    "tuple": '("127.0.0.1", port)',
    "tuple of a constant": "(std::net::Ipv4Addr::LOCALHOST, 8080)",
    "formatted": 'format!("127.0.0.1:{port}")',
    "of a constant": 'format!("{HERE}:{port}")',
    "parsed": 'format!("{HERE}:{}", port).parse::<SocketAddr>().expect("an address")',
    "parsed text": '"127.0.0.1:80".parse().unwrap()',
    "borrowed": '&format!("localhost:{}", port)',
}
NETWORK = {
    "numbers": "SocketAddr::from(([0, 0, 0, 0], port))",
    "constant": "(Ipv4Addr::UNSPECIFIED, 8080)",
    "configured": 'env::var("ADDRESS").unwrap_or("127.0.0.1:8080".into())',
    "formatted": 'format!("{host}:{port}")',
    "of a constant": 'format!("{EVERYWHERE}:{port}").parse().unwrap()',
    "a longer name": 'format!("{LOCAL}{suffix}").parse().unwrap()',
}


@pytest.mark.parametrize(
    ("address", "status"),
    [(address, 0) for address in LOOPBACK.values()] + [(address, 1) for address in NETWORK.values()],
    ids=[*(f"loopback, {name}" for name in LOOPBACK), *(f"network, {name}" for name in NETWORK)],
)
def test_a_listener_for_this_machine_is_known_by_its_address(
    tmp_path: Path, address: str, status: int
) -> None:
    """As text, numbers or a constant; one that is configured may be any."""
    result = checked(tmp_path, f"{SAME.replace(chr(34) + 'ADDRESS:8080' + chr(34), address)} {TLS}")
    assert result.exit_status == status


REDIRECTS = {
    "a redirect": "Router::new().fallback(redirect)",
    "a redirect of one method": "Router::new().fallback(get(redirect))",
    "a refusal": "Router::new().fallback(refused)",
}
ANSWERS = {
    "a route": 'Router::new().route("/metrics", get(public)).fallback(redirect)',
    "data": "Router::new().fallback(data)",
    "a router of another crate": "Router::new().fallback(redirect).merge(foreign::app())",
}
FALLBACKS = """
async fn redirect(Host(host): Host) -> impl IntoResponse { Redirect::permanent(&format!("https://{host}/")) }
async fn refused() -> StatusCode { StatusCode::NOT_FOUND }
async fn data(State(store): State<Store>) -> Json<Orders> { Json(store.orders()) }
"""


@pytest.mark.parametrize(
    ("router", "expected"),
    [*((one, []) for one in REDIRECTS.values()), *((one, [BESIDE[0]]) for one in ANSWERS.values())],
    ids=[*REDIRECTS, *ANSWERS],
)
def test_a_listener_that_only_redirects_is_none_of_the_service(
    tmp_path: Path, router: str, expected: list[str]
) -> None:
    """Nor one that refuses all requests; what has a route, or may answer with data, is."""
    body = f"{PLAIN.replace('ROUTER', router)} {TLS}"
    program = f"{USES}#[tokio::main]\nasync fn main() {{ {body} }}\n{STRICT.replace('VERIFIER', VERIFIER)}"
    found_rules = [rule for rule, _ in rules(reading(tmp_path, program + FALLBACKS))]
    assert found_rules == expected


OWN = """
struct Own { inner: Arc<dyn ClientCertVerifier>, old: Arc<dyn ClientCertVerifier>, pins: Vec<String> }
impl ClientCertVerifier for Own {
    fn verify_client_cert(&self, leaf: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime)
        -> Result<ClientCertVerified, Error> { BODY }
}
"""
VERIFIERS = {
    "delegated": ("self.inner.verify_client_cert(leaf, chain, now)", 0),
    "then more": (
        (
            "self.inner.verify_client_cert(leaf, chain, now)?;"
            " if revoked(leaf) { return Err(bad()); } Ok(ClientCertVerified::assertion())"
        ),
        0,
    ),
    "one of two CAs": (
        (
            "self.inner.verify_client_cert(leaf, chain, now)"
            ".or_else(|_| self.old.verify_client_cert(leaf, chain, now))"
        ),
        0,
    ),
    "without intermediates": (
        (
            "if self.inner.verify_client_cert(leaf, chain, now).is_err() && !chain.is_empty() { return Err(bad()); }"
            " Ok(ClientCertVerified::assertion())"
        ),
        3,
    ),
    "some names": (
        (
            "match self.inner.verify_client_cert(leaf, chain, now) { Ok(v) => Ok(v),"
            " Err(e) => if self.pins.contains(&name(leaf)) { Ok(ClientCertVerified::assertion()) } else { Err(e) } }"
        ),
        3,
    ),
}


@pytest.mark.parametrize(("body", "status"), VERIFIERS.values(), ids=VERIFIERS)
def test_a_verifier_that_may_overrule_its_delegate_leaves_the_operation_undecided(
    tmp_path: Path, body: str, status: int
) -> None:
    """Its condition may be right: the server's answers to invalid certificates tell."""
    verifier = "Arc::new(Own { inner: strict(), old: strict(), pins: vec![] })"
    result = checked(tmp_path, TLS, OWN.replace("BODY", body), verifier)
    assert (found(result), result.exit_status) == ({CLOSED}, status)
