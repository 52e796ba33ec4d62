"""A client without a certificate is refused only after the handler has run for it, whatever form the layer has."""

import re
from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source import SourceAnalysis
from tests.source.crates import only, reading, rules, served

RULE = "guard-checks-nothing"
PEER = "#[derive(Clone)]\nstruct Peer(Option<CertificateDer<'static>>);\nasync fn order() {}\n"
KNOWN = "let known = req.extensions().get::<Peer>().is_some_and(|p| p.0.is_some());"
FOUND = "let peer = req.extensions().get::<Peer>().and_then(|p| p.0.clone());"
TAKEN = "let clone = self.inner.clone(); let mut inner = std::mem::replace(&mut self.inner, clone);"
REFUSAL = "StatusCode::UNAUTHORIZED.into_response()"
REFUSES = "if !known { return Err(StatusCode::UNAUTHORIZED); }"
REFUSED = f"if !known {{ return Ok({REFUSAL}); }}"
FUNCTION = """
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    BODY
}
"""
SERVICE = """
#[derive(Clone)] struct MtlsLayer;
impl<S> Layer<S> for MtlsLayer { type Service = Mtls<S>; fn layer(&self, inner: S) -> Mtls<S> { Mtls { inner } } }
#[derive(Clone)] struct Mtls<S> { inner: S }
impl<S> Mtls<S> { fn new(inner: S) -> Self { Mtls { inner } } }
impl<S> Service<Request> for Mtls<S> where S: Service<Request, Response = Response> + Clone + Send + 'static {
    type Response = Response; type Error = S::Error;
    type Future = FUTURE;
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> { self.inner.poll_ready(cx) }
    fn call(&mut self, req: Request) -> Self::Future {
        BODY
    }
}
"""
BOXED = "Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>"


def layered(folder: Path, layer: str, code: str) -> SourceAnalysis:
    """The reading of a route with this layer around it."""
    return reading(folder, served(f'Router::new().route("/orders", get(order)).layer({layer})', PEER + code))


def of_function(folder: Path, body: str, more: str = "") -> SourceAnalysis:
    """The reading of a route with a middleware function around it."""
    return layered(folder, "from_fn(guard)", FUNCTION.replace("BODY", body.replace("; ", ";\n    ")) + more)


def service(body: str, future: str = BOXED) -> str:
    """A layer with its service."""
    return SERVICE.replace("FUTURE", future).replace("BODY", body)


def of_service(folder: Path, body: str, more: str = "") -> SourceAnalysis:
    """The reading of a route with an own service around it."""
    return layered(folder, "MtlsLayer", service(body) + more)


LATE = {
    "if": f"{KNOWN} let response = next.run(req).await; {REFUSES} Ok(response)",
    "let else": (
        f"{FOUND} let response = next.run(req).await;"
        " let Some(_) = peer else { return Err(StatusCode::UNAUTHORIZED); }; Ok(response)"
    ),
    "match": (
        f"{FOUND} let response = next.run(req).await;"
        " match peer { Some(_) => Ok(response), None => Err(StatusCode::UNAUTHORIZED) }"
    ),
    "if let": (
        f"{FOUND} let response = next.run(req).await;"
        " if let Some(_) = peer { Ok(response) } else { Err(StatusCode::UNAUTHORIZED) }"
    ),
    "question mark": f"{FOUND} let response = next.run(req).await; peer.ok_or(StatusCode::UNAUTHORIZED)?; Ok(response)",
    "map": f"{FOUND} let response = next.run(req).await; peer.map(|_| response).ok_or(StatusCode::UNAUTHORIZED)",
    "a function checks": f"{FOUND} let response = next.run(req).await; check(peer)?; Ok(response)",
    "a function passes on": (f"{KNOWN} let response = pass(next, req).await; {REFUSES} Ok(response)"),
    "with a time limit": (
        f"{KNOWN} let Ok(response) = timeout(LIMIT, next.run(req)).await else {{ return Err(late()); }};"
        f" {REFUSES} Ok(response)"
    ),
}
FUNCTIONS = """
async fn pass(next: Next, req: Request) -> Response { next.run(req).await }
fn check(peer: Option<CertificateDer<'static>>) -> Result<(), StatusCode> {
    peer.map(|_| ()).ok_or(StatusCode::UNAUTHORIZED)
}
"""


@pytest.mark.parametrize("body", LATE.values(), ids=LATE)
def test_a_function_that_refuses_after_the_handler_is_found(body: str, tmp_path: Path) -> None:
    """At its refusal."""
    finding = only(of_function(tmp_path, body, FUNCTIONS), RULE)
    assert "afterwards" in finding.message
    assert re.search("UNAUTHORIZED|check", finding.location.text)
    assert "run(req)" not in finding.location.text


IN_TIME = {
    "before": f"{KNOWN} {REFUSES} let response = next.run(req).await; Ok(response)",
    "before, and the response": (
        f"{KNOWN} {REFUSES} let response = next.run(req).await;"
        " if response.status().is_server_error() { return Err(StatusCode::BAD_GATEWAY); } Ok(response)"
    ),
    "twice": (f"{KNOWN} {REFUSES} let response = next.run(req).await; {REFUSES} Ok(response)"),
    "before a block that was made earlier": (
        f"{KNOWN} let future = async move {{ next.run(req).await }}; {REFUSES} Ok(future.await)"
    ),
}


@pytest.mark.parametrize("body", IN_TIME.values(), ids=IN_TIME)
def test_the_twin_that_refuses_before_is_a_guard(body: str, tmp_path: Path) -> None:
    """Whatever it does later."""
    found = of_function(tmp_path, body, FUNCTIONS)
    assert RULE not in {rule for rule, _ in rules(found)}
    assert [route.guard for route in found.view.routes] == [Guarding.CERTIFICATE]


UNDECIDED = {
    "another crate may have refused": (
        f"{KNOWN} verify::check(&req).await?; let response = next.run(req).await; {REFUSES} Ok(response)"
    ),
    "some are refused before": (
        f"{KNOWN} if flag() && !known {{ return Err(StatusCode::UNAUTHORIZED); }} let response = next.run(req).await;"
        f" {REFUSES} Ok(response)"
    ),
}


@pytest.mark.parametrize("body", UNDECIDED.values(), ids=UNDECIDED)
def test_what_may_refuse_before_is_undecided(body: str, tmp_path: Path) -> None:
    """The handler may not have run."""
    found = of_function(tmp_path, body, FUNCTIONS)
    assert [route.guard for route in found.view.routes] == [Guarding.UNKNOWN]


LATE_SERVICES = {
    "if": f"{KNOWN} {TAKEN} Box::pin(async move {{ let response = inner.call(req).await?;"
    f" {REFUSED} Ok(response) }})",
    "let else": f"{FOUND} {TAKEN} Box::pin(async move {{ let response = inner.call(req).await?;"
    f" let Some(_) = peer else {{ return Ok({REFUSAL}); }}; Ok(response) }})",
    "match": f"{FOUND} {TAKEN} Box::pin(async move {{ let response = inner.call(req).await?;"
    f" match peer {{ Some(_) => Ok(response), None => Ok({REFUSAL}) }} }})",
    "the result": f"{FOUND} {TAKEN} Box::pin(async move {{ let response = inner.call(req).await;"
    f" if peer.is_none() {{ return Ok({REFUSAL}); }} response }})",
    "a future of before": f"{KNOWN} let future = self.inner.call(req);"
    f" Box::pin(async move {{ let response = future.await?;"
    f" {REFUSED} Ok(response) }})",
    "all in the block": f"{TAKEN} Box::pin(async move {{ {KNOWN} let response = inner.call(req).await?;"
    f" {REFUSED} Ok(response) }})",
    "boxed": f"{KNOWN} {TAKEN} async move {{ let response = inner.call(req).await?;"
    f" if known {{ Ok(response) }} else {{ Ok({REFUSAL}) }} }}.boxed()",
    "ready": f"{KNOWN} {TAKEN} Box::pin(async move {{ let response = inner.ready().await?.call(req).await?;"
    f" if known {{ Ok(response) }} else {{ Ok({REFUSAL}) }} }})",
    "oneshot": f"{KNOWN} let inner = self.inner.clone();"
    f" Box::pin(async move {{ let response = inner.oneshot(req).await?;"
    f" if known {{ Ok(response) }} else {{ Ok({REFUSAL}) }} }})",
    "a function": f"{TAKEN} Box::pin(late(inner, req))",
}
LATE_FUNCTION = f"""
async fn late<S: Service<Request, Response = Response>>(mut inner: S, req: Request) -> Result<Response, S::Error> {{
    {KNOWN} let response = inner.call(req).await?; {REFUSED} Ok(response)
}}
"""


@pytest.mark.parametrize("body", LATE_SERVICES.values(), ids=LATE_SERVICES)
def test_a_service_that_refuses_after_the_handler_is_found(body: str, tmp_path: Path) -> None:
    """As a middleware function is."""
    finding = only(of_service(tmp_path, body, LATE_FUNCTION), RULE)
    assert finding.subject == "Mtls::call"


SERVICES_IN_TIME = {
    "before": f"{KNOWN} {TAKEN} Box::pin(async move {{ {REFUSED}"
    " let response = inner.call(req).await?; Ok(response) }})".replace("}})", "})"),
    "before, in its own future": f"{KNOWN} if !known {{ return Box::pin(async move {{ Ok({REFUSAL}) }}); }}"
    " let future = self.inner.call(req); Box::pin(async move { let response = future.await?; Ok(response) })",
    "before it awaits": f"{KNOWN} let future = self.inner.call(req);"
    f" Box::pin(async move {{ {REFUSED} future.await }})",
    "before it awaits a box": f"{KNOWN} {TAKEN} let future = Box::pin(async move {{ inner.call(req).await }});"
    f" Box::pin(async move {{ {REFUSED} future.await }})",
}


@pytest.mark.parametrize("body", SERVICES_IN_TIME.values(), ids=SERVICES_IN_TIME)
def test_the_twin_service_that_refuses_before_is_a_guard(body: str, tmp_path: Path) -> None:
    """A future that was made does not run by that."""
    found = of_service(tmp_path, body)
    assert RULE not in {rule for rule, _ in rules(found)}
    assert [route.guard for route in found.view.routes] == [Guarding.CERTIFICATE]


def test_a_service_that_runs_another_one_before_its_refusal_is_undecided(tmp_path: Path) -> None:
    """It may be that of an audit: the handler runs only with a certificate."""
    body = (
        f"{KNOWN} {TAKEN} let mut audit = self.audit.clone(); Box::pin(async move {{ let _ = audit.call(entry()).await;"
        f" {REFUSED} inner.call(req).await }})"
    )
    found = of_service(tmp_path, body)
    assert RULE not in {rule for rule, _ in rules(found)}
    assert [route.guard for route in found.view.routes] == [Guarding.UNKNOWN]


def test_a_closure_that_refuses_after_the_handler_is_found(tmp_path: Path) -> None:
    """It has no name: its code is shown."""
    closure = "|req: Request, next: Next| async move { KNOWN let response = next.run(req).await; REFUSES Ok(response) }"
    late = closure.replace("KNOWN", KNOWN).replace("REFUSES", REFUSES)
    assert "|req: Request" in only(layered(tmp_path, f"from_fn({late})", ""), RULE).subject
    early = closure.replace("KNOWN", KNOWN + REFUSES).replace("REFUSES", "")
    assert [one.guard for one in layered(tmp_path, f"from_fn({early})", "").view.routes] == [
        Guarding.CERTIFICATE
    ]


MAKING = {
    "a struct": ("|inner| Mtls { inner }", Guarding.CERTIFICATE),
    "a function of the type": ("|inner| Mtls::new(inner)", Guarding.CERTIFICATE),
    "its path": ("Mtls::new", Guarding.CERTIFICATE),
    "a function": ("wrap", Guarding.CERTIFICATE),
    "a block": ("|inner| { Mtls { inner } }", Guarding.CERTIFICATE),
    "another crate": ("|inner| other::Guard::new(inner)", Guarding.UNKNOWN),
    "a box of another crate": ("|inner| BoxService::new(Mtls { inner })", Guarding.UNKNOWN),
}


@pytest.mark.parametrize(("making", "guard"), MAKING.values(), ids=MAKING)
def test_the_service_that_a_closure_makes_is_the_guard(making: str, guard: Guarding, tmp_path: Path) -> None:
    """``layer_fn`` looked like no guard: the closure itself checks nothing."""
    code = service(SERVICES_IN_TIME["before"]) + "fn wrap<S>(inner: S) -> Mtls<S> { Mtls { inner } }\n"
    assert [one.guard for one in layered(tmp_path, f"layer_fn({making})", code).view.routes] == [guard]


FUTURES = {
    "an enum": (
        "enum Answer<F> { Refused, Inner(F) }",
        "match self.project() { AnswerProj::Refused => Poll::Ready(Ok(REFUSAL)), AnswerProj::Inner(f) => f.poll(cx) }",
        "if !known { return Answer::Refused; } Answer::Inner(self.inner.call(req))",
        Guarding.CERTIFICATE,
    ),
    "an enum that holds the refusal": (
        "enum Answer<F> { Refused { response: Option<Response> }, Inner { f: F } }",
        (
            "match self.project() { AnswerProj::Refused { response } => Poll::Ready(Ok(response.take().expect(ONCE))),"
            " AnswerProj::Inner { f } => f.poll(cx) }"
        ),
        "if !known { return Answer::Refused { response: Some(REFUSAL) }; } Answer::Inner { f: self.inner.call(req) }",
        Guarding.CERTIFICATE,
    ),
    "a struct of an enum": (
        "struct Answer<F> { kind: Kind<F> } enum Kind<F> { Refused, Inner { f: F } }",
        (
            "match self.project().kind.project() { KindProj::Refused => Poll::Ready(Ok(REFUSAL)),"
            " KindProj::Inner { f } => f.poll(cx) }"
        ),
        "if !known { return Answer { kind: Kind::Refused }; } Answer { kind: Kind::Inner { f: self.inner.call(req) } }",
        Guarding.CERTIFICATE,
    ),
    "an enum with data": (
        "enum Answer<F> { Page, Refused, Inner(F) }",
        (
            "match self.project() { AnswerProj::Page => Poll::Ready(Ok(Json(data()).into_response())),"
            " AnswerProj::Refused => Poll::Ready(Ok(REFUSAL)), AnswerProj::Inner(f) => f.poll(cx) }"
        ),
        "if !known { return Answer::Page; } Answer::Inner(self.inner.call(req))",
        Guarding.UNKNOWN,
    ),
    "one that refuses late": (
        "struct Answer<F> { known: bool, future: F }",
        (
            "let this = self.project(); let response = ready!(this.future.poll(cx))?;"
            " if !*this.known { return Poll::Ready(Ok(REFUSAL)); } Poll::Ready(Ok(response))"
        ),
        "Answer { known, future: self.inner.call(req) }",
        Guarding.UNKNOWN,
    ),
}


@pytest.mark.parametrize(("declared", "poll", "call", "guard"), FUTURES.values(), ids=FUTURES)
def test_what_an_own_future_answers_counts(
    declared: str, poll: str, call: str, guard: Guarding, tmp_path: Path
) -> None:
    """The refusal stands in ``poll``: the service was taken for none that refuses."""
    polled = (
        f"{declared}\nimpl<F: Future<Output = Result<Response, E>>, E> Future for Answer<F> {{\n"
        "    type Output = Result<Response, E>;\n"
        f"    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {{ {poll} }}\n}}\n"
    )
    code = (service(f"{KNOWN} {call}", "Answer<S::Future>") + polled).replace("REFUSAL", REFUSAL)
    assert [one.guard for one in layered(tmp_path, "MtlsLayer", code).view.routes] == [guard]
