"""Paths that methods, constants and traits give: followed where they are the same in every run, listed otherwise."""

from pathlib import Path

import pytest

from tests.source.crates import reading, served, table

TYPES = """
enum Endpoint { List, Item }
impl Endpoint {
    const ALL: [Endpoint; 2] = [Endpoint::List, Endpoint::Item];
    fn path(&self) -> &'static str { match self { Endpoint::List => "/list", Endpoint::Item => "/item" } }
}
trait Route { const PATH: &'static str; fn route() -> String { format!("/v1{}", Self::PATH) } }
struct Health;
impl Route for Health { const PATH: &'static str = "/health"; }
mod other {
    pub struct Health;
    impl super::Route for Health { const PATH: &'static str = "/other"; }
}
"""
ADD = "fn add<T: Route>(app: Router) -> Router { app.route(&T::route(), get(one)) }"


def paths(folder: Path, body: str, more: str = "") -> tuple[list[str], list[str]]:
    """The paths of a router, and what was not understood of it."""
    found = reading(folder, served(body, TYPES + more))
    return [path for _, path, *_ in table(found)], [one.what for one in found.view.unresolved]


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ("Router::new().route(Endpoint::Item.path(), get(one))", "", ["/item"]),
        ("Router::new().route(<Health as Route>::PATH, get(one))", "", ["/health"]),
        ("Router::new().route(other::Health::PATH, get(one))", "", ["/other"]),
        ("add::<other::Health>(add::<Health>(Router::new()))", ADD, ["/v1/health", "/v1/other"]),
        (
            "Endpoint::ALL.iter().fold(Router::new(), |app, one| app.route(one.path(), get(h)))",
            "",
            ["/list", "/item"],
        ),
    ],
)
def test_what_a_known_type_gives_is_followed(
    tmp_path: Path, body: str, more: str, expected: list[str]
) -> None:
    """By methods, by constants, by parameters of generic functions; types of one name are distinguished."""
    assert paths(tmp_path, body, more) == (expected, [])


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("Router::new().route(uri().path(), get(one))", ""),
        ("Router::new().route(&set(), get(one))", 'fn set() -> String { if asked() { env() } else { "/x".into() } }'),
        ("Router::new().route(&set(), get(one))", 'fn set() -> String { if asked() { return env(); } "/x".into() }'),
        ("Router::new().route(&env().unwrap_or(\"/x\".to_string()), get(one))", ""),
        ("{ let mut p = String::from(\"/a\"); p.push_str(&env()); Router::new().route(&p, get(one)) }", ""),
        ("{ let mut p = String::from(\"/a\"); p += &env(); Router::new().route(&p, get(one)) }", ""),
        ("{ let mut p = String::from(\"/a\"); while asked() { p += \"/b\"; } Router::new().route(&p, get(one)) }", ""),
        ("Router::new().route(&Both::name(), get(one))", """
struct Both;
trait One { fn name() -> String { "/one".into() } }
trait Two { fn name() -> String { "/two".into() } }
impl One for Both {}
impl Two for Both {}
"""),
        ("unbound(Router::new())", "fn unbound<T: Route>(app: Router) -> Router { app.route(T::PATH, get(one)) }"),
        ("Router::new().route(some().path(), get(one))", "fn some() -> Endpoint { Endpoint::from(env()) }"),
    ],
)  # fmt: skip
def test_what_may_be_another_path_in_some_runs_is_listed_and_not_guessed(
    tmp_path: Path, body: str, more: str
) -> None:
    """Values that come from elsewhere, functions with several ways out, texts that change, traits of one name."""
    found, unknown = paths(tmp_path, body, more)
    assert found == []
    assert len(unknown) == 1
    assert unknown[0].startswith("path of .route(")
