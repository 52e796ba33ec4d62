"""Methods of traits that a call names by the trait: the default, or what the type has instead."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source import SourceQuery, read
from tests.source.crates import crate

PROGRAM = """
use axum::{Router, extract::Request, middleware::{Next, from_fn}, routing::get};
trait Policy {
    fn check(&self, caller: &Option<CertificateDer<'static>>) -> Result<(), StatusCode> DEFAULT
}
struct CertPolicy;
IMPLS
async fn secure() {}
async fn mtls(req: Request, next: Next) -> Result<Response, StatusCode> {
    let caller = req.extensions().get::<CertificateDer<'static>>().cloned();
    let policy = CertPolicy;
    CALL?;
    Ok(next.run(req).await)
}
fn app() -> Router { Router::new().route("/secure", get(secure)).layer(from_fn(mtls)) }
#[tokio::main]
async fn main() { axum::serve(listener().await, app()).await.unwrap(); }
"""
OPEN = "{ Ok(()) }"
REFUSES = "{ caller.as_ref().map(|_| ()).ok_or(StatusCode::UNAUTHORIZED) }"
OVERRIDES = (
    "impl Policy for CertPolicy { fn check(&self, caller: &Option<CertificateDer<'static>>)"
    f" -> Result<(), StatusCode> {REFUSES} }}"
)
INHERITS = "impl Policy for CertPolicy {}"
OTHER = "struct Anyone; impl Policy for Anyone {}"


@pytest.mark.parametrize(
    ("default", "impls", "call", "expected"),
    [
        (OPEN, OVERRIDES, "Policy::check(&policy, &caller)", Guarding.CERTIFICATE),
        (OPEN, OVERRIDES, "policy.check(&caller)", Guarding.CERTIFICATE),
        (OPEN, OVERRIDES, "<CertPolicy as Policy>::check(&policy, &caller)", Guarding.CERTIFICATE),
        (OPEN, OVERRIDES, "CertPolicy::check(&policy, &caller)", Guarding.CERTIFICATE),
        (OPEN, INHERITS, "Policy::check(&policy, &caller)", Guarding.NONE),
        (REFUSES, INHERITS, "Policy::check(&policy, &caller)", Guarding.CERTIFICATE),
        (REFUSES, OVERRIDES.replace(REFUSES, OPEN), "Policy::check(&policy, &caller)", Guarding.NONE),
    ],
)
def test_an_implementation_counts_instead_of_the_default(
    default: str, impls: str, call: str, expected: Guarding, tmp_path: Path
) -> None:
    """The type has another one than the trait, or none."""
    code = PROGRAM.replace("DEFAULT", default).replace("IMPLS", impls).replace("CALL", call)
    [route] = read(SourceQuery(folder=crate(tmp_path, code))).view.routes
    assert route.guard is expected


@pytest.mark.parametrize("own", [OVERRIDES, OVERRIDES.replace(REFUSES, OPEN)])
def test_which_of_several_implementations_is_called_is_not_known(own: str, tmp_path: Path) -> None:
    """None is taken for a guard."""
    default = OPEN if own == OVERRIDES else REFUSES
    code = PROGRAM.replace("DEFAULT", default).replace("IMPLS", own + OTHER)
    [route] = read(
        SourceQuery(folder=crate(tmp_path, code.replace("CALL", "Policy::check(&policy, &caller)")))
    ).view.routes
    assert not route.guard.certain
