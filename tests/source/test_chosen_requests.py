"""A guard that skips paths by a part of them skips some of each route whose parameter the client chooses."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding, SourceRoute
from tests.source.crates import reading, served
from tests.source.test_request_conditions import guard

ROUTES = """Router::new()
    .route("/health", get(health))
    .route("/orders", get(list))
    .route("/orders/{id}", get(show))MORE
    .layer(from_fn(guard))"""
HANDLERS = """
async fn health() {}
async fn list() {}
async fn show(Path(id): Path<String>) {}
async fn number(Path(id): Path<u32>) {}
async fn search(Query(query): Query<Search>) {}
async fn status() {}
"""
PASSED = {
    "an end": ('req.uri().path().ends_with("/health")', "/orders/health"),
    "a part": ('req.uri().path().contains("health")', "/orders/health"),
    "an extension": ('req.uri().path().ends_with(".css")', "/orders/.css"),
    "a segment": ("req.uri().path().split('/').any(|one| one == \"health\")", "/orders/health"),
    "the query": ('req.uri().to_string().contains("/health")', "/orders/x?/health"),
    "with a method": (
        'req.method() == Method::GET && req.uri().path().ends_with("/health")',
        "/orders/health",
    ),
}


def show(folder: Path, code: str, more: str = "") -> SourceRoute:
    """The route of one order."""
    routes = ROUTES.replace("MORE", more)
    found = reading(folder, served(routes, code + HANDLERS)).view.routes
    return next(one for one in found if one.path == "/orders/{id}")


@pytest.mark.parametrize(("condition", "passed"), PASSED.values(), ids=PASSED)
def test_a_request_that_the_guard_passes_on_is_named(condition: str, passed: str, tmp_path: Path) -> None:
    """The route is guarded on a condition that the client decides."""
    route = show(tmp_path, guard(condition))
    assert route.guard_conditional
    assert route.guard_name == f"from_fn(guard), which passes {passed} on without one,"


MORE_PASSED = {
    "any of a list": ("ENDS.iter().any(|e| req.uri().path().ends_with(e))", "/orders/.css"),
    "a function": ("is_exempt(req.uri().path())", "/orders/metrics"),
    "a character": ("req.uri().path().ends_with('~')", "/orders/~"),
    "the last segment": ("req.uri().path().rsplit('/').next() == Some(\"ready\")", "/orders/ready"),
    "the last of all segments": ("req.uri().path().split('/').last() == Some(\"ready\")", "/orders/ready"),
    "a place": ('req.uri().path().find("ready").is_some()', "/orders/ready"),
    "a query": ('req.uri().query().unwrap_or("").contains("debug")', "/orders/x?debug"),
    "a parameter of the query": (
        "req.uri().query().map_or(false, |q| q.split('&').any(|p| p == \"debug\"))",
        "/orders/x?debug",
    ),
    "path and query": (
        'req.uri().path_and_query().is_some_and(|p| p.as_str().contains("/ready"))',
        "/orders/x?/ready",
    ),
}
LISTS = """
static ENDS: [&str; 2] = [".css", ".js"];
fn is_exempt(path: &str) -> bool { path.ends_with("/metrics") }
"""


@pytest.mark.parametrize(("condition", "passed"), MORE_PASSED.values(), ids=MORE_PASSED)
def test_texts_of_constants_and_functions_are_tried(condition: str, passed: str, tmp_path: Path) -> None:
    """As those in the guard itself."""
    route = show(tmp_path, guard(condition) + LISTS)
    assert route.guard_name == f"from_fn(guard), which passes {passed} on without one,"


PEER = "let peer = req.extensions().get::<Peer>().and_then(|p| p.certificate.clone());"
REFUSAL = "StatusCode::UNAUTHORIZED.into_response()"
LAYERS = {
    "service": (
        "MtlsLayer",
        f"""
#[derive(Clone)] struct MtlsLayer;
impl<S> Layer<S> for MtlsLayer {{ type Service = Mtls<S>; fn layer(&self, inner: S) -> Mtls<S> {{ Mtls {{ inner }} }} }}
#[derive(Clone)] struct Mtls<S> {{ inner: S }}
impl<S> Service<Request> for Mtls<S> where S: Service<Request, Response = Response> + Clone + Send + 'static {{
    fn call(&mut self, req: Request) -> Self::Future {{
        {PEER}
        let exempt = CONDITION;
        if !exempt && peer.is_none() {{ return Box::pin(async move {{ Ok({REFUSAL}) }}); }}
        Box::pin(self.inner.call(req))
    }}
}}
""",
    ),
    "extractor": (
        "from_extractor::<Who>()",
        """
struct Who;
impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = StatusCode;
    async fn from_request_parts(req: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        if CONDITION { return Ok(Who); }
        let peer = req.extensions.get::<Peer>().and_then(|p| p.certificate.clone());
        peer.ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Who)
    }
}
""",
    ),
    "validator": (
        "AsyncRequireAuthorizationLayer::new(Auth)",
        f"""
#[derive(Clone)] struct Auth;
impl<B: Send + 'static> AsyncAuthorizeRequest<B> for Auth {{
    fn authorize(&mut self, req: Request<B>) -> Self::Future {{
        Box::pin(async move {{
            if CONDITION {{ return Ok(req); }}
            {PEER} if peer.is_some() {{ Ok(req) }} else {{ Err({REFUSAL}) }}
        }})
    }}
}}
""",
    ),
}
STRUCT = "#[derive(Clone, Default)]\nstruct Peer { certificate: Option<CertificateDer<'static>> }\n"


@pytest.mark.parametrize(("layer", "code"), LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize(
    ("condition", "passed"),
    [
        ('req.uri().path().ends_with("/health")', "/orders/health"),
        ('req.uri().query() == Some("debug=1")', "/orders/x?debug=1"),
        ('req.uri().path().starts_with("/public/")', ""),
    ],
)
def test_every_kind_of_layer_is_evaluated_for_such_requests(
    condition: str, passed: str, layer: str, code: str, tmp_path: Path
) -> None:
    """Only functions were; the twin passes no request of the route on."""
    if layer.startswith("from_extractor"):
        condition = condition.replace("uri()", "uri")
    routes = ROUTES.replace("MORE", "").replace("from_fn(guard)", layer)
    found = reading(
        tmp_path, served(routes, STRUCT + code.replace("CONDITION", condition) + HANDLERS)
    ).view.routes
    route = next(one for one in found if one.path == "/orders/{id}")
    assert route.guard_conditional is bool(passed)
    assert (f"which passes {passed} on" in route.guard_name) is bool(passed)


GUARDED = {
    "another segment": 'req.uri().path().starts_with("/health")',
    "the whole path": 'req.uri().path() == "/health"',
    "a part of more than a segment": 'req.uri().path().contains("/health/")',
    "no part of the path": 'req.uri().path().ends_with("/health") && req.method() == Method::DELETE',
}


@pytest.mark.parametrize("condition", GUARDED.values(), ids=GUARDED)
def test_the_twin_that_no_parameter_passes_is_not_accused(condition: str, tmp_path: Path) -> None:
    """What no request of the route fulfils opens nothing."""
    assert not show(tmp_path, guard(condition)).guard_conditional


ELSEWHERE = {
    "another route gets it": ('.route("/orders/health", get(status))', "ends_with"),
    "another template gets it": ('.route("/{what}/health", get(status))', "ends_with"),
}


@pytest.mark.parametrize(("more", "how"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_twin_whose_exempt_path_is_a_route_of_its_own_is_not_accused(
    more: str, how: str, tmp_path: Path
) -> None:
    """No order has that id: the router passes such requests to the other route."""
    route = show(tmp_path, guard(f'req.uri().path().{how}("/health")'), more)
    assert (route.guard, route.guard_conditional) == (Guarding.UNKNOWN, False)


def test_the_twin_with_another_text_in_the_parameter_is_accused(tmp_path: Path) -> None:
    """A part of the path may be in another id than that of the other route."""
    route = show(
        tmp_path,
        guard('req.uri().path().contains("health")'),
        '.route("/orders/health", get(status))',
    )
    assert route.guard_conditional
    assert "/orders/xhealth on" in route.guard_name


def test_the_twin_whose_handler_takes_numbers_alone_is_not_accused(tmp_path: Path) -> None:
    """The extractor rejects the text that the guard passes on."""
    condition = guard('req.uri().path().ends_with("/health")')
    found = reading(tmp_path, served(ROUTES.replace("get(show))MORE", "get(number))"), condition + HANDLERS))
    (route,) = (one for one in found.view.routes if one.path == "/orders/{id}")
    assert (route.guard, route.guard_conditional) == (Guarding.UNKNOWN, False)


def test_the_twin_with_another_guard_is_guarded(tmp_path: Path) -> None:
    """Each layer passes other requests on, and no request passes both."""
    second = guard('req.uri().path().ends_with("/metrics")').replace("fn guard(", "fn second(")
    both = guard('req.uri().path().ends_with("/health")') + second[second.index("async fn second") :]
    route = show(tmp_path, both, ".layer(from_fn(second))")
    assert (route.guard, route.guard_conditional) == (Guarding.UNKNOWN, False)
