"""Handlers, and functions that decide about a request, which certainly let a client without a certificate have it."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
CODE = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
fn check(request: &Request) -> Result<(), StatusCode> {
    match request.extensions().get::<Peer>() {
        Some(Peer(Some(_))) => Ok(()),
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}
"""
HANDLERS = {
    "checks": ("Result<Json<u8>, StatusCode>", "check(&request)?; Ok(Json(1))", CERTIFICATE),
    "drops the result": ("Result<Json<u8>, StatusCode>", "check(&request).ok(); Ok(Json(1))", NONE),
    "goes on": (
        "Result<Json<u8>, StatusCode>",
        "match check(&request) { Ok(()) => Ok(Json(1)), Err(_) => Ok(Json(0)) }",
        NONE,
    ),
    "forgets to return": (
        "StatusCode",
        "if let Err(status) = check(&request) { note(status); } StatusCode::NO_CONTENT",
        NONE,
    ),
    "asks another service": (
        "Result<Json<u8>, StatusCode>",
        "let known = check(&request); policy().allows(known).await?; Ok(Json(1))",
        UNKNOWN,
    ),
    "answers what is not known": ("Response", "let known = check(&request); rendered(known)", UNKNOWN),
    "may panic": (
        "Result<Json<u8>, StatusCode>",
        "let known = check(&request); policy().decide(known).await.unwrap(); Ok(Json(1))",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("answer", "body", "kind"), HANDLERS.values(), ids=HANDLERS)
def test_a_handler_that_surely_answers_with_data_is_no_guard(
    tmp_path: Path, answer: str, body: str, kind: Guarding
) -> None:
    """One that may refuse, by whatever is not known, leaves the operation undecided."""
    handler = f"async fn data(request: Request) -> {answer} {{ {body} }}\n"
    app = 'Router::new().route("/orders", get(data))'
    (route,) = reading(tmp_path, served(app, CODE + handler)).view.routes
    assert route.guard is kind


VALIDATORS = {
    "refuses": (
        "Some(Peer(Some(_))) => Ok(()), _ => Err(StatusCode::UNAUTHORIZED.into_response())",
        CERTIFICATE,
    ),
    "refuses some": (
        "Some(Peer(Some(c))) if c.is_empty() => Err(StatusCode::UNAUTHORIZED.into_response()), _ => Ok(())",
        NONE,
    ),
    "asks": (
        "Some(Peer(Some(c))) if c.is_empty() => Err(StatusCode::UNAUTHORIZED.into_response()), _ => known(request)",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("arms", "kind"), VALIDATORS.values(), ids=VALIDATORS)
def test_a_function_that_surely_lets_a_request_pass_is_no_guard(
    tmp_path: Path, arms: str, kind: Guarding
) -> None:
    """``ValidateRequestHeaderLayer`` passes on what it says is valid."""
    code = (
        "async fn data() {}\n"
        "fn validate(request: &mut Request<Body>) -> Result<(), Response> {"
        f" match request.extensions().get::<Peer>() {{ {arms} }} }}\n"
    )
    app = 'Router::new().route("/orders", get(data)).layer(ValidateRequestHeaderLayer::custom(validate))'
    (route,) = reading(tmp_path, served(app, CODE + code)).view.routes
    assert route.guard is kind
