"""Types of a crate that make the service of each connection, which gives its requests to the router."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding, UnresolvedKind
from specdrift.source import SourceAnalysis
from tests.source.crates import reading

PROGRAM = """
mod front;
use axum::{Router, routing::get};
async fn order() {}
struct Api<A> { acceptor: Option<A> }
impl<A> Api<A> {
    fn configure(self, tasks: &mut Tasks) {
        if let Some(acceptor) = self.acceptor {
            let app = Router::new().route("/orders", get(order));
            let maker = front::Maker::new(app);
            tasks.spawn(|shutdown| async move {
                hyper::server::Server::builder(acceptor).serve(maker).with_graceful_shutdown(shutdown).await
            });
        }
    }
}
struct Tasks;
impl Tasks { fn spawn<F>(&mut self, f: F) { f(1); } }
#[tokio::main]
async fn main() { Api { acceptor: acceptor() }.configure(&mut Tasks); }
"""
FRONT = """
pub struct Maker<S> { s: S }
impl<S> Maker<S> { pub fn new(s: S) -> Self { Self { s } } }
impl<S> Service<&TlsStream<TcpStream>> for Maker<S> {
    type Response = Made<S>;
    fn call(&mut self, stream: &TlsStream<TcpStream>) -> Self::Future {
        let s = self.s.clone();
        Box::pin(async move { CHECK Ok(Made { s }) })
    }
}
pub struct Made<S> { s: S }
impl<S> Service<Request<Body>> for Made<S> {
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut s = self.s.clone();
        Box::pin(async move { BESIDE s.call(request).await })
    }
}
"""
PEER = "stream.get_ref().1.peer_certificates()"
CLOSED = {
    "an error": f"if {PEER}.is_none() {{ return Err(Refused); }}",
    "a question mark": f"let chain = {PEER}.ok_or(Refused)?;",
}
OPEN = {
    "noted only": f'if {PEER}.is_none() {{ warn!("anonymous"); }}',
    "the opposite": f"if {PEER}.is_some() {{ return Err(Refused); }}",
    "nothing": "",
}
TASK = (
    "if upgrades(&request) { tokio::spawn(async move { let Ok(io) = io.await else { return; }; run(io); }); }"
)


def of(folder: Path, *, check: str = "", beside: str = "", maker: str = FRONT) -> SourceAnalysis:
    """The reading of a program whose service is made in another file."""
    front = maker.replace("CHECK", check).replace("BESIDE", beside)
    return reading(folder, {"src/main.rs": PROGRAM, "src/front.rs": front})


@pytest.mark.parametrize("check", OPEN.values(), ids=OPEN)
def test_the_router_of_a_service_that_is_made_is_followed(tmp_path: Path, check: str) -> None:
    """Its route is served, and has no guard if each connection gets the service."""
    found = of(tmp_path, check=check)
    assert [(one.path, one.guard) for one in found.view.routes] == [("/orders", Guarding.NONE)]
    assert found.view.unresolved == ()


@pytest.mark.parametrize("check", CLOSED.values(), ids=CLOSED)
def test_a_connection_without_a_certificate_that_gets_no_service_is_refused(
    tmp_path: Path, check: str
) -> None:
    """The twins: what makes the service guards every route."""
    (route,) = of(tmp_path, check=check).view.routes
    assert route.guard is Guarding.CERTIFICATE


def test_what_the_service_answers_by_itself_is_listed_where_it_is_written(tmp_path: Path) -> None:
    """In the file of the service, not in the one that serves it."""
    answer = 'if request.uri().path() == "/open" { return Ok(data()); }'
    (listed,) = of(tmp_path, beside=answer).view.unresolved
    assert (listed.kind, listed.what) == (
        UnresolvedKind.SERVED,
        "answer beside the router: return Ok(data())",
    )
    assert (listed.location.file.endswith("src/front.rs"), listed.location.line) == (True, 15)


def test_the_end_of_a_task_of_the_service_is_no_answer(tmp_path: Path) -> None:
    """A ``return`` without a value answers no request."""
    assert of(tmp_path, beside=TASK).view.unresolved == ()


def test_services_that_make_each_other_end(tmp_path: Path) -> None:
    """They are followed once, and what is served is listed."""
    maker = FRONT.replace("s.call(request).await", "Ok(Maker { s })")
    found = of(tmp_path, maker=maker)
    assert [one.kind for one in found.view.unresolved] == [UnresolvedKind.SERVED]
