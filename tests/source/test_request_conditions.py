"""Guards that decide by the method or path of a request are evaluated for the requests of each route."""

import itertools
import re
from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_shapes import REST, SEGMENT, compared, shape_of
from tests.source.crates import reading, served

CERTIFICATE, NONE, UNKNOWN = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
ROUTES = """Router::new()
    .route("/health", get(data))
    .route("/orders", get(data).post(data))
    .route("/orders/{id}", get(data).delete(data))
    .route("/files/{*path}", get(data))
    .nest("/admin", Router::new().route("/stats", get(data)).route("/", get(data)))
    .layer(from_fn(guard))"""
GUARD = """
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
const PUBLIC: &[&str] = &["/health", "/ready"];
const HEALTH: &str = "/health";
fn is_public(path: &str) -> bool { PUBLIC.contains(&path) || path.starts_with("/static/") }
fn open(req: &Request) -> bool { matches!(req.method(), &Method::OPTIONS | &Method::TRACE) }
async fn data() {}
async fn guard(ARGUMENTSreq: Request, next: Next) -> Result<Response, StatusCode> {
    BEFORE
    if CONDITION { return Ok(next.run(req).await); }
    let peer = req.extensions().get::<Peer>().cloned().unwrap_or_default();
    peer.certificate.ok_or(StatusCode::FORBIDDEN)?;
    Ok(next.run(req).await)
}
"""
ORDERS = ("/orders", "/orders/{id}", "/admin/stats", "/admin", "/files/{path}")
ONLY_HEALTH = {"/health": {NONE}} | {path: {CERTIFICATE} for path in ORDERS}
ALL_GUARDED = {path: {CERTIFICATE} for path in ("/health", *ORDERS)}


def kinds(folder: Path, code: str, routes: str = ROUTES) -> dict[str, set[Guarding]]:
    """The guards of the routes, by path."""
    found: dict[str, set[Guarding]] = {}
    for route in reading(folder, served(routes, code)).view.routes:
        found.setdefault(route.path, set()).add(route.guard)
    return found


def guard(condition: str, before: str = "", arguments: str = "") -> str:
    """The code of a guard that passes on what fulfils a condition."""
    code = GUARD.replace("ARGUMENTS", arguments).replace("BEFORE", before)
    return code.replace("CONDITION", condition)


PATHS = {
    "equal": ('req.uri().path() == "/health"', ""),
    "the other way round": ('"/health" == req.uri().path()', ""),
    "a constant": ("req.uri().path() == HEALTH", ""),
    "a list": ("PUBLIC.contains(&req.uri().path())", ""),
    "any of a list": (
        "PUBLIC.iter().any(|p| path.starts_with(p))",
        "let path = req.uri().path().to_owned();",
    ),
    "matches": ('matches!(req.uri().path(), "/health" | "/ready")', ""),
    "a function": ("is_public(req.uri().path())", ""),
    "without a slash": ("req.uri().path().trim_end_matches('/') == \"/health\"", ""),
    "in lower case": ('req.uri().path().to_lowercase() == "/health"', ""),
    "ignoring case": ('req.uri().path().eq_ignore_ascii_case("/HEALTH")', ""),
    "the template": (
        'template == "/health"',
        "let template = req.extensions().get::<MatchedPath>().map(|m| m.as_str()).unwrap_or_default().to_owned();",
    ),
    "with a method": ('req.method() == Method::GET && req.uri().path() == "/health"', ""),
    "either": ('req.method() == Method::OPTIONS || req.uri().path().starts_with("/health")', ""),
    "parts": (
        "health",
        (
            "let (parts, body) = req.into_parts();"
            ' let health = parts.uri.path() == "/health"; let req = Request::from_parts(parts, body);'
        ),
    ),
    "not equal": ('!(req.uri().path() != "/health")', ""),
}


@pytest.mark.parametrize(("condition", "before"), PATHS.values(), ids=PATHS)
def test_a_path_that_is_passed_on_is_open_and_the_others_are_guarded(
    condition: str, before: str, tmp_path: Path
) -> None:
    """The template of a route decides the condition."""
    found = kinds(tmp_path, guard(condition, before))
    if "trim" in condition:
        assert found.pop("/files/{path}") == {UNKNOWN}  # /files//
        found["/files/{path}"] = {CERTIFICATE}
    if "MatchedPath" in before:
        assert found.pop("/health") == {UNKNOWN}  # around the router, there is no template
        found["/health"] = {NONE}
    head = (
        {"/health": found["/health"] | {NONE}} if condition.startswith("req.method() == Method::GET") else {}
    )
    assert found | head == ONLY_HEALTH


NEVER = {
    "options": "req.method() == Method::OPTIONS",
    "options, by name": 'req.method().as_str() == "OPTIONS"',
    "options, by a function": "open(&req)",
    "another method": "!req.method().is_safe() && req.method() == Method::PUT",
    "another path": 'req.uri().path().starts_with("/public/")',
    "percent-encoded": 'req.uri().path() == "/%68ealth"',
    "another template": 'req.uri().path().ends_with("/orders/")',
}


@pytest.mark.parametrize("condition", NEVER.values(), ids=NEVER)
def test_a_condition_that_no_request_of_a_route_fulfils_opens_none(condition: str, tmp_path: Path) -> None:
    """A parameter has no slash, and axum does not decode the path before it chooses the route."""
    found = kinds(tmp_path, guard(condition))
    if "orders/" in condition:
        assert found.pop("/files/{path}") == {UNKNOWN}  # /files/orders/
        assert set(map(frozenset, found.values())) == {frozenset({CERTIFICATE})}
    else:
        assert found == ALL_GUARDED


OPEN = {
    "a method": ("req.method() == Method::GET", {"GET": NONE, "POST": CERTIFICATE, "DELETE": CERTIFICATE}),
    # A handler of GET runs for HEAD as well.
    "only HEAD": (
        "req.method() == Method::HEAD",
        {"GET": UNKNOWN, "POST": CERTIFICATE, "DELETE": CERTIFICATE},
    ),
    "but HEAD": (
        'req.method() == Method::GET && req.uri().path().starts_with("/")',
        {"GET": NONE, "POST": CERTIFICATE, "DELETE": CERTIFICATE},
    ),
    "safe methods": ("req.method().is_safe()", {"GET": NONE, "POST": CERTIFICATE, "DELETE": CERTIFICATE}),
    "another method than": (
        "*req.method() != Method::DELETE",
        {"GET": NONE, "POST": NONE, "DELETE": CERTIFICATE},
    ),
    "everything below /": (
        'req.uri().path().starts_with("/")',
        {"GET": NONE, "POST": NONE, "DELETE": NONE},
    ),
    "a setting as well": (
        "req.method() == Method::GET && settings().lenient",
        {"GET": UNKNOWN, "POST": CERTIFICATE, "DELETE": CERTIFICATE},
    ),
}


@pytest.mark.parametrize(("condition", "expected"), OPEN.values(), ids=OPEN)
def test_a_method_that_is_passed_on_is_open(
    condition: str, expected: dict[str, Guarding], tmp_path: Path
) -> None:
    """Of each route by its own method, and by HEAD for those of GET."""
    found = reading(tmp_path, served(ROUTES, guard(condition))).view.routes
    assert {(route.methods[0], route.guard) for route in found} == set(expected.items())


SOME = {
    "a parameter": ('req.uri().path() == "/orders/7"', "/orders/{id}"),
    "the beginning of a parameter": ('req.uri().path().starts_with("/orders/pub")', "/orders/{id}"),
    "the end of a wildcard": ('req.uri().path().ends_with(".css")', "/files/{path}"),
    "part of a wildcard": ('req.uri().path().contains("/public/")', "/files/{path}"),
}


@pytest.mark.parametrize(("condition", "path"), SOME.values(), ids=SOME)
def test_what_a_parameter_decides_is_unknown(condition: str, path: str, tmp_path: Path) -> None:
    """The route gets requests of both kinds; those without parameters are guarded."""
    found = kinds(tmp_path, guard(condition))
    assert found[path] == {UNKNOWN}
    assert found["/orders"] == found["/admin/stats"] == {CERTIFICATE}


INSIDE = """Router::new().route("/health", get(data)).nest("/api",
    Router::new().route("/health", get(data)).route("/orders", get(data)).layer(from_fn(guard)))"""
NESTED = {
    "without the prefix": ('req.uri().path() == "/health"', "", NONE),
    "with the prefix": ('req.uri().path() == "/api/health"', "", CERTIFICATE),
    "of the original URI": ('uri.path() == "/api/health"', "OriginalUri(uri): OriginalUri, ", NONE),
    "of the original URI, without": (
        'uri.path() == "/health"',
        "OriginalUri(uri): OriginalUri, ",
        CERTIFICATE,
    ),
    "of the original URI, by a method": ('uri.path() == "/api/health"', "uri: OriginalUri, ", NONE),
    "of the original URI, by a method, without": (
        'uri.path() == "/health"',
        "uri: OriginalUri, ",
        CERTIFICATE,
    ),
    "of the URI": ('uri.path() == "/health"', "uri: Uri, ", NONE),
    "of the template": ('at.as_str() == "/api/health"', "at: MatchedPath, ", NONE),
    "of the template, without": ('at.as_str() == "/health"', "at: MatchedPath, ", CERTIFICATE),
}


@pytest.mark.parametrize(("condition", "arguments", "expected"), NESTED.values(), ids=NESTED)
def test_a_nested_layer_gets_the_path_without_the_prefix(
    condition: str, arguments: str, expected: Guarding, tmp_path: Path
) -> None:
    """``nest`` strips it from the URI, not from ``OriginalUri`` and ``MatchedPath``."""
    found = kinds(tmp_path, guard(condition, arguments=arguments), INSIDE)
    assert (found["/api/health"], found["/api/orders"]) == ({expected}, {CERTIFICATE})


CHANGED = {
    "a layer rewrites": (
        f"{ROUTES}.layer(from_fn(rewrite))",
        "async fn rewrite(mut r: Request, next: Next) -> Response { *r.uri_mut() = other(&r); next.run(r).await }",
    ),
    "a layer of another crate": (f"{ROUTES}.layer(foreign::Layer::new())", ""),
    "the guard rewrites": (ROUTES, ""),
    "slashes are trimmed after it": (
        "ServiceBuilder::new().layer(from_fn(guard)).service(NormalizePath::trim_trailing_slash("
        + ROUTES.replace(".layer(from_fn(guard))", "")
        + "))",
        "",
    ),
}


@pytest.mark.parametrize(("routes", "more"), CHANGED.values(), ids=CHANGED)
def test_where_the_path_may_be_another_nothing_is_certain(routes: str, more: str, tmp_path: Path) -> None:
    """What the layer sees is not what the router matched."""
    before = (
        ""
        if more or "foreign" in routes or "Normalize" in routes
        else "let mut req = req; *req.uri_mut() = other();"
    )
    found = kinds(tmp_path, guard('req.uri().path() == "/health"', before) + more, routes)
    assert found["/health"] == found["/orders"] == {UNKNOWN}


def test_the_twin_with_trimmed_slashes_before_the_guard_is_certain(tmp_path: Path) -> None:
    """The guard sees what the router matches."""
    routes = f"NormalizePathLayer::trim_trailing_slash().layer({ROUTES})"
    found = kinds(tmp_path, guard('req.uri().path() == "/health"'), routes)
    assert found.pop("/files/{path}") == {UNKNOWN}  # it may end with a slash
    assert found == {path: kind for path, kind in ONLY_HEALTH.items() if path in found}


def test_a_preflight_that_the_guard_answers_itself_opens_nothing(tmp_path: Path) -> None:
    """The handler does not run."""
    code = guard(
        "false", "if req.method() == Method::OPTIONS { return Ok(StatusCode::NO_CONTENT.into_response()); }"
    )
    assert kinds(tmp_path, code) == ALL_GUARDED


SUCCESSES = (
    "StatusCode::OK.into_response()",
    '(StatusCode::OK, "who?").into_response()',
    '"who?".into_response()',
)


@pytest.mark.parametrize("answer", SUCCESSES)
def test_a_success_in_place_of_the_handler_is_no_refusal(answer: str, tmp_path: Path) -> None:
    """Clients without a certificate get 200, though without the data."""
    code = guard("false").replace(
        "peer.certificate.ok_or(StatusCode::FORBIDDEN)?;",
        f"if peer.certificate.is_none() {{ return Ok({answer}); }} parse(&peer).or(Err(StatusCode::FORBIDDEN))?;",
    )
    assert kinds(tmp_path, code)["/orders"] == {UNKNOWN}


def test_a_response_whose_status_is_set_later_is_a_refusal(tmp_path: Path) -> None:
    """The twin."""
    refusal = (
        'if peer.certificate.is_none() { let mut answer = "who?".into_response();'
        " *answer.status_mut() = StatusCode::FORBIDDEN; return Ok(answer); }"
    )
    code = guard("false").replace("peer.certificate.ok_or(StatusCode::FORBIDDEN)?;", refusal)
    assert kinds(tmp_path, code) == ALL_GUARDED


WORDS = ["".join(word) for length in range(7) for word in itertools.product("/ab", repeat=length)]
TEMPLATES = ("/a", "/{x}", "/a/{x}", "/{*r}", "/a/{*r}", "/a{x}b", "/{x}/{y}", "/a/{x}/b", "/:x/b", "/a/*r")


@pytest.mark.parametrize("template", TEMPLATES)
def test_comparisons_with_the_paths_of_a_template_hold_for_each_of_them(template: str) -> None:
    """Every short path is compared."""
    shape = shape_of(template)
    assert shape is not None
    wild = {SEGMENT: "[^/]+", REST: ".+"}
    form = re.compile("".join(wild.get(part) or re.escape(part) for part in shape.parts))
    paths = [word for word in WORDS if form.fullmatch(word)]
    assert paths
    for text in WORDS[:40]:
        outcomes = {
            "eq": {path == text for path in paths},
            "starts_with": {path.startswith(text) for path in paths},
            "ends_with": {path.endswith(text) for path in paths},
            "contains": {text in path for path in paths},
        }
        for how, outcome in outcomes.items():
            known = compared(shape, how, text)
            assert known is None or outcome == {known}
