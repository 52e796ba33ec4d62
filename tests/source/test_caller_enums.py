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
