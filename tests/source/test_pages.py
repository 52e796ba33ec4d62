"""Pages of the document that libraries serve: utoipa's SwaggerUi, Redoc, RapiDoc and Scalar, and those of aide."""

from pathlib import Path

import pytest

from tests.source.crates import reading, served

PAGES = {
    "Swagger": (
        'SwaggerUi::new("/docs").url("/openapi.json", ApiDoc::openapi())',
        {"/docs", "/docs/", "/docs/{rest}", "/openapi.json"},
    ),
    "Swagger, a module": (
        'utoipa_swagger_ui::SwaggerUi::new("/docs").config(Config::default())',
        {"/docs", "/docs/", "/docs/{rest}"},
    ),
    "Redoc": ('Redoc::with_url("/redoc", ApiDoc::openapi())', {"/redoc", "/redoc/", "/redoc/{rest}"}),
    "RapiDoc": (
        'RapiDoc::new("/openapi.json").path("/rapidoc")',
        {"/rapidoc", "/rapidoc/", "/rapidoc/{rest}"},
    ),
    "RapiDoc with the document": (
        'RapiDoc::with_openapi("/openapi.json", ApiDoc::openapi()).path("/rapidoc")',
        {"/openapi.json", "/rapidoc", "/rapidoc/", "/rapidoc/{rest}"},
    ),
    "Scalar": ('Scalar::with_url("/scalar", ApiDoc::openapi())', {"/scalar", "/scalar/", "/scalar/{rest}"}),
}


@pytest.mark.parametrize(("code", "paths"), PAGES.values(), ids=PAGES)
def test_a_page_that_is_merged_has_its_routes(tmp_path: Path, code: str, paths: set[str]) -> None:
    """Nothing is left unresolved."""
    view = reading(tmp_path, served(f'Router::new().route("/orders", get(|| async {{}})).merge({code})')).view
    assert {route.path for route in view.routes} == paths | {"/orders"}
    assert (view.unresolved, view.incomplete) == ((), False)


@pytest.mark.parametrize("kind", ["Scalar", "Redoc", "Swagger"])
def test_a_page_of_aide_is_a_route(tmp_path: Path, kind: str) -> None:
    """At the path that it is registered at."""
    code = f'ApiRouter::new().route("/docs", {kind}::new("/openapi.json").with_title("Shop").axum_route())'
    view = reading(tmp_path, served(code)).view
    assert [route.path for route in view.routes] == ["/docs"]
    assert view.unresolved == ()


def test_a_page_at_an_unknown_path_is_listed(tmp_path: Path) -> None:
    """It was not followed."""
    assert reading(tmp_path, served("Router::new().merge(SwaggerUi::new(path()))")).view.incomplete


def test_a_module_and_its_function_may_have_one_name(tmp_path: Path) -> None:
    """``pub use router::router`` beside ``mod router``."""
    files = {
        "src/main.rs": "mod api;\nfn main() { axum::serve(listener, axum::Router::new().merge(api::router())); }\n",
        "src/api/mod.rs": "mod router;\npub use router::router;\n",
        "src/api/router.rs": (
            'pub const PATH: &str = concatcp!(BASE, "/orders");\nconst BASE: &str = "/v1";\n'
            "pub fn router() -> axum::Router { axum::Router::new().route(PATH, axum::routing::get(order)) }\n"
            "async fn order() {}\n"
        ),
    }
    view = reading(tmp_path, files).view
    assert [route.path for route in view.routes] == ["/v1/orders"]
