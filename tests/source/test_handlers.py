"""Effects of guards, extractors and handlers on callers and requests."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import only, reading, rules, served, table

IDENTITY = """
#[derive(Clone)]
pub struct Identity(String);
pub struct Peer(Option<CertificateDer<'static>>);
async fn guard(Extension(peer): Extension<Peer>, request: Request, next: Next) -> Result<Response, StatusCode> {
    peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}
"""


def one(handler: str, *, kind: str = "get", layer: str = "") -> str:
    """A service with one handler."""
    return served(f'Router::new().route("/x/{{id}}", {kind}(handler)){layer}', IDENTITY + handler)


@pytest.mark.parametrize(
    ("handler", "rule", "said"),
    [
        (
            (
                "async fn handler(identity: Option<Extension<Identity>>) -> String {\n"
                "    identity.map(|found| found.0.0).unwrap_or_else(guest)\n}\n"
            ),
            "identity-defaulted",
            "Option<Extension<Identity>>",
        ),
        (
            (
                "async fn handler(Path(id): Path<String>) -> Vec<u8> {\n"
                "    let file = folder.join(id);\n    std::fs::read(file).unwrap_or_default()\n}\n"
            ),
            "path-parameter-in-file-path",
            "folder.join(id)",
        ),
        (
            (
                "async fn handler(headers: HeaderMap) -> String {\n"
                '    headers.get("x-tenant").unwrap().to_str().map(str::to_owned).unwrap_or_default()\n}\n'
            ),
            "unwrap-on-request-data",
            "unwrap()",
        ),
        (
            'async fn handler(Json(body): Json<Body>) -> String {\n    body.name.expect("a name")\n}\n',
            "unwrap-on-request-data",
            'expect("a name")',
        ),
    ],
)
def test_a_handler_that_trusts_what_it_is_given_is_found_at_its_line(
    tmp_path: Path, handler: str, rule: str, said: str
) -> None:
    """Each with the route that wires it beside."""
    finding = only(reading(tmp_path, one(handler)), rule)
    assert said in finding.location.text
    assert '.route("/x/{id}"' in finding.related[0].text


@pytest.mark.parametrize(
    "handler",
    [
        "async fn handler(Extension(identity): Extension<Identity>) -> String { identity.0 }\n",
        (
            "async fn handler(identity: Option<Extension<Identity>>) -> Result<String, StatusCode> "
            "{ identity.map(name).ok_or(StatusCode::UNAUTHORIZED) }\n"
        ),
        "async fn handler(Path(id): Path<u32>) -> Vec<u8> { std::fs::read(folder.join(id.to_string())) }\n",
        (
            "async fn handler(Path(id): Path<String>) -> Vec<u8> { let file = folder.join(id).canonicalize(); "
            "if !file.starts_with(folder) { none() } else { std::fs::read(file) } }\n"
        ),
        "async fn handler(Path(id): Path<String>) -> String { names.join(id) }\n",
        "async fn handler(Path(day): Path<NaiveDate>) -> String { day.and_hms_opt(0, 0, 0).unwrap() }\n",
        "async fn handler(State(pool): State<Pool>) -> String { pool.get().await.unwrap() }\n",
    ],
)
def test_a_handler_that_validates_first_has_no_finding(tmp_path: Path, handler: str) -> None:
    """Types that cannot be invalid, checks, and values from elsewhere."""
    assert rules(reading(tmp_path, one(handler))) == []


TENANT = """
const TENANT: &str = "x-tenant";
async fn handler(headers: HeaderMap) -> String { headers.get("x-tenant").unwrap().to_str().unwrap().to_owned() }
async fn named(mut r: Request, n: Next) -> Response { r.headers_mut().insert(TENANT, of(&r)); n.run(r).await }
async fn other(mut r: Request, n: Next) -> Response { r.headers_mut().insert("x-user", of(&r)); n.run(r).await }
async fn looked(r: Request, n: Next) -> Response { tracing::info!("{:?}", r.headers().get("x-tenant")); n.run(r).await }
"""
SET = {
    "a function": ".layer(from_fn(named))",
    "of tower-http": '.layer(SetRequestHeaderLayer::overriding("x-tenant", value))',
    "around another": ".layer(from_fn(other)).layer(from_fn(named))",
}
NOT_SET = {
    "no layer": "",
    "another header": ".layer(from_fn(other))",
    "read only": ".layer(from_fn(looked))",
    "another layer of tower-http": '.layer(SetResponseHeaderLayer::overriding("x-tenant", value))',
    "of another route": '.layer(from_fn(named)).route("/open", get(handler))',
}


@pytest.mark.parametrize("layers", SET.values(), ids=SET)
def test_a_header_that_a_layer_sets_is_there(tmp_path: Path, layers: str) -> None:
    """To unwrap it is no fault."""
    assert rules(reading(tmp_path, served(f'Router::new().route("/x", get(handler)){layers}', TENANT))) == []


@pytest.mark.parametrize("layers", NOT_SET.values(), ids=NOT_SET)
def test_a_header_that_no_layer_sets_may_be_missing(tmp_path: Path, layers: str) -> None:
    """The twins: each chain of methods is reported once."""
    found = reading(tmp_path, served(f'Router::new().route("/x", get(handler)){layers}', TENANT))
    assert [rule for rule, _ in rules(found)] == ["unwrap-on-request-data"]


BY_NAME = "async fn handler(Path(all): Path<HashMap<String, String>>) -> String { UNWRAPPED }\n"
UNWRAPPED = {
    "of the path": ('all.get("id").unwrap().clone()', 0),
    "of no path": ('all.get("name").unwrap().clone()', 1),
    "parsed": ('all.get("id").unwrap().parse().unwrap()', 1),
    "unknown": ("all.get(name()).unwrap().clone()", 1),
}


@pytest.mark.parametrize(("unwrapped", "count"), UNWRAPPED.values(), ids=UNWRAPPED)
def test_a_parameter_of_the_path_is_there(tmp_path: Path, unwrapped: str, count: int) -> None:
    """In a map of them, by the name that the route gives it; its value may have any form."""
    found = reading(tmp_path, one(BY_NAME.replace("UNWRAPPED", unwrapped)))
    assert [rule for rule, _ in rules(found)] == ["unwrap-on-request-data"] * count


CHECKED = {
    "with an end for errors": ("if let Err(e) = form.validate() { return refused(e); }", False),
    "by a question mark": ("form.validate().map_err(refused)?;", False),
    "by a function": ("check(&form)?;", False),
    "by an arm": ("match form.validate() { Ok(()) => {}, Err(e) => return refused(e) }", False),
    "a result that is used": ("if let Some(one) = form.pop() { return shown(one); }", True),
    "a value that is used": ("let one = form.pop()?;", True),
    "itself": ("if form.pop().unwrap().is_new() { return known(); }", True),
    "noted only": ("if let Err(e) = form.validate() { warn!(error); }", True),
    "another value": ("other.validate()?;", True),
    "a part of it": ("check(&form.name)?;", True),
    "afterwards": ("let id = form.id.unwrap(); form.validate()?;", True),
}


@pytest.mark.parametrize(("check", "is_found"), CHECKED.values(), ids=CHECKED)
def test_a_value_that_was_validated_as_a_whole_may_be_unwrapped(
    tmp_path: Path,
    check: str,
    is_found: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Its type says what must be there, as ``#[validate(required)]`` does; a check without an effect does not."""
    handler = (
        f"async fn handler(Json(form): Json<Form>) -> Result<String, E> {{ {check} Ok(form.id.unwrap()) }}\n"
    )
    found = rules(reading(tmp_path, one(handler, kind="post")))
    assert bool(found) is is_found


def test_a_parameter_that_one_of_several_paths_lacks_may_be_missing(tmp_path: Path) -> None:
    """The handler is that of both."""
    body = 'Router::new().route("/x/{id}", get(handler)).route("/x", get(handler))'
    found = reading(tmp_path, served(body, BY_NAME.replace("UNWRAPPED", UNWRAPPED["of the path"][0])))
    assert [rule for rule, _ in rules(found)] == ["unwrap-on-request-data"]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (".route_layer(from_fn(guard))", Guarding.CERTIFICATE),
        ("", Guarding.NONE),
        (".route_layer(from_fn(foreign::guard))", Guarding.UNKNOWN),
        (".layer(TraceLayer::new_for_http())", Guarding.NONE),
        ('.layer(ValidateRequestHeaderLayer::bearer("x"))', Guarding.TOKEN),
        (".layer(SomeLayer::new())", Guarding.UNKNOWN),
        (".route_layer(from_fn(token))", Guarding.TOKEN),
        (".route_layer(from_fn(identified))", Guarding.IDENTITY),
        (".route_layer(from_extractor::<Known>())", Guarding.CERTIFICATE),
        (".route_layer(from_extractor::<(Known, Known)>())", Guarding.CERTIFICATE),
        (".route_layer(from_extractor::<()>())", Guarding.UNKNOWN),
        (
            ".layer(ServiceBuilder::new().layer(TraceLayer::new_for_http()).layer(from_fn(guard)))",
            Guarding.CERTIFICATE,
        ),
        (".route_layer(from_fn(|r: Request, n: Next| async { n.run(r).await }))", Guarding.NONE),
    ],
)
def test_a_guard_is_known_by_what_it_does(tmp_path: Path, layer: str, expected: Guarding) -> None:
    """It reads the certificate, an identity or a header, and can refuse; what is not in this source is unknown."""
    more = """
async fn handler() {}
async fn token(headers: HeaderMap, request: Request, next: Next) -> Result<Response, StatusCode> {
    headers.get("authorization").ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}
async fn identified(request: Request, next: Next) -> Response {
    match request.extensions().get::<Identity>() { Some(_) => next.run(request).await, None => StatusCode::FORBIDDEN.into_response() }
}
struct Known;
impl FromRequestParts<()> for Known {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, _: &()) -> Result<Self, StatusCode> {
        parts.extensions.get::<Peer>().and_then(|peer| peer.0.as_ref()).map(|_| Known).ok_or(StatusCode::UNAUTHORIZED)
    }
}
"""  # noqa: E501 - Rust
    found = reading(tmp_path, one(more, layer=layer))
    assert [route.guard for route in found.view.routes] == [expected]


def test_a_guard_that_cannot_be_known_is_named_by_the_owner(tmp_path: Path) -> None:
    """Layers, functions and extractors, each by its name."""
    text = one(
        "async fn handler(_: Member) {}\n", layer=".route_layer(from_fn(foreign::require_client_cert))"
    )
    assert table(reading(tmp_path, text))[0][3] == "unknown"
    assert table(reading(tmp_path, text, guards=("require_client_cert",)))[0][3] == "named"
    assert table(reading(tmp_path, text, guards=("Member",)))[0][3] == "named"


@pytest.mark.parametrize(
    ("handler", "late"),
    [
        ("async fn handler(Known(_): Known, body: Json<Body>) {}\n", False),
        ("async fn handler(query: Query<Filter>, Known(_): Known) {}\n", True),
    ],
)
def test_an_extractor_behind_input_is_late(tmp_path: Path, handler: str, late: bool) -> None:  # noqa: FBT001
    """Extractors run in their order."""
    known = """
struct Known(Identity);
impl<S> FromRequestParts<S> for Known {
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Peer>().and_then(|peer| peer.0.as_ref()).map(known).ok_or(StatusCode::UNAUTHORIZED)
    }
}
"""
    (route,) = reading(tmp_path, one(handler + known)).view.routes
    assert (route.guard, route.guard_after_input) == (Guarding.CERTIFICATE, late)


def test_an_untyped_body_is_reported(tmp_path: Path) -> None:
    """Whether that is wrong is the document's to say."""
    (any_json,) = reading(
        tmp_path, one("async fn handler(Json(body): Json<Value>) {}\n", kind="post")
    ).view.routes
    (typed,) = reading(
        tmp_path, one("async fn handler(Json(body): Json<Order>) {}\n", kind="post")
    ).view.routes
    assert (any_json.untyped_body, typed.untyped_body) == (True, False)


CALLERS = {
    "a role": ('parts.extensions.get::<Identity>().filter(|one| one.0 != "user")', []),
    "a header instead": (
        'parts.extensions.get::<Identity>().cloned().or_else(|| parts.headers.get("x-forwarded-user").map(of))',
        ["identity-from-header"],
    ),
}


@pytest.mark.parametrize(("read", "expected"), CALLERS.values(), ids=CALLERS)
def test_a_word_that_is_compared_is_no_header(tmp_path: Path, read: str, expected: list[str]) -> None:
    """A role may have the name of a header; what reads no header takes nothing from one."""
    extractor = f"""
struct Caller(Identity);
impl<S> FromRequestParts<S> for Caller {{
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {{
        {read}.map(Caller).ok_or(StatusCode::UNAUTHORIZED)
    }}
}}
async fn handler(caller: Caller) {{}}
"""
    assert [rule for rule, _ in rules(reading(tmp_path, one(extractor)))] == expected


def test_a_header_that_becomes_an_identity_is_found(tmp_path: Path) -> None:
    """A layer that puts what a header says into the request."""
    layer = """
async fn handler() {}
async fn believe(mut request: Request, next: Next) -> Response {
    if let Some(name) = request.headers().get("x-forwarded-user") {
        request.extensions_mut().insert(Identity(name.to_str().unwrap().into()));
    }
    next.run(request).await
}
"""
    finding = only(reading(tmp_path, one(layer, layer=".layer(from_fn(believe))")), "identity-from-header")
    assert "extensions_mut().insert" in finding.location.text
    verified = layer.replace("Identity(name", "verify(name")
    assert rules(reading(tmp_path, one(verified, layer=".layer(from_fn(believe))"))) == []
