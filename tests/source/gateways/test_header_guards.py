"""What a guard of the service does with the headers that nginx sets: evaluated for clients without a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.crates import served
from tests.source.gateways.joined import found, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = "GET /secure"
OPEN = {("gateway-optional-unchecked", SECURE, "error")}
ANY_CA = {("gateway-accepts-untrusted", SECURE, "error")}
REJECTED: set[tuple[str, str, str]] = set()
VERIFY = 'proxy_set_header X-SSL-Verify $ssl_client_verify; proxy_set_header X-Client-DN "";'
SUBJECT = "proxy_set_header X-Client-DN $ssl_client_s_dn;"
APP = 'Router::new().route("/secure", get(secure)).route_layer(from_fn(guard)).route("/public", get(public))'
DENY = "return StatusCode::UNAUTHORIZED.into_response();"
PASS = "next.run(req).await"
HANDLERS = "async fn secure() {}\nasync fn public() {}\n"
CONSTANTS = """
const VERIFY: &str = "X-SSL-Verify";
static NAME: HeaderName = HeaderName::from_static("x-ssl-verify");
fn text(headers: &HeaderMap) -> Option<&str> { headers.get(VERIFY).and_then(|v| v.to_str().ok()) }
fn verified(headers: &HeaderMap) -> bool {
    headers.get(VERIFY).and_then(|v| v.to_str().ok()).is_some_and(|v| v.eq_ignore_ascii_case("success"))
}
fn subject(headers: &HeaderMap) -> Option<String> {
    headers.get("x-client-dn").and_then(|v| v.to_str().ok()).map(str::to_owned)
}
struct Client(String);
impl<S> FromRequestParts<S> for Client {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let dn = parts.headers.get("x-client-dn").ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Self(dn.to_str().map_err(|_| StatusCode::BAD_REQUEST)?.to_owned()))
    }
}
"""


def gateway_rules(result: Result) -> set[tuple[str, str, str]]:
    """Return the findings about the gateway and the service together."""
    return {one for one in found(result) if one[0].startswith("gateway-")}


def service(body: str, more: str = "") -> str:
    """A service with one middleware."""
    code = body.replace("DENY", DENY).replace("PASS", PASS)
    guard = f"async fn guard(req: Request, next: Next) -> Response {{ {code} }}\n"
    return served(APP, HANDLERS + CONSTANTS + more + guard)


def gateway(headers: str, *, verify: str = "optional") -> str:
    """Forwards everything, with headers about the certificate."""
    return nginx(f"location / {{ {headers} proxy_pass http://api; }}", verify=verify)


RESULTS = {
    "is_some_and": (
        'if !req.headers().get("x-ssl-verify").is_some_and(|v| v == "SUCCESS") { DENY } PASS',
        REJECTED,
    ),
    "bytes": (
        'let ok = req.headers().get(VERIFY).map(|v| v.as_bytes() == b"SUCCESS").unwrap_or(false); if !ok { DENY } PASS',
        REJECTED,
    ),
    "arms": ('match req.headers().get(&NAME) { Some(v) if v == "SUCCESS" => PASS, _ => { DENY } }', REJECTED),
    "literal arms": (
        'match req.headers().get(VERIFY).and_then(|v| v.to_str().ok()) { Some("SUCCESS") => PASS, _ => { DENY } }',
        REJECTED,
    ),
    "unequal": (
        'if req.headers().get(VERIFY).and_then(|v| v.to_str().ok()) != Some("SUCCESS") { DENY } PASS',
        REJECTED,
    ),
    "a helper": ("if !verified(req.headers()) { DENY } PASS", REJECTED),
    "matches": (
        'if !matches!(req.headers().get(VERIFY), Some(v) if v == "SUCCESS") { DENY } PASS',
        REJECTED,
    ),
    "a default text": (
        'let v = text(req.headers()).unwrap_or("NONE"); if v != "SUCCESS" { DENY } PASS',
        REJECTED,
    ),
    "let else": (
        'let Some(v) = req.headers().get(VERIFY) else { DENY }; if v.to_str().unwrap_or("") != "SUCCESS" { DENY } PASS',
        REJECTED,
    ),
    "an index": ('if req.headers()["x-ssl-verify"] != "SUCCESS" { DENY } PASS', REJECTED),
    "its presence": ("if req.headers().get(VERIFY).is_none() { DENY } PASS", OPEN),
    "contains_key": ("if !req.headers().contains_key(VERIFY) { DENY } PASS", OPEN),
    "reversed": ('if req.headers().get(VERIFY).is_some_and(|v| v == "SUCCESS") { DENY } PASS', OPEN),
    "only failures": (
        'if text(req.headers()).is_some_and(|v| v.starts_with("FAILED")) { DENY } PASS',
        OPEN,
    ),
    "another spelling": ('if req.headers().get(VERIFY).is_some_and(|v| v == "none") { DENY } PASS', OPEN),
    "not empty": (
        "let v = text(req.headers()).unwrap_or_default(); if v.is_empty() { DENY } PASS",
        OPEN,
    ),
    "only logged": (
        'if !verified(req.headers()) { tracing::warn!("{}", StatusCode::FORBIDDEN); } PASS',
        OPEN,
    ),
}


@pytest.mark.parametrize(("code", "expected"), RESULTS.values(), ids=RESULTS)
def test_a_guard_compares_the_result_of_the_verification(
    tmp_path: Path, code: str, expected: set[tuple[str, str, str]]
) -> None:
    """nginx sends ``NONE`` without a certificate."""
    result = joined(tmp_path, gateway(VERIFY), service(code))
    assert (gateway_rules(result), [str(one.operation) for one in result.undecided]) == (expected, [])


SUBJECTS = {
    "present": ("if subject(req.headers()).is_none() { DENY } PASS", REJECTED),
    "not known": ("if subject(req.headers()).map_or(false, |s| blocked(&s)) { DENY } PASS", OPEN),
    "reversed": ("if subject(req.headers()).is_some() { DENY } PASS", OPEN),
    "or a header of the client": (
        'if subject(req.headers()).is_none() && req.headers().get("x-internal").is_none() { DENY } PASS',
        None,
    ),
    "or an address": ("if subject(req.headers()).is_none() && !local(&req) { DENY } PASS", None),
    "a default subject": (
        'let who = subject(req.headers()).unwrap_or_else(|| "CN=guest".into()); if who.is_empty() { DENY } PASS',
        OPEN,
    ),
}


@pytest.mark.parametrize(("code", "expected"), SUBJECTS.values(), ids=SUBJECTS)
def test_a_guard_needs_the_subject(
    tmp_path: Path, code: str, expected: set[tuple[str, str, str]] | None
) -> None:
    """nginx deletes the header of a client without a certificate. ``None``: undecided, and never a finding."""
    result = joined(tmp_path, gateway(SUBJECT), service(code))
    if expected is None:
        assert gateway_rules(result) == set()
        assert {str(one.operation) for one in result.undecided} == {SECURE}
    else:
        assert (gateway_rules(result), result.undecided) == (expected, ())


UNTRUSTED = {
    "the subject is there": (SUBJECT, "if subject(req.headers()).is_none() { DENY } PASS", None),
    "only NONE": (
        VERIFY,
        'if req.headers().get(VERIFY).is_some_and(|v| v == "NONE") { DENY } PASS',
        ANY_CA,
    ),
    "SUCCESS": (VERIFY, "if !verified(req.headers()) { DENY } PASS", REJECTED),
}


@pytest.mark.parametrize(("headers", "code", "expected"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_a_certificate_of_any_ca_is_judged_by_the_service_too(
    tmp_path: Path, headers: str, code: str, expected: set[tuple[str, str, str]] | None
) -> None:
    """``optional_no_ca`` forwards it."""
    result = joined(tmp_path, gateway(headers, verify="optional_no_ca"), service(code))
    assert gateway_rules(result) == (expected if expected is not None else ANY_CA)
    assert result.undecided == ()


EXTRACTED = {
    "extractor": ("async fn secure(who: Client) -> String { who.0 }\n", REJECTED, False),
    "option": (
        (
            "async fn secure(who: Option<Client>) -> Result<String, StatusCode> {\n"
            "    Ok(who.ok_or(StatusCode::UNAUTHORIZED)?.0) }\n"
        ),
        REJECTED,
        False,
    ),
    "a default": (
        'async fn secure(who: Option<Client>) -> String { who.map(|w| w.0).unwrap_or("guest".into()) }\n',
        OPEN,
        False,
    ),
    "inserted": (
        (
            "async fn secure(Extension(id): Extension<Identity>) -> String { id.0 }\n"
            "#[derive(Clone)]\nstruct Identity(String);\n"
            "async fn identify(mut req: Request, next: Next) -> Response {\n"
            "    if let Some(dn) = subject(req.headers()) { req.extensions_mut().insert(Identity(dn)); } PASS }\n"
        ),
        REJECTED,
        True,
    ),
    "inserted for everybody": (
        (
            "async fn secure(Extension(id): Extension<Identity>) -> String { id.0 }\n"
            "#[derive(Clone)]\nstruct Identity(String);\n"
            "async fn identify(mut req: Request, next: Next) -> Response {\n"
            '    let dn = subject(req.headers()).unwrap_or("anonymous".into());\n'
            "    req.extensions_mut().insert(Identity(dn)); PASS }\n"
        ),
        None,
        True,
    ),
}


@pytest.mark.parametrize(("code", "expected", "identified"), EXTRACTED.values(), ids=EXTRACTED)
def test_extractors_and_identities_are_evaluated_too(
    tmp_path: Path,
    code: str,
    expected: set[tuple[str, str, str]] | None,
    identified: bool,  # noqa: FBT001
) -> None:
    """An identity that each request has is none."""
    layer = ".layer(from_fn(identify))" if identified else ""
    app = f'Router::new().route("/secure", get(secure)){layer}.route("/public", get(public))'
    text = served(app, "async fn public() {}\n" + CONSTANTS + code.replace("PASS", PASS))
    result = joined(tmp_path, gateway(SUBJECT), text)
    assert gateway_rules(result) == (expected or set())
    assert {str(one.operation) for one in result.undecided} == ({SECURE} if expected is None else set())
