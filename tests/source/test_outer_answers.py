"""Layers outside of a guard: what they answer by themselves reaches clients that the guard would refuse."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone, Default)]
struct PeerCerts(Option<Vec<CertificateDer<'static>>>);
async fn mtls(Extension(peer): Extension<PeerCerts>, req: Request, next: Next) -> Result<Response, StatusCode> {
    peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
async fn rates() -> &'static str { "rates" }
enum Refused { TooMany, TooLarge }
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Refused::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Refused::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        };
        (status, "later").into_response()
    }
}
struct Page { status: StatusCode }
impl IntoResponse for Page {
    fn into_response(self) -> Response { (self.status, Html(text())).into_response() }
}
"""
HEAD = "async fn outer(State(s): State<Shared>, req: Request, next: Next) -> Response"
BODY = "let (parts, body) = next.run(req).await.into_parts(); let bytes = to_bytes(body, 9).await.unwrap_or_default();"
CORRECT = {
    "passes": "next.run(req).await",
    "logs": 'let r = next.run(req).await; if r.status().is_server_error() { error!("x"); } r',
    "limits": "if s.full() { return StatusCode::TOO_MANY_REQUESTS.into_response(); } next.run(req).await",
    "limits by a tuple": (
        'if s.full() { return (StatusCode::TOO_MANY_REQUESTS, "x").into_response(); } next.run(req).await'
    ),
    "limits by a type": "if s.full() { return Refused::TooMany.into_response(); } next.run(req).await",
    "limits by a status in a field": (
        "if s.full() { return Page { status: StatusCode::IM_A_TEAPOT }.into_response(); } next.run(req).await"
    ),
    "limits by a builder": (
        "if s.full() { return Response::builder().status(503).body(Body::empty()).unwrap(); } next.run(req).await"
    ),
    "limits by an assigned status": (
        'if s.full() { let mut r = "x".into_response(); *r.status_mut() = StatusCode::CONFLICT; return r; }'
        " next.run(req).await"
    ),
    "redirects": 'if s.old() { return Redirect::to("/").into_response(); } next.run(req).await',
    "a time limit": (
        "match timeout(LIMIT, next.run(req)).await"
        " { Ok(r) => r, Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response() }"
    ),
    "a time limit with a default": (
        "timeout(LIMIT, next.run(req)).await.unwrap_or_else(|_| StatusCode::GATEWAY_TIMEOUT.into_response())"
    ),
    "a span": "next.run(req).instrument(span()).await",
    "a panic": (
        "match AssertUnwindSafe(next.run(req)).catch_unwind().await"
        " { Ok(r) => r, Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response() }"
    ),
    "one of several": "select! { r = next.run(req) => r, _ = sleep(LIMIT) => StatusCode::CONFLICT.into_response() }",
    "the body again": f"{BODY} Response::from_parts(parts, Body::from(bytes))",
    "an envelope": f"{BODY} (parts.status, Json(wrap(bytes))).into_response()",
    "a page for errors": (
        "let r = next.run(req).await;"
        " if r.status().is_client_error() { return (r.status(), Html(page())).into_response(); } r"
    ),
    "headers": 'let r = next.run(req).await; ([("x-a", "b")], r).into_response()',
    "another path": 'if req.uri().path() == "/health" { return "ok".into_response(); } next.run(req).await',
    "another method": (
        "if req.method() == Method::OPTIONS { return StatusCode::NO_CONTENT.into_response(); } next.run(req).await"
    ),
    "of another crate": "proxy(req, next).await",
}
FAULTY = {
    "a cache": "if let Some(hit) = s.get(&key(&req)) { return hit.into_response(); } next.run(req).await",
    "a cache behind a lock": (
        "if let Some(hit) = s.0.lock().unwrap().get(&key(&req)).cloned() { return hit; } next.run(req).await"
    ),
    "data instead of a refusal": (
        "let r = next.run(req).await; if r.status().is_success() { r } else { rates().await.into_response() }"
    ),
    "data by a header": (
        'if req.headers().contains_key("x-internal") { return rates().await.into_response(); } next.run(req).await'
    ),
    "a page": "let r = next.run(req).await; if s.ready() { r } else { Html(page()).into_response() }",
    "the same path": 'if req.uri().path() == "/rates" { return "1".into_response(); } next.run(req).await',
    "a status of success": (
        "if s.full() { return Response::builder().status(200).body(Body::from(s.rates())).unwrap(); }"
        " next.run(req).await"
    ),
}


def _guard(tmp_path: Path, outer: str, layer: str, *, outside: bool = True) -> Guarding:
    inner = ".layer(from_fn(mtls))"
    layers = f"{inner}.layer({layer})" if outside else f".layer({layer}){inner}"
    app = f'Router::new().route("/rates", get(rates)){layers}'
    (route,) = reading(tmp_path, served(app, f"{CODE}{outer}\n")).view.routes
    return route.guard


@pytest.mark.parametrize("body", CORRECT.values(), ids=CORRECT)
def test_a_layer_outside_that_answers_with_errors_leaves_the_guard(tmp_path: Path, body: str) -> None:
    """Limits, time limits, changed headers and bodies."""
    layer = "from_fn_with_state(shared(), outer)"
    assert _guard(tmp_path, f"{HEAD} {{ {body} }}", layer) is Guarding.CERTIFICATE


@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("body", FAULTY.values(), ids=FAULTY)
def test_a_layer_outside_that_may_answer_with_data_makes_the_guard_unknown(
    tmp_path: Path,
    body: str,
    outside: bool,  # noqa: FBT001
) -> None:
    """Within the guard it answers only clients that the guard has let through."""
    layer = "from_fn_with_state(shared(), outer)"
    expected = Guarding.UNKNOWN if outside else Guarding.CERTIFICATE
    assert _guard(tmp_path, f"{HEAD} {{ {body} }}", layer, outside=outside) is expected


MAPPED = {
    "headers": ("mut r: Response", 'r.headers_mut().insert("a", b()); r', True),
    "an error": (
        "r: Response",
        "if r.status() == StatusCode::NOT_FOUND { return StatusCode::GONE.into_response(); } r",
        True,
    ),
    "a refusal": (
        "r: Response",
        "if r.status() == StatusCode::UNAUTHORIZED { rates().await.into_response() } else { r }",
        False,
    ),
}


@pytest.mark.parametrize(("parameter", "body", "guarded"), MAPPED.values(), ids=MAPPED)
@pytest.mark.parametrize("closure", [True, False])
def test_what_maps_responses_may_answer_with_data(
    tmp_path: Path,
    parameter: str,
    body: str,
    guarded: bool,  # noqa: FBT001
    closure: bool,  # noqa: FBT001
) -> None:
    """A closure or a function that gets the guard's refusal."""
    outer = "" if closure else f"async fn outer({parameter}) -> Response {{ {body} }}"
    function = f"|{parameter}| async move {{ {body} }}" if closure else "outer"
    found = _guard(tmp_path, outer, f"middleware::map_response({function})")
    assert found is (Guarding.CERTIFICATE if guarded else Guarding.UNKNOWN)


SERVICE = """
#[derive(Clone)]
struct OuterLayer;
impl<S> Layer<S> for OuterLayer {
    type Service = Outer<S>;
    fn layer(&self, inner: S) -> Outer<S> { Outer { inner, pages: pages() } }
}
#[derive(Clone)]
struct Outer<S> { inner: S, pages: Pages }
impl<S: Service<Request>> Service<Request> for Outer<S> {
    fn call(&mut self, req: Request) -> Self::Future {
        let pages = self.pages.clone();
        let future = self.inner.call(req);
        Box::pin(async move { BODY })
    }
}
"""


@pytest.mark.parametrize(
    ("body", "guarded"),
    [
        ("let response = future.await?; pages.count(); Ok(response)", True),
        ("if let Some(page) = pages.get(&key()) { return Ok(page); } future.await", False),
    ],
)
def test_a_service_outside_may_answer_with_data(tmp_path: Path, body: str, guarded: bool) -> None:  # noqa: FBT001
    """A type that implements ``Service``, which its layer creates."""
    found = _guard(tmp_path, SERVICE.replace("BODY", body), "OuterLayer")
    assert found is (Guarding.CERTIFICATE if guarded else Guarding.UNKNOWN)


@pytest.mark.parametrize("outside", [True, False])
def test_a_layer_around_a_guarded_handler_may_answer_with_data(tmp_path: Path, outside: bool) -> None:  # noqa: FBT001
    """Each layer of the route is outside of an extractor."""
    code = (
        f"{CODE}{HEAD} {{ {FAULTY['a cache']} }}\n"
        "async fn own(Extension(p): Extension<PeerCerts>) -> Result<String, StatusCode> {\n"
        "    p.0.ok_or(StatusCode::UNAUTHORIZED)?; Ok(text()) }\n"
    )
    layer = ".layer(from_fn_with_state(shared(), outer))" if outside else ""
    (route,) = reading(tmp_path, served(f'Router::new().route("/own", get(own)){layer}', code)).view.routes
    assert route.guard is (Guarding.UNKNOWN if outside else Guarding.CERTIFICATE)
