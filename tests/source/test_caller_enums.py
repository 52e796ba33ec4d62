"""A caller that is a variant of an enum: which one an anonymous client gets is evaluated."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

APP = 'Router::new().route("/orders", get(data)).layer(from_fn(guard)).layer(from_fn(identify))'
CODE = """
use Client::*;
async fn data() {}
#[derive(Clone)]
struct Chain(Option<Vec<CertificateDer<'static>>>);
#[derive(Clone, PartialEq)]
enum Client { Anonymous, Guest(String), Known { cert: CertificateDer<'static> } }
impl Client { fn is_known(&self) -> bool { matches!(self, Self::Known { .. }) } }
async fn identify(mut req: Request, next: Next) -> Response {
    let peer = req.extensions().get::<Chain>().and_then(|c| c.0.clone());
    let client = match peer { Some(chain) => Client::Known { cert: chain[0].clone() }, None => WITHOUT };
    req.extensions_mut().insert(client);
    next.run(req).await
}
async fn guard(Extension(client): Extension<Client>, req: Request, next: Next) -> Result<Response, StatusCode> {
    BODY
}
"""
PASS = "Ok(next.run(req).await)"
NO = "Err(StatusCode::UNAUTHORIZED)"
GUARDS = {
    "match": f"match client {{ Client::Known {{ .. }} => {PASS}, _ => {NO} }}",
    "every variant": (
        f"match client {{ Client::Anonymous | Client::Guest(_) => {NO}, Client::Known {{ .. }} => {PASS} }}"
    ),
    "let else": f"let Client::Known {{ cert }} = client else {{ return {NO} }}; {PASS}",
    "if let": f"if let Client::Known {{ .. }} = client {{ {PASS} }} else {{ {NO} }}",
    "method": f"if !client.is_known() {{ return {NO}; }} {PASS}",
    "matches": f"if matches!(client, Client::Anonymous | Client::Guest(_)) {{ return {NO}; }} {PASS}",
    "imported": f"match client {{ Anonymous => {NO}, Guest(_) => {NO}, Known {{ .. }} => {PASS} }}",
}
OPEN = {
    "another variant": f"match client {{ Client::Known {{ cert }} if revoked(&cert) => {NO}, _ => {PASS} }}",
    "one of two": f"if client == Client::Anonymous && strict() {{ return {NO}; }} {PASS}",
    "of guests": f"match client {{ Client::Guest(_) if late() => {NO}, _ => {PASS} }}",
}


def guarding(folder: Path, without: str, body: str) -> Guarding:
    """The guard of the route, if clients without a certificate are this variant."""
    code = CODE.replace("WITHOUT", without).replace("BODY", body)
    (route,) = reading(folder, served(APP, code)).view.routes
    return route.guard


@pytest.mark.parametrize("body", GUARDS.values(), ids=GUARDS)
@pytest.mark.parametrize("without", ["Client::Anonymous", "Client::Guest(name())"])
def test_the_variant_without_a_certificate_is_refused(without: str, body: str, tmp_path: Path) -> None:
    """In each way of asking for it."""
    assert guarding(tmp_path, without, body) is Guarding.CERTIFICATE


def test_an_equal_variant_is_refused(tmp_path: Path) -> None:
    """One without fields."""
    body = f"if client == Client::Anonymous {{ return {NO}; }} {PASS}"
    assert guarding(tmp_path, "Client::Anonymous", body) is Guarding.CERTIFICATE
    assert guarding(tmp_path, "Client::Guest(name())", body) is not Guarding.CERTIFICATE


@pytest.mark.parametrize("body", OPEN.values(), ids=OPEN)
@pytest.mark.parametrize(
    "without",
    ["Client::Anonymous", "Client::Guest(name())", "Guest(name())"],
    ids=["unit", "tuple", "imported"],
)
def test_a_variant_that_passes_is_never_guarded(without: str, body: str, tmp_path: Path) -> None:
    """A value of the enum is there without a certificate too."""
    assert not guarding(tmp_path, without, body).certain


@pytest.mark.parametrize("body", GUARDS.values(), ids=GUARDS)
def test_everybody_known_is_no_guard(body: str, tmp_path: Path) -> None:
    """The twin: what is inserted is the variant of certificates."""
    assert not guarding(tmp_path, "Client::Known { cert: default_certificate() }", body).certain


CONNECTED = """
async fn data() {}
TYPE
impl Connected<IncomingStream<'_, Secure>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Secure>) -> Self {
        let chain = stream.io().get_ref().1.peer_certificates();
        MADE
    }
}
async fn guard(ConnectInfo(peer): ConnectInfo<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
    BODY
}
"""
FLAG = "struct Peer { verified: bool }"
ENUM = "enum Peer { Anonymous, Known(CertificateDer<'static>) }"
NAME = "struct Peer { name: String }"
BY_FLAG = f"if !peer.verified {{ return {NO}; }} {PASS}"
BY_MEMBER = f"match peer {{ Peer::Known(_) => {PASS}, Peer::Anonymous => {NO} }}"
BY_NAME = f"if peer.name.is_empty() {{ return {NO}; }} {PASS}"
OF_CONNECTIONS = {
    "flag": (FLAG, "Peer { verified: chain.is_some() }", BY_FLAG, True),
    "flag that may be set": (FLAG, "Peer { verified: chain.is_none() || late() }", BY_FLAG, False),
    "flag that is unknown": (FLAG, "Peer { verified: allowed(stream) }", BY_FLAG, False),
    "member": (
        ENUM,
        "match chain { Some([c, ..]) => Self::Known(c.clone()), _ => Self::Anonymous }",
        BY_MEMBER,
        True,
    ),
    "member by default": (
        ENUM,
        "match chain { Some([c, ..]) => Self::Known(c.clone()), _ => Self::Known(own()) }",
        BY_MEMBER,
        False,
    ),
    "name": (NAME, "Peer { name: chain.map(subject).unwrap_or_default() }", BY_NAME, True),
    "name by default": (NAME, 'Peer { name: chain.map_or("guest".into(), subject) }', BY_NAME, False),
}


@pytest.mark.parametrize(("kind", "made", "body", "guarded"), OF_CONNECTIONS.values(), ids=OF_CONNECTIONS)
def test_what_is_made_of_a_connection_is_evaluated(
    tmp_path: Path,
    kind: str,
    made: str,
    body: str,
    guarded: bool,  # noqa: FBT001
) -> None:
    """``Connected``: a flag, a member of an enum, a name, each without a certificate."""
    code = CONNECTED.replace("TYPE", kind).replace("MADE", made).replace("BODY", body)
    by_extractor = "ConnectInfo(peer): ConnectInfo<Peer>, req: Request"
    by_extensions = f"""req: Request, next: Next) -> Result<Response, StatusCode> {{
    let Some(ConnectInfo(peer)) = req.extensions().get::<ConnectInfo<Peer>>().cloned() else {{ return {NO} }};"""
    for one in (
        code,
        code.replace(f"{by_extractor}, next: Next) -> Result<Response, StatusCode> {{", by_extensions),
    ):
        app = 'Router::new().route("/orders", get(data)).layer(from_fn(guard))'
        (route,) = reading(tmp_path, served(app, one)).view.routes
        assert (route.guard is Guarding.CERTIFICATE) is guarded
