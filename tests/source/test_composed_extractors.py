"""Extractors that run others, and guards that an object or a type parameter chooses: evaluated, or a doubt."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, rules, served

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
APP = 'Router::new().route("/orders", get(order))'
PEER = "pub struct PeerCerts(pub Option<Vec<CertificateDer<'static>>>);\n"
OWN = "impl<S: Send + Sync> FromRequestParts<S> for {} {{\n    type Rejection = StatusCode;\n"
HEAD = "    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {\n"
CERT = (
    f"{PEER}pub struct ClientCert(pub CertificateDer<'static>);\n{OWN.format('ClientCert')}{HEAD}"
    "        parts.extensions.get::<PeerCerts>().and_then(|peer| peer.0.as_ref())\n"
    "            .and_then(|chain| chain.first().cloned()).map(ClientCert).ok_or(StatusCode::UNAUTHORIZED)\n    }\n}\n"
)
WHO = f"{CERT}pub struct Who(pub String);\n{OWN.format('Who')}{HEAD}"
TRAIT = "pub trait Authenticate { fn authenticate(&self, parts: &Parts) -> Result<(), StatusCode>; }\n"
DEMANDS = (
    "pub struct Mtls;\nimpl Authenticate for Mtls {\n"
    "    fn authenticate(&self, parts: &Parts) -> Result<(), StatusCode> {\n"
    "        let peer = parts.extensions.get::<PeerCerts>().ok_or(StatusCode::UNAUTHORIZED)?;\n"
    "        if peer.0.is_some() { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }\n"
    "    }\n}\n"
)
PASSES = (
    "pub struct Open;\nimpl Authenticate for Open {\n"
    "    fn authenticate(&self, parts: &Parts) -> Result<(), StatusCode> { Ok(()) }\n}\n"
)
WHOLE = f"pub struct Who;\n{OWN.format('Who')}{HEAD}"


def _who(body: str) -> str:
    return f"{WHO}        {body}\n        Ok(Who(String::new()))\n    }}\n}}\nasync fn order(who: Who) {{}}\n"


def _derived(fields: str, attribute: str = "") -> str:
    return f"{CERT}#[derive(FromRequestParts)]\n{attribute}pub struct Who {fields}\nasync fn order(who: Who) {{}}\n"


def _wrapper(body: str, given: str = "ClientCert") -> str:
    return (
        f"{CERT}pub struct Must<T>(pub T);\n"
        "impl<S: Send + Sync, T: FromRequestParts<S>> FromRequestParts<S> for Must<T> {\n"
        f"    type Rejection = StatusCode;\n{HEAD}        {body}\n    }}\n}}\nasync fn order(who: Must<{given}>) {{}}\n"
    )


EXTRACTED = {
    "argument": ("let cert = parts.extract::<ClientCert>().await?;", CERTIFICATE),
    "argument, ignored": ("let cert = parts.extract::<ClientCert>().await.ok();", UNKNOWN),
    "declared": ("let cert: ClientCert = parts.extract().await?;", CERTIFICATE),
    "declared result": (
        "let cert: Result<ClientCert, _> = parts.extract().await; let cert = cert?;",
        CERTIFICATE,
    ),
    "with the state": ("let cert = parts.extract_with_state::<ClientCert, _>(state).await?;", CERTIFICATE),
    "optional": ("let cert = parts.extract::<Option<ClientCert>>().await?;", UNKNOWN),
    "optional extension": ("let cert = parts.extract::<Option<Extension<PeerCerts>>>().await?;", UNKNOWN),
    "a query": ("let page = parts.extract::<Query<Page>>().await?;", NONE),
}
COMPOSED = {
    "derived": (_derived("{ pub cert: ClientCert, page: Query<Page> }"), CERTIFICATE),
    "derived tuple": (_derived("(pub ClientCert, pub Query<Page>);"), CERTIFICATE),
    "derived, optional": (_derived("{ pub cert: Option<ClientCert>, page: Query<Page> }"), NONE),
    "derived, without": (_derived("{ page: Query<Page> }"), NONE),
    "derived by extension": (
        _derived("{ #[from_request(via(Extension))] pub peer: PeerCerts, page: Query<Page> }"),
        NONE,
    ),
    "alias": (f"{CERT}pub type Cert = ClientCert;\nasync fn order(cert: Cert) {{}}\n", CERTIFICATE),
    "alias of an option": (
        f"{CERT}pub type Cert = Option<ClientCert>;\nasync fn order(cert: Cert) {{}}\n",
        NONE,
    ),
    "own wrapper": (
        _wrapper("T::from_request_parts(parts, state).await.map(Must).map_err(|_| StatusCode::UNAUTHORIZED)"),
        CERTIFICATE,
    ),
    "own wrapper, ignored": (
        _wrapper("Ok(Must(T::from_request_parts(parts, state).await.ok()))"),
        NONE,
    ),
    "own wrapper of a query": (
        _wrapper("T::from_request_parts(parts, state).await.map(Must)", "Query<Page>"),
        NONE,
    ),
}
CHOSEN = {
    "unit": (TRAIT + DEMANDS + PASSES, "Mtls.authenticate(parts)?;", CERTIFICATE),
    "open unit": (TRAIT + DEMANDS + PASSES, "Open.authenticate(parts)?;", NONE),
    "object": (TRAIT + DEMANDS + PASSES, "state.auth.authenticate(parts)?;", UNKNOWN),
    "object, all open": (
        TRAIT + PASSES + PASSES.replace("Open", "Free"),
        "state.auth.authenticate(parts)?;",
        NONE,
    ),
    "type parameter": (TRAIT + DEMANDS + PASSES, "A::default().authenticate(parts)?;", UNKNOWN),
}


@pytest.mark.parametrize(("code", "guard"), EXTRACTED.values(), ids=EXTRACTED)
def test_an_extractor_may_run_others_by_the_parts_of_a_request(
    tmp_path: Path, code: str, guard: Guarding
) -> None:
    """The type is an argument of the call, or that of the variable; what is done with a rejection counts."""
    (route,) = reading(tmp_path, served(APP, _who(code))).view.routes
    assert route.guard is guard


@pytest.mark.parametrize(("code", "guard"), COMPOSED.values(), ids=COMPOSED)
def test_an_extractor_may_be_derived_or_wrapped_or_have_another_name(
    tmp_path: Path, code: str, guard: Guarding
) -> None:
    """Of a derived extractor each field has its own, which rejects; an own wrapper does what it is written to do."""
    (route,) = reading(tmp_path, served(APP, code)).view.routes
    assert route.guard is guard


@pytest.mark.parametrize(("types", "code", "guard"), CHOSEN.values(), ids=CHOSEN)
def test_an_object_or_a_type_parameter_may_choose_the_guard(
    tmp_path: Path, types: str, code: str, guard: Guarding
) -> None:
    """Where one of the implementations demands a certificate, the operation is undecided."""
    whole = (
        PEER + types + f"{WHOLE}        {code}\n        Ok(Who)\n    }}\n}}\nasync fn order(who: Who) {{}}\n"
    )
    (route,) = reading(tmp_path, served(APP, whole)).view.routes
    assert route.guard is guard


def test_a_middleware_may_ask_an_object(tmp_path: Path) -> None:
    """As an extractor does."""
    code = (
        f"{PEER}{TRAIT.replace('Parts', 'Request')}{DEMANDS.replace('Parts', 'Request').replace('parts.', 'parts.')}"
        f"{PASSES.replace('Parts', 'Request')}async fn order() {{}}\n"
        "async fn ask(State(state): State<App>, request: Request, next: Next) -> Result<Response, StatusCode> {\n"
        "    state.auth.authenticate(&request)?;\n    Ok(next.run(request).await)\n}\n"
    )
    (route,) = reading(tmp_path, served(f"{APP}.route_layer(from_fn(ask))", code)).view.routes
    assert route.guard is UNKNOWN


@pytest.mark.parametrize(("first", "guard"), [("_cert: ClientCert, ", CERTIFICATE), ("", NONE)])
def test_a_macro_may_make_the_handlers(tmp_path: Path, first: str, guard: Guarding) -> None:
    """Its function is found, with its extractors."""
    code = (
        f"{CERT}macro_rules! guarded {{\n"
        "    ($name:ident ( $($arg:ident : $ty:ty),* ) -> $ret:ty $body:block) => {\n"
        f"        async fn $name({first}$($arg: $ty),*) -> $ret $body\n    }};\n}}\n"
        "guarded!(order(page: Query<Page>) -> Json<Vec<String>> { Json(vec![]) });\n"
    )
    (route,) = reading(tmp_path, served(APP, code)).view.routes
    assert route.guard is guard


def test_a_handler_of_an_unknown_macro_is_a_doubt(tmp_path: Path) -> None:
    """Its extractors are not known."""
    (route,) = reading(tmp_path, served(APP, "other::handlers!(order);\n")).view.routes
    assert route.guard is UNKNOWN


@pytest.mark.parametrize(
    ("kinds", "guard"), [("Method, ClientCert", CERTIFICATE), ("Method, HeaderMap", UNKNOWN)]
)
def test_a_layer_may_run_a_tuple_of_extractors(tmp_path: Path, kinds: str, guard: Guarding) -> None:
    """Each of them may reject."""
    body = f"{APP}.route_layer(from_extractor::<({kinds})>())"
    (route,) = reading(tmp_path, served(body, f"{CERT}async fn order() {{}}\n")).view.routes
    assert route.guard is guard


@pytest.mark.parametrize(
    ("kind", "found"),
    [("MatchedPath", False), ("OriginalUri", False), ("ConnectInfo<SocketAddr>", False), ("Who", True)],
)
def test_what_axum_inserts_is_no_identity(tmp_path: Path, kind: str, found: bool) -> None:  # noqa: FBT001
    """The path and the address of a request are there for every client; a type of the crates may be an identity."""
    code = (
        f"{PEER}async fn order() {{}}\n"
        "async fn guard(request: Request, next: Next) -> Result<Response, StatusCode> {\n"
        f"    if request.extensions().get::<{kind}>().is_some_and(|one| known(one)) {{\n"
        "        return Ok(next.run(request).await);\n    }\n"
        "    let peer = request.extensions().get::<PeerCerts>();\n"
        "    peer.and_then(|peer| peer.0.as_ref()).ok_or(StatusCode::UNAUTHORIZED)?;\n"
        "    Ok(next.run(request).await)\n}\n"
    )
    every = rules(reading(tmp_path, served(f"{APP}.route_layer(from_fn(guard))", code)))
    assert any(rule == "identity-not-revalidated" for rule, _ in every) is found


@pytest.mark.parametrize(("status", "expected"), [("UNAUTHORIZED", CERTIFICATE), ("OK", UNKNOWN)])
@pytest.mark.parametrize("error", ["Refused", "Self::Rejection"])
def test_an_extractor_refuses_by_the_status_of_its_rejection(
    tmp_path: Path, error: str, status: str, expected: Guarding
) -> None:
    """A rejection that is answered with a status of success tells the client nothing."""
    code = f"""
struct Refused;
impl IntoResponse for Refused {{ fn into_response(self) -> Response {{ StatusCode::{status}.into_response() }} }}
struct Who(String);
impl<S: Send + Sync> FromRequestParts<S> for Who {{
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, {error}> {{
        parts.extensions.get::<PeerCerts>().and_then(|p| p.0.as_ref()).map(named).map(Who).ok_or(Refused)
    }}
}}
async fn order(who: Who) {{}}
"""
    (route,) = reading(tmp_path, served(APP, PEER + code)).view.routes
    assert route.guard is expected
