"""Guards in tuples and type arguments, by a panic, beside the handler, and identities that every client has."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, rules, served

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
APP = 'Router::new().route("/orders", get(order))'
LAYERED = f"{APP}.route_layer(from_fn(guard))"
HEAD = "async fn guard(Extension(peer): Extension<Peer>, request: Request, next: Next) -> Result<Response, StatusCode>"
PASS, DENY = "Ok(next.run(request).await)", "Err(StatusCode::UNAUTHORIZED)"
PEER = "#[derive(Clone)]\nstruct Peer(Option<CertificateDer<'static>>);\n"
MUST = (
    f"{PEER}struct Must;\nimpl<S: Send + Sync> FromRequestParts<S> for Must {{ type Rejection = StatusCode;\n"
    "    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {\n"
    "        let peer = parts.extensions.get::<Peer>().and_then(|p| p.0.as_ref());\n"
    "        peer.map(|_| Must).ok_or(StatusCode::UNAUTHORIZED) } }\n"
)
TUPLES = {
    "pair": ("(_m, _h): (Must, HeaderMap)", CERTIFICATE),
    "one": ("_: (Must,)", CERTIFICATE),
    "nested": ("_: (Method, (HeaderMap, Must))", CERTIFICATE),
    "optional": ("_: (Option<Must>, HeaderMap)", NONE),
    "without": ("_: (Method, HeaderMap)", NONE),
}


@pytest.mark.parametrize(("parameter", "guard"), TUPLES.values(), ids=TUPLES)
@pytest.mark.parametrize("layer", [True, False], ids=["layer", "handler"])
def test_a_tuple_of_extractors_rejects_as_each_of_them(
    tmp_path: Path,
    parameter: str,
    guard: Guarding,
    layer: bool,  # noqa: FBT001
) -> None:
    """Of a handler or of a middleware, which is then no idle one."""
    given = f"{parameter}, request: Request, next: Next" if layer else parameter
    body = "next.run(request).await" if layer else "todo!()"
    code = f"{MUST}async fn {'guard' if layer else 'order'}({given}) -> Response {{ {body} }}\n"
    code += "async fn order() {}\n" if layer else ""
    found = reading(tmp_path, served(LAYERED if layer else APP, code))
    assert [route.guard for route in found.view.routes] == [guard]
    assert "guard-checks-nothing" not in {rule for rule, _ in rules(found)} or guard is NONE


@pytest.mark.parametrize(("kind", "guard"), [("Must", CERTIFICATE), ("Other", NONE)])
def test_a_middleware_may_be_given_its_extractor(tmp_path: Path, kind: str, guard: Guarding) -> None:
    """As a type argument."""
    code = (
        f"{MUST}struct Other;\nimpl<S> FromRequestParts<S> for Other {{ type Rejection = Infallible;\n"
        "    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> { Ok(Other) } }\n"
        "async fn guard<E>(_: E, request: Request, next: Next) -> Response { next.run(request).await }\n"
        "async fn order() {}\n"
    )
    body = f"{APP}.route_layer(from_fn(guard::<{kind}>))"
    (route,) = reading(tmp_path, served(body, code)).view.routes
    assert route.guard is guard


PANICS = {
    "index": ("let _leaf = &chain.0[0];", CERTIFICATE),
    "unwrap": ("let _leaf = chain.0.first().unwrap();", CERTIFICATE),
    "first": ("let _leaf = chain.0.first();", NONE),
}


@pytest.mark.parametrize(("look", "guard"), PANICS.values(), ids=PANICS)
def test_a_panic_without_a_certificate_rejects(tmp_path: Path, look: str, guard: Guarding) -> None:
    """The connection ends, and the handler is not reached."""
    code = (
        "#[derive(Clone)]\nstruct Chain(Vec<CertificateDer<'static>>);\nasync fn order() {}\n"
        "async fn guard(Extension(chain): Extension<Chain>, request: Request, next: Next) -> Response {\n"
        f"    {look} next.run(request).await }}\n"
    )
    found = reading(tmp_path, served(LAYERED, code))
    assert [route.guard for route in found.view.routes] == [guard]
    assert ("guard-checks-nothing" in {rule for rule, _ in rules(found)}) is (guard is NONE)


TOGETHER = {
    "handler beside the check": (
        (
            "let (r, ok) = tokio::join!(next.run(request), async { peer.0.is_some() });\n"
            f"    if !ok {{ return {DENY}; }} Ok(r)"
        ),
        UNKNOWN,
    ),
    "checks together": (
        (
            "let (_, ok) = tokio::join!(note(&request), async { peer.0.is_some() });\n"
            f"    if !ok {{ return {DENY}; }} {PASS}"
        ),
        CERTIFICATE,
    ),
    "another check": (
        (
            "let (ok, _) = tokio::join!(note(&request), async { peer.0.is_some() });\n"
            f"    if !ok {{ return {DENY}; }} {PASS}"
        ),
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("body", "guard"), TOGETHER.values(), ids=TOGETHER)
def test_a_handler_that_runs_beside_the_check_is_not_guarded(
    tmp_path: Path, body: str, guard: Guarding
) -> None:
    """Its effects are there before the refusal."""
    code = f"{HEAD} {{\n    {body} }}\n{PEER}async fn order() {{}}\n"
    (route,) = reading(tmp_path, served(LAYERED, code)).view.routes
    assert route.guard is guard


MADE = {
    "client's": ("session.peer_certificates().and_then(|c| c.first()).map(name)", CERTIFICATE),
    "or server name": (
        (
            "session.peer_certificates().and_then(|c| c.first()).map(name)\n"
            "        .or_else(|| session.server_name().map(str::to_owned))"
        ),
        UNKNOWN,
    ),
    "or what is not known": (
        "session.peer_certificates().and_then(|c| c.first()).map(name).or_else(|| guess(&stream))",
        UNKNOWN,
    ),
    "or none": (
        "session.peer_certificates().and_then(|c| c.first()).map(name).or_else(|| None)",
        CERTIFICATE,
    ),
    "openssl": ("stream.ssl().peer_certificate().map(name)", CERTIFICATE),
    "openssl, own": ("stream.ssl().certificate().map(name)", UNKNOWN),
}


@pytest.mark.parametrize(("made", "guard"), MADE.values(), ids=MADE)
def test_what_every_connection_has_is_no_identity(tmp_path: Path, made: str, guard: Guarding) -> None:
    """The name of the server and its own certificate are there without a certificate of the client."""
    code = (
        f"{HEAD} {{ peer.0.ok_or(StatusCode::UNAUTHORIZED)?; {PASS} }}\n{PEER}async fn order() {{}}\n"
        "async fn accept(stream: TlsStream<TcpStream>) { let (_, session) = stream.get_ref();\n"
        f"    let peer = Peer({made});\n    app.layer(Extension(peer)); }}\n"
    )
    (route,) = reading(tmp_path, served(LAYERED, code)).view.routes
    assert route.guard is guard
