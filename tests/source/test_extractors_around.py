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
