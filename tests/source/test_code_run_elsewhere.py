"""Guards that check the certificate in a closure, a task, one of several futures, or a macro of their own."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CERTIFICATE = "    let cert = request.extensions().get::<CertificateDer>().cloned();\n"
UNAUTHORIZED = "return Err(StatusCode::UNAUTHORIZED);"
HELPERS = (
    "async fn check(c: Option<CertificateDer>) -> Result<(), StatusCode> { c.map(|_| ()).ok_or(StatusCode::GONE) }\n"
    "async fn limits() -> Result<(), StatusCode> { Ok(()) }\n"
)
REQUIRE = "macro_rules! require { ($c:expr, $s:expr) => { if !$c { return Err($s); } }; }\n"
LOGS = 'macro_rules! require { ($c:expr, $s:expr) => { if !$c { warn!("{}", $s); } }; }\n'
ENSURE = (
    'macro_rules! ensure { ($c:expr, $s:expr) => { let failed = !$c; if failed { warn!("{}", $s); } }; }\n'
)
CASES = {
    "closure": (
        f"let check = |c: Option<CertificateDer>| c.is_some();\n if !check(cert) {{ {UNAUTHORIZED} }}",
        f"let check = |c: Option<CertificateDer>| c.is_some() || true;\n if !check(cert) {{ {UNAUTHORIZED} }}",
    ),
    "closure that captures": (
        f"let check = || cert.is_some();\n let cert = Some(1);\n if !check() {{ {UNAUTHORIZED} }}",
        f"let cert = Some(1);\n let check = || cert.is_some();\n if !check() {{ {UNAUTHORIZED} }}",
    ),
    "closure as an argument": (
        f"let ours = |_: CertificateDer| true;\n if !cert.map_or(false, ours) {{ {UNAUTHORIZED} }}",
        f"let ours = |_: CertificateDer| false;\n if !cert.map_or(true, ours) {{ {UNAUTHORIZED} }}",
    ),
    "closure with an error": (
        "let check = |c: Option<CertificateDer>| c.ok_or(StatusCode::UNAUTHORIZED);\n check(cert)?;",
        "let check = |c: Option<CertificateDer>| c.ok_or(StatusCode::UNAUTHORIZED);\n let _ = check(cert);",
    ),
    "task": (
        f"let ok = spawn_blocking(move || cert.is_some()).await.unwrap_or(false);\n if !ok {{ {UNAUTHORIZED} }}",
        f"let ok = spawn_blocking(move || cert.is_some()).await.unwrap_or(true);\n if !ok {{ {UNAUTHORIZED} }}",
    ),
    "time limit": (
        f"let Ok(Ok(())) = timeout(LIMIT, check(cert)).await else {{ {UNAUTHORIZED} }};",
        f"let Ok(_) = timeout(LIMIT, check(cert)).await else {{ {UNAUTHORIZED} }};",
    ),
    "in place": (
        f"if !tokio::task::block_in_place(|| cert.is_some()) {{ {UNAUTHORIZED} }}",
        f"if !tokio::task::block_in_place(|| cert.is_some() || CONFIG.lenient) {{ {UNAUTHORIZED} }}",
    ),
    "several futures": (
        "let ((), ()) = tokio::try_join!(check(cert), limits())?;",
        "let (first, second) = tokio::join!(check(cert), limits());\n second?;",
    ),
    "one of several": (
        "let (first, second) = tokio::join!(check(cert), limits());\n first?;",
        "let ((), ()) = tokio::try_join!(limits(), limits())?;",
    ),
    "own macro": (
        "require!(cert.is_some(), StatusCode::UNAUTHORIZED);",
        "require!(cert.is_some() || true, StatusCode::UNAUTHORIZED);",
    ),
}


def guard_of(folder: Path, check: str, helpers: str = "") -> Guarding:
    """The guard of a route behind a middleware that checks in this way."""
    code = (
        f"{HELPERS}{helpers}async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {{\n"
        f"{CERTIFICATE}    {check}\n    Ok(next.run(request).await)\n}}\nasync fn order() {{}}\n"
    )
    body = 'Router::new().route("/orders", get(order)).route_layer(from_fn(guard))'
    (route,) = reading(folder, served(body, code)).view.routes
    return route.guard


@pytest.mark.parametrize(("guards", "admits"), CASES.values(), ids=CASES)
def test_code_that_runs_elsewhere_is_followed(tmp_path: Path, guards: str, admits: str) -> None:
    """A guard is one if no client without a certificate gets by; its twin is none."""
    assert guard_of(tmp_path / "guards", guards, REQUIRE) is Guarding.CERTIFICATE
    assert guard_of(tmp_path / "admits", admits, REQUIRE) is not Guarding.CERTIFICATE


@pytest.mark.parametrize("helpers", [LOGS, ENSURE])
def test_a_macro_of_the_crate_is_what_it_says(tmp_path: Path, helpers: str) -> None:
    """Also where a library has one of that name that ends the function."""
    name = helpers.split()[1]
    assert (
        guard_of(tmp_path, f"{name}!(cert.is_some(), StatusCode::GONE);", helpers) is not Guarding.CERTIFICATE
    )


@pytest.mark.parametrize("also", ["", " || true"])
def test_a_macro_within_a_macro_gets_what_it_is_given(tmp_path: Path, also: str) -> None:
    """The inner call stands in the expansion, and not in the file."""
    helpers = f"macro_rules! require {{ ($c:expr, $s:expr) => {{ ensure!($c{also}, $s) }}; }}\n"
    found = guard_of(tmp_path, "require!(cert.is_some(), StatusCode::UNAUTHORIZED);", helpers)
    assert (found is Guarding.CERTIFICATE) is not bool(also)


@pytest.mark.parametrize("name", ["other", "known"])
def test_a_variable_of_a_macro_is_not_that_of_the_call(tmp_path: Path, name: str) -> None:
    """What the call gives is there for every client."""
    inner = f"if true {{ let {name} = None; if $c.is_none() {{ return Err(StatusCode::GONE); }} }}"
    helpers = f"macro_rules! require {{ ($c:expr) => {{ {inner} }}; }}\n"
    assert (
        guard_of(tmp_path, "let known = Some(1);\n require!(known.or(cert));", helpers)
        is not Guarding.CERTIFICATE
    )


def test_a_closure_that_may_be_another_is_not_known(tmp_path: Path) -> None:
    """Something assigns to its variable."""
    check = (
        "let mut check: fn(&Option<CertificateDer>) -> bool = |c| c.is_some();\n if lenient() { check = |_| true; }\n"
        f"if !check(&cert) {{ {UNAUTHORIZED} }}"
    )
    assert guard_of(tmp_path, check) is not Guarding.CERTIFICATE
