"""What the source does about client certificates: configurations, verifiers, roots, revocation, plain listeners."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ClientAuth
from specdrift.source import SourceAnalysis
from tests.source.crates import only, reading, rules, served

APP = 'Router::new().route("/", get(|| async {}))'
IMPLEMENTATION = """
struct Own {{ inner: Arc<dyn ClientCertVerifier> }}
impl ClientCertVerifier for Own {{
    fn verify_client_cert(&self, leaf: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime)
        -> Result<ClientCertVerified, Error> {{
        {body}
    }}
}}
fn tls() -> Own {{ Own {{ inner: real() }} }}
"""


def of_tls(found: SourceAnalysis) -> list[str]:
    """The rules of the findings, without that the program of these tests serves without TLS too."""
    return [rule for rule, _ in rules(found) if rule != "plaintext-listener-in-source"]


def facts(folder: Path, code: str) -> list[tuple[ClientAuth, bool]]:
    """What each TLS configuration does, and whether a condition decides."""
    return [(fact.client_auth, fact.conditional) for fact in reading(folder, served(APP, code)).view.tls]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ServerConfig::builder().with_no_client_auth().with_single_cert(c, k)", [(ClientAuth.NONE, False)]),
        (
            "ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k)",
            [(ClientAuth.REQUIRED, False)],
        ),
        (
            "WebPkiClientVerifier::builder(roots).with_crls(l).allow_unauthenticated().build()",
            [(ClientAuth.OPTIONAL, False)],
        ),
        ("if optional { builder = builder.allow_unauthenticated(); }", [(ClientAuth.OPTIONAL, True)]),
        ("if true { builder = builder.allow_unauthenticated(); }", [(ClientAuth.OPTIONAL, False)]),
        ("if false { builder = builder.allow_unauthenticated(); }", []),
        ("AllowAnyAuthenticatedClient::new(roots)", [(ClientAuth.REQUIRED, False)]),
        ("AllowAnyAnonymousOrAuthenticatedClient::new(roots)", [(ClientAuth.OPTIONAL, False)]),
        ("NoClientAuth::boxed()", [(ClientAuth.NONE, False)]),
        ('axum_server::tls_rustls::RustlsConfig::from_pem_file("c", "k").await', [(ClientAuth.NONE, False)]),
        ("RustlsConfig::from_config(config)", []),
        ('OpenSSLConfig::from_pem_file("c", "k")', [(ClientAuth.NONE, False)]),
        (
            "builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT)",
            [(ClientAuth.REQUIRED, False)],
        ),
        ("builder.set_verify(SslVerifyMode::PEER)", [(ClientAuth.OPTIONAL, False)]),
        ("builder.set_verify(SslVerifyMode::NONE)", [(ClientAuth.NONE, False)]),
        ("ClientConfig::builder().with_root_certificates(r).with_no_client_auth()", []),
        ("let c = SslConnector::builder(m); c.set_verify(SslVerifyMode::NONE)", []),
        (
            "match kind { Kind::Open => builder.allow_unauthenticated(), _ => builder }",
            [(ClientAuth.OPTIONAL, True)],
        ),
    ],
)
def test_a_configuration_is_classified(
    tmp_path: Path, code: str, expected: list[tuple[ClientAuth, bool]]
) -> None:
    """rustls, axum-server and OpenSSL; client configurations of a service do not count."""
    assert facts(tmp_path, f"fn tls() {{ {code}; }}\n") == expected


def test_a_custom_verifier_without_a_mandatory_certificate_is_reported(tmp_path: Path) -> None:
    """``client_auth_mandatory`` that is false admits clients without one."""
    code = "impl ClientCertVerifier for Own { fn client_auth_mandatory(&self) -> bool { false } }\n"
    assert facts(tmp_path, code) == [(ClientAuth.OPTIONAL, False)]
    always = code.replace("false", "self.inner.client_auth_mandatory()")
    assert facts(tmp_path, always) == []


@pytest.mark.parametrize(
    "body",
    [
        "Ok(ClientCertVerified::assertion())",
        "let (_, name) = X509Certificate::from_der(leaf)?; log(name); Ok(ClientCertVerified::assertion())",
        (
            "match self.inner.verify_client_cert(leaf, chain, now) "
            "{ Err(Error::InvalidCertificate(_)) => Ok(ClientCertVerified::assertion()), other => other }"
        ),
        "self.inner.verify_client_cert(leaf, chain, now).or_else(|_| Ok(ClientCertVerified::assertion()))",
        (
            "if self.lenient { return Ok(ClientCertVerified::assertion()); } "
            "self.inner.verify_client_cert(leaf, chain, now)"
        ),
        (
            "match self.inner.verify_client_cert(leaf, chain, now) { Ok(good) => Ok(good), "
            'Err(error) => { warn!(%error, "bad"); Ok(ClientCertVerified::assertion()) } }'
        ),
        (
            "if let Err(error) = self.inner.verify_client_cert(leaf, chain, now) { warn!(%error); } "
            "Ok(ClientCertVerified::assertion())"
        ),
        (
            "match self.inner.verify_client_cert(leaf, chain, now) { Ok(_) => info!(), Err(error) => log(error), } "
            "Ok(ClientCertVerified::assertion())"
        ),
        (
            "let checked = self.inner.verify_client_cert(leaf, chain, now); "
            "if checked.is_err() { log(checked); } Ok(ClientCertVerified::assertion())"
        ),
        "let _ = self.inner.verify_client_cert(leaf, chain, now); Ok(ClientCertVerified::assertion())",
        "self.inner.verify_client_cert(leaf, chain, now).or_else(|e| { log(e); Ok(ClientCertVerified::assertion()) })",
    ],
)
def test_a_verifier_that_is_content_with_any_certificate_is_found_at_its_line(
    tmp_path: Path, body: str
) -> None:
    """Nothing has verified it where it says that it is good; reading a certificate is no verification."""
    found = only(
        reading(tmp_path, served(APP, IMPLEMENTATION.format(body=body))), "client-certificate-not-verified"
    )
    assert "assertion()" in found.location.text
    assert "Own" in found.message


@pytest.mark.parametrize(
    "body",
    [
        "self.inner.verify_client_cert(leaf, chain, now)",
        "self.inner.verify_client_cert(leaf, chain, now)?; Ok(ClientCertVerified::assertion())",
        "self.inner.verify_client_cert(leaf, chain, now).map(|_| ClientCertVerified::assertion())",
        (
            "match self.inner.verify_client_cert(leaf, chain, now) "
            "{ Ok(_) => Ok(ClientCertVerified::assertion()), Err(error) => Err(error) }"
        ),
        "verify_chain(leaf, chain).map_err(bad)?; self.check_name(leaf)?; Ok(ClientCertVerified::assertion())",
        (
            "if let Err(error) = self.inner.verify_client_cert(leaf, chain, now) { warn!(); return Err(error); } "
            "Ok(ClientCertVerified::assertion())"
        ),
        (
            "match self.inner.verify_client_cert(leaf, chain, now) { Ok(_) => info!(), Err(e) => return bad(e), } "
            "Ok(ClientCertVerified::assertion())"
        ),
    ],
)
def test_a_verifier_that_asks_another_first_is_fine(tmp_path: Path, body: str) -> None:
    """What comes after its answer is a check more."""
    assert of_tls(reading(tmp_path, served(APP, IMPLEMENTATION.format(body=body)))) == []


def test_a_custom_verification_is_no_finding_and_no_proof(tmp_path: Path) -> None:
    """A pinned certificate may be verified correctly: it is listed as a custom verifier, without a claim."""
    body = "if !self.pinned.contains(leaf) { return Err(Error::General(no())); } Ok(ClientCertVerified::assertion())"
    found = reading(tmp_path, served(APP, IMPLEMENTATION.format(body=body)))
    assert of_tls(found) == []
    assert [fact.client_auth for fact in found.view.tls] == [ClientAuth.CUSTOM]


def test_another_moment_than_now_is_found(tmp_path: Path) -> None:
    """A verifier that is asked about the past accepts what has expired."""
    body = "self.inner.verify_client_cert(leaf, chain, UnixTime::since_unix_epoch(then))"
    found = only(
        reading(tmp_path, served(APP, IMPLEMENTATION.format(body=body))), "client-certificate-not-verified"
    )
    assert "another time" in found.message


@pytest.mark.parametrize(
    ("leaf", "given", "found"),
    [
        ("", "cert", 0),
        ("let leaf = cert.clone();", "&leaf", 0),
        ("let leaf = chain.first().unwrap_or(cert);", "leaf", 1),
        ("", "&chain[0]", 1),
    ],
)
def test_a_verifier_that_verifies_a_certificate_of_the_chain_is_found(
    tmp_path: Path, leaf: str, given: str, found: int
) -> None:
    """The client has the key of the first one alone."""
    code = f"""
    impl ClientCertVerifier for Own {{
        fn verify_client_cert(&self, cert: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime)
            -> Result<ClientCertVerified, Error> {{ {leaf} self.inner.verify_client_cert({given}, &[], now) }}
    }}
    """
    reported = reading(tmp_path, served(APP, code)).findings
    assert len([one for one in reported if "another certificate" in one.message]) == found


def test_a_callback_that_accepts_everything_is_found(tmp_path: Path) -> None:
    """OpenSSL's verification is overruled by it."""
    code = "fn tls() { builder.set_verify_callback(SslVerifyMode::PEER, |_ok, _context| true); }\n"
    assert "callback" in only(reading(tmp_path, served(APP, code)), "client-certificate-not-verified").message
    honest = code.replace("true", "_ok")
    assert of_tls(reading(tmp_path, served(APP, honest))) == []


@pytest.mark.parametrize(
    ("statement", "conditional"),
    [
        ('if let Err(e) = config.reload_from_pem_file("c", "k").await { warn(e); }', False),
        ('match config.reload_from_pem_file("c", "k").await { Err(e) => warn(e), Ok(()) => {} }', False),
        ('if on() && config.reload_from_pem_file("c", "k").await.is_ok() { done(); }', True),
        ('if on() { config.reload_from_pem_file("c", "k").await.unwrap(); }', True),
    ],
)
def test_a_condition_is_evaluated_whatever_it_decides(
    tmp_path: Path,
    statement: str,
    conditional: bool,  # noqa: FBT001
) -> None:
    """The call in it runs always, unless another condition stands before it."""
    code = f"async fn tls(config: RustlsConfig) {{ {statement} }}\n"
    (fact,) = reading(tmp_path, served(APP, code)).view.tls
    assert fact.conditional is conditional


def test_a_configuration_is_replaced_by_one_without_client_certificates(tmp_path: Path) -> None:
    """axum-server reads a certificate and a key again, and no verifier."""
    code = (
        "fn tls() { ServerConfig::builder().with_client_cert_verifier(own()); }\n"
        'async fn reload(config: Shared) { config.reload_from_pem_file("cert.pem", "key.pem").await; }\n'
    )
    facts = reading(tmp_path, served(APP, code)).view.tls
    assert [fact.client_auth for fact in facts] == [ClientAuth.REQUIRED, ClientAuth.NONE]


@pytest.mark.parametrize(
    ("roots", "found"), [("webpki_roots::TLS_SERVER_ROOTS.to_vec()", True), ("own()", False)]
)
def test_public_roots_are_found_in_the_helper_that_makes_the_store(
    tmp_path: Path,
    roots: str,
    found: bool,  # noqa: FBT001
) -> None:
    """Of the verifier that it is passed to."""
    code = (
        "fn tls() { WebPkiClientVerifier::builder(Arc::new(roots())).build(); }\n"
        f"fn roots() -> RootCertStore {{ RootCertStore {{ roots: {roots} }} }}\n"
    )
    assert ("public-roots-for-clients" in of_tls(reading(tmp_path, served(APP, code)))) is found


LOGGING = """
fn tls() { builder.set_verify_callback(SslVerifyMode::PEER, |ok, _| { if !ok { warn!("bad"); } RESULT }); }
"""


@pytest.mark.parametrize(("result", "found"), [("true", 1), ("ok", 0), ("ok && more()", 0), ("!false", 1)])
def test_a_callback_is_evaluated_for_a_rejected_certificate(tmp_path: Path, result: str, found: int) -> None:
    """Whatever else it does."""
    reported = rules(reading(tmp_path, served(APP, LOGGING.replace("RESULT", result))))
    assert [rule for rule, _ in reported].count("client-certificate-not-verified") == found


@pytest.mark.parametrize(
    ("result", "certain"), [("ok", True), ("ok || context.error() == EXPIRED", False), ("decide(ok)", False)]
)
def test_a_callback_that_may_overrule_openssl_requires_nothing_for_sure(
    tmp_path: Path,
    result: str,
    certain: bool,  # noqa: FBT001
) -> None:
    """An expired certificate may pass, or one of anybody that has the name."""
    mode = "SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT"
    code = f"fn tls() {{ builder.set_verify_callback({mode}, |ok, context| {result}); }}\n"
    facts = {fact.client_auth for fact in reading(tmp_path, served(APP, code)).view.tls}
    assert (ClientAuth.CUSTOM in facts) is not certain
    assert ClientAuth.REQUIRED in facts


@pytest.mark.parametrize("change", ["mode.insert(MEMBER);", "mode |= MEMBER;"])
def test_a_mode_in_a_variable_has_all_its_members(tmp_path: Path, change: str) -> None:
    """One fact, that of all members; a change under a condition is another."""
    added = change.replace("MEMBER", "SslVerifyMode::FAIL_IF_NO_PEER_CERT")
    code = f"fn tls() {{ let mut mode = SslVerifyMode::PEER; {added} builder.set_verify(mode); }}\n"
    assert [fact.client_auth for fact in reading(tmp_path, served(APP, code)).view.tls] == [
        ClientAuth.REQUIRED
    ]
    some = code.replace(added, f"if strict {{ {added} }}")
    facts = reading(tmp_path, served(APP, some)).view.tls
    assert [(fact.client_auth, fact.conditional) for fact in facts] == [
        (ClientAuth.OPTIONAL, False),
        (ClientAuth.REQUIRED, True),
    ]


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        (
            "roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());",
            ["public-roots-for-clients", "revocation-not-checked"],
        ),
        (
            "for c in rustls_native_certs::load_native_certs()? { roots.add(c)?; }",
            ["public-roots-for-clients", "revocation-not-checked"],
        ),
        (
            'for c in CertificateDer::pem_file_iter("/etc/ssl/certs/ca-certificates.crt")? { roots.add(c?)?; }',
            ["public-roots-for-clients", "revocation-not-checked"],
        ),
        (
            'for c in CertificateDer::pem_file_iter("/etc/ssl/certs/clients.pem")? { roots.add(c?)?; }',
            ["revocation-not-checked"],
        ),
        ("roots.add(own)?;", ["revocation-not-checked"]),
        ("", ["no-roots-for-clients", "revocation-not-checked"]),
    ],
)
def test_roots_are_those_of_the_clients(tmp_path: Path, roots: str, expected: list[str]) -> None:
    """Those of the web, those of the system, none at all."""
    code = (
        f"fn tls() {{ let mut roots = RootCertStore::empty(); {roots} "
        "WebPkiClientVerifier::builder(Arc::new(roots)).build()? }\n"
    )
    assert of_tls(reading(tmp_path, served(APP, code))) == expected


def test_a_verifier_with_revocation_lists_and_its_own_roots_is_fine(tmp_path: Path) -> None:
    """That is how it should be."""
    code = (
        "fn tls() { let mut roots = RootCertStore::empty(); roots.add(own)?; "
        "WebPkiClientVerifier::builder(roots).with_crls(lists).build()? }\n"
    )
    assert of_tls(reading(tmp_path, served(APP, code))) == []
    direct = (
        "fn tls() { WebPkiClientVerifier::builder(RootCertStore::empty().into()).with_crls(l).build()? }\n"
    )
    assert of_tls(reading(tmp_path, served(APP, direct))) == ["no-roots-for-clients"]


def test_a_plain_listener_beside_tls_is_found_at_the_call_that_serves(tmp_path: Path) -> None:
    """Where nothing has TLS, a proxy may; where one listener has it, the other steps around."""
    tls = "fn tls() { ServerConfig::builder().with_client_cert_verifier(v).with_single_cert(c, k) }\n"
    found = only(reading(tmp_path, served(APP, tls)), "plaintext-listener-in-source")
    assert "axum::serve" in found.location.text
    assert rules(reading(tmp_path, served(APP))) == []
    over = served(APP, tls).replace(
        "axum::serve(listener, app)",
        "axum_server::bind_rustls(address, config).serve(app.into_make_service())",
    )
    assert rules(reading(tmp_path, over)) == []


EMPTY = {
    "rustls 0.20": "AllowAnyAuthenticatedClient::new(RootCertStore::empty())",
    "rustls 0.20, a list": "AllowAnyAuthenticatedClient::new(vec![])",
    "rustls 0.21": "let roots = RootCertStore::empty(); AllowAnyAuthenticatedClient::new(roots).boxed()",
    "rustls 0.21, Arc": "let r = RootCertStore::empty(); Arc::new(AllowAnyAuthenticatedClient::new(r))",
    "rustls 0.21, anonymous": "AllowAnyAnonymousOrAuthenticatedClient::new(RootCertStore::empty())",
    "rustls 0.22": "let roots = Arc::new(RootCertStore::empty()); WebPkiClientVerifier::builder(roots).build()",
    "rustls 0.23": "let roots = RootCertStore::empty(); WebPkiClientVerifier::builder(roots.into()).build()",
    "rustls 0.23, provider": (
        "let r = RootCertStore::empty(); WebPkiClientVerifier::builder_with_provider(Arc::new(r.clone()), p).build()"
    ),
    "fields": "let roots = RootCertStore { roots: vec![] }; WebPkiClientVerifier::builder(Arc::new(roots)).build()",
    "an iterator": "WebPkiClientVerifier::builder(Arc::new(RootCertStore::from_iter([]))).build()",
    "twice": "let a = RootCertStore::empty(); let b = Arc::new(a); WebPkiClientVerifier::builder(b.clone()).build()",
    "a helper": "WebPkiClientVerifier::builder(no_roots().unwrap()).build()",
}
HELPERS = (
    "fn no_roots() -> Result<RootCertStore, E> { Ok(RootCertStore::empty()) }\n"
    "fn own_roots() -> RootCertStore { let mut r = RootCertStore::empty(); r.add(own()); r }\n"
)


@pytest.mark.parametrize("code", EMPTY.values(), ids=EMPTY)
def test_an_empty_root_store_is_found_in_every_form(tmp_path: Path, code: str) -> None:
    """At the call that makes the verifier."""
    found = reading(tmp_path, served(APP, f"{HELPERS}fn tls() {{ {code} }}\n"))
    finding = only(found, "no-roots-for-clients")
    assert "Client" in finding.location.text


@pytest.mark.parametrize(
    "code",
    [
        "let mut r = RootCertStore::empty(); r.add(c)?; AllowAnyAuthenticatedClient::new(r)",
        "let mut r = RootCertStore::empty(); fill(&mut r); let r = Arc::new(r); WebPkiClientVerifier::builder(r)",
        "AllowAnyAuthenticatedClient::new(vec![own()])",
        "let r = RootCertStore { roots: own() }; WebPkiClientVerifier::builder(Arc::new(r)).build()",
        "WebPkiClientVerifier::builder(own_roots().into()).build()",
        "let r = RootCertStore::empty(); let r = own_roots(); WebPkiClientVerifier::builder(Arc::new(r)).build()",
    ],
)
def test_a_root_store_that_is_filled_is_no_finding(tmp_path: Path, code: str) -> None:
    """The twins."""
    found = reading(tmp_path, served(APP, f"{HELPERS}fn tls() {{ {code} }}\n"))
    assert "no-roots-for-clients" not in of_tls(found)
