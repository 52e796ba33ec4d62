"""Guards that check nothing: placeholders, constant checks, rejections after the handler; and guards that do check."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source import SourceAnalysis
from tests.source.crates import only, reading, rules, served

RULE = "guard-checks-nothing"
HEAD = "async fn guard(request: Request, next: Next)"
HANDLER = "async fn order() {}\n"
PEER = "request.extensions().get::<PeerCertificates>()"


def of_guard(folder: Path, code: str, more: str = "") -> SourceAnalysis:
    """The reading of a route with this guard around it."""
    app = 'Router::new().route("/orders", get(order)).layer(from_fn(guard))'
    return reading(folder, served(app, f"{code}\n{more}{HANDLER}"))


IDLE = {
    "placeholder": f"{HEAD} -> Response {{\n    // Verify the certificate here.\n    next.run(request).await\n}}",
    "generic": (
        "async fn guard<B>(request: Request<B>, next: Next<B>) -> Result<Response, StatusCode> {\n"
        "    Ok(next.run(request).await)\n}"
    ),
    "unused": f"{HEAD} -> Response {{ let _certificate = {PEER}; next.run(request).await }}",
    "presence ignored": f"{HEAD} -> Response {{ if {PEER}.is_some() {{ /* later */ }} next.run(request).await }}",
    "response in a variable": f"{HEAD} -> Response {{ let response = next.run(request).await; response }}",
    "constant": (
        f"{HEAD} -> Result<Response, StatusCode> {{\n    let allowed = true;\n"
        "    if !allowed { return Err(StatusCode::UNAUTHORIZED); }\n    Ok(next.run(request).await)\n}"
    ),
    "constant branch": (
        f"{HEAD} -> Response {{\n"
        "    if true { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() }\n}"
    ),
    "constant helper": (
        f"{HEAD} -> Result<Response, StatusCode> {{\n"
        "    if !verify(&request) { return Err(StatusCode::UNAUTHORIZED); }\n    Ok(next.run(request).await)\n}\n"
        "fn verify(request: &Request) -> bool { true }"
    ),
    "helper that is always Ok": (
        f"{HEAD} -> Result<Response, StatusCode> {{ verify(&request)?; Ok(next.run(request).await) }}\n"
        "fn verify(request: &Request) -> Result<(), StatusCode> { info!(); Ok(()) } // StatusCode::UNAUTHORIZED\n"
    ),
}


@pytest.mark.parametrize("code", IDLE.values(), ids=IDLE)
def test_a_guard_that_passes_every_request_is_found(tmp_path: Path, code: str) -> None:
    """At its function; it guards nothing."""
    found = of_guard(tmp_path, code)
    assert [route.guard for route in found.view.routes] == [Guarding.NONE]
    if "helper that" not in code and RULE not in {rule for rule, _ in rules(found)}:
        (layer,) = found.view.routes[0].layers
        assert layer.checks_nothing_at is not None
        return
    assert only(found, RULE).location.text.startswith("async fn guard")


CHECKING = {
    "if": (
        f"{HEAD} -> Result<Response, StatusCode> {{\n"
        f"    if {PEER}.is_none() {{ return Err(StatusCode::UNAUTHORIZED); }}\n    Ok(next.run(request).await)\n}}"
    ),
    "match": (
        f"{HEAD} -> Response {{ match {PEER} {{\n    Some(_) => next.run(request).await,\n"
        "    None => StatusCode::UNAUTHORIZED.into_response(),\n} }"
    ),
    "match in a variable": (
        f"{HEAD} -> Response {{ let found = match {PEER} {{ Some(_) => next.run(request).await,\n"
        "    None => StatusCode::UNAUTHORIZED.into_response() }; found }"
    ),
    "question mark": (
        f"{HEAD} -> Result<Response, StatusCode> {{ {PEER}.ok_or(StatusCode::UNAUTHORIZED)?;\n"
        "    Ok(next.run(request).await) }"
    ),
    "helper": (
        f"{HEAD} -> Result<Response, StatusCode> {{ verify(&request)?; Ok(next.run(request).await) }}\n"
        f"fn verify(request: &Request) -> Result<(), StatusCode> {{\n"
        f"    {PEER}.map(|_| ()).ok_or(StatusCode::UNAUTHORIZED)\n}}"
    ),
    "let else": (
        f"{HEAD} -> Response {{ let Some(_) = {PEER} else {{ return StatusCode::UNAUTHORIZED.into_response(); }};\n"
        "    next.run(request).await }"
    ),
    "mutable": (
        f"{HEAD} -> Response {{ let mut allowed = true; allowed = {PEER}.is_some();\n"
        "    if !allowed { return StatusCode::UNAUTHORIZED.into_response(); } next.run(request).await }"
    ),
    "closure": (
        f"{HEAD} -> Response {{ let checked = {PEER}.ok_or(StatusCode::UNAUTHORIZED);\n"
        "    forward(checked.map(|_| next.run(request))).await }"
    ),
    "macro": (
        f"{HEAD} -> anyhow::Result<Response> {{ ensure!({PEER}.is_some(), Unauthorized);\n"
        "    Ok(next.run(request).await) }"
    ),
}


@pytest.mark.parametrize("code", CHECKING.values(), ids=CHECKING)
def test_a_guard_that_rejects_is_no_finding(tmp_path: Path, code: str) -> None:
    """The twins: each has a path that rejects before the handler."""
    found = of_guard(tmp_path, code)
    assert RULE not in {rule for rule, _ in rules(found)}
    assert [route.guard for route in found.view.routes] == [Guarding.CERTIFICATE]


@pytest.mark.parametrize(
    "code",
    [
        f'{HEAD} -> Response {{ info!("{{}}", request.uri()); next.run(request).await }}',
        f"{HEAD} -> Response {{ let at = Instant::now(); let r = next.run(request).await; record(at.elapsed()); r }}",
        (
            "async fn guard(mut request: Request, next: Next) -> Response {\n"
            "    request.extensions_mut().insert(Started(now())); next.run(request).await }"
        ),
        f"{HEAD} -> Response {{ let mut r = next.run(request).await; r.headers_mut().insert(A, b); r }}",
    ],
    ids=["logs", "measures", "stores", "changes the response"],
)
def test_a_middleware_that_is_no_guard_is_no_finding(tmp_path: Path, code: str) -> None:
    """It does something else."""
    found = of_guard(tmp_path, code)
    assert RULE not in {rule for rule, _ in rules(found)}
    assert [layer.checks_nothing_at for layer in found.view.routes[0].layers] == [None]


def test_a_rejection_after_the_handler_is_found(tmp_path: Path) -> None:
    """The handler has run by then."""
    code = (
        f"{HEAD} -> Result<Response, StatusCode> {{\n    let known = {PEER}.is_some();\n"
        "    let response = next.run(request).await;\n"
        "    if !known {\n        return Err(StatusCode::UNAUTHORIZED);\n    }\n    Ok(response)\n}"
    )
    finding = only(of_guard(tmp_path, code), RULE)
    assert "afterwards" in finding.message
    assert "Err(StatusCode::UNAUTHORIZED)" in finding.location.text


REFUSED_BEFORE = f"let known = {PEER}.and_then(|p| p.0.as_ref()).ok_or(StatusCode::UNAUTHORIZED);"
AUDITED = f"let known = audit.begin({PEER}).await;"
UNUSED = "if known.is_stale() { return Err(StatusCode::UNAUTHORIZED); }"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [(REFUSED_BEFORE, "known?;", True), (AUDITED, f"known?; {UNUSED}", False), (AUDITED, "known?;", False)],
    ids=["the check", "an audit and a check", "an audit"],
)
def test_a_result_that_is_returned_after_the_handler_is_found(
    tmp_path: Path,
    before: str,
    after: str,
    found: bool,  # noqa: FBT001
) -> None:
    """If it refuses every client without a certificate: an error of something else concerns no caller."""
    types = "struct PeerCertificates(Option<CertificateDer<'static>>);\n"
    code = (
        f"{HEAD} -> Result<Response, StatusCode> {{ {before} let response = next.run(request).await; {after}"
        f" Ok(response) }}\n{types}"
    )
    assert (RULE in {rule for rule, _ in rules(of_guard(tmp_path, code))}) is found


def test_a_later_check_of_the_response_is_no_finding(tmp_path: Path) -> None:
    """It does not concern the caller."""
    code = (
        f"{HEAD} -> Result<Response, StatusCode> {{ let response = next.run(request).await;\n"
        "    if response.status().is_server_error() { return Err(StatusCode::BAD_GATEWAY); } Ok(response) }"
    )
    assert rules(of_guard(tmp_path, code)) == []
    shaped = (
        f"{HEAD} -> Response {{ let who = request.headers().get(AUTHORIZATION).cloned();\n"
        "    let response = next.run(request).await; if response.status().is_success() { return response; }\n"
        "    let status = response.status(); (status, problem(who, StatusCode::UNAUTHORIZED)).into_response() }"
    )
    assert rules(of_guard(tmp_path, shaped)) == []


def test_a_session_that_adds_headers_after_the_handler_is_no_finding(tmp_path: Path) -> None:
    """A tuple with the response is the response."""
    code = (
        f"{HEAD} -> Response {{ let session = load(&request); let response = next.run(request).await;\n"
        "    if session.dirty { (cookies(session), response).into_response() } else { response } }\n"
        'fn load(request: &Request) -> Session { parse(request.headers().get("cookie")) }\n'
    )
    assert RULE not in {rule for rule, _ in rules(of_guard(tmp_path, code))}


TAKEN = """
struct Subject(String);
impl<S: Sync> FromRequestParts<S> for Subject {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let name = parts.headers.get("x-client-dn").and_then(|v| v.to_str().ok());
        MADE
    }
}
async fn guard(_name: Subject, request: Request, next: Next) -> Response { next.run(request).await }
"""
MADE = [
    ("name.map(|n| Subject(n.to_owned())).ok_or(StatusCode::UNAUTHORIZED)", False),
    ('Ok(Subject(name.unwrap_or("").to_owned()))', True),
]


@pytest.mark.parametrize(("made", "idle"), MADE)
def test_an_extractor_of_a_middleware_may_refuse_by_a_header(tmp_path: Path, made: str, idle: bool) -> None:  # noqa: FBT001
    """The function itself passes on what its extractor lets through."""
    found = of_guard(tmp_path, TAKEN.replace("MADE", made))
    (route,) = found.view.routes
    assert route.guard is (Guarding.NONE if idle else Guarding.TOKEN)
    assert (route.layers[0].checks_nothing_at is not None) == idle
