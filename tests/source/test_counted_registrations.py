"""The count of ``benchmarks.recall``: what files register with routers, by their words alone."""

from pathlib import Path

import pytest

from benchmarks.registrations import registrations
from tests.source.crates import crate

COUNTED = {
    "methods of a chain": (
        'let app = Router::new().route("/a", get(one).post(two)).route("/b", delete(one));',
        ["route GET /a", "route POST /a", "route DELETE /b"],
    ),
    "layers and handlers with calls": (
        'app.route("/a", get(one).layer(from_fn(post)).put(|x: X| async move { delete(x) }))',
        ["route GET /a", "route PUT /a"],
    ),
    "several lines": (
        'app\n.route(\n  // a comment, "with a quote\n  "/a",\n  get(one),\n)',
        ["route GET /a"],
    ),
    "services": (
        'app.nest_service("/files", ServeDir::new("x")).route_service("/a", service)',
        ["nest_service * /files", "route_service * /a"],
    ),
    "an unknown path and methods": ("app.route(PATH, methods)", ["route ? ?"]),
    "by its path": ('Router::route(app, "/a", any(one))', ["route * /a"]),
    "routes!": ("app.routes(routes!(one, orders::two))", ["routes! one", "routes! orders::two"]),
    "typed": ("app.typed_get(one)", ["typed_get GET ?"]),
    "aide": ('app.api_route("/a", get_with(one, docs))', ["api_route GET /a"]),
    "comments and strings": (
        '// .route("/a", get(one))\nlet x = r#".route("/b", get(one))"#; /* .route("/c", x) */',
        [],
    ),
    "characters and lifetimes": ("let x: &'a str = f('\"'); app.route(\"/a\", get(one));", ["route GET /a"]),
    "another method": ("client.route(1)", []),
}
OF_TESTS = {
    "a module": 'fn f() {}\n#[cfg(test)]\nmod tests { fn x() { app.route("/a", get(one)); } }',
    "a function": '#[tokio::test]\n#[ignore]\nasync fn x() { app.route("/a", get(one)); }',
    "the whole file": '#![cfg(test)]\nfn x() { app.route("/a", get(one)); }',
    "another feature as well": '#[cfg(all(feature = "x", test))]\nfn x() { app.route("/a", get(one)); }',
}


@pytest.mark.parametrize(("code", "expected"), COUNTED.values(), ids=COUNTED)
def test_each_method_of_each_call_is_counted(tmp_path: Path, code: str, expected: list[str]) -> None:
    """With the line of the call."""
    crate(tmp_path, f"fn main() {{\n{code}\n}}\n")
    assert [str(one).partition(": ")[2] for one in registrations(tmp_path)] == expected


@pytest.mark.parametrize("code", OF_TESTS.values(), ids=OF_TESTS)
def test_tests_are_not_counted(tmp_path: Path, code: str) -> None:
    """What stands behind them is."""
    more = 'fn main() { app.route("/b", get(one)); }\n'
    crate(tmp_path, {"src/main.rs": more, "src/other.rs": code, "tests/all.rs": more})
    assert [one.path for one in registrations(tmp_path)] == ["/b"]


def test_a_file_that_is_declared_for_tests_is_not_counted(tmp_path: Path) -> None:
    """Nor what is below it."""
    route = 'fn x() { app.route("/a", get(one)); }'
    files = {
        "src/main.rs": "#[cfg(test)]\nmod checks;\n",
        "src/checks.rs": route,
        "src/checks/more.rs": route,
    }
    crate(tmp_path, files)
    assert list(registrations(tmp_path)) == []
