"""A condition of the configuration that opens a guard leaves it undecided, wherever it stands; a constant decides."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding, SourceRoute
from tests.source.crates import reading, served

CERTIFICATE, NONE, UNKNOWN = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
PEER = "#[derive(Clone)]\nstruct Peer(Option<CertificateDer<'static>>);\nasync fn order() {}\n"
FOUND = "let peer = req.extensions().get::<Peer>().and_then(|p| p.0.clone());"
REFUSAL = "StatusCode::UNAUTHORIZED.into_response()"
FUNCTION = f"""
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {{
    if SWITCH {{ return Ok(next.run(req).await); }}
    {FOUND} peer.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}}
"""
SERVICE = """
#[derive(Clone)] struct MtlsLayer;
impl<S> Layer<S> for MtlsLayer { type Service = Mtls<S>; fn layer(&self, inner: S) -> Mtls<S> { Mtls { inner } } }
#[derive(Clone)] struct Mtls<S> { inner: S }
impl<S> Service<Request> for Mtls<S> where S: Service<Request, Response = Response> + Clone + Send + 'static {
    fn call(&mut self, req: Request) -> Self::Future {
        BODY
    }
}
"""
IN_BLOCK = f"""{FOUND}
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {{
            if SWITCH {{ return inner.call(req).await; }}
            if peer.is_none() {{ return Ok({REFUSAL}); }}
            inner.call(req).await
        }})"""
BEFORE_BLOCK = f"""{FOUND}
        if SWITCH {{ return Box::pin(self.inner.call(req)); }}
        if peer.is_none() {{ return Box::pin(async move {{ Ok({REFUSAL}) }}); }}
        Box::pin(self.inner.call(req))"""
EXTRACTOR = """
struct Who;
impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        if SWITCH { return Ok(Who); }
        let peer = parts.extensions.get::<Peer>().and_then(|p| p.0.clone());
        peer.ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Who)
    }
}
async fn known(_: Who) {}
"""
VALIDATOR = f"""
#[derive(Clone)] struct Auth;
impl<B: Send + 'static> AsyncAuthorizeRequest<B> for Auth {{
    fn authorize(&mut self, req: Request<B>) -> Self::Future {{
        Box::pin(async move {{
            if SWITCH {{ return Ok(req); }}
            {FOUND} if peer.is_some() {{ Ok(req) }} else {{ Err({REFUSAL}) }}
        }})
    }}
}}
"""
ORDER = 'Router::new().route("/orders", get(order))'
PLACES = {
    "function": (f"{ORDER}.layer(from_fn(guard))", FUNCTION),
    "service": (f"{ORDER}.layer(MtlsLayer)", SERVICE.replace("BODY", IN_BLOCK)),
    "service, before its future": (f"{ORDER}.layer(MtlsLayer)", SERVICE.replace("BODY", BEFORE_BLOCK)),
    "layer of an extractor": (f"{ORDER}.layer(from_extractor::<Who>())", EXTRACTOR),
    "extractor": ('Router::new().route("/orders", get(known))', EXTRACTOR),
    "validator": (f"{ORDER}.layer(AsyncRequireAuthorizationLayer::new(Auth))", VALIDATOR),
}
SWITCHES = {
    "environment": ('std::env::var("OPEN").is_ok()', ""),
    "its value": ('std::env::var("OPEN").as_deref() == Ok("1")', ""),
    "function": ("open()", 'fn open() -> bool { std::env::var_os("OPEN").is_some() }'),
    "static flag": ("OPEN.load(Ordering::Relaxed)", "static OPEN: AtomicBool = AtomicBool::new(false);"),
    "value made once": ("OPEN", 'static OPEN: LazyLock<bool> = LazyLock::new(|| env::var("OPEN").is_ok());'),
    "configuration": ("CONFIG.get().unwrap().open", "static CONFIG: OnceLock<Config> = OnceLock::new();"),
    "arguments": ("ARGS.open", "static ARGS: LazyLock<Args> = LazyLock::new(Args::parse);"),
    "feature": ('cfg!(feature = "open")', ""),
    "build": ("cfg!(debug_assertions)", ""),
}
CONSTANTS = {
    "true": ("OPEN", "const OPEN: bool = true;", NONE),
    "false": ("OPEN", "const OPEN: bool = false;", CERTIFICATE),
    "static": ("OPEN", "static OPEN: bool = true;", NONE),
    "of a type": ("Flags::OPEN", "struct Flags; impl Flags { const OPEN: bool = true; }", NONE),
    "of a type, false": (
        "Flags::OPEN",
        "struct Flags; impl Flags { const OPEN: bool = false; }",
        CERTIFICATE,
    ),
    "number": ("MODE == 1", "const MODE: u8 = 1;", NONE),
    "another number": ("MODE > LIMIT", "const MODE: u8 = 1; const LIMIT: u8 = 1;", CERTIFICATE),
    "text": ('MODE == "dev"', 'const MODE: &str = "dev";', NONE),
    "function": ("open()", "const fn open() -> bool { true }", NONE),
}


def route(folder: Path, place: str, switch: str, more: str) -> SourceRoute:
    """The route of the orders, whose guard a switch opens."""
    app, code = PLACES[place]
    (found,) = reading(folder, served(app, PEER + code.replace("SWITCH", switch) + more)).view.routes
    return found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("switch", "more"), SWITCHES.values(), ids=SWITCHES)
def test_a_guard_that_a_switch_opens_is_undecided_and_names_it(
    switch: str, more: str, place: str, tmp_path: Path
) -> None:
    """With the line of the condition."""
    found = route(tmp_path, place, switch, more)
    assert found.guard is UNKNOWN
    assert f"depending on {switch} ({tmp_path}" in found.guard_name.replace("cfg(", "cfg!(")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("switch", "more", "guard"), CONSTANTS.values(), ids=CONSTANTS)
def test_a_constant_decides(switch: str, more: str, guard: Guarding, place: str, tmp_path: Path) -> None:
    """It is the same in each run. An extractor that rejects no request may be looked at by the handler."""
    expected = UNKNOWN if place == "extractor" and guard is NONE else guard
    assert route(tmp_path, place, switch, more).guard is expected


def test_a_condition_that_ends_all_requests_is_not_named(tmp_path: Path) -> None:
    """The guard does not depend on it: a client with a certificate is ended too."""
    code = FUNCTION.replace("SWITCH", "open()").replace(
        "async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {",
        "async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {\n"
        "    if down() { return Err(StatusCode::SERVICE_UNAVAILABLE); }",
    )
    (found,) = reading(tmp_path, served(PLACES["function"][0], PEER + code)).view.routes
    assert "depending on open() (" in found.guard_name


def test_a_variable_is_named_by_its_value(tmp_path: Path) -> None:
    """The name of the variable says nothing of where the value comes from."""
    code = FUNCTION.replace("if SWITCH", 'let exempt = std::env::var("OPEN").is_ok();\n    if exempt')
    (found,) = reading(tmp_path, served(PLACES["function"][0], PEER + code)).view.routes
    assert 'depending on std::env::var("OPEN").is_ok() (' in found.guard_name
