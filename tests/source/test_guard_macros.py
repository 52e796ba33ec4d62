"""Macros of the crate in a guard that are given an expression with names of its own."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, Default)]
struct Peer(Option<CertificateDer<'static>>);
macro_rules! need { ($c:expr) => { if $c.is_none() { return Err(StatusCode::UNAUTHORIZED); } } }
macro_rules! check { ($c:expr, $code:ident) => { if !$c { return Err(StatusCode::$code); } } }
macro_rules! each { ($c:expr) => { if $c.iter().all(|c| c.is_none()) { return Err(StatusCode::UNAUTHORIZED); } } }
async fn data() {}
async fn mtls(request: Request, next: Next) -> Result<Response, StatusCode> {
    GUARD
    Ok(next.run(request).await)
}
"""
PEER = "request.extensions().get::<Peer>()"
FORMS = {
    "a chain that ends in a closure": (
        "need!(Some(1).map(|c| c));",
        f"need!({PEER}.and_then(|c| c.0.as_ref()));",
    ),
    "of a variable": (
        f"let c = {PEER}; need!(c);",
        f"let c = {PEER}; need!(c.and_then(|c| c.0.as_ref()));",
    ),
    "a condition": (
        f"check!({PEER}.is_some(), UNAUTHORIZED);",
        f"check!({PEER}.is_some_and(|c| c.0.is_some()), UNAUTHORIZED);",
    ),
}


def _guard(folder: Path, guard: str) -> Guarding:
    folder.mkdir()
    app = 'Router::new().route("/data", get(data)).layer(from_fn(mtls))'
    (route,) = reading(folder, served(app, CODE.replace("GUARD", guard))).view.routes
    return route.guard


@pytest.mark.parametrize(("faulty", "correct"), FORMS.values(), ids=FORMS)
def test_a_macro_is_given_an_expression(tmp_path: Path, faulty: str, correct: str) -> None:
    """The parameters of a closure in it are no names of the macro."""
    assert _guard(tmp_path / "faulty", faulty) in {Guarding.NONE, Guarding.UNKNOWN}
    assert _guard(tmp_path / "correct", correct) is Guarding.CERTIFICATE


def test_a_name_of_the_macro_is_none_of_the_call(tmp_path: Path) -> None:
    """The two are not told apart: what the macro does is not known."""
    guard = _guard(tmp_path / "one", f"let c = [{PEER}.and_then(|c| c.0.as_ref())]; each!(c);")
    assert guard is not Guarding.CERTIFICATE
