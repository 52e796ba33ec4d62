"""Macros of one's own that write types are written out as the compiler does, as far as paths need them."""

from pathlib import Path

import pytest

from specdrift.source.rust.macro_expansion import LONGEST, expanded
from specdrift.source.rust.syntax import read_file
from tests.source.crates import reading, served, table

ENDPOINTS = """
macro_rules! endpoints {
    ($( enum $name:ident { $( $variant:ident($method:ident, $path:expr) ),* $(,)? } )*) => {
        $( pastey::paste! {
            pub enum [<$name Endpoint>] { $($variant),* }
            impl [<$name Endpoint>] {
                pub fn path(self) -> &'static str { match self { $([<$name Endpoint>]::$variant => $path),* } }
            }
        } )*
    };
}
endpoints! { enum Shop { List(GET, "/shop/list"), Item(GET, concat!("/shop", "/{id}")), } enum Other {} }
impl ShopEndpoint { fn inside(self) -> &'static str { &self.path()["/shop".len()..] } }
"""


def written(folder: Path, rules: str, call: str) -> str | None:
    """What ``m!(call)`` is written out as, with single spaces."""
    file = folder / "m.rs"
    file.write_text(f"macro_rules! m {{ {rules} }}\nm! {{ {call} }}\n", encoding="utf-8")
    definition, invocation = read_file(file, "m.rs").root.named_children[:2]
    made = expanded(definition, invocation)
    return None if made is None else " ".join(made.split())


@pytest.mark.parametrize(
    ("rules", "call", "expected"),
    [
        ("($a:ident) => { fn $a() {} };", "one", "fn one() {}"),
        ("($($a:ident),+) => { $(fn $a() {})* };", "one, two", "fn one() {} fn two() {}"),
        ("($($a:ident),+) => { };", "", None),
        ("(a) => { A }; ($b:literal) => { $b };", '"x"', '"x"'),
        ("($a:expr, $b:ty) => { ($b, $a) };", "f(1, 2) + 3, Vec<u8>", "(Vec<u8>, f(1, 2) + 3)"),
        ("($($k:ident => $v:expr);* $(;)?) => { $($k = $v),* };", "a => 1; b => 2;", "a = 1 , b = 2"),
        ("($v:vis fn $a:ident) => { $v struct $a; };", "fn one", "struct one;"),
        ("($($a:ident { $($b:tt)* })*) => { $(mod $a { $($b)* })* };", "x { 1 2 }", "mod x { 1 2 }"),
        ('($a:ident) => { paste! { fn [<get_ $a>]() { "}" } } };', "one", 'fn get_one() { "}" }'),
        ("($a:ident) => { $a };", "one two", None),
        ("($a:ident $($b:tt)*) => { A }; (@own $a:ident) => { $a };", "@own one", "one"),
        ("($a:literal) => { A }; ($a:lifetime) => { B }; ($a:ident) => { $a };", "one", "one"),
    ],
)
def test_a_call_expands_by_the_first_matching_rule(
    tmp_path: Path, rules: str, call: str, expected: str | None
) -> None:
    """Fragments, repetitions in repetitions, separators, names that paste puts together."""
    assert written(tmp_path, rules, call) == expected


def test_what_would_be_too_long_or_too_deep_is_not_written_out(tmp_path: Path) -> None:
    """A call cannot make the reader write more than anybody would read."""
    many = ", ".join(f"a{number}" for number in range(2000))
    doubled = "($($a:ident),*) => { $( const X: &[&str] = &[" + 'stringify!($a), "' + "x" * 1000 + '"];)* };'
    assert len(many) < LONGEST
    assert written(tmp_path, doubled, many) is None
    assert written(tmp_path, "($($a:tt)*) => { " + "{" * 100 + " $($a)* " + "}" * 100 + " };", "x") is None


def test_paths_of_enums_that_a_macro_writes_are_read_and_stand_where_the_macro_is_called(
    tmp_path: Path,
) -> None:
    """With names that are put together, and methods that are written by hand beside."""
    body = (
        'Router::new().nest("/v1", Router::new().route(ShopEndpoint::Item.inside(), get(one)))'
        ".route(ShopEndpoint::List.path(), get(two))"
    )
    found = reading(tmp_path, served(body, ENDPOINTS))
    assert [path for _, path, *_ in table(found)] == ["/v1/{id}", "/shop/list"]
    assert found.view.unresolved == ()


def test_a_macro_without_a_matching_rule_leaves_the_path_listed(tmp_path: Path) -> None:
    """Nothing is guessed of it."""
    more = ENDPOINTS.replace("endpoints! { enum Shop", "endpoints! { union Shop")
    found = reading(tmp_path, served("Router::new().route(ShopEndpoint::List.path(), get(two))", more))
    assert table(found) == []
    assert [expression.what for expression in found.view.unresolved] == [
        "path of .route(ShopEndpoint::List.path(), …)"
    ]


ROUTERS = """
macro_rules! pair { ($path:expr, $list:ident, $make:ident) => { Router::new().route($path, get($list).post($make)) }; }
macro_rules! add {
    ($router:expr, $( $method:ident $path:literal => $handler:path ),* $(,)?) => {{
        let mut router = $router;
        $( router = router.route($path, axum::routing::$method($handler)); )*
        router
    }};
}
macro_rules! put_in { ($router:ident, $path:expr) => { $router = $router.route($path, get(two)); }; }
macro_rules! define { ($name:ident, $path:literal) => { fn $name() -> Router { pair!($path, one, two) } }; }
macro_rules! forever { ($path:expr) => { forever!($path).route($path, get(one)) }; }
"""
ADDED = 'fn added() -> Router { let mut router = Router::new(); put_in!(router, "/put-in"); router }'
DEFINED = 'define!(defined, "/defined");'


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ('pair!("/pair", one, two)', "", [("GET", "/pair", "one"), ("POST", "/pair", "two")]),
        (
            'add!(Router::new(), get "/a" => one, post "/b" => two)',
            "",
            [("GET", "/a", "one"), ("POST", "/b", "two")],
        ),
        ("added()", ADDED, [("GET", "/put-in", "two")]),
        ("defined()", DEFINED, [("GET", "/defined", "one"), ("POST", "/defined", "two")]),
        (
            'add!(Router::new().nest("/n", pair!("/x", one, two)), put "/b" => two).layer(from_fn(check))',
            "",
            None,
        ),
    ],
)
def test_routers_that_macros_build_are_read(
    tmp_path: Path, body: str, more: str, expected: list[tuple[str, str, str]] | None
) -> None:
    """As an expression, as a statement, as a function, and nested; each route stands at the call."""
    found = reading(tmp_path, served(body, ROUTERS + more))
    nested = [("GET", "/n/x", "one"), ("POST", "/n/x", "two"), ("PUT", "/b", "two")]
    assert [(methods, path, handler) for methods, path, handler, _ in table(found)] == (expected or nested)
    assert found.view.unresolved == ()


@pytest.mark.parametrize("body", ['forever!("/x")', 'pair!("/x")', "missing!(Router::new().route(1, 2))"])
def test_a_router_of_a_macro_that_cannot_be_expanded_is_not_read(tmp_path: Path, body: str) -> None:
    """Endless, no rule, no definition: nothing is guessed, and the served router counts as not followed."""
    found = reading(tmp_path, served(body, ROUTERS))
    assert not [row for row in table(found) if row[1] == "/x"]
    assert found.view.unresolved


def test_a_macro_of_another_crate_is_not_one_of_that_name_here(tmp_path: Path) -> None:
    """``::tracing::debug!`` within an own ``debug!`` does not call itself."""
    code = (
        "macro_rules! debug { ($($x:tt)+) => { ::tracing::debug!($($x)+) } }\n"
        'fn app() -> Router { debug!("starting"); Router::new().route("/orders", get(list)) }\n'
        "async fn list() {}\n"
    )
    found = reading(tmp_path, served("app()", code)).view
    assert ([route.path for route in found.routes], found.unresolved) == (["/orders"], ())
