"""A layer that runs an optional extractor is no guard, unless that of the option rejects."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
struct Client(CertificateDer<'static>);
enum Refused { Missing, Revoked }
impl IntoResponse for Refused { fn into_response(self) -> Response { StatusCode::UNAUTHORIZED.into_response() } }
impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let peer = parts.extensions.get::<Peer>().and_then(|p| p.0.as_ref()).ok_or(Refused::Missing)?;
        Ok(Client(peer.clone()))
    }
}
async fn data() {}
"""
OPTIONALLY = """
impl<S: Send + Sync> OptionalFromRequestParts<S> for Client {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refused> {
        match <Client as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(client) => Ok(Some(client)),
            Err(Refused::MISSING) => MEANS,
            Err(error) => Err(error),
        }
    }
}
"""
LAYERS = {
    "an option": ("Option<Client>", "", Guarding.NONE),
    "a result": ("Result<Client, Refused>", "", Guarding.NONE),
    "an option that is none without a certificate": (
        "Option<Client>",
        OPTIONALLY.replace("MISSING", "Missing").replace("MEANS", "Ok(None)"),
        Guarding.NONE,
    ),
    "an option that rejects without a certificate": (
        "Option<Client>",
        OPTIONALLY.replace("MISSING", "Missing").replace("MEANS", "Err(Refused::Missing)"),
        Guarding.UNKNOWN,
    ),
    "an option that passes on another error": (
        "Option<Client>",
        OPTIONALLY.replace("MISSING", "Revoked").replace("MEANS", "Ok(None)"),
        Guarding.UNKNOWN,
    ),
    "the extractor itself": ("Client", "", Guarding.CERTIFICATE),
}


@pytest.mark.parametrize(("extractor", "more", "expected"), LAYERS.values(), ids=LAYERS)
def test_an_optional_extractor_rejects_only_if_that_of_the_option_does(
    extractor: str, more: str, expected: Guarding, tmp_path: Path
) -> None:
    """An option without an extractor of its own takes every rejection for none."""
    app = f'Router::new().route("/orders", get(data)).route_layer(from_extractor::<{extractor}>())'
    (route,) = reading(tmp_path, served(app, CODE + more)).view.routes
    assert route.guard is expected
