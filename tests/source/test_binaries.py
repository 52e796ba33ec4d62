"""Workspaces of several binaries: the TLS of each is that which its own ``main`` leads to."""

from pathlib import Path

import pytest

from specdrift.model.result.drift import Severity
from specdrift.model.result.source import ClientAuth
from specdrift.model.result.verdict import Confidence
from specdrift.source import SourceAnalysis, SourceQuery, read
from tests.source.crates import crate, only, rules
from tests.source.test_tls import APP, IMPLEMENTATION

MEMBER = '[package]\nname = "{name}"\nversion = "0.1.0"\n\n[dependencies]\naxum = "0.8"\n{more}'
SETTINGS = """
pub struct Strict { roots: Roots }
impl Strict {
    pub fn config(&self) -> ServerConfig {
        ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)
    }
}
pub fn open() -> ServerConfig { ServerConfig::builder().with_no_client_auth().with_single_cert(c, k) }
"""


def workspace(folder: Path, *, strict: str, plain: str, more: str = "") -> SourceAnalysis:
    """Two binaries that share a library, in which TLS is set up: what the ``main`` of each has in it."""
    program = "#[tokio::main]\nasync fn main() {{ let app = {app}; {said} }}\n"
    shared = 'common = { path = "../common" }\n'
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["strict", "plain", "common"]\n',
        "common/Cargo.toml": MEMBER.format(name="common", more=""),
        "common/src/lib.rs": SETTINGS + more,
        "strict/Cargo.toml": MEMBER.format(name="strict", more=shared),
        "strict/src/main.rs": f"use axum::{{Router, routing::get}};\n{program.format(app=APP, said=strict)}",
        "plain/Cargo.toml": MEMBER.format(name="plain", more=shared),
        "plain/src/main.rs": f"use axum::{{Router, routing::get}};\n{program.format(app=APP, said=plain)}",
    }
    return read(SourceQuery(folder=crate(folder, files)))


STRICT = "let tls = common::Strict::new().config(); axum_server::bind_rustls(a, tls).serve(app.into_make_service());"
OPEN = "let tls = common::open(); axum_server::bind_rustls(a, tls).serve(app.into_make_service());"
PLAINLY = "axum::serve(listener, app).await;"


def whose(found: SourceAnalysis) -> dict[ClientAuth, tuple[str, ...]]:
    """The binaries of each TLS configuration."""
    return {fact.client_auth: fact.entries for fact in found.view.tls}


def test_each_binary_has_the_tls_that_it_uses(tmp_path: Path) -> None:
    """One requires certificates and one does not, by functions and methods of a library that both use."""
    found = workspace(tmp_path, strict=STRICT, plain=OPEN)
    assert whose(found) == {ClientAuth.REQUIRED: ("strict",), ClientAuth.NONE: ("plain",)}
    assert [fact.client_auth for fact in found.view.tls_of(["plain"])] == [ClientAuth.NONE]
    assert found.view.describe(found.view.tls[0]).endswith(", in strict")


def test_a_tool_without_tls_beside_a_service_with_it_is_no_plain_listener_of_the_service(
    tmp_path: Path,
) -> None:
    """It is one where the same binary has both."""
    found = workspace(tmp_path, strict=STRICT, plain=PLAINLY)
    assert rules(found) == []
    both = workspace(tmp_path, strict=f"{STRICT} {PLAINLY}", plain=PLAINLY)
    (finding,) = both.findings
    assert finding.rule == "plaintext-listener-in-source"
    assert finding.location.file.endswith("strict/src/main.rs")


def test_tls_that_no_binary_runs_belongs_to_no_binary(tmp_path: Path) -> None:
    """It applies to no route, and its defects are notes."""
    verifier = IMPLEMENTATION.format(body="Ok(ClientCertVerified::assertion())")
    found = workspace(tmp_path, strict=PLAINLY, plain=PLAINLY, more=verifier)
    assert set(whose(found).values()) == {()}
    assert found.view.tls_of(["strict"]) == ()
    finding = only(found, "client-certificate-not-verified")
    assert (finding.confidence, finding.severity) == (Confidence.LOW, Severity.NOTE)
    used = workspace(tmp_path, strict="let tls = common::tls();", plain=PLAINLY, more=verifier)
    assert only(used, "client-certificate-not-verified").severity is None


@pytest.mark.parametrize(
    "said",
    [
        "use common::open as configured; let tls = configured();",
        "let make: fn() -> ServerConfig = common::open; let tls = make();",
        "let tls = common::Indirect::default().start();",
        "let tls: common::Indirect = 7.into();",
        "common::LAZY.force();",
        "common::wire!();",
    ],
)
def test_whatever_leads_to_tls_is_followed_by_name(tmp_path: Path, said: str) -> None:
    """Aliases, functions that are passed on, methods of types, conversions, statics in macros, macros of one's own."""
    more = """
#[derive(Default)]
pub struct Indirect;
impl Indirect { pub fn start(&self) -> ServerConfig { open() } }
impl From<u8> for Indirect { fn from(_: u8) -> Self { open(); Indirect } }
lazy_static! { pub static ref LAZY: ServerConfig = open(); }
#[macro_export]
macro_rules! wire { () => { $crate::open() }; }
"""
    assert "plain" in whose(workspace(tmp_path, strict=STRICT, plain=said, more=more))[ClientAuth.NONE]


def test_a_router_served_by_unresolved_code_belongs_to_every_binary_that_may_run_it(
    tmp_path: Path,
) -> None:
    """A tool that hands its function on to code of others is no plain listener of the service with TLS."""
    more = (
        'pub async fn metrics() { axum::serve(listener, axum::Router::new().route("/m", get(h))).await; }\n'
    )
    handed = "others::start(Box::new(common::metrics));"
    found = workspace(tmp_path, strict=STRICT, plain=handed, more=more)
    assert {route.path: route.binaries for route in found.view.routes} == {"/": ("strict",), "/m": ("plain",)}
    assert rules(found) == []
    both = workspace(tmp_path, strict=f"{STRICT} {handed}", plain=handed, more=more)
    assert [rule for rule, _ in rules(both)] == ["plaintext-listener-in-source"]


def test_a_library_with_a_name_of_its_own_is_used_by_those_that_depend_on_its_package(tmp_path: Path) -> None:
    """Manifests name the package, code the library: what it has is of the binaries that use it all the same."""
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["app", "core"]\n',
        "core/Cargo.toml": MEMBER.format(name="shop-core", more='[lib]\nname = "shop"\n'),
        "core/src/lib.rs": f"{SETTINGS}\npub fn app() -> axum::Router {{ {APP} }}\n",
        "app/Cargo.toml": MEMBER.format(name="app", more='shop-core = { path = "../core" }\n'),
        "app/src/main.rs": "#[tokio::main]\nasync fn main() { let app = shop::app(); let tls = shop::open(); "
        "axum_server::bind_rustls(a, tls).serve(app.into_make_service()); }\n",
    }
    found = read(SourceQuery(folder=crate(tmp_path, files)))
    assert whose(found)[ClientAuth.NONE] == ("app",)
    assert [route.binaries for route in found.view.routes] == [("app",)]


def test_a_listener_without_a_binary_is_no_plain_listener(tmp_path: Path) -> None:
    """Whose it is, is not known: it may be of a tool that has no TLS of its own."""
    more = (
        'pub async fn metrics() { axum::serve(listener, axum::Router::new().route("/m", get(h))).await; }\n'
    )
    found = workspace(tmp_path, strict=STRICT, plain=OPEN, more=more)
    assert {route.path: route.binaries for route in found.view.routes}["/m"] == ()
    assert rules(found) == []


def test_what_an_attribute_names_is_run_by_who_has_it(tmp_path: Path) -> None:
    """Commands of tools are often functions that an attribute names as a text."""
    more = """
#[derive(Parser)]
#[command(run = "metrics")]
pub struct Metrics;
pub async fn metrics() { axum::serve(listener, axum::Router::new().route("/m", get(h))).await; }
"""
    found = workspace(tmp_path, strict=STRICT, plain="common::Metrics.parse();", more=more)
    assert {route.path: route.binaries for route in found.view.routes}["/m"] == ("plain",)
    assert rules(found) == []


def test_what_a_library_serves_is_served_by_each_binary_that_calls_it(tmp_path: Path) -> None:
    """The call was evaluated once, and the router was that of the first binary alone."""
    serve = (
        'pub async fn serve() { let app = Router::new().route("/a", get(one)); axum::serve(l, app).await; }'
    )
    files = {
        "src/lib.rs": f"use axum::{{Router, routing::get}};\nasync fn one() {{}}\n{serve}\n",
        **{
            f"src/bin/{name}.rs": "#[tokio::main]\nasync fn main() { shop::serve().await; }\n"
            for name in ("first", "second")
        },
        "src/main.rs": "fn main() {}\n",
    }
    assert set(read(SourceQuery(folder=crate(tmp_path, files))).view.entries) >= {"first", "second"}
