"""A type that several functions insert: it is missing only if each of them needs the certificate for it."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import Value
from specdrift.source.rust.items import RustItem
from tests.source.crates import reading, served

APP = (
    'Router::new().route("/orders", get(data)).layer(from_fn(require)).layer(from_fn(identify))'
    ".layer(from_fn(second))"
)
CODE = """
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
#[derive(Clone)]
struct Client { subject: String }
async fn data() {}
async fn require(req: Request, next: Next) -> Result<Response, StatusCode> {
    req.extensions().get::<Client>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(req).await)
}
async fn identify(Extension(peer): Extension<Peer>, mut req: Request, next: Next) -> Response {
    // It is the longer one.
    if let Some(_) = peer.certificate {
        req.extensions_mut().insert(Client { subject: "known".into() });
    }
    next.run(req).await
}
async fn second(Extension(peer): Extension<Peer>, mut req: Request, next: Next) -> Response {
    SECOND next.run(req).await
}
async fn serve(stream: TlsStream<TcpStream>, service: Router) {
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().and_then(|chain| chain.first()).map(|c| c.clone().into_owned());
    let service = Extension(Peer { certificate }).layer(service);
}
"""
ALWAYS = 'req.extensions_mut().insert(Client { subject: "all".into() });'
SECOND = {
    "always": (ALWAYS, False),
    "always, in a macro": (f"with_span!({{ {ALWAYS} }});", False),
    "with a certificate": (
        'if let Some(_) = peer.certificate { req.extensions_mut().insert(Client { subject: "known".into() }); }',
        True,
    ),
    "another type": (
        "let _: Option<Client> = None; req.extensions_mut().insert(RequestId(next_id()));",
        True,
    ),
}


@pytest.mark.parametrize(("second", "guards"), SECOND.values(), ids=SECOND)
def test_one_function_that_always_inserts_a_type_is_enough(
    tmp_path: Path,
    second: str,
    guards: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Then it says nothing of a certificate, whatever the others need."""
    (route,) = reading(tmp_path, served(APP, CODE.replace("SECOND", second))).view.routes
    assert (route.guard is Guarding.CERTIFICATE) is guards


@pytest.mark.parametrize(("second", "all_needed"), SECOND.values(), ids=SECOND)
def test_further_functions_are_not_evaluated(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    second: str,
    all_needed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """The short one comes first, and decides if it inserts the type."""
    evaluated: set[str] = set()
    insertions_of = AbsentCase.insertions_of

    def noted(case: AbsentCase, item: RustItem) -> Value | None:
        evaluated.add(item.name)
        return insertions_of(case, item)

    monkeypatch.setattr(AbsentCase, "insertions_of", noted)
    reading(tmp_path, served(APP, CODE.replace("SECOND", second)))
    assert ("identify" in evaluated) is all_needed
