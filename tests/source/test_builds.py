"""Conditions of builds, with the features that a package has by default."""

from pathlib import Path

import pytest

from specdrift.source.rust.conditions import outcome_in_builds
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
    'target_os = "linux"': True,
    'not(target_os = "windows")': True,
    'target_family = "wasm"': False,
    "unix": True,
    "windows": False,
}


@pytest.mark.parametrize(("condition", "expected"), OUTCOMES.items(), ids=OUTCOMES)
def test_what_each_default_build_has(condition: str, expected: bool | None) -> None:  # noqa: FBT001
    """Other features may be enabled for what is deployed."""
    assert outcome_in_builds(condition, FEATURES) is expected


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


CHECK = "req.extensions().get::<ClientCertificate>().ok_or(StatusCode::UNAUTHORIZED)?;"
GUARDS = (
    "CFG { CHECK }",
    "CFG CHECK",
    "CFG let found = CHECK_VALUE; CFG found.ok_or(StatusCode::UNAUTHORIZED)?;",
    "if !IF { return Ok(next.run(req).await); } CHECK",
)


def guard_of(body: str) -> str:
    """Return a service whose guard has this body before it forwards the request."""
    body = body.replace("CFG", '#[cfg(feature = "mtls")]').replace("IF", 'cfg!(feature = "mtls")')
    body = body.replace("CHECK_VALUE", "req.extensions().get::<ClientCertificate>()").replace("CHECK", CHECK)
    guard = (
        "async fn data() {}\nasync fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {\n"
        f"{body}\nOk(next.run(req).await)\n}}\n"
    )
    return served('Router::new().route("/orders", get(data)).layer(from_fn(guard))', guard)


@pytest.mark.parametrize("body", GUARDS)
@pytest.mark.parametrize("default", ["", 'default = ["mtls"]\n'])
def test_a_check_that_not_all_builds_have_is_not_certain(tmp_path: Path, body: str, default: str) -> None:
    """It is compiled out of builds without the feature."""
    (route,) = reading(
        tmp_path, {"Cargo.toml": MANIFEST + default, "src/main.rs": guard_of(body)}
    ).view.routes
    assert route.guard.certain is bool(default)


@pytest.mark.parametrize("default", ["", 'default = ["mtls"]\n'])
def test_a_guard_is_the_function_that_is_built(tmp_path: Path, default: str) -> None:
    """One of two functions checks, the other one does not."""
    functions = f"""
async fn data() {{}}
#[cfg(not(feature = "mtls"))]
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {{ Ok(next.run(req).await) }}
#[cfg(feature = "mtls")]
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {{ {CHECK} Ok(next.run(req).await) }}
"""
    code = served('Router::new().route("/orders", get(data)).layer(from_fn(guard))', functions)
    (route,) = reading(tmp_path, {"Cargo.toml": MANIFEST + default, "src/main.rs": code}).view.routes
    assert route.guard.certain is bool(default)


@pytest.mark.parametrize("body", ["#[cfg(test)] return Ok(next.run(req).await); CHECK", "CHECK"])
def test_what_only_tests_compile_opens_nothing(tmp_path: Path, body: str) -> None:
    """Nor does an assertion that ends the task let a request pass."""
    files = {"Cargo.toml": MANIFEST, "src/main.rs": guard_of(body)}
    assert reading(tmp_path, files).view.routes[0].guard.certain
    asserted = body.replace("CHECK", "assert!(req.extensions().get::<ClientCertificate>().is_some());")
    files = {"Cargo.toml": MANIFEST, "src/main.rs": guard_of(asserted)}
    assert reading(tmp_path, files).view.routes[0].guard.certain


SHARED = {
    "Cargo.toml": '[workspace]\nmembers = ["server", "auth"]\n',
    "auth/Cargo.toml": MANIFEST.replace("shop", "auth") + 'default = ["mtls"]\n',
    "auth/src/lib.rs": f"""
pub async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {{
    #[cfg(feature = "mtls")] {{ {CHECK} }}
    Ok(next.run(req).await)
}}
""",
    "server/src/main.rs": served(
        'Router::new().route("/orders", get(data)).layer(from_fn(auth::guard))', "async fn data() {}"
    ),
}


@pytest.mark.parametrize(
    ("dependency", "workspace", "certain"),
    [
        ('{ path = "../auth" }', "", True),
        ('{ path = "../auth", default-features = false }', "", False),
        ('{ path = "../auth", default-features = false, features = ["mtls"] }', "", True),
        ("{ workspace = true }", '{ path = "auth", default-features = false }', False),
        ('{ workspace = true, features = ["mtls"] }', '{ path = "auth", default-features = false }', True),
    ],
)
def test_dependents_say_which_features_a_package_has(
    tmp_path: Path,
    dependency: str,
    workspace: str,
    certain: bool,  # noqa: FBT001
) -> None:
    """All of them do without its default, or enable what they need."""
    manifest = MANIFEST.partition("[features]")[0].replace("shop", "server") + f"auth = {dependency}\n"
    top = SHARED["Cargo.toml"] + (f"[workspace.dependencies]\nauth = {workspace}\n" if workspace else "")
    files = {**SHARED, "Cargo.toml": top, "server/Cargo.toml": manifest}
    (route,) = reading(tmp_path, files).view.routes
    assert route.guard.certain is certain


@pytest.mark.parametrize("default", ["", 'default = ["mtls"]\n'])
@pytest.mark.parametrize(
    "code",
    [
        'async fn data(#[cfg(feature = "mtls")] _cert: Caller) {}\n',
        "async fn data(_cert: Caller) {}\n",
    ],
    ids=["of the parameter", "of an arm"],
)
def test_a_parameter_and_an_arm_may_be_left_out(tmp_path: Path, default: str, code: str) -> None:
    """Of an extractor, and of the ``match`` in it."""
    arms = "None => Err(StatusCode::UNAUTHORIZED),"
    if "cfg" not in code:
        arms = f'#[cfg(feature = "mtls")] {arms} #[cfg(not(feature = "mtls"))] None => Ok(Caller),'
    code += f"""
struct Caller;
impl<S: Send + Sync> FromRequestParts<S> for Caller {{
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {{
        match parts.extensions.get::<ClientCertificate>() {{ Some(_) => Ok(Caller), {arms} }}
    }}
}}
"""
    files = {
        "Cargo.toml": MANIFEST + default,
        "src/main.rs": served('Router::new().route("/orders", get(data))', code),
    }
    (route,) = reading(tmp_path, files).view.routes
    assert route.guard.certain is bool(default)


def test_an_implementation_of_other_builds_is_not_read(tmp_path: Path) -> None:
    """Builds with the default features have the other one."""
    code = """
async fn data(_cert: Caller) {}
struct Caller;
#[cfg(not(feature = "mtls"))]
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> { Ok(Caller) }
}
#[cfg(feature = "mtls")]
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<ClientCertificate>().map(|_| Caller).ok_or(StatusCode::UNAUTHORIZED)
    }
}
"""
    code = served('Router::new().route("/orders", get(data))', code)
    for default, certain in (('default = ["mtls"]\n', True), ("", False)):
        (route,) = reading(tmp_path, {"Cargo.toml": MANIFEST + default, "src/main.rs": code}).view.routes
        assert route.guard.certain is certain
