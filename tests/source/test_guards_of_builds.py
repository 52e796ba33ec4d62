"""Guards that only some builds have, and guards that answer by themselves with a status that is no refusal."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source import SourceQuery, read
from tests.source.crates import MANIFEST, crate, reading, served

GUARD = (
    "async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {\n"
    "    request.extensions().get::<CertificateDer>().ok_or(StatusCode::UNAUTHORIZED)?;\n"
    "    Ok(next.run(request).await)\n}\nasync fn order() {}\n"
)
APP = (
    "fn app() -> Router {\n"
    '    let inside = Router::new().route("/orders", get(order));\n'
    "    {}\n    inside\n}}\n"
)
LAYERED = "inside.route_layer(from_fn(guard))"
USUAL = {
    "without another feature": f'#[cfg(all(feature = "mtls", not(feature = "dev")))]\n    let inside = {LAYERED};',
    "not in debug builds": f"let inside = if cfg!(debug_assertions) {{ inside }} else {{ {LAYERED} }};",
    "in release builds": f"let inside = if !cfg!(debug_assertions) {{ {LAYERED} }} else {{ inside }};",
    "in builds without it": f'#[cfg(not(feature = "dev"))]\n    let inside = {LAYERED};',
}
UNUSUAL = {
    "another feature": f'#[cfg(feature = "strict")]\n    let inside = {LAYERED};',
    "in debug builds": f"let inside = if cfg!(debug_assertions) {{ {LAYERED} }} else {{ inside }};",
    "in a condition": f'#[cfg(not(feature = "dev"))]\n    let inside = if tls {{ {LAYERED} }} else {{ inside }};',
}


def guard_of(folder: Path, more: str) -> tuple[Guarding, bool]:
    """The guard of the route, and whether a condition decides that it is added."""
    crate(folder, served("app()", GUARD + APP.replace("{}", more, 1).replace("}}", "}")))
    manifest = f'{MANIFEST}\n[features]\ndefault = ["mtls"]\nmtls = []\ndev = []\nstrict = []\n'
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")
    (route,) = read(SourceQuery(folder=folder)).view.routes
    return route.guard, route.guard_conditional


@pytest.mark.parametrize("more", USUAL.values(), ids=USUAL)
def test_a_guard_of_usual_builds_is_a_doubt(tmp_path: Path, more: str) -> None:
    """What is deployed has it, most likely: no error, and nothing that passes."""
    assert guard_of(tmp_path, more) == (Guarding.UNKNOWN, False)


@pytest.mark.parametrize("more", UNUSUAL.values(), ids=UNUSUAL)
def test_a_guard_of_other_builds_is_an_error(tmp_path: Path, more: str) -> None:
    """As is one that a condition of the run decides."""
    assert guard_of(tmp_path, more) == (Guarding.CERTIFICATE, True)


ANSWERS = {
    "with 200": ("return Ok(Json(Problem).into_response());", Guarding.UNKNOWN),
    "by a line of the log": ('warn!("no certificate");', Guarding.NONE),
}


@pytest.mark.parametrize(("answer", "guard"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_no_refusal_is_a_doubt(tmp_path: Path, answer: str, guard: Guarding) -> None:
    """The handler does not run, and what the client gets instead is not known to be harmless."""
    code = (
        "async fn guard(request: Request, next: Next) -> Result<Response, Infallible> {\n"
        f"    if request.extensions().get::<CertificateDer>().is_none() {{\n        {answer}\n    }}\n"
        "    Ok(next.run(request).await)\n}\nasync fn order() {}\n"
    )
    body = 'Router::new().route("/orders", get(order)).route_layer(from_fn(guard))'
    (route,) = reading(tmp_path, served(body, code)).view.routes
    assert route.guard is guard


BYPASSES = {
    "an attribute of a block": '#[cfg(feature = "dev")]\n    { return Ok(next.run(request).await); }',
    "an attribute of a statement": '#[cfg(feature = "dev")]\n    return Ok(next.run(request).await);',
    "a condition": 'if cfg!(feature = "dev") { return Ok(next.run(request).await); }',
    "a condition that is negated": 'if !cfg!(not(feature = "dev")) { return Ok(next.run(request).await); }',
}


@pytest.mark.parametrize("bypass", BYPASSES.values(), ids=BYPASSES)
@pytest.mark.parametrize("log", ["", '#[cfg(feature = "metrics")]\n    count();\n    '])
def test_a_bypass_of_other_builds_is_a_doubt_that_names_them(tmp_path: Path, bypass: str, log: str) -> None:
    """Whether what is deployed was built with the feature is not known."""
    code = GUARD.replace("    request.ext", f"    {log}{bypass}\n    request.ext", 1)
    crate(tmp_path, served(f'Router::new().route("/orders", get(order)).{LAYERED.partition(".")[2]}', code))
    (route,) = read(SourceQuery(folder=tmp_path)).view.routes
    assert route.guard is Guarding.UNKNOWN
    assert 'feature = "dev"' in route.guard_name
    line = next(number for number, one in enumerate(code.splitlines()) if "dev" in one)
    start = len(served("app()").splitlines())
    assert f"src/main.rs:{start + line + 1}" in route.guard_name


def test_a_statement_that_decides_nothing_is_no_doubt(tmp_path: Path) -> None:
    """A build that counts requests has the same guard."""
    code = GUARD.replace(
        "    request.ext", '    #[cfg(feature = "metrics")]\n    count();\n    request.ext', 1
    )
    crate(tmp_path, served(f'Router::new().route("/orders", get(order)).{LAYERED.partition(".")[2]}', code))
    (route,) = read(SourceQuery(folder=tmp_path)).view.routes
    assert (route.guard, route.guard_name) == (Guarding.CERTIFICATE, "from_fn(guard)")


SWITCHED = """
async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {
    let missing = request.extensions().get::<ClientCertificate>().is_none();
    if STRICT && missing { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(request).await)
}
"""
SWITCHES = {
    "a constant": ("const STRICT: bool = VALUE;", "STRICT"),
    "a number": ("const STRICT: u8 = VALUE as u8;", "STRICT > 0"),
    "a function": ("fn strict() -> bool { VALUE }", "strict()"),
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("switch", "asked"), SWITCHES.values(), ids=SWITCHES)
def test_each_build_may_have_another_constant(tmp_path: Path, switch: str, asked: str, first: bool) -> None:  # noqa: FBT001
    """The guard is in doubt, whichever of both is written first; with one for all builds it is none."""
    twins = (
        f'#[cfg(feature = "dev")]\n{switch.replace("VALUE", "false")}\n',
        f'#[cfg(not(feature = "dev"))]\n{switch.replace("VALUE", "true")}\n',
    )
    code = SWITCHED.replace("STRICT", asked) + "async fn order() {}\n"
    app = 'Router::new().route("/orders", get(order)).layer(from_fn(guard))'
    (route,) = reading(
        tmp_path / "apart", served(app, code + "".join(twins if first else twins[::-1]))
    ).view.routes
    assert route.guard is Guarding.UNKNOWN
    (route,) = reading(tmp_path / "alone", served(app, code + switch.replace("VALUE", "true"))).view.routes
    assert route.guard is Guarding.CERTIFICATE
