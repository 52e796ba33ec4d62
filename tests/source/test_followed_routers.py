"""Routers in cells, behind own services, in lists and loops are followed; what may be another router is listed."""

from pathlib import Path

import pytest

from specdrift.model.result.source import UnresolvedKind
from specdrift.source import SourceAnalysis
from tests.source.crates import reading

USES = "use axum::{Router, routing::*};\nuse std::sync::{LazyLock, OnceLock, Arc};\nasync fn order() {}\n"
ORDERS = 'Router::new().route("/orders", get(order))'
ITEMS = 'Router::new().route("/items", get(order))'
LISTENER = 'let l = TcpListener::bind("0.0.0.0:1").await.unwrap();'
SERVE = "async fn serve(l: TcpListener, app: Router) { axum::serve(l, app).await; }"
SERVICE = """
#[derive(Clone)] struct Front { app: Router, peer: Option<Chain> }
impl hyper::service::Service<Request<Incoming>> for Front {
    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer.clone());
        let app = self.app.clone();
        Box::pin(async move { app.oneshot(request).await })
    }
}
"""
ACCEPT = f"""
let app = {ORDERS};
loop {{
    let (stream, peer) = l.accept().await.unwrap();
    let app = app.clone();
    tokio::spawn(async move {{ http1::Builder::new().serve_connection(TokioIo::new(stream), SERVED).await; }});
}}
"""
MODULE = f"""
trait Module {{ fn router(&self) -> Router; }}
struct Shop;
impl Module for Shop {{ fn router(&self) -> Router {{ {ORDERS} }} }}
"""
BUILDER = """
struct Builder { router: Option<Router>, socket: Option<TcpListener> }
struct Server { router: Router, socket: TcpListener }
impl Server {
    fn builder() -> Builder { Builder { router: None, socket: None } }
    async fn run(self) { axum::serve(self.socket, self.router).await; }
}
impl Builder {
    fn router(mut self, r: Router) -> Self { self.router = Some(r); self }
    fn socket(mut self, l: TcpListener) -> Self { self.socket = Some(l); self }
    fn build(self) -> Result<Server, E> { Ok(Server { router: self.router.ok_or(E)?, socket: self.socket.unwrap() }) }
}
"""
FOLLOWED = {
    "LazyLock": (
        f"static APP: LazyLock<Router> = LazyLock::new(|| {ORDERS});",
        "axum::serve(l, APP.clone()).await;",
    ),
    "LazyLock of a function": (
        f"static APP: LazyLock<Router> = LazyLock::new(app); fn app() -> Router {{ {ORDERS} }}",
        "axum::serve(l, LazyLock::force(&APP).clone()).await;",
    ),
    "once_cell": (
        f"static APP: once_cell::sync::Lazy<Router> = once_cell::sync::Lazy::new(|| {ORDERS});",
        "axum::serve(l, (*APP).clone()).await;",
    ),
    "OnceLock": (
        (
            "fn app() -> &'static Router { static APP: OnceLock<Router> = OnceLock::new(); "
            f"APP.get_or_init(|| {ORDERS}) }}"
        ),
        "axum::serve(l, app().clone()).await;",
    ),
    "a cell set elsewhere": (
        f"static APP: OnceLock<Router> = OnceLock::new(); fn prepare() {{ let _ = APP.set({ORDERS}); }}",
        "prepare(); axum::serve(l, APP.get().unwrap().clone()).await;",
    ),
    "tokio's OnceCell": (
        f"static APP: OnceCell<Router> = OnceCell::const_new(); async fn app() -> Router {{ {ORDERS} }}",
        "axum::serve(l, APP.get_or_init(|| async { app().await }).await.clone()).await;",
    ),
    "lazy_static": (
        f"lazy_static::lazy_static! {{ static ref APP: Router = {ORDERS}; }}",
        "axum::serve(l, APP.clone()).await;",
    ),
    "thread_local": (
        f"thread_local! {{ static APP: Router = {ORDERS}; }}",
        "axum::serve(l, APP.with(|app| app.clone())).await;",
    ),
    "methods in a static": (
        "static METHODS: LazyLock<MethodRouter> = LazyLock::new(|| get(order));",
        'axum::serve(l, Router::new().route("/orders", METHODS.clone())).await;',
    ),
    "own service": (SERVICE, ACCEPT.replace("SERVED", "Front { app, peer: None }")),
    "own service of tower": (
        SERVICE.replace("hyper::service", "tower"),
        ACCEPT.replace("SERVED", "TowerToHyperService::new(Front { app, peer: None })"),
    ),
    "own service with a method": (
        SERVICE.replace("app.oneshot(request).await", "pass(app, request).await")
        + "async fn pass(app: Router, r: Request<Incoming>) -> Response { app.oneshot(r).await }",
        ACCEPT.replace("SERVED", "Front { app, peer: None }"),
    ),
    "own generic service": (
        """struct Wrap<S> { inner: S }
        impl<S: tower::Service<Request<Incoming>> + Clone> hyper::service::Service<Request<Incoming>> for Wrap<S> {
            fn call(&self, r: Request<Incoming>) -> F { let mut s = self.inner.clone(); s.call(r) }
        }""",
        ACCEPT.replace("SERVED", "Wrap { inner: app }"),
    ),
    "make_service_fn": (
        "",
        (
            f"let app = {ORDERS};"
            "let make = make_service_fn(move |_| { let app = app.clone(); async move { Ok(app) } });"
            "hyper::Server::bind(&a).serve(make).await;"
        ),
    ),
    "a builder": (BUILDER, f"Server::builder().router({ORDERS}).socket(l).build().unwrap().run().await;"),
    "a builder that gets the router last": (
        BUILDER,
        f"Server::builder().socket(l).router({ORDERS}).build().unwrap().run().await;",
    ),
    "reduce": (
        "",
        f"let app = [{ORDERS}].into_iter().reduce(Router::merge).unwrap(); axum::serve(l, app).await;",
    ),
    "map and fold": (
        MODULE,
        (
            "let all: Vec<Box<dyn Module>> = vec![Box::new(Shop)];"
            "let app = all.iter().map(|m| m.router()).fold(Router::new(), |a, r| a.merge(r));"
            "axum::serve(l, app).await;"
        ),
    ),
    "paths of a constant in the function": (
        "",
        (
            'const PATHS: [&str; 1] = ["/orders"]; let mut app = Router::new();'
            "for path in PATHS { app = app.route(path, get(order)); } axum::serve(l, app).await;"
        ),
    ),
    "paths of constant structs": (
        """struct Info { path: &'static str, method: &'static str }
        impl Info { const fn new(path: &'static str, method: &'static str) -> Self { Self { path, method } } }
        const ORDERS: Info = Info::new("/orders", "GET");""",
        "axum::serve(l, Router::new().route(ORDERS.path, get(order))).await;",
    ),
    "a list that branches fill": (
        "",
        (
            f"let mut all = vec![]; if x() {{ all.push({ORDERS}); }} let mut app = Router::new();"
            "for one in all { app = app.merge(one); } axum::serve(l, app).await;"
        ),
    ),
    "an option": (
        "",
        (
            f"let mut extra = None; if x() {{ extra = Some({ORDERS}); }} let mut app = Router::new();"
            "if let Some(one) = extra { app = app.merge(one); } axum::serve(l, app).await;"
        ),
    ),
    "map_or": (
        f"fn extra() -> Option<Router> {{ x().then(|| {ORDERS}) }}",
        "let app = Router::new(); let app = extra().map_or(app.clone(), |r| app.merge(r)); axum::serve(l, app).await;",
    ),
    "the value of a loop": (
        "",
        f"let app = loop {{ if ready() {{ break {ORDERS}; }} }}; axum::serve(l, app).await;",
    ),
    "a function that ends": (
        f"fn app() -> Result<Router, E> {{ Ok({ORDERS}) }}",
        "let app = app().unwrap_or_else(|_| std::process::exit(1)); axum::serve(l, app).await;",
    ),
    "select": (
        "",
        f"let app = {ORDERS}; tokio::select! {{ _ = axum::serve(l, app) => {{}} _ = stop() => {{}} }}",
    ),
    "a layer around it": (
        "",
        (
            f"let app = Layer::layer(&TraceLayer::new_for_http(), {ORDERS});"
            "axum::serve(l, ServiceExt::<Request>::into_make_service_with_connect_info::<Peer>(app)).await;"
        ),
    ),
    "JoinSet": (
        SERVE,
        f"let mut set = JoinSet::new(); set.spawn(serve(l, {ORDERS})); set.join_next().await;",
    ),
}


def of(folder: Path, more: str, body: str) -> SourceAnalysis:
    """The reading of a program with this ``main``."""
    return reading(folder, f"{USES}{more}\n#[tokio::main]\nasync fn main() {{ {LISTENER} {body} }}\n")


def not_read(found: SourceAnalysis) -> list[str]:
    """What was not read of the routers that are served."""
    return [one.what for one in found.view.unresolved if one.kind is UnresolvedKind.SERVED]


@pytest.mark.parametrize(("more", "body"), FOLLOWED.values(), ids=FOLLOWED)
def test_the_router_is_followed(tmp_path: Path, more: str, body: str) -> None:
    """Its route is served, and nothing is missing."""
    found = of(tmp_path, more, body)
    assert {route.path for route in found.view.routes if route.listeners} == {"/orders"}
    assert not_read(found) == []


ANOTHER = {
    "an argument of a function that serves": (SERVE, "serve(l, foreign::app()).await;"),
    "an argument of a method": (
        "struct S; impl S { async fn serve(&self, app: Router) { axum::serve(l(), app).await; } }",
        "S.serve(foreign::app()).await;",
    ),
    "an argument that is merged": (
        "fn joined(one: Router) -> Router { one }",
        "axum::serve(l, joined(foreign::app())).await;",
    ),
    "an argument of any type": (
        "async fn serve<S: Service<Request>>(l: TcpListener, app: S) { axum::serve(l, Shared::new(app)).await; }",
        f"serve(l, {ITEMS}).await; serve(l, foreign::app()).await;",
    ),
    "from a channel": (SERVE, "let app: Router = receiver.recv().await.unwrap(); serve(l, app).await;"),
    "a branch": ("", f"let app = if x() {{ {ITEMS} }} else {{ foreign::app() }}; axum::serve(l, app).await;"),
    "an arm": (
        "",
        f"let app = match x() {{ 1 => {ITEMS}, _ => foreign::app() }}; axum::serve(l, app).await;",
    ),
    "assigned in a branch": (
        "",
        f"let mut app = {ITEMS}; if x() {{ app = foreign::app(); }} axum::serve(l, app).await;",
    ),
    "changed in a loop": (
        "",
        f"let mut app = {ITEMS}; for plugin in plugins() {{ app = plugin.install(app); }} axum::serve(l, app).await;",
    ),
    "an early return": (
        f"fn app() -> Router {{ if x() {{ return foreign::app(); }} {ITEMS} }}",
        "axum::serve(l, app()).await;",
    ),
    "instead of an error": (
        f"fn app() -> Result<Router, E> {{ Ok({ITEMS}) }}",
        "let app = app().unwrap_or_else(|_| foreign::app()); axum::serve(l, app).await;",
    ),
    "the value of a block with a label": (
        "",
        f"let app = 'a: {{ if x() {{ break 'a foreign::app(); }} {ITEMS} }}; axum::serve(l, app).await;",
    ),
    "an item of a list": (SERVE, f"for app in vec![{ITEMS}, foreign::app()] {{ serve(l(), app).await; }}"),
    "a field": (
        "struct Parts { app: Router }",
        (
            f"let parts = if x() {{ Parts {{ app: {ITEMS} }} }} else {{ foreign::parts() }};"
            "axum::serve(l, parts.app).await;"
        ),
    ),
    "wrapped by a function": ("", f"axum::serve(l, foreign::wrapped({ITEMS})).await;"),
    "wrapped by a generic function of its own": (
        "fn wrapped<S>(inner: S) -> S { foreign::wrapped(inner) }",
        f"axum::serve(l, wrapped({ITEMS})).await;",
    ),
    "changed by a function": (
        "",
        f"let mut app = {ITEMS}; foreign::add(&mut app); axum::serve(l, app).await;",
    ),
    "changed by a method": (
        "",
        f"let mut app = {ITEMS}; plugin.install(&mut app); axum::serve(l, app).await;",
    ),
    "served by a closure that is passed on": (
        "fn start<F>(run: F) { std::thread::spawn(run); }",
        f"start(|| async {{ axum::serve(other(), foreign::app()).await }}); axum::serve(l, {ITEMS}).await;",
    ),
    "assigned before a loop ends": (
        "",
        f"let mut app = {ITEMS}; loop {{ if x() {{ app = foreign::app(); break; }} }} axum::serve(l, app).await;",
    ),
    "assigned by a closure": (
        "",
        (
            f"let mut app = {ITEMS}; plugins().for_each(|p| {{ app = p.install(app.clone()); }});"
            "axum::serve(l, app).await;"
        ),
    ),
    "a method of a struct": (
        "struct Parts { app: Router }",
        f"let parts = Parts {{ app: {ITEMS} }}.extended(); axum::serve(l, parts.app).await;",
    ),
    "mapped by a function": (
        "",
        f"let app = Some({ITEMS}).map(foreign::wrapped).unwrap(); axum::serve(l, app).await;",
    ),
    "appended to a list": (
        SERVE,
        f"let mut all = vec![{ITEMS}]; all.append(&mut foreign::all()); for one in all {{ serve(l(), one).await; }}",
    ),
    "chained to a list": (
        "",
        (
            f"let app = vec![{ITEMS}].into_iter().chain(foreign::all()).fold(Router::new(), Router::merge);"
            "axum::serve(l, app).await;"
        ),
    ),
    "answered by a function of the service": (
        SERVICE.replace("app.oneshot(request).await", "pass(app, request).await")
        + 'async fn pass(app: Router, r: Request<Incoming>) -> Response { if r.uri().path() == "/open" '
        "{ return data(); } app.oneshot(r).await }",
        ACCEPT.replace("SERVED", "Front { app, peer: None }"),
    ),
    "answered beside it": (
        SERVICE.replace(
            "let app", 'if request.uri().path() == "/open" { return Box::pin(async { Ok(data()) }); } let app'
        ),
        ACCEPT.replace("SERVED", "Front { app, peer: None }"),
    ),
}


@pytest.mark.parametrize(("more", "body"), ANOTHER.values(), ids=ANOTHER)
def test_what_may_be_another_router_is_listed(tmp_path: Path, more: str, body: str) -> None:
    """Beside one that was read, so that the number of routes does not show it."""
    aside = f"tokio::spawn(axum::serve(aside(), {ORDERS}).into_future());"
    found = of(tmp_path, more, f"{aside} {body}")
    assert not_read(found) != []
    assert "/orders" in {route.path for route in found.view.routes if route.mounted}
