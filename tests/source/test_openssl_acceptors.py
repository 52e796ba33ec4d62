"""What each OpenSSL acceptor requests: its builder is followed to the call that builds it."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth
from specdrift.source.handshakes import handshake
from tests.source.crates import reading

MODE = "SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT"
CODE = f"""
use axum::{{routing::get, Router}};
use axum_server::tls_openssl::OpenSSLConfig;
use openssl::ssl::{{SslAcceptor, SslAcceptorBuilder, SslMethod, SslVerifyMode}};
fn base() -> SslAcceptorBuilder {{
    let mut b = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
    b.set_certificate_chain_file("server.pem").unwrap();
    b
}}
fn mutual() -> Result<SslAcceptor, Error> {{
    let mut b = base();
    b.set_verify({MODE});
    Ok(b.build())
}}
fn plain() -> Result<SslAcceptor, Error> {{ Ok(base().build()) }}
fn require(b: &mut SslAcceptorBuilder) {{ b.set_verify({MODE}); }}
fn require_if(b: &mut SslAcceptorBuilder, on: bool) {{
    if !on {{ return; }}
    b.set_verify({MODE});
}}
fn required(mut b: SslAcceptorBuilder) -> SslAcceptorBuilder {{ b.set_verify({MODE}); b }}
trait Strict {{ fn strict(&mut self) -> &mut Self; }}
impl Strict for SslAcceptorBuilder {{
    fn strict(&mut self) -> &mut Self {{ self.set_verify({MODE}); self }}
}}
#[tokio::main]
async fn main() {{
    let app = Router::new().route("/orders", get(|| async {{}}));
    {{statements}}
    let config = OpenSSLConfig::from_acceptor(Arc::new(acceptor));
    axum_server::bind_openssl(address, config).serve(app.into_make_service()).await.unwrap();
}}
"""
SECOND = """let second = OpenSSLConfig::from_acceptor(Arc::new({made}));
    tokio::spawn(axum_server::bind_openssl(other, second).serve({router}.into_make_service()));
    let acceptor = mutual().unwrap();"""


def demanded(folder: Path, statements: str) -> bool | None:
    """Whether the handshake of the one route requires a certificate."""
    view = reading(folder, CODE.replace("{statements}", statements)).view
    (found,) = {handshake(route, view) for route in view.routes if route.path == "/orders"}
    return found


OPERATED = "let mut b = base(); b.set_verify({}); let acceptor = b.build();"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("let acceptor = mutual().unwrap();", True),
        ("let acceptor = plain().unwrap();", False),
        ("let acceptor = base().build(); let _unused = mutual();", False),
        ('let acceptor = if env("MTLS") { mutual().unwrap() } else { base().build() };', None),
        ("let acceptor = mutual().or_else(|_| plain()).unwrap();", False),
        ("let acceptor = match mutual() { Ok(a) => a, Err(_) => plain().unwrap() };", False),
        ("let mut b = base(); require(&mut b); let acceptor = b.build();", True),
        ("let mut b = base(); b.strict(); let acceptor = b.build();", True),
        ("let acceptor = required(base()).build();", True),
        ("let mut b = base(); if exists() { require(&mut b); } let acceptor = b.build();", None),
        ("let mut b = base(); if true { require(&mut b); } let acceptor = b.build();", True),
        ("let mut b = base(); if false { require(&mut b); } let acceptor = b.build();", False),
        ("let mut b = base(); require_if(&mut b, on()); let acceptor = b.build();", None),
        (f"let mut b = base(); let mode = {MODE}; b.set_verify(mode); let acceptor = b.build();", True),
        (f"let b = base(); let mode = {MODE}; let acceptor = b.build();", False),
        (
            (
                f"let mut b = base(); let mut m = SslVerifyMode::PEER; if on() {{ m |= {MODE}; }}"
                " b.set_verify(m); let acceptor = b.build();"
            ),
            None,
        ),
        (
            (
                f"let mut b = base(); match kind() {{ 1 => b.set_verify({MODE}), _ => panic!() }}"
                " let acceptor = b.build();"
            ),
            True,
        ),
        (
            (
                f"let mut b = base(); match kind() {{ 1 => b.set_verify({MODE}), _ => {{}} }}"
                " let acceptor = b.build();"
            ),
            None,
        ),
        (
            f"let mut b = base(); b.set_verify({MODE}); let _ = b.build(); let acceptor = base().build();",
            False,
        ),
        (
            (
                f"let mut b = base(); b.set_verify({MODE}); b.set_verify(SslVerifyMode::PEER);"
                " let acceptor = b.build();"
            ),
            False,
        ),
        (OPERATED.format("SslVerifyMode::PEER & SslVerifyMode::FAIL_IF_NO_PEER_CERT"), False),
        (OPERATED.format("SslVerifyMode::all() & SslVerifyMode::all()"), True),
        (OPERATED.format("SslVerifyMode::all() - SslVerifyMode::PEER"), False),
        (OPERATED.format("SslVerifyMode::all().difference(SslVerifyMode::NONE)"), True),
        (SECOND.format(made="base().build()", router="app.clone()"), False),
        (SECOND.format(made="base().build()", router="Router::new()"), True),
        (SECOND.format(made="mutual().unwrap()", router="app.clone()"), True),
    ],
)
def test_an_acceptor_requests_what_its_builder_was_given(
    tmp_path: Path,
    statements: str,
    expected: bool | None,  # noqa: FBT001
) -> None:
    """A builder without a mode requests no certificate; a mode under a condition leaves it open."""
    assert demanded(tmp_path, statements) is expected


def test_a_mode_that_was_not_followed_is_no_requirement(tmp_path: Path) -> None:
    """It is set on something that may be another acceptor."""
    code = CODE.replace("{statements}", "let acceptor = mutual().unwrap();")
    other = f"fn later(own: Own) {{ own.builder.set_verify({MODE}); }}\n"
    code = code.replace("let app", "later(own); let app")
    view = reading(tmp_path, code + other).view
    kinds = {fact.client_auth for fact in view.tls_of(view.binaries)}
    assert kinds == {ClientAuth.REQUIRED, ClientAuth.CUSTOM}


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("#[cfg(test)]", []), ('#[cfg(feature = "lenient")]', [True]), ("#[cfg(unix)]", [False])],
)
def test_a_verifier_counts_in_the_builds_that_have_it(
    tmp_path: Path, attribute: str, expected: list[bool]
) -> None:
    """A statement of tests is in no server, one of a feature in some."""
    code = CODE.replace("{statements}", "let acceptor = mutual().unwrap(); verifier();")
    code += f"fn verifier() {{ {attribute} let b = b.allow_unauthenticated(); }}\n"
    facts = reading(tmp_path, code).view.tls
    assert [fact.conditional for fact in facts if fact.client_auth is ClientAuth.OPTIONAL] == expected
