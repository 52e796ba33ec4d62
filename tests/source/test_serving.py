"""How routers are served: accept loops, listeners and acceptors, with TLS or without, and handlers without a router."""

from pathlib import Path

import pytest

from specdrift.model.result.source import ListenerKind, RouteKind, UnresolvedKind
from specdrift.model.result.verdict import Confidence
from specdrift.source import SourceAnalysis
from tests.source.crates import reading, rules, table

TLS, PLAINTEXT, LOCAL = ListenerKind.TLS, ListenerKind.PLAINTEXT, ListenerKind.LOCAL
USES = "use axum::{Router, Extension, ServiceExt};\nuse axum::routing::*;\nuse axum::handler::*;\n"
CONFIG = """
fn config() -> Arc<ServerConfig> {
    let verifier = WebPkiClientVerifier::builder(roots()).with_crls(lists()).build().unwrap();
    Arc::new(ServerConfig::builder().with_client_cert_verifier(verifier).with_single_cert(c(), k()).unwrap())
}
async fn order() {}
"""
APP = 'let app = Router::new().route("/orders", get(order));\n'
ACCEPT = """
let acceptor = TlsAcceptor::from(config());
let listener = TcpListener::bind(address).await.unwrap();
loop {
    let (stream, peer) = listener.accept().await.unwrap();
    let acceptor = acceptor.clone();
    let app = app.clone();
    tokio::spawn(async move {
        let stream = match acceptor.accept(stream).await { Ok(stream) => stream, Err(_) => return };
        let certificates = stream.get_ref().1.peer_certificates().map(|chain| chain.to_vec());
        SERVE
    });
}
"""
CONNECTION = (
    "Builder::new(TokioExecutor::new()).serve_connection_with_upgrades(TokioIo::new(stream), service).await;"
)
LOOPS = {
    "service_fn and call": f"let service = service_fn(move |request| app.clone().call(request)); {CONNECTION}",
    "service_fn and oneshot": (
        "let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {\n"
        "    request.extensions_mut().insert(certificates.clone());\n"
        "    let app = app.clone();\n    async move { app.oneshot(request).await }\n});\n" + CONNECTION
    ),
    "ready and call": (
        "let service = service_fn(move |request| { let mut app = app.clone();\n"
        f"async move {{ app.ready().await?.call(request).await }} }}); {CONNECTION}"
    ),
    "TowerToHyperService": f"let service = TowerToHyperService::new(app.layer(Extension(certificates))); {CONNECTION}",
    "make service": (
        "let mut make = app.into_make_service_with_connect_info::<SocketAddr>();\n"
        "let tower = unwrap_infallible(make.call(peer).await);\n"
        f"let service = service_fn(move |request| tower.clone().call(request)); {CONNECTION}"
    ),
    "hyper 0.14": "Http::new().serve_connection(stream, app).await;",
    "http1": "http1::Builder::new().serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await;",
}


def of(folder: Path, body: str, more: str = "") -> SourceAnalysis:
    """The reading of a program with this ``main``."""
    return reading(
        folder, f"{USES}#[tokio::main]\nasync fn main() {{ let c = config(); {APP}{body} }}\n{CONFIG}{more}"
    )


def on(found: SourceAnalysis) -> set[tuple[str, tuple[ListenerKind, ...]]]:
    """Each path with the kinds of its listeners."""
    return {(route.path, route.listeners) for route in found.view.routes}


@pytest.mark.parametrize("code", LOOPS.values(), ids=LOOPS)
def test_accept_loops_serve_over_what_they_accept(tmp_path: Path, code: str) -> None:
    """With the acceptor, TLS; without it, plaintext."""
    found = of(tmp_path, ACCEPT.replace("SERVE", code))
    assert on(found) == {("/orders", (TLS,))}
    assert (found.view.unresolved, rules(found)) == ((), [])
    plain = ACCEPT.replace("match acceptor.accept(stream).await", "match Ok(stream)")
    found = of(tmp_path, plain.replace("SERVE", code))
    assert on(found) == {("/orders", (PLAINTEXT,))}
    assert [rule for rule, _ in rules(found)] == ["plaintext-listener-in-source"]


OWN = """
struct Secure { inner: TcpListener, acceptor: TlsAcceptor }
impl axum::serve::Listener for Secure {
    type Io = tokio_rustls::server::TlsStream<TcpStream>;
    type Addr = SocketAddr;
    async fn accept(&mut self) -> (Self::Io, Self::Addr) { todo!() }
}
struct Front(Secure);
impl axum::serve::Listener for Front { type Io = Stream; type Addr = SocketAddr; }
type Stream = TlsStream<TcpStream>;
struct Limited { inner: TcpListener }
impl axum::serve::Listener for Limited { type Io = TcpStream; type Addr = SocketAddr; }
struct PeerAcceptor { inner: RustlsAcceptor }
impl<I, S> Accept<I, S> for PeerAcceptor { type Stream = TlsStream<I>; type Service = S; type Future = F; }
struct Limiter { permits: Semaphore }
impl<S> axum_server::accept::Accept<TcpStream, S> for Limiter { type Stream = TcpStream; type Service = S; }
enum Either<I> { Plain(I), Tls(TlsStream<I>) }
struct Sniffing { inner: RustlsAcceptor }
impl<S> Accept<TcpStream, S> for Sniffing { type Stream = Either<TcpStream>; type Service = S; type Future = F; }
struct Configured { tcp: TcpListener, tls: Option<TlsAcceptor> }
impl axum::serve::Listener for Configured { type Io = Box<dyn Connection>; type Addr = SocketAddr; }
struct Boxed { tcp: TcpListener, tls: TlsAcceptor }
impl axum::serve::Listener for Boxed { type Io = Box<dyn Connection>; type Addr = SocketAddr; }
fn listener(config: Arc<ServerConfig>) -> io::Result<Secure> { todo!() }
#[derive(Clone)]
struct Peer(SocketAddr);
impl Connected<IncomingStream<'_, Secure>> for Peer {
    fn connect_info(s: IncomingStream<'_, Secure>) -> Self { todo!() }
}
async fn run(socket: TcpListener, app: Router) { axum::serve(socket, app).await; }
async fn run_secure(socket: Secure, app: Router) { axum::serve(socket, app).await; }
"""
LISTENERS = {
    "axum": ("axum::serve(TcpListener::bind(a).await.unwrap(), app).await;", PLAINTEXT),
    "axum, a variable": (
        "let l = TcpListener::bind(a).await?; axum::serve(l, app.into_make_service()).await;",
        PLAINTEXT,
    ),
    "axum, a parameter": ("run(socket(), app).await;", PLAINTEXT),
    "own listener": ("axum::serve(Secure { inner: x(), acceptor: y() }, app).await;", TLS),
    "own listener, a parameter": ("run_secure(socket(), app).await;", TLS),
    "own listener, a function": ("let l = listener(config()).unwrap(); axum::serve(l, app).await;", TLS),
    "own listener, an alias": ("axum::serve(Front(x()), app).await;", TLS),
    "own plain listener": ("let l = Limited { inner: x() }; axum::serve(l, app).await;", PLAINTEXT),
    "connect info": (
        "axum::serve(Secure { inner: x() }, app.into_make_service_with_connect_info::<Peer>()).await;",
        TLS,
    ),
    "own acceptor of both": (
        "axum_server::bind(a).acceptor(Sniffing { inner: RustlsAcceptor::new(c) }).serve(app.into_make_service());",
        ListenerKind.UNKNOWN,
    ),
    "own listener that a setting gives TLS": (
        "axum::serve(Configured { tcp: x(), tls: y() }, app).await;",
        ListenerKind.UNKNOWN,
    ),
    "own listener of boxes": ("axum::serve(Boxed { tcp: x(), tls: y() }, app).await;", TLS),
    "Unix socket": ("axum::serve(UnixListener::bind(path).unwrap(), app).await;", LOCAL),
    "tls-listener": (
        "let l = TlsListener::new(acceptor(), TcpListener::bind(a).await?); axum::serve(l, app).await;",
        TLS,
    ),
    "axum-server": ("axum_server::bind(a).serve(app.into_make_service()).await;", PLAINTEXT),
    "axum-server, rustls": ("axum_server::bind_rustls(a, c).serve(app.into_make_service()).await;", TLS),
    "axum-server, module": (
        "axum_server::tls_rustls::from_tcp_rustls(s, c).handle(h).serve(app.into_make_service()).await;",
        TLS,
    ),
    "axum-server, own acceptor": (
        "axum_server::bind(a).acceptor(PeerAcceptor { inner: RustlsAcceptor::new(c) }).serve(app.into_make_service());",
        TLS,
    ),
    "axum-server, acceptor": (
        "axum_server::bind(a).acceptor(RustlsAcceptor::new(c).acceptor(x)).serve(app.into_make_service()).await;",
        TLS,
    ),
    "axum-server, plain acceptor": (
        "axum_server::bind(a).acceptor(Limiter { permits: p }).serve(app.into_make_service()).await;",
        PLAINTEXT,
    ),
    "hyper 0.14": ("axum::Server::bind(&a).serve(app.into_make_service()).await;", PLAINTEXT),
    "hyper 0.14, TLS": (
        "Server::builder(TlsListener::new(acceptor(), AddrIncoming::bind(&a)?)).serve(app.into_make_service()).await;",
        TLS,
    ),
    "OpenSSL": (
        (
            "let ssl = SslAcceptor::mozilla_modern(m).unwrap().build();\n"
            "let (s, _) = TcpListener::bind(a).await?.accept().await?;\n"
            "let mut s = SslStream::new(ssl, s)?; Http::new().serve_connection(s, app).await;"
        ),
        TLS,
    ),
    "another crate": ("axum::serve(foreign::listener(), app).await;", ListenerKind.UNKNOWN),
}


@pytest.mark.parametrize(("code", "expected"), LISTENERS.values(), ids=LISTENERS)
def test_a_listener_is_known_by_value_and_trait(tmp_path: Path, code: str, expected: ListenerKind) -> None:
    """Never by its name; those without TLS beside TLS are reported."""
    found = of(tmp_path, code, OWN)
    assert on(found) == {("/orders", (expected,))}
    reported = ["plaintext-listener-in-source"] if expected in {PLAINTEXT, LOCAL} else []
    assert [rule for rule, _ in rules(found)] == reported


DIRECT = {
    "a handler": "axum::serve(listener(), order.into_make_service()).await;",
    "a method router": "axum::serve(listener(), get(order)).await;",
    "its make service": "axum::serve(listener(), get(order).into_make_service()).await;",
    "a closure": "let f = |request: Request| async { order() }; axum::serve(listener(), f.into_make_service()).await;",
}


@pytest.mark.parametrize("code", DIRECT.values(), ids=DIRECT)
def test_a_handler_that_is_served_directly_answers_every_path(tmp_path: Path, code: str) -> None:
    """Without a router."""
    found = of(tmp_path, code)
    assert [path for _, path, *_ in table(found)] == ["/", "/{rest}"]
    assert {route.kind for route in found.view.routes} == {RouteKind.SERVICE}
    assert found.view.unresolved == ()


def test_a_handler_that_calls_another_router_is_listed(tmp_path: Path) -> None:
    """Which requests it passes on was not read."""
    code = (
        "let site = Router::new().fallback(async move |request: Request| app.clone().call(request).await);"
        "axum::serve(listener(), site).await;"
    )
    found = of(tmp_path, code)
    assert [one.kind for one in found.view.unresolved] == [UnresolvedKind.SERVED]
    assert found.view.incomplete


def test_a_hyper_service_of_its_own_is_listed(tmp_path: Path) -> None:
    """What it answers was not read."""
    code = "Http::new().serve_connection(stream, service_fn(|request| answer(request))).await;"
    found = of(tmp_path, code + "axum::serve(l(), app).await;")
    assert [one.kind.value for one in found.view.unresolved] == ["served"]


@pytest.mark.parametrize(
    "code",
    [
        "if let Some(t) = tls { axum_server::bind_rustls(a, t).serve(app.into_make_service()); } else { PLAIN }",
        "match mode { Mode::Tls => axum_server::bind_rustls(a, t).serve(app.into_make_service()), _ => PLAIN }",
    ],
)
def test_a_plain_listener_instead_of_tls_depends_on_a_condition(tmp_path: Path, code: str) -> None:
    """Both are never served at once."""
    plain = "axum_server::bind(a).serve(app.clone().into_make_service())"
    (finding,) = of(tmp_path, code.replace("PLAIN", plain)).findings
    assert finding.message.endswith("It depends on a condition.")
    assert finding.confidence is Confidence.LOW


def test_routes_below_an_unknown_prefix_are_kept(tmp_path: Path) -> None:
    """Their paths may be longer, and the router was not followed."""
    found = of(tmp_path, "axum::serve(l(), Router::new().nest(&prefix(), app)).await;")
    assert [(route.path, route.mounted) for route in found.view.routes] == [("/orders", False)]
    assert found.view.incomplete


def test_a_router_that_is_built_and_lost_is_listed(tmp_path: Path) -> None:
    """Its routes may be served by code that was not followed."""
    more = (
        "struct Shop { routes: Foreign }\n"
        "impl Shop { fn start() -> Shop { Shop { routes: Foreign::of(Self::routes()).x } }\n"
        'fn routes() -> Router { Router::new().route("/lost", get(order)) } }\n'
    )
    found = of(tmp_path, "Shop::start(); axum::serve(l(), app).await;", more)
    assert {(route.path, route.mounted) for route in found.view.routes} == {
        ("/orders", True),
        ("/lost", False),
    }


def test_a_connection_that_another_function_serves_is_not_listed(tmp_path: Path) -> None:
    """Its function alone does not know the router; its caller does."""
    more = (
        "async fn handle(stream: TlsStream<TcpStream>, mut app: IntoMakeService<Router>) {\n"
        "    let made = tower::MakeService::make_service(&mut app, info()).await.map_err(log)?;\n"
        f"    let service = service_fn(move |request| made.clone().call(request)); {CONNECTION}\n}}\n"
    )
    found = of(tmp_path, "tokio::spawn(handle(stream(), app.into_make_service()));", more)
    assert on(found) == {("/orders", (TLS,))}
    assert found.view.unresolved == ()


SELECTED = """
let acceptor = TlsAcceptor::from(config());
let listener = TcpListener::bind(address).await.unwrap();
let plain = TcpListener::bind(other).await.unwrap();
let mut tasks = JoinSet::new();
loop {
    tokio::select! {
        ARMS
    }
}
"""
TASK = (
    "let (acceptor, app) = (acceptor.clone(), app.clone()); tasks.spawn(async move {"
    " match timeout(LIMIT, acceptor.accept(tcp)).await {"
    " Ok(Ok(io)) => { Builder::new().serve_connection(TokioIo::new(io), TowerToHyperService::new(app)).await; }"
    " _ => debug!() } });"
)
BARE = (
    "tasks.spawn(Builder::new().serve_connection(TokioIo::new(tcp), TowerToHyperService::new(app.clone())));"
)
ARMS = {
    "a block": (
        f"accepted = listener.accept() => {{ let (tcp, _) = accepted.unwrap(); {TASK} }} _ = stop() => break",
        TLS,
    ),
    "a pattern": (f"biased; _ = stop() => break, Ok((tcp, peer)) = listener.accept() => {{ {TASK} }}", TLS),
    "a condition": (f"Ok((tcp, _)) = listener.accept(), if open => {{ {TASK} }} else => break,", TLS),
    "without TLS": (f"Ok((tcp, _)) = plain.accept() => {{ {BARE} }}, _ = stop() => {{ break }}", PLAINTEXT),
}


@pytest.mark.parametrize(("arms", "expected"), ARMS.values(), ids=ARMS)
def test_connections_are_accepted_in_an_arm_of_select(
    tmp_path: Path, arms: str, expected: ListenerKind
) -> None:
    """Each arm has the variables of its pattern."""
    assert on(of(tmp_path, SELECTED.replace("ARMS", arms))) == {("/orders", (expected,))}


def test_each_arm_of_select_has_its_own_variables(tmp_path: Path) -> None:
    """One router on a listener with TLS and on one without."""
    arms = f"Ok((tcp, _)) = listener.accept() => {{ {TASK} }} Ok((tcp, _)) = plain.accept() => {{ {BARE} }}"
    ((_, listeners),) = on(of(tmp_path, SELECTED.replace("ARMS", arms)))
    assert set(listeners) == {TLS, PLAINTEXT}


CHANNEL = """
let acceptor = TlsAcceptor::from(config());
let listener = TcpListener::bind(address).await.unwrap();
let (tx, mut rx) = MADE;
SENT
while let Some(io) = rx.recv().await {
    tokio::spawn(Builder::new().serve_connection(TokioIo::new(io), TowerToHyperService::new(app.clone())));
}
"""
SENDERS = """
async fn secured(listener: TcpListener, acceptor: TlsAcceptor, out: mpsc::Sender<TlsStream<TcpStream>>) {}
async fn bare(listener: TcpListener, out: mpsc::Sender<TcpStream>) {}
async fn any<I: AsyncRead>(listener: TcpListener, out: mpsc::Sender<I>) {}
"""
CHANNELS = {
    "written": ("mpsc::channel::<TlsStream<TcpStream>>(8)", "tokio::spawn(any(listener, tx));", TLS),
    "by a parameter": ("mpsc::channel(8)", "tokio::spawn(secured(listener, acceptor, tx));", TLS),
    "by a clone": ("mpsc::channel(8)", "tokio::spawn(secured(listener, acceptor, tx.clone()));", TLS),
    "without TLS": ("mpsc::channel(8)", "tokio::spawn(bare(listener, tx));", PLAINTEXT),
    "of any type": ("mpsc::channel(8)", "tokio::spawn(any(listener, tx));", ListenerKind.UNKNOWN),
}


@pytest.mark.parametrize(("made", "sent", "expected"), CHANNELS.values(), ids=CHANNELS)
def test_connections_of_a_channel_are_known_by_its_type(
    tmp_path: Path, made: str, sent: str, expected: ListenerKind
) -> None:
    """It is written, or that of a parameter which gets the sending end."""
    code = CHANNEL.replace("MADE", made).replace("SENT", sent)
    assert on(of(tmp_path, code, SENDERS)) == {("/orders", (expected,))}


@pytest.mark.parametrize("tls", [True, False])
def test_connections_are_accepted_while_there_are_some(tmp_path: Path, tls: bool) -> None:  # noqa: FBT001
    """The condition of ``while let`` has the connection."""
    accepted = "let Ok(io) = acceptor.accept(tcp).await else { continue };" if tls else "let io = tcp;"
    code = (
        "let acceptor = TlsAcceptor::from(config()); let listener = TcpListener::bind(a).await.unwrap();"
        f" while let Ok((tcp, _)) = listener.accept().await {{ {accepted}"
        " tokio::spawn(Builder::new().serve_connection(TokioIo::new(io), TowerToHyperService::new(app.clone()))); }"
    )
    assert on(of(tmp_path, code)) == {("/orders", (TLS if tls else PLAINTEXT,))}
