"""Each TLS configuration of the source is one row of the reports, by the weakest that is known of it."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth
from tests.source.crates import reading, served

REQUIRED, OPTIONAL, NONE, CUSTOM = (
    ClientAuth.REQUIRED,
    ClientAuth.OPTIONAL,
    ClientAuth.NONE,
    ClientAuth.CUSTOM,
)
TAKE = "ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)"
OPEN = "WebPkiClientVerifier::builder(roots()).allow_unauthenticated().build()"
LIST = """
struct AllowList { inner: Arc<dyn ClientCertVerifier> }
impl ClientCertVerifier for AllowList {
    fn verify_client_cert(&self, e: &Cert, i: &[Cert], n: UnixTime) -> Result<ClientCertVerified, Error> {
        if allowed(e) { return Ok(ClientCertVerified::assertion()); }
        self.inner.verify_client_cert(e, i, n)
    }
}
"""
SOME = "let mut b = WebPkiClientVerifier::builder(roots()); if open() { b = b.allow_unauthenticated(); }"
SHARED = f"fn verifier() -> V {{ {OPEN} }}"
IN_VARIABLE = f"fn tls() -> C {{ let v = {OPEN}; {TAKE} }}"
OF_FUNCTION = f"fn tls() -> C {{ let v = verifier(); {TAKE} }}"
INTERNAL = f"fn internal() -> C {{ let v = strict(); {TAKE} }}"
BY_CONDITION = f"fn tls() -> C {{ {SOME} let v = b.build(); {TAKE} }}"
ACCEPTOR = """
fn tls() -> A {
    let mut b = SslAcceptor::mozilla_modern_v5(SslMethod::tls()).unwrap();
    if strict() { b.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT); }
    b.build()
}
"""
EITHER = f"""
fn tls() -> C {{
    if strict() {{ let v = strict(); return {TAKE}; }}
    ServerConfig::builder().with_no_client_auth().with_single_cert(c, k)
}}
"""
OWN = f"{LIST} fn tls() -> C {{ let v = Arc::new(AllowList {{ inner: inner() }}); {TAKE} }}"
CASES = {
    "a verifier in a variable": (IN_VARIABLE, [OPTIONAL]),
    "a verifier in the call": (f"fn tls() -> C {{ {TAKE.replace('(v)', f'({OPEN})')} }}", [OPTIONAL]),
    "a verifier of a function": (SHARED + OF_FUNCTION, [OPTIONAL]),
    "a verifier that a condition makes optional": (BY_CONDITION, [OPTIONAL]),
    "a verifier of the crates": (OWN, [CUSTOM]),
    "an acceptor by a condition": (ACCEPTOR, [NONE]),
    "two, of which one is optional": (IN_VARIABLE + INTERNAL, [OPTIONAL, REQUIRED]),
    "two with one verifier": (
        SHARED + OF_FUNCTION + OF_FUNCTION.replace("tls()", "internal()"),
        [OPTIONAL, OPTIONAL],
    ),
    "two of one function": (EITHER, [REQUIRED, NONE]),
}


@pytest.mark.parametrize(("code", "kinds"), CASES.values(), ids=CASES)
def test_a_configuration_is_one_row(tmp_path: Path, code: str, kinds: list[ClientAuth]) -> None:
    """What is known of its verifier is a part of it; another configuration is another row."""
    app = 'Router::new().route("/orders", get(data))'
    view = reading(tmp_path, served(app, code)).view
    assert [one.client_auth for one in view.configurations] == kinds


def test_what_a_condition_decides_is_said_beside_what_holds_otherwise(tmp_path: Path) -> None:
    """A reader sees both outcomes of a condition in one row."""
    view = reading(tmp_path, served("Router::new()", BY_CONDITION)).view
    (row,) = view.configurations
    assert row.what.startswith("with_client_cert_verifier verifies client certificates, or ")
    assert row.what.endswith("(conditional)")
