"""A certificate guard looks at the certificate of this request; other certificates, addresses and headers are none."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, rules, served

CERTIFICATE, TOKEN, NONE = Guarding.CERTIFICATE, Guarding.TOKEN, Guarding.NONE
LAYERED = 'Router::new().route("/orders", get(order)).route_layer(from_fn(guard))'
HEAD = "async fn guard(request: Request, next: Next) -> Result<Response, StatusCode>"
PASS = "Ok(next.run(request).await)"
DENY = "ok_or(StatusCode::UNAUTHORIZED)?;"
HANDLER = "async fn order() {}\n"
PRESENT = {
    "rustls 0.21": f"{HEAD} {{ request.extensions().get::<Vec<Certificate>>().{DENY} {PASS} }}",
    "rustls 0.23": f"{HEAD} {{ request.extensions().get::<Arc<Vec<CertificateDer<'static>>>>().{DENY} {PASS} }}",
    "openssl": f"{HEAD} {{ request.extensions().get::<X509>().{DENY} {PASS} }}",
    "connect info": (
        "async fn guard(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next)"
        f" -> Result<Response, StatusCode> {{ peer.subject.{DENY} {PASS} }}\n"
        "struct Peer { subject: Option<String> }\n"
        "impl Connected<IncomingStream<'_, L>> for Peer { fn connect_info(s: IncomingStream<'_, L>) -> Self {\n"
        "    Peer { subject: s.io().get_ref().1.peer_certificates().and_then(name) } } }\n"
    ),
    "connect info in extensions": (
        f"{HEAD} {{ request.extensions().get::<ConnectInfo<Peer>>()\n"
        f"    .filter(|info| !info.0.chain.is_empty()).{DENY} {PASS} }}\n"
        "struct Peer { chain: Vec<CertificateDer<'static>> }\n"
    ),
    "put there by the acceptor": (
        f"{HEAD} {{ request.extensions().get::<Caller>().{DENY} {PASS} }}\nstruct Caller {{ name: String }}\n"
        "async fn accept(stream: TlsStream<TcpStream>) { let (_, session) = stream.get_ref();\n"
        "    let Some(chain) = session.peer_certificates() else { return }; let name = subject(chain);\n"
        "    let caller = Caller { name }; app.layer(Extension(caller)); }\n"
    ),
    "another crate's extension": f"{HEAD} {{ request.extensions().get::<PeerCertificates>().{DENY} {PASS} }}",
}
ABSENT = {
    "own certificate": (
        (
            f"{HEAD} {{ let own = own_identity(); if own.expired() {{ return Err(StatusCode::FORBIDDEN); }} {PASS} }}\n"
            "fn own_identity() -> CertificateDer<'static> { load() }\n"
        ),
        NONE,
    ),
    "state": (
        (
            "async fn guard(Extension(app): Extension<App>, request: Request, next: Next)\n"
            "    -> Result<Response, StatusCode> {\n"
            f"    app.limit().{DENY} {PASS} }}\nstruct App {{ identity: Certificate }}\n"
            "async fn other(State(a): State<App>) {}\n"
        ),
        NONE,
    ),
    "address": (
        (
            "async fn guard(ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next)"
            f" -> Result<Response, StatusCode> {{ allowed(peer).{DENY} {PASS} }}\n"
        ),
        NONE,
    ),
    "certificate in a header": (
        f'{HEAD} {{ let pem = request.headers().get("x-client-cert").{DENY} X509::from_pem(pem); {PASS} }}',
        TOKEN,
    ),
    "another type": (
        f"{HEAD} {{ request.extensions().get::<Tenant>().{DENY} {PASS} }}\nstruct Tenant(String);\n",
        NONE,
    ),
}


@pytest.mark.parametrize("code", PRESENT.values(), ids=PRESENT)
def test_the_certificate_of_the_request_makes_a_guard(tmp_path: Path, code: str) -> None:
    """In the extensions, in the connection's info, in a type made of it."""
    (route,) = reading(tmp_path, served(LAYERED, f"{code}\n{HANDLER}")).view.routes
    assert route.guard is CERTIFICATE


@pytest.mark.parametrize(("code", "expected"), ABSENT.values(), ids=ABSENT)
def test_another_certificate_makes_none(tmp_path: Path, code: str, expected: Guarding) -> None:
    """The service's own, one in a header; nor does the address of the client."""
    (route,) = reading(tmp_path, served(LAYERED, f"{code}\n{HANDLER}")).view.routes
    assert route.guard is expected


ASKED = {
    "closure": (
        (
            "AsyncRequireAuthorizationLayer::new(|request: Request| async move {\n"
            "    if request.extensions().get::<Certificate>().is_none() { return Err(StatusCode::UNAUTHORIZED); }\n"
            "    Ok(request) })"
        ),
        CERTIFICATE,
    ),
    "function": ("AsyncRequireAuthorizationLayer::new(authorize)", CERTIFICATE),
    "type": ("AsyncRequireAuthorizationLayer::new(ByCertificate)", CERTIFICATE),
    "type, validated": ("ValidateRequestHeaderLayer::custom(ByCertificate)", CERTIFICATE),
    "bearer": ('ValidateRequestHeaderLayer::bearer("secret")', TOKEN),
}
ASKING = """
async fn authorize(request: Request) -> Result<Request, Response> {
    request.extensions().get::<Certificate>().ok_or(StatusCode::UNAUTHORIZED.into_response())?;
    Ok(request)
}
#[derive(Clone)]
struct ByCertificate;
impl<B> AsyncAuthorizeRequest<B> for ByCertificate {
    fn authorize(&mut self, request: Request<B>) -> Self::Future {
        if request.extensions().get::<Certificate>().is_none() { return ready(Err(StatusCode::UNAUTHORIZED)); }
        ready(Ok(request))
    }
}
"""


@pytest.mark.parametrize(("layer", "expected"), ASKED.values(), ids=ASKED)
def test_authorization_layers_are_read_through(tmp_path: Path, layer: str, expected: Guarding) -> None:
    """Those of tower-http ask a closure, a function or a type."""
    app = f'Router::new().route("/orders", get(order)).layer({layer})'
    (route,) = reading(tmp_path, served(app, ASKING + HANDLER)).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if headers.get(A).is_none() { return; } headers.get(A).unwrap();", False),
        ("if page.start.is_some() && page.start.unwrap() > 0 {}", False),
        ("if page.start.as_ref().is_some() { use_it(page.start.clone().unwrap()); }", False),
        ("headers.get(A).unwrap();", True),
        ("if headers.get(B).is_none() { return; } headers.get(A).unwrap();", True),
    ],
)
def test_what_was_checked_may_be_unwrapped(tmp_path: Path, body: str, found: bool) -> None:  # noqa: FBT001
    """The same expression, asked before."""
    handler = f"async fn order(headers: HeaderMap, Query(page): Query<Page>) {{ {body} }}\n"
    app = 'Router::new().route("/orders", get(order))'
    assert (
        "unwrap-on-request-data" in {rule for rule, _ in rules(reading(tmp_path, served(app, handler)))}
    ) is found


@pytest.mark.parametrize(("parameters", "late"), [("", False), (", Query(q): Query<Page>", True)])
def test_a_handler_that_checks_itself_is_late_only_after_input(
    tmp_path: Path,
    parameters: str,
    late: bool,  # noqa: FBT001
) -> None:
    """Without input, nothing is read before."""
    handler = (
        f"async fn order(Extension(peer): Extension<Peer>{parameters}) -> Result<String, StatusCode> {{\n"
        "    peer.peer_certificates().ok_or(StatusCode::UNAUTHORIZED)?; Ok(text()) }\n"
    )
    (route,) = reading(tmp_path, served('Router::new().route("/orders", get(order))', handler)).view.routes
    assert (route.guard, route.guard_after_input) == (CERTIFICATE, late)
