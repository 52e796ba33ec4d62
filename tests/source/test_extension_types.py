"""The type that code reads from the extensions decides: written, inferred, an alias, one of several of a name."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, rules, served

CERTIFICATE, UNKNOWN, NONE = Guarding.CERTIFICATE, Guarding.UNKNOWN, Guarding.NONE
APP = 'Router::new().route("/orders", get(order))'
LAYERED = f"{APP}.route_layer(from_fn(guard))"
HEAD = "async fn guard(request: Request, next: Next) -> Result<Response, StatusCode>"
PASS, DENY = "Ok(next.run(request).await)", "Err(StatusCode::UNAUTHORIZED)"
PEER = (
    "#[derive(Clone)]\nstruct Peer(Option<CertificateDer<'static>>);\nasync fn order() {}\n"
    "async fn accept(stream: TlsStream<TcpStream>) { let (_, session) = stream.get_ref();\n"
    "    let chain = session.peer_certificates(); let leaf = chain.and_then(|c| c.first()).cloned();\n"
    "    app.layer(Extension(Peer(leaf))); }\n"
)
GET = "request.extensions().get::<Peer>()"
STRAIGHT = {
    "is_some_and": (f"if {GET}.is_some_and(|p| p.0.is_some()) {{ return {PASS}; }} {DENY}", CERTIFICATE),
    "if let": (f"if let Some(Peer(Some(_))) = {GET} {{ return {PASS}; }} {DENY}", CERTIFICATE),
    "matches": (f"if matches!({GET}, Some(Peer(Some(_)))) {{ return {PASS}; }} {DENY}", CERTIFICATE),
    "nested": (f"if let Some(p) = {GET} {{ if p.0.is_some() {{ return {PASS}; }} }} {DENY}", CERTIFICATE),
    "else": (f"if let Some(Peer(Some(_))) = {GET} {{ {PASS} }} else {{ {DENY} }}", CERTIFICATE),
    "extension only": (f"if {GET}.is_some() {{ return {PASS}; }} {DENY}", UNKNOWN),
    "matches, any": (f"if matches!({GET}, Some(Peer(_))) {{ return {PASS}; }} {DENY}", UNKNOWN),
}
SHORTCUTS = {
    "another type": f"if request.extensions().get::<Session>().is_some() {{ return {PASS}; }}",
    "or another": f"if {GET}.is_some_and(|p| p.0.is_some()) || request.extensions().get::<Session>().is_some()"
    f" {{ return {PASS}; }}",
    "inferred": f"if let Some(Session(_)) = request.extensions().get() {{ return {PASS}; }}",
}
INFERRED = {
    "let else": (
        f"let Some(Peer(Some(_))) = request.extensions().get() else {{ return {DENY} }}; {PASS}",
        CERTIFICATE,
    ),
    "match": (
        f"match request.extensions().get() {{ Some(Peer(Some(_))) => {PASS}, _ => {DENY} }}",
        CERTIFICATE,
    ),
    "declared": (
        (
            "let peer: Option<&Peer> = request.extensions().get();\n"
            f"if peer.is_none_or(|p| p.0.is_none()) {{ return {DENY} }} {PASS}"
        ),
        CERTIFICATE,
    ),
    "argument": (f"if !known(request.extensions().get()) {{ return {DENY} }} {PASS}", CERTIFICATE),
    "closure": (
        f"if !request.extensions().get().is_some_and(|Peer(leaf)| leaf.is_some()) {{ return {DENY} }} {PASS}",
        CERTIFICATE,
    ),
    "default": (
        (
            "let Peer(leaf) = request.extensions().get().cloned().unwrap_or(Peer(None));\n"
            f"if leaf.is_none() {{ return {DENY} }} {PASS}"
        ),
        CERTIFICATE,
    ),
    "any peer": (f"let Some(Peer(_)) = request.extensions().get() else {{ return {DENY} }}; {PASS}", UNKNOWN),
    "not known": (
        f"let peer = request.extensions().get(); if !sure(peer) {{ return {DENY} }} {PASS}",
        UNKNOWN,
    ),
    "another": (f"let Some(Tenant(_)) = request.extensions().get() else {{ return {DENY} }}; {PASS}", NONE),
}
KNOWN = "fn known(peer: Option<&Peer>) -> bool { peer.is_some_and(|p| p.0.is_some()) }\n"


@pytest.mark.parametrize(("body", "guard"), STRAIGHT.values(), ids=STRAIGHT)
def test_a_guard_that_passes_on_whom_it_knows_is_no_shortcut(
    tmp_path: Path, body: str, guard: Guarding
) -> None:
    """The certificate is what the condition reads; the extension alone is there for everybody."""
    found = reading(tmp_path, served(LAYERED, f"{HEAD} {{ {body} }}\n{PEER}"))
    assert [route.guard for route in found.view.routes] == [guard]
    assert "identity-not-revalidated" not in {rule for rule, _ in rules(found)}


@pytest.mark.parametrize("shortcut", SHORTCUTS.values(), ids=SHORTCUTS)
def test_another_type_beside_the_certificate_is_a_shortcut(tmp_path: Path, shortcut: str) -> None:
    """It says nothing of the certificate."""
    body = f"{shortcut} {GET}.and_then(|p| p.0.as_ref()).ok_or(StatusCode::UNAUTHORIZED)?; {PASS}"
    found = reading(tmp_path, served(LAYERED, f"{HEAD} {{ {body} }}\n{PEER}struct Session(String);\n"))
    assert "identity-not-revalidated" in {rule for rule, _ in rules(found)}


@pytest.mark.parametrize(("body", "guard"), INFERRED.values(), ids=INFERRED)
def test_the_type_that_is_read_may_be_inferred(tmp_path: Path, body: str, guard: Guarding) -> None:
    """From what takes the value. One that nothing says is a doubt."""
    code = f"{HEAD} {{ {body} }}\n{PEER}{KNOWN}struct Tenant(String);\n"
    (route,) = reading(tmp_path, served(LAYERED, code)).view.routes
    assert route.guard is guard


ALIASES = {
    "of the module": (f"type P = Peer;\n{HEAD} {{ ", ""),
    "of the function": (f"{HEAD} {{ type P = Peer; ", ""),
    "chain": (f"type P = Who;\ntype Who = Peer;\n{HEAD} {{ ", ""),
}


@pytest.mark.parametrize(("head", "end"), ALIASES.values(), ids=ALIASES)
@pytest.mark.parametrize(
    ("check", "guard"), [("and_then(|p| p.0.as_ref())", CERTIFICATE), ("map(|p| &p.0)", UNKNOWN)]
)
def test_an_alias_is_the_type_that_it_stands_for(
    tmp_path: Path, head: str, end: str, check: str, guard: Guarding
) -> None:
    """In the arguments of the call."""
    body = f"request.extensions().get::<P>().{check}.ok_or(StatusCode::UNAUTHORIZED)?; {PASS} }}\n"
    (route,) = reading(tmp_path, served(LAYERED, f"{head}{body}{end}{PEER}")).view.routes
    assert route.guard is guard


TWO = (
    "mod forwarded { #[derive(Clone)] pub struct Peer(pub Option<Vec<u8>>); }\n"
    "async fn header(mut request: Request, next: Next) -> Response {\n"
    '    let sent = request.headers().get("x-cert").map(|v| v.as_bytes().to_vec());\n'
    "    request.extensions_mut().insert(forwarded::Peer(sent)); next.run(request).await }\n"
)


@pytest.mark.parametrize(("kind", "guarded"), [("Peer", True), ("forwarded::Peer", False)])
@pytest.mark.parametrize("name", ["Peer", "PeerCert"])
@pytest.mark.parametrize("read", ["Extension(peer): Extension<{}>, ", ""])
def test_types_of_one_name_are_distinguished(
    tmp_path: Path,
    kind: str,
    guarded: bool,  # noqa: FBT001
    name: str,
    read: str,
) -> None:
    """One is filled from TLS, the other from a header, whatever they are called."""
    head = f"async fn guard({read.format(kind)}request: Request, next: Next) -> Result<Response, StatusCode>"
    peer = "peer" if read else f"request.extensions().get::<{kind}>().cloned().unwrap()"
    code = f"{head} {{ {peer}.0.ok_or(StatusCode::UNAUTHORIZED)?; {PASS} }}\n{TWO}{PEER}"
    code = code.replace("Peer", name)
    (route,) = reading(tmp_path, served(f"{LAYERED}.layer(from_fn(header))", code)).view.routes
    assert (route.guard is CERTIFICATE) is guarded


@pytest.mark.parametrize(
    ("body", "guard"),
    [("who.ok_or(StatusCode::UNAUTHORIZED)?; Ok(())", CERTIFICATE), ("who.map(log); Ok(())", NONE)],
)
def test_a_handler_may_demand_an_optional_extension(tmp_path: Path, body: str, guard: Guarding) -> None:
    """Of any type that is made of the certificate, whatever its name."""
    code = (
        "#[derive(Clone)]\nstruct Who(String);\n"
        f"async fn order(Extension(who): Extension<Option<Who>>) -> Result<(), StatusCode> {{ {body} }}\n"
        "async fn accept(stream: TlsStream<TcpStream>) { let (_, session) = stream.get_ref();\n"
        "    let who = session.peer_certificates().and_then(|c| c.first()).map(|c| Who(digest(c)));\n"
        "    app.layer(Extension(who)); }\n"
    )
    (route,) = reading(tmp_path, served(APP, code)).view.routes
    assert route.guard is guard
