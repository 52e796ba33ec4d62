"""Guards that builds import from different modules under one name."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

APP = 'Router::new().route("/orders", get(|| async {})).layer(from_fn(mtls))'
GUARDS = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
mod real {
    use super::*;
    pub async fn mtls(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
        peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(next.run(req).await)
    }
}
mod stub { pub async fn mtls(req: Request, next: Next) -> Response { next.run(req).await } }
"""
REAL, STUB = "use real::mtls;\n", "use stub::mtls;\n"


@pytest.mark.parametrize(
    ("imports", "guards"),
    [
        (f'#[cfg(not(feature = "mtls"))] {STUB}#[cfg(feature = "mtls")] {REAL}', False),
        (f"#[cfg(debug_assertions)] {STUB}#[cfg(not(debug_assertions))] {REAL}", False),
        (f"#[cfg(test)] {STUB}#[cfg(not(test))] {REAL}", True),
        (f"#[cfg(unix)] {REAL}#[cfg(not(unix))] {STUB}", True),
        (REAL, True),
    ],
)
def test_both_functions_that_builds_import_count(tmp_path: Path, imports: str, guards: bool) -> None:  # noqa: FBT001
    """A build without the guard leaves the operation undecided; a build for tests is no server."""
    (route,) = reading(tmp_path, served(APP, imports + GUARDS)).view.routes
    assert route.guard.certain is guards
    assert guards or route.guard is Guarding.UNKNOWN
