"""Conditions of builds, with the features that a package has by default."""

from pathlib import Path

import pytest

from specdrift.source.axum.evaluate.builds import outcome
from tests.source.crates import reading, served

FEATURES = frozenset({"mtls"})
OUTCOMES = {
    'feature = "mtls"': True,
    'not(feature = "mtls")': False,
    'feature = "dev"': None,
    'not(feature = "dev")': None,
    'all(feature = "mtls", not(test))': True,
    'all(feature = "mtls", feature = "dev")': None,
    'all(feature = "dev", not(feature = "mtls"))': False,
    'any(feature = "mtls", feature = "dev")': True,
    'any(not(feature = "mtls"), test)': False,
    'not(any(feature = "dev", feature = "mtls"))': False,
    "debug_assertions": None,
    "not()": None,
    'target_os = "linux"': None,
}


@pytest.mark.parametrize(("condition", "expected"), OUTCOMES.items(), ids=OUTCOMES)
def test_what_each_default_build_has(condition: str, expected: bool | None) -> None:  # noqa: FBT001
    """Other features may be enabled for what is deployed."""
    assert outcome(condition, FEATURES) is expected


CODE = """
async fn data() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    req.extensions().get::<ClientCertificate>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
#[cfg(feature = "mtls")]
fn protect(router: Router) -> Router { router.layer(from_fn(guard)) }
#[cfg(not(feature = "mtls"))]
fn protect(router: Router) -> Router { router }
"""
MANIFEST = (
    '[package]\nname = "shop"\nversion = "0.1.0"\n[dependencies]\naxum = "0.8"\n[features]\nmtls = []\n'
)


@pytest.mark.parametrize(("default", "conditional"), [("", True), ('default = ["mtls"]\n', False)])
def test_one_of_two_functions_is_that_of_the_default_build(
    tmp_path: Path,
    default: str,
    conditional: bool,  # noqa: FBT001
) -> None:
    """Without a default, either may be deployed."""
    code = served('protect(Router::new().route("/orders", get(data)))', CODE)
    (route,) = reading(tmp_path, {"Cargo.toml": MANIFEST + default, "src/main.rs": code}).view.routes
    assert (route.guard.certain, route.guard_conditional) == (True, conditional)
