"""Functions that are declared in a block: of a guard, and of a function that builds a router."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, Default)]
struct Peers(Vec<CertificateDer<'static>>);
async fn data() {}
async fn mtls(request: Request, next: Next) -> Result<Response, StatusCode> {
    GUARD
    Ok(next.run(request).await)
}
"""
DENY = "{ return Err(StatusCode::UNAUTHORIZED); }"
PRESENT = "fn present(p: Option<&Peers>) -> bool { matches!(p, Some(p) if !p.0.is_empty()) }"
THERE = "fn present(p: Option<&Peers>) -> bool { p.is_some() }"
GUARDS = {
    "by the argument": (f"{PRESENT} if !present(request.extensions().get()) {DENY}", True),
    "by its type": (f"{PRESENT} if !present(request.extensions().get::<Peers>()) {DENY}", True),
    "declared behind it": (f"if !present(request.extensions().get()) {DENY} {PRESENT}", True),
    "always there": (f"{THERE} if !present(request.extensions().get::<Peers>()) {DENY}", False),
    "the opposite": (f"{PRESENT} if present(request.extensions().get()) {DENY}", False),
    "not used": (f"{PRESENT} if !closed(&request) && !present(request.extensions().get()) {DENY}", False),
}


@pytest.mark.parametrize(("guard", "guards"), GUARDS.values(), ids=GUARDS)
def test_a_guard_calls_a_function_of_its_block(tmp_path: Path, guard: str, guards: bool) -> None:  # noqa: FBT001
    """It is evaluated as any other."""
    app = 'Router::new().route("/data", get(data)).layer(from_fn(mtls))'
    (route,) = reading(tmp_path, served(app, CODE.replace("GUARD", guard))).view.routes
    assert route.guard.certain is guards


ADDING = """
fn add(app: &mut Router) { *app = std::mem::take(app).route("/more", get(data)); }
let mut app = Router::new().route("/data", get(data))BEFORE;
add(&mut app);
app AFTER
"""
LAYER = ".layer(from_fn(mtls))"


@pytest.mark.parametrize(
    ("before", "after", "more"), [("", LAYER, Guarding.CERTIFICATE), (LAYER, "", Guarding.NONE)]
)
def test_a_function_of_a_block_adds_routes(tmp_path: Path, before: str, after: str, more: Guarding) -> None:
    """Inside of a layer that is added afterwards, and outside of one that was there."""
    check = "if request.extensions().get::<Peers>().is_none_or(|p| p.0.is_empty()) " + DENY
    body = ADDING.replace("BEFORE", before).replace("AFTER", after)
    code = f"{CODE.replace('GUARD', check)}fn app() -> Router {{ {body} }}\n"
    found = {route.path: route.guard for route in reading(tmp_path, served("app()", code)).view.routes}
    assert found == {"/data": Guarding.CERTIFICATE, "/more": more}
