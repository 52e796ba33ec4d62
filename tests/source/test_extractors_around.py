"""Extractors around others: those of axum-extra reject if the one within does; others of other crates are unknown."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, NONE, UNKNOWN = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
CLIENT = """
struct Client(String);
impl<S> FromRequestParts<S> for Client {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let peer = parts.extensions.get::<PeerCertificate>().ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Self(name(peer)))
    }
}
struct Anyone(String);
impl<S> FromRequestParts<S> for Anyone {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let peer = parts.extensions.get::<PeerCertificate>();
        parse(parts).map_err(|_| StatusCode::FORBIDDEN)?;
        Ok(Self(peer.map(name).unwrap_or_default()))
    }
}
"""
AROUND = {
    "itself": ("Client", CERTIFICATE),
    "Cached": ("axum_extra::extract::Cached<Client>", CERTIFICATE),
    "WithRejection": ("WithRejection<Client, ApiError>", CERTIFICATE),
    "both": ("Cached<WithRejection<Client, ApiError>>", CERTIFICATE),
    "another crate's": ("Either<Client, Token>", UNKNOWN),
    "an option": ("Option<Client>", NONE),
    "around one with a default": ("Cached<Anyone>", UNKNOWN),
    "around input": ("WithRejection<Json<Order>, ApiError>", NONE),
    "the state": ("State<Client>", NONE),
}


@pytest.mark.parametrize(("kind", "expected"), AROUND.values(), ids=AROUND)
def test_an_extractor_is_judged_by_the_one_within(kind: str, expected: Guarding, tmp_path: Path) -> None:
    """Of a handler."""
    code = f"{CLIENT}async fn order(who: {kind}) -> String {{ text() }}\n"
    (route,) = reading(tmp_path, served('Router::new().route("/orders", get(order))', code)).view.routes
    assert route.guard is expected


OPTIONALLY = """
impl<S> OptionalFromRequestParts<S> for Client {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, StatusCode> { BODY }
}
"""
ITSELF = "<Client as FromRequestParts<S>>::from_request_parts(parts, state).await"
OPTIONS = {
    "match": (f"match {ITSELF} {{ Ok(one) => Ok(Some(one)), Err(error) => Err(error) }}", CERTIFICATE),
    "?": (f"let one = {ITSELF}?; Ok(Some(one))", CERTIFICATE),
    "Self": (f"Ok(Some({ITSELF.replace('Client', 'Self')}?))", CERTIFICATE),
    "map": (f"{ITSELF}.map(Some)", CERTIFICATE),
    "by itself": (
        "let p = parts.extensions.get::<PeerCertificate>().ok_or(StatusCode::UNAUTHORIZED)?; Ok(Some(Self(f(p))))",
        CERTIFICATE,
    ),
    "ok": (f"Ok({ITSELF}.ok())", NONE),
    "an error as none": (f"match {ITSELF} {{ Ok(one) => Ok(Some(one)), Err(_) => Ok(None) }}", NONE),
    "the error that it gives as none": (
        f"match {ITSELF} {{ Ok(one) => Ok(Some(one)), Err(StatusCode::UNAUTHORIZED) => Ok(None), Err(e) => Err(e) }}",
        NONE,
    ),
    "another error as none": (
        f"match {ITSELF} {{ Ok(one) => Ok(Some(one)), Err(StatusCode::GONE) => Ok(None), Err(e) => Err(e) }}",
        CERTIFICATE,
    ),
    "only with a header": (
        f'if parts.headers.get("x-strict").is_none() {{ return Ok(None); }} Ok(Some({ITSELF}?))',
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("body", "expected"), OPTIONS.values(), ids=OPTIONS)
def test_an_optional_extractor_is_judged_by_its_own_implementation(
    body: str, expected: Guarding, tmp_path: Path
) -> None:
    """It may reject where the type itself would, or give nothing."""
    code = OPTIONALLY.replace("BODY", body) + CLIENT
    code += "async fn order(who: Option<Client>) -> String { text() }\n"
    (route,) = reading(tmp_path, served('Router::new().route("/orders", get(order))', code)).view.routes
    assert route.guard is expected


def test_an_own_type_of_that_name_is_read(tmp_path: Path) -> None:
    """It may keep what it extracted of another client."""
    own = """
struct Cached<T>(T);
impl<S, T> FromRequestParts<S> for Cached<T> {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> { Ok(Self(last())) }
}
async fn order(who: Cached<Client>) -> String { text() }
"""
    (route,) = reading(
        tmp_path, served('Router::new().route("/orders", get(order))', CLIENT + own)
    ).view.routes
    assert route.guard is NONE
