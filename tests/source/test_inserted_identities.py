"""An identity in the extensions counts only if nothing puts it there without a certificate."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

UNKNOWN, NONE = Guarding.UNKNOWN, Guarding.NONE
CERTAIN = None
"""Of any kind that is certain."""
APP = 'Router::new().route("/orders", get(data)).layer(from_fn(guard)).layer(from_fn(identify))'
GUARD = """
#[derive(Clone)]
struct Identity { name: String }
#[derive(Clone)]
struct Chain(Option<Vec<CertificateDer<'static>>>);
async fn data() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    match req.extensions().get::<Identity>() {
        Some(_) => Ok(next.run(req).await),
        None => Err(StatusCode::UNAUTHORIZED),
    }
}
fn name(chain: &[CertificateDer<'_>]) -> String { cn(chain) }
fn guest() -> Identity { Identity { name: "guest".into() } }
fn put(req: &mut Request, identity: Identity) { req.extensions_mut().insert(identity); }
impl Identity {
    fn of(chain: Option<&[CertificateDer<'_>]>) -> Option<Self> { Some(Self { name: name(chain?) }) }
}
"""
IDENTIFY = "async fn identify(mut req: Request, next: Next) -> Response { CODE next.run(req).await }\n"
PEER = "let peer = req.extensions().get::<Chain>().and_then(|c| c.0.clone()); let peer = peer.as_deref();"
INSERTED = {
    "with a certificate": (
        f"{PEER} if let Some(c) = peer {{ req.extensions_mut().insert(Identity {{ name: name(c) }}); }}",
        CERTAIN,
    ),
    "what a function makes of it": (
        f"{PEER} if let Some(id) = Identity::of(peer) {{ req.extensions_mut().insert(id); }}",
        CERTAIN,
    ),
    "by a helper": (f"{PEER} if let Some(id) = Identity::of(peer) {{ put(&mut req, id); }}", CERTAIN),
    "after a refusal": (
        (
            f"{PEER} let Some(c) = peer else {{ return StatusCode::UNAUTHORIZED.into_response(); }};"
            " req.extensions_mut().insert(Identity { name: name(c) });"
        ),
        CERTAIN,
    ),
    "another type for everybody": (
        (
            f"{PEER} req.extensions_mut().insert(RequestId(next_id()));"
            " if let Some(id) = Identity::of(peer) { req.extensions_mut().insert(id); }"
        ),
        CERTAIN,
    ),
    "a default": (
        f"{PEER} let id = Identity::of(peer).unwrap_or_else(guest); req.extensions_mut().insert(id);",
        NONE,
    ),
    "a default name": (
        (
            f'{PEER} let name = peer.map(name).unwrap_or("anonymous".into());'
            " req.extensions_mut().insert(Identity { name });"
        ),
        NONE,
    ),
    "a default by a helper": (
        f"{PEER} match Identity::of(peer) {{ Some(id) => put(&mut req, id), None => put(&mut req, guest()) }}",
        NONE,
    ),
    "of a header": (
        (
            'if let Some(v) = req.headers().get("x-user") {'
            " req.extensions_mut().insert(Identity { name: v.to_str().unwrap().into() }); }"
        ),
        UNKNOWN,
    ),
    "through a variable": (
        (
            f"{PEER} let id = match peer {{ Some(c) => name(c), None => String::new() }};"
            " let extensions = req.extensions_mut(); extensions.insert(Identity { name: id });"
        ),
        NONE,
    ),
    "in a macro": (
        f"{PEER} with_span!({{ req.extensions_mut().insert(Identity {{ name: who() }}); }});",
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("code", "kind"), INSERTED.values(), ids=INSERTED)
def test_a_guard_that_asks_for_an_identity_needs_one_that_is_not_always_there(
    tmp_path: Path, code: str, kind: Guarding | None
) -> None:
    """What may be there without a certificate leaves the operation undecided; what is always there guards nothing."""
    (route,) = reading(tmp_path, served(APP, GUARD + IDENTIFY.replace("CODE", code))).view.routes
    assert route.guard.certain if kind is CERTAIN else route.guard is kind


KNOWING = {name: row for name, row in INSERTED.items() if name not in {"of a header", "in a macro"}}


@pytest.mark.parametrize(("code", "kind"), KNOWING.values(), ids=KNOWING)
def test_what_is_made_of_a_certificate_is_an_identity_under_any_name(
    tmp_path: Path, code: str, kind: Guarding | None
) -> None:
    """A type is about the client by what its values are made of, not by its name."""
    program = served(APP, GUARD + IDENTIFY.replace("CODE", code)).replace("Identity", "Badge")
    (route,) = reading(tmp_path, program).view.routes
    assert route.guard.certain if kind is CERTAIN else route.guard is kind


NAMES = """
#[derive(Clone)]
struct CallerId(String);
#[derive(Clone)]
struct Chain(Option<Vec<CertificateDer<'static>>>);
async fn data() {}
async fn identify(mut req: Request, next: Next) -> Response {
    let chain = req.extensions().get::<Chain>().and_then(|c| c.0.as_ref());
    let name = chain.map(|_| "known").unwrap_or("anonymous").to_owned();
    req.extensions_mut().insert(CallerId(name));
    next.run(req).await
}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    let caller = req.extensions().get::<CallerId>().ok_or(StatusCode::UNAUTHORIZED)?;
    if caller.0 == "REFUSED" { return Err(StatusCode::UNAUTHORIZED); }
    Ok(next.run(req).await)
}
"""


@pytest.mark.parametrize(("refused", "guards"), [("anonymous", True), ("unknown", False)])
def test_a_name_of_everybody_else_may_be_refused(tmp_path: Path, refused: str, guards: bool) -> None:  # noqa: FBT001
    """Clients without a certificate get that name from the layer outside."""
    (route,) = reading(tmp_path, served(APP, NAMES.replace("REFUSED", refused))).view.routes
    assert route.guard.certain if guards else route.guard is NONE


SERVICE = """
async fn serve(acceptor: TlsAcceptor, app: Router, tcp: TcpStream) {
    let tls = acceptor.accept(tcp).await.unwrap();
    let peer = tls.get_ref().1.peer_certificates();
    let svc = service_fn(move |mut req: Request| { CODE app.clone().oneshot(req) });
    serve_connection(tls, svc).await;
}
"""
ACCEPTED = {
    "with a certificate": (
        "if let Some(id) = Identity::of(peer) { req.extensions_mut().insert(id); }",
        True,
    ),
    "always": ("req.extensions_mut().insert(Identity::of(peer).unwrap_or(guest()));", False),
}


@pytest.mark.parametrize(("code", "guards"), ACCEPTED.values(), ids=ACCEPTED)
def test_the_loop_that_accepts_connections_inserts_it(
    tmp_path: Path,
    code: str,
    guards: bool,  # noqa: FBT001
) -> None:
    """Each request of a connection gets the identity of its certificate."""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    (route,) = reading(tmp_path, served(app, GUARD + SERVICE.replace("CODE", code))).view.routes
    assert route.guard.certain is guards


def test_a_layer_with_an_extension_inserts_it_for_everybody(tmp_path: Path) -> None:
    """``.layer(Extension(identity))`` needs no certificate."""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard)).layer(Extension(guest()))'
    (route,) = reading(tmp_path, served(app, GUARD)).view.routes
    assert route.guard is UNKNOWN


def test_an_extractor_with_a_default_guards_nothing(tmp_path: Path) -> None:
    """As an option or a result it is always there."""
    code = """
async fn data() {}
struct Client(String);
impl<S> FromRequestParts<S> for Client {
    type Rejection = StatusCode;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let peer = parts.extensions.get::<ClientCertificate>();
        Ok(Self(peer.map(|p| p.name()).unwrap_or_else(|| "guest".into())))
    }
}
async fn guard(who: Result<Client, StatusCode>, req: Request, next: Next) -> Result<Response, StatusCode> {
    match who { Ok(_) => Ok(next.run(req).await), Err(_) => Err(StatusCode::UNAUTHORIZED) }
}
"""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    (route,) = reading(tmp_path, served(app, code)).view.routes
    assert route.guard is UNKNOWN


PEER_GUARD = """
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
#[derive(Clone)]
struct Client { subject: String }
async fn data() {}
async fn guard(Extension(peer): Extension<Peer>, mut req: Request, next: Next) -> Result<Response, StatusCode> {
    SHORTCUT
    let Some(certificate) = peer.certificate else { return Err(StatusCode::FORBIDDEN); };
    let subject = format!("{}", certificate.len());
    req.extensions_mut().insert(Client { subject });
    Ok(next.run(req).await)
}
async fn serve(stream: TlsStream<TcpStream>, service: Router) {
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().and_then(|chain| chain.first()).map(|c| c.clone().into_owned());
    let service = Extension(Peer { certificate: MADE }).layer(service);
}
"""
SHORTCUTS = {
    "none": ("", "certificate", Guarding.CERTIFICATE),
    "a setting": ("if CONFIG.debug { return Ok(next.run(req).await); }", "certificate", UNKNOWN),
    "the environment": (
        'if std::env::var("SKIP").is_ok() { return Ok(next.run(req).await); }',
        "certificate",
        UNKNOWN,
    ),
    "a method": (
        "if req.method() == Method::GET { return Ok(next.run(req).await); }",
        "certificate",
        Guarding.NONE,
    ),
    "a certificate by default": (
        "",
        "Some(certificate.unwrap_or_else(|| CertificateDer::from(vec![])))",
        NONE,
    ),
}


@pytest.mark.parametrize(("shortcut", "made", "kind"), SHORTCUTS.values(), ids=SHORTCUTS)
def test_a_guard_that_inserts_is_judged_by_all_its_paths(
    shortcut: str, made: str, kind: Guarding, tmp_path: Path
) -> None:
    """What it inserts is not what it reads: the type that an acceptor inserts, beside which it names its own."""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    code = PEER_GUARD.replace("SHORTCUT", shortcut).replace("MADE", made)
    (route,) = reading(tmp_path, served(app, code)).view.routes
    assert route.guard is kind


STORES = """
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
#[derive(Clone)]
struct Client { subject: String }
async fn data(ARGUMENT) {}
async fn identify(Extension(peer): Extension<Peer>, mut req: Request, next: Next) -> Response {
    STORE
    next.run(req).await
}
async fn require(req: Request, next: Next) -> Result<Response, StatusCode> {
    req.extensions().get::<Client>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
async fn serve(stream: TlsStream<TcpStream>, service: Router) {
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().and_then(|chain| chain.first()).map(|c| c.clone().into_owned());
    let service = Extension(Peer { certificate }).layer(service);
}
"""
ONLY_WITH = "if let Some(c) = peer.certificate { req.extensions_mut().insert(Client { subject: name(c) }); }"
ALWAYS = "req.extensions_mut().insert(Client { subject: peer.certificate.map(name).unwrap_or_default() });"
BY_HEADER = (
    'if let Some(v) = req.headers().get("x-user") {'
    " req.extensions_mut().insert(Client { subject: v.into() }); }"
)
IN_ANOTHER_WAY = (
    f"{ONLY_WITH} req.extensions_mut().get_or_insert_with(|| Client {{ subject: String::new() }});"
)
ALL_AT_ONCE = f"{ONLY_WITH} req.extensions_mut().extend(guests());"
LAYERED = ".layer(from_fn(require)).layer(from_fn(identify))"
IN_STAGES = {
    "a layer demands it": (LAYERED, "", ONLY_WITH, True),
    "handlers demand it": (
        ".layer(from_fn(identify))",
        "Extension(client): Extension<Client>",
        ONLY_WITH,
        True,
    ),
    "it is always stored": (LAYERED, "", ALWAYS, False),
    "it is stored in another way": (LAYERED, "", IN_ANOTHER_WAY, False),
    "others are stored at once": (LAYERED, "", ALL_AT_ONCE, False),
    "a header stores it": (LAYERED, "", BY_HEADER, False),
}


@pytest.mark.parametrize(("layers", "argument", "store", "guards"), IN_STAGES.values(), ids=IN_STAGES)
def test_what_only_a_certificate_stores_is_demanded_by_another_layer(
    layers: str,
    argument: str,
    store: str,
    guards: bool,  # noqa: FBT001 - a column of the table
    tmp_path: Path,
) -> None:
    """Whatever the type is called and holds: it is missing without a certificate."""
    app = f'Router::new().route("/orders", get(data)){layers}'
    code = STORES.replace("ARGUMENT", argument).replace("STORE", store)
    (route,) = reading(tmp_path, served(app, code)).view.routes
    assert route.guard.certain is guards


OF_REQUEST = {
    "of the query": "req.uri().query().map(str::to_owned)",
    "of a cookie": 'req.headers().get("cookie").and_then(|v| v.to_str().ok()).map(str::to_owned)',
    "of the path": "req.uri().path().split('/').nth(1).map(str::to_owned)",
    "of the host": "host_of(&req)",
}
CALLER = """
#[derive(Clone)]
struct Caller(Option<String>);
#[derive(Clone)]
struct Chain(Option<Vec<CertificateDer<'static>>>);
async fn data() {}
async fn guard(Extension(caller): Extension<Caller>, req: Request, next: Next) -> Result<Response, StatusCode> {
    caller.0.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
async fn identify(mut req: Request, next: Next) -> Response {
    let name = NAME;
    req.extensions_mut().insert(Caller(name));
    next.run(req).await
}
"""


@pytest.mark.parametrize("name", OF_REQUEST.values(), ids=OF_REQUEST)
def test_what_a_client_can_send_is_no_certificate(tmp_path: Path, name: str) -> None:
    """The layer that fills the extension has no certificate of the request."""
    (route,) = reading(tmp_path, served(APP, CALLER.replace("NAME", name))).view.routes
    assert route.guard is UNKNOWN


def test_an_optional_name_of_the_certificate_is_one(tmp_path: Path) -> None:
    """It is missing without a certificate, however it is made."""
    name = "name_in(req.extensions().get::<Chain>())"
    (route,) = reading(tmp_path, served(APP, CALLER.replace("NAME", name))).view.routes
    assert route.guard.certain


CLOSURE = "|mut req: Request| async move { let name = NAME; req.extensions_mut().insert(Caller(name)); req }"
IN_CLOSURES = [
    ("req.uri().query().map(str::to_owned)", False),
    ("name_in(req.extensions().get::<Chain>())", True),
]


@pytest.mark.parametrize(("name", "guards"), IN_CLOSURES)
def test_a_closure_in_a_function_has_no_certificate_of_it(tmp_path: Path, name: str, guards: bool) -> None:  # noqa: FBT001
    """The function around it names the guard, whose certificate is not that of the closure."""
    app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
    code = CALLER.partition("async fn identify")[0]
    layered = f"{app}.layer(axum::middleware::map_request({CLOSURE.replace('NAME', name)}))"
    (route,) = reading(tmp_path, served(layered, code)).view.routes
    assert route.guard.certain is guards
    assert guards or route.guard is UNKNOWN
