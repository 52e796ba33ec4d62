"""Names: own types beside those of axum, imports inside functions, twins, a binary and a library of one name."""

from pathlib import Path

import pytest

from tests.source.crates import MANIFEST, reading, table

OWN = """
pub struct Router { more: u8 }
impl Router {
    pub fn new() -> Self { Router { more: 0 } }
    pub fn route(self, path: &str, to: u8) -> Self { self }
}
pub fn get(x: u8) -> u8 { x }
"""
ROUTES = [("GET", "/orders", "order", "none")]
SERVE = "axum::serve(listener, app());"
HANDLER = "async fn order() {}\n"


@pytest.mark.parametrize(
    "code",
    [
        'use axum::{Router, routing::get};\nfn app() -> Router { Router::new().route("/orders", get(order)) }',
        'fn app() -> axum::Router { axum::Router::new().route("/orders", axum::routing::get(order)) }',
        'use axum::*;\nuse axum::routing::*;\nfn app() -> Router { Router::new().route("/orders", get(order)) }',
        (
            "use axum::{self as web, routing};\n"
            'fn app() -> web::Router { web::Router::new().route("/orders", routing::get(order)) }'
        ),
    ],
    ids=["use", "path", "glob", "renamed crate"],
)
def test_an_own_type_of_the_same_name_does_not_hide_the_router(tmp_path: Path, code: str) -> None:
    """It is another module's, and is neither named nor imported here."""
    found = reading(
        tmp_path, {"src/main.rs": f"mod own;\n{code}\nfn main() {{ {SERVE} }}\n{HANDLER}", "src/own.rs": OWN}
    )
    assert table(found) == ROUTES
    assert found.view.unresolved == ()


def test_an_own_router_is_followed_where_it_is_meant(tmp_path: Path) -> None:
    """The twin: a wrapper of axum's that is imported by name."""
    own = (
        "pub struct Router { inner: axum::Router }\nimpl Router {\n"
        "pub fn new() -> Self { Router { inner: axum::Router::new() } }\n"
        'pub fn add(self) -> axum::Router { self.inner.route("/orders", axum::routing::get(crate::order)) }\n}\n'
    )
    code = (
        f"mod own;\nuse own::Router;\nfn main() {{ axum::serve(listener, Router::new().add()); }}\n{HANDLER}"
    )
    found = reading(tmp_path, {"src/main.rs": code, "src/own.rs": own})
    assert table(found) == ROUTES


@pytest.mark.parametrize(
    "body",
    [
        'use axum::Router as R; use axum::routing::get as g; R::new().route("/orders", g(order))',
        'use axum::routing as r; axum::Router::new().route("/orders", r::get(order))',
        "use crate::parts::{self, all as every}; every().merge(parts::none())",
        'if true { use axum::{Router as R, routing::{get as g}}; R::new().route("/orders", g(order)) } else { x }',
    ],
    ids=["renamed", "module", "own functions", "in a block"],
)
def test_imports_inside_functions_are_followed(tmp_path: Path, body: str) -> None:
    """Renamed ones too, in the function or in a block."""
    parts = (
        "mod parts { pub fn none() -> axum::Router { axum::Router::new() }\n"
        'pub fn all() -> axum::Router { axum::Router::new().route("/orders", axum::routing::get(crate::order)) } }\n'
    )
    found = reading(
        tmp_path, f"fn main() {{ {SERVE} }}\nfn app() -> axum::Router {{ {body} }}\n{parts}{HANDLER}"
    )
    rows = zip(table(found), found.view.routes, strict=True)
    assert [row for row, route in rows if route.mounted] == ROUTES


def test_twins_of_other_builds_are_joined(tmp_path: Path) -> None:
    """A function that builds exclude from each other: what only one has is conditional."""
    code = (
        "use axum::{Router, routing::get};\n"
        '#[cfg(feature = "more")]\n'
        'fn app() -> Router { base().route("/more", get(order)) }\n'
        '#[cfg(not(feature = "more"))]\nfn app() -> Router { base() }\n'
        'fn base() -> Router { Router::new().route("/orders", get(order)) }\n'
        f"fn main() {{ {SERVE} }}\n{HANDLER}"
    )
    found = reading(tmp_path, code)
    assert {route.path: route.conditional for route in found.view.routes} == {"/orders": False, "/more": True}


def test_a_binary_and_a_library_of_one_name_are_two(tmp_path: Path) -> None:
    """``crate`` means each its own, and the package's name the library."""
    made = 'pub fn app() -> axum::Router { axum::Router::new().route("/PATH", axum::routing::get(order)) }\n'
    handler = "async fn order() {}\n"
    files = {
        "Cargo.toml": MANIFEST,
        "src/lib.rs": "pub mod api;\n",
        "src/api.rs": made.replace("PATH", "orders") + handler,
        "src/main.rs": "mod local;\nfn main() { axum::serve(listener, shop::api::app().merge(local::app())); }\n",
        "src/local.rs": made.replace("PATH", "local") + handler,
    }
    found = reading(tmp_path, files)
    assert {route.path for route in found.view.routes} == {"/orders", "/local"}
    assert found.view.unresolved == ()


def test_a_crate_renamed_by_extern_crate_is_followed(tmp_path: Path) -> None:
    """In a function, and for a module."""
    manifest = '[package]\nname = "{}"\nversion = "0.1.0"\n[dependencies]\naxum = "0.8"\n'
    library = (
        "use axum::{Router, routing::get};\npub fn app() -> Router {\n"
        '    Router::new().route("/orders", get(|| async {})) }\n'
    )
    program = (
        "extern crate shop_routes as whole;\nfn main() { extern crate shop_routes as own;\n"
        "    let app = own::app().merge(whole::app()); axum::serve(l, app).await; }\n"
    )
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["routes", "shop"]\n',
        "routes/Cargo.toml": manifest.format("shop-routes"),
        "routes/src/lib.rs": library,
        "shop/Cargo.toml": manifest.format("shop") + 'shop-routes = { path = "../routes" }\n',
        "shop/src/main.rs": program,
    }
    found = reading(tmp_path, files).view
    assert ({route.path for route in found.routes}, found.unresolved) == ({"/orders"}, ())
