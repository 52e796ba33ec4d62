"""The state that ``from_fn_with_state`` gives a middleware decides what it does, where it is the same in each run."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, PartialEq)] enum Mode { Strict, Off }
#[derive(Clone)] struct Policy { open: bool, mode: Mode }
impl Policy { fn new(open: bool) -> Self { Policy { open, mode: Mode::Strict } } }
async fn order() {}
async fn check(State(policy): State<STATE>, req: Request, next: Next) -> Result<Response, StatusCode> {
    if CONDITION { return Ok(next.run(req).await); }
    req.extensions().get::<CertificateDer<'static>>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
"""
CERTIFICATE, NONE, UNKNOWN = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
SHUT, OPEN = (f"Policy {{ open: {one}, mode: Mode::Strict }}" for one in ("false", "true"))
STATES = {
    "off": ("", SHUT, "Policy", "policy.open", CERTIFICATE),
    "on": ("", OPEN, "Policy", "policy.open", NONE),
    "shared": (f"let made = Arc::new({OPEN});", "made", "Arc<Policy>", "policy.open", NONE),
    "made by a function": ("", "Policy::new(true)", "Policy", "policy.open", NONE),
    "variant": ("", "Policy { open: false, mode: Mode::Off }", "Policy", "policy.mode == Mode::Off", NONE),
    "another variant": ("", SHUT, "Policy", "policy.mode == Mode::Off", CERTIFICATE),
    "changed": (f"let mut made = {SHUT}; made.open = true;", "made.clone()", "Policy", "policy.open", NONE),
    "lent": (f"let mut made = {SHUT}; read(&mut made);", "made", "Policy", "policy.open", UNKNOWN),
    "of the environment": (
        "",
        'Policy { open: std::env::var("OPEN").is_ok(), mode: Mode::Strict }',
        "Policy",
        "policy.open",
        UNKNOWN,
    ),
    "one of two": (
        f"let made = if std::env::args().count() > 1 {{ {OPEN} }} else {{ {SHUT} }};",
        "made",
        "Policy",
        "policy.open",
        UNKNOWN,
    ),
    "behind a lock": (
        f"let made = Arc::new(RwLock::new({SHUT})); made.write().unwrap().open = true;",
        "made",
        "Arc<RwLock<Policy>>",
        "policy.read().unwrap().open",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("before", "state", "kind", "condition", "guard"), STATES.values(), ids=STATES)
def test_a_state_that_is_known_decides(
    before: str, state: str, kind: str, condition: str, guard: Guarding, tmp_path: Path
) -> None:
    """What a run may change or choose decides nothing."""
    app = (
        f'{{ {before} Router::new().route("/orders", get(order)).layer(from_fn_with_state({state}, check)) }}'
    )
    code = CODE.replace("STATE", kind).replace("CONDITION", condition)
    (route,) = reading(tmp_path, served(app, code)).view.routes
    assert route.guard is guard
