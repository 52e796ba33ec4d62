"""A guard rejects on every path without a certificate: its code is evaluated for that case."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, UNKNOWN = Guarding.CERTIFICATE, Guarding.UNKNOWN
MORE = """
#[derive(Clone, Default)]
struct PeerCerts(Option<Vec<CertificateDer<'static>>>);
enum AuthError { NoCertificate, Denied }
fn cert(req: &Request) -> Option<Vec<u8>> {
    req.extensions().get::<PeerCerts>()?.0.as_ref()?.first().map(|c| c.to_vec())
}
fn check(req: &Request) -> Result<String, AuthError> {
    let c = cert(req).ok_or(AuthError::NoCertificate)?;
    subject(&c).ok_or(AuthError::Denied)
}
struct Client(String);
impl<S> FromRequestParts<S> for Client {
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let Extension(peer) = Extension::<PeerCerts>::from_request_parts(parts, state).await?;
        let c = peer.0.as_ref().and_then(|c| c.first()).ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Self(name(c)))
    }
}
impl TryFrom<&PeerCerts> for Client {
    type Error = StatusCode;
    fn try_from(p: &PeerCerts) -> Result<Self, StatusCode> {
        Ok(Self(name(p.0.as_ref().ok_or(StatusCode::UNAUTHORIZED)?)))
    }
}
async fn data() {}
"""
DENY = "return StatusCode::UNAUTHORIZED.into_response();"
GUARDS = {
    "is_none": ("if cert(&req).is_none() { DENY }", True),
    "any of the list": ("if !certs(&req).iter().any(|c| allowed(c)) { DENY }", True),
    "map_or false": ("if !cert(&req).map_or(false, |c| allowed(&c)) { DENY }", True),
    "let else": ("let Some(c) = cert(&req) else { DENY };", True),
    "each error": (
        (
            "match check(&req) { Ok(_) => {} Err(AuthError::NoCertificate) => { DENY }"
            " Err(AuthError::Denied) => { DENY } }"
        ),
        True,
    ),
    "assigned": (
        "let mut ok = false; if let Some(c) = cert(&req) { ok = allowed(&c); } if !ok { DENY }",
        True,
    ),
    "the default, taken apart": (
        (
            "let PeerCerts(c) = req.extensions().get::<PeerCerts>().cloned().unwrap_or_default();"
            " if c.is_none() { DENY }"
        ),
        True,
    ),
    "the default, taken apart, and passed": (
        (
            "let PeerCerts(c) = req.extensions().get::<PeerCerts>().cloned().unwrap_or_default();"
            " if c.is_some() { DENY }"
        ),
        False,
    ),
    "only some certificates": ("if let Some(c) = cert(&req) { if revoked(&c) { DENY } }", False),
    "all of an empty list": ("if !certs(&req).iter().all(|c| allowed(c)) { DENY }", False),
    "an API key instead": (
        'if cert(&req).is_none() && !req.headers().contains_key("x-api-key") { DENY }',
        False,
    ),
    "is_some_and": ("if cert(&req).is_some_and(|c| revoked(&c)) { DENY }", False),
    "map_or true": ("if !cert(&req).map_or(true, |c| allowed(&c)) { DENY }", False),
    "unwrap_or true": ("let ok = cert(&req).map(|c| allowed(&c)).unwrap_or(true); if !ok { DENY }", False),
    "is_none_or": ("if !cert(&req).is_none_or(|c| allowed(&c)) { DENY }", False),
    "inverted": ("if cert(&req).is_some() { DENY }", False),
    "one error is logged": (
        'match check(&req) { Ok(_) => {} Err(AuthError::NoCertificate) => debug!("x"), Err(_) => { DENY } }',
        False,
    ),
    "one error of several": ("if let Err(AuthError::Denied) = check(&req) { DENY }", False),
    "a default name": (
        'let who = check(&req).unwrap_or_else(|_| "guest".into()); if BLOCKED.contains(&who) { DENY }',
        False,
    ),
    "a default length": ("if cert(&req).map(|c| c.len()).unwrap_or(1) == 0 { DENY }", False),
    "always there": ("if req.extensions().get::<PeerCerts>().is_none() { DENY }", False),
    "an address instead": ("if cert(&req).is_none() && !local(&req) { DENY }", False),
    "a result that is not used": ("let _ = check(&req).map_err(|_| StatusCode::UNAUTHORIZED);", False),
}
CERTS = """
fn certs(req: &Request) -> Vec<CertificateDer<'static>> {
    req.extensions().get::<PeerCerts>().and_then(|p| p.0.clone()).unwrap_or_default()
}
"""


@pytest.mark.parametrize(("code", "rejects"), GUARDS.values(), ids=GUARDS)
def test_a_middleware_is_a_guard_if_no_path_without_a_certificate_reaches_the_handler(
    tmp_path: Path,
    code: str,
    rejects: bool,  # noqa: FBT001
) -> None:
    """Any other is never shown as one."""
    body = code.replace("DENY", DENY)
    guard = f"async fn guard(req: Request, next: Next) -> Response {{ {body} next.run(req).await }}\n"
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    (route,) = reading(tmp_path, served(app, MORE + CERTS + guard)).view.routes
    assert (route.guard is CERTIFICATE, route.guard.certain) == (rejects, rejects)


OK = "Result<String, StatusCode>"
HANDLERS = {
    "extractor": ("async fn order(Client(who): Client) -> String { who }", CERTIFICATE),
    "result": (
        f"async fn order(id: Result<Client, StatusCode>) -> {OK} {{ let id = id?; Ok(id.0) }}",
        CERTIFICATE,
    ),
    "option": (
        f"async fn order(id: Option<Client>) -> {OK} {{ Ok(id.ok_or(StatusCode::UNAUTHORIZED)?.0) }}",
        CERTIFICATE,
    ),
    "a result with a default": (
        "async fn order(id: Result<Client, StatusCode>) -> String { id.map(|i| i.0).unwrap_or(guest()) }",
        Guarding.NONE,
    ),
    "converted": (
        (
            "async fn order(Extension(p): Extension<PeerCerts>) -> Result<String, StatusCode> {\n"
            "    let c: Client = (&p).try_into()?; Ok(c.0) }"
        ),
        CERTIFICATE,
    ),
    "helper": (f"async fn order(req: Request) -> {OK} {{ require(&req)?; Ok(text()) }}", CERTIFICATE),
    "dropped": (f"async fn order(req: Request) -> {OK} {{ let _ = require(&req); Ok(text()) }}", UNKNOWN),
    "made an option": (f"async fn order(req: Request) -> {OK} {{ require(&req).ok(); Ok(text()) }}", UNKNOWN),
    "logged": (
        f'async fn order(req: Request) -> {OK} {{ if let Err(e) = require(&req) {{ warn!("x"); }} Ok(text()) }}',
        UNKNOWN,
    ),
}
REQUIRE = """
fn require(req: &Request) -> Result<(), StatusCode> { cert(req).map(|_| ()).ok_or(StatusCode::UNAUTHORIZED) }
"""


@pytest.mark.parametrize(("code", "expected"), HANDLERS.values(), ids=HANDLERS)
def test_a_handler_is_guarded_if_it_cannot_answer_without_a_certificate(
    tmp_path: Path, code: str, expected: Guarding
) -> None:
    """By its extractors, or by what it does with their results."""
    app = 'Router::new().route("/orders", get(order))'
    (route,) = reading(tmp_path, served(app, f"{MORE}{REQUIRE}{code}\n")).view.routes
    assert route.guard is expected


def test_an_extractor_guards_as_an_argument_of_a_middleware(tmp_path: Path) -> None:
    """It rejects before the middleware runs."""
    guard = "async fn guard(_c: Client, req: Request, next: Next) -> Response { next.run(req).await }\n"
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    found = reading(tmp_path, served(app, MORE + guard))
    (route,) = found.view.routes
    assert route.guard is CERTIFICATE
    assert "guard-checks-nothing" not in {finding.rule for finding in found.findings}


FEATURES = (
    '[package]\nname = "shop"\nversion = "0.1.0"\n[dependencies]\naxum = "0.8"\n[features]\nmtls = []\n'
)


@pytest.mark.parametrize(("default", "conditional"), [("", True), ('default = ["mtls"]\n', False)])
def test_a_guard_of_a_feature_is_there_if_the_feature_is_a_default(
    tmp_path: Path,
    default: str,
    conditional: bool,  # noqa: FBT001
) -> None:
    """Else it depends on the build."""
    code = served(
        "app()",
        MORE + "async fn guard(_c: Client, req: Request, next: Next) -> Response { next.run(req).await }\n"
        'fn app() -> Router { let mut r = Router::new().route("/orders", get(data));\n'
        '    #[cfg(feature = "mtls")]\n    { r = r.layer(from_fn(guard)); }\n    r }\n',
    )
    (route,) = reading(tmp_path, {"Cargo.toml": FEATURES + default, "src/main.rs": code}).view.routes
    assert (route.guard, route.guard_conditional) == (CERTIFICATE, conditional)
