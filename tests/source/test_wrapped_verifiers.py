"""rustls asks the outermost verifier whether a certificate is mandatory, whatever one within it would answer."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth
from tests.source.crates import reading, served

APP = 'Router::new().route("/", get(|| async {}))'
OWN = """
struct Own { inner: Arc<dyn ClientCertVerifier>, strict: bool }
impl Own { fn around(inner: Arc<dyn ClientCertVerifier>) -> Arc<Self> { Arc::new(Own { inner, strict: true }) } }
impl ClientCertVerifier for Own {
    METHODS
    fn verify_client_cert(&self, leaf: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime)
        -> Result<ClientCertVerified, Error> { self.inner.verify_client_cert(leaf, chain, now) }
}
fn tls() -> ServerConfig {
    let inner = WebPkiClientVerifier::builder(roots()).with_crls(crls()).allow_unauthenticated().build().unwrap();
    ServerConfig::builder().with_client_cert_verifier(VERIFIER).with_single_cert(c, k)
}
"""
YES = "fn client_auth_mandatory(&self) -> bool { true }"
NO = "fn client_auth_mandatory(&self) -> bool { false }"
DELEGATED = "fn client_auth_mandatory(&self) -> bool { self.inner.client_auth_mandatory() }"
BY_FIELD = "fn client_auth_mandatory(&self) -> bool { self.strict }"
BY_CODE = "fn client_auth_mandatory(&self) -> bool { if self.strict { return true; } false }"
NOT_OFFERED = "fn offer_client_auth(&self) -> bool { false }"
AROUND = "Own::around(inner)"
REQUIRED, OPTIONAL, NONE = ClientAuth.REQUIRED, ClientAuth.OPTIONAL, ClientAuth.NONE
VERIFIERS = {
    "mandatory": (YES, AROUND, {(REQUIRED, False)}),
    "by default": ("", AROUND, {(REQUIRED, False)}),
    "a literal": (YES, "Arc::new(Own { inner: inner.clone(), strict: true })", {(REQUIRED, False)}),
    "shorthand": (YES, "Arc::new(Own { inner, strict: false })", {(REQUIRED, False)}),
    "delegated": (DELEGATED, AROUND, {(REQUIRED, False), (OPTIONAL, False)}),
    "optional": (NO, AROUND, {(REQUIRED, False), (OPTIONAL, False)}),
    "not offered": (YES + NOT_OFFERED, AROUND, {(REQUIRED, False), (OPTIONAL, False), (NONE, False)}),
    "by a field": (BY_FIELD, AROUND, {(REQUIRED, False), (OPTIONAL, False), (OPTIONAL, True)}),
    "by code": (BY_CODE, AROUND, {(REQUIRED, False), (OPTIONAL, False), (OPTIONAL, True)}),
    "not around it": (YES, "inner", {(REQUIRED, False), (OPTIONAL, False)}),
    "used by itself as well": (
        YES,
        "if strict() { Own::around(inner.clone()) } else { inner }",
        {(REQUIRED, False), (OPTIONAL, False)},
    ),
    "around another": (YES, "Own::around(other(&inner))", {(REQUIRED, False), (OPTIONAL, False)}),
}


@pytest.mark.parametrize(("methods", "verifier", "expected"), VERIFIERS.values(), ids=VERIFIERS)
def test_an_optional_verifier_counts_unless_all_of_it_is_within_a_mandatory_one(
    methods: str, verifier: str, expected: set[tuple[ClientAuth, bool]], tmp_path: Path
) -> None:
    """What is answered by a condition is optional under one."""
    code = OWN.replace("METHODS", methods).replace("VERIFIER", verifier)
    found = reading(tmp_path, served(APP, code)).view.tls
    assert {(fact.client_auth, fact.conditional) for fact in found} == expected


MODES = {
    "SslVerifyMode::FAIL_IF_NO_PEER_CERT": NONE,
    "SslVerifyMode::FAIL_IF_NO_PEER_CERT | SslVerifyMode::CLIENT_ONCE": NONE,
    "SslVerifyMode::FAIL_IF_NO_PEER_CERT | SslVerifyMode::PEER": REQUIRED,
    "BASE | SslVerifyMode::FAIL_IF_NO_PEER_CERT": REQUIRED,
}


@pytest.mark.parametrize(("mode", "expected"), MODES.items())
def test_openssl_ignores_the_demand_without_the_request(
    mode: str, expected: ClientAuth, tmp_path: Path
) -> None:
    """``SSL_VERIFY_FAIL_IF_NO_PEER_CERT`` counts together with ``SSL_VERIFY_PEER`` only (SSL_CTX_set_verify)."""
    (fact,) = reading(tmp_path, served(APP, f"fn tls() {{ builder.set_verify({mode}); }}\n")).view.tls
    assert fact.client_auth is expected
