"""``include!`` of a file between the items puts the items of that file in its place."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import MANIFEST, reading

CERTIFICATE, NONE = Guarding.CERTIFICATE, Guarding.NONE
GUARD = """
#[derive(Clone, Default)]
struct Peer { certificate: Option<CertificateDer<'static>> }
async fn data() {}
async fn guard(req: Request, next: Next) -> Result<Response, StatusCode> {
    let peer = req.extensions().get::<Peer>().cloned().unwrap_or_default();
    peer.certificate.ok_or(StatusCode::FORBIDDEN)?;
    Ok(next.run(req).await)
}
"""
USES = "use axum::{extract::*, middleware::*, routing::*, Router};\n"
MAIN = "#[tokio::main]\nasync fn main() { axum::serve(listener, APP()).await.unwrap(); }\n"
GUARDED = 'fn app() -> Router { Router::new().route("/orders", get(data)).layer(from_fn(guard)) }\n'
OPEN = 'fn app() -> Router { Router::new().layer(from_fn(guard)).route("/orders", get(data)) }\n'
PUBLIC = f"pub {GUARDED}"
OF_MODULE = f"mod routes;\n{USES}{MAIN.replace('APP', 'routes::app')}"
ITSELF = f'{USES}{GUARD}include!("app.in.rs");\n{MAIN.replace("APP", "app")}'
FORMS = {
    "of the program": ({"src/main.rs": ITSELF, "src/app.in.rs": GUARDED}, CERTIFICATE),
    "left open": ({"src/main.rs": ITSELF, "src/app.in.rs": OPEN}, NONE),
    "of a module": (
        {
            "src/main.rs": OF_MODULE,
            "src/routes.rs": f'{USES}{GUARD}include!("app.in.rs");\n',
            "src/app.in.rs": PUBLIC,
        },
        CERTIFICATE,
    ),
    "in another folder": (
        {
            "src/main.rs": OF_MODULE,
            "src/routes/mod.rs": f'{USES}{GUARD}include! {{"../gen/app.rs"}}\n',
            "src/gen/app.rs": PUBLIC,
        },
        CERTIFICATE,
    ),
    "of an included file": (
        {
            "src/main.rs": ITSELF,
            "src/app.in.rs": 'include!("more.in.rs");',
            "src/more.in.rs": f'{GUARDED}include!("app.in.rs");',
        },
        CERTIFICATE,
    ),
}
UNREAD = {
    "no such file": ITSELF,
    "a generated file": ITSELF.replace('"app.in.rs"', 'concat!(env!("OUT_DIR"), "/app.rs")'),
}


@pytest.mark.parametrize(("files", "expected"), FORMS.values(), ids=FORMS)
def test_the_items_of_an_included_file_are_read(
    files: dict[str, str], expected: Guarding, tmp_path: Path
) -> None:
    """With the names of the module around them."""
    found = reading(tmp_path, files).view
    assert ([route.guard for route in found.routes], found.unresolved) == ([expected], ())


def test_two_programs_include_one_file(tmp_path: Path) -> None:
    """Each has its items."""
    files = {"src/bin/one.rs": ITSELF, "src/bin/two.rs": ITSELF, "src/bin/app.in.rs": GUARDED}
    found = reading(tmp_path, {"Cargo.toml": MANIFEST, **files}).view
    assert ({route.guard for route in found.routes}, set(found.entries)) == ({CERTIFICATE}, {"one", "two"})
    assert found.unresolved == ()


@pytest.mark.parametrize("code", UNREAD.values(), ids=UNREAD)
def test_an_included_file_that_is_not_there_leaves_the_router_unread(code: str, tmp_path: Path) -> None:
    """It is generated in the build, or missing."""
    found = reading(tmp_path, code).view
    assert not found.routes
    assert found.unresolved


def test_a_file_outside_the_folder_is_not_included(tmp_path: Path) -> None:
    """As the file of a module is not."""
    (tmp_path / "app.in.rs").write_text(GUARDED, encoding="utf-8")
    found = reading(tmp_path / "service", ITSELF.replace("app.in.rs", "../../app.in.rs")).view
    assert not found.routes
    assert found.unresolved
