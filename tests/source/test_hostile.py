"""Hostile source: read in bounded time and memory, or refused by name."""

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tree_sitter import Parser

from specdrift.errors import UsageError
from specdrift.model.result.source import Guarding
from specdrift.source import SourceQuery, parse_guard, read
from specdrift.source.axum.evaluate import evaluator, router_roots
from specdrift.source.parse_guard import guarded, parsed
from specdrift.source.rust.packages import packages
from specdrift.source.rust.syntax import language
from tests.examples import examples
from tests.source.crates import MANIFEST, crate, reading, served, table

APP = 'Router::new().route("/", get(one))'


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        served("(" * 3000 + APP + ")" * 3000),
        served("Router::new()" + '.route("/x", get(one))' * 4000),
        served("{" * 2000 + APP + "}" * 2000),
        "fn main() { " + "if a { " * 3000 + "}" * 3000 + " }",
        "fn main() { " + "let app = Router::new(); " * 20_000 + " }",
        "mod a { " * 2000 + "}" * 2000,
        "fn f() { f(); f(); f() }\nfn main() { let r = Router::new().merge(f()); axum::serve(l, r) }",
        "use a::*; mod a { pub use super::b::*; } mod b { pub use super::a::*; } fn main() { axum::serve(l, x()) }",
        "macro_rules! m { () => { m!() } } fn main() { m!(Router::new()) }",
        "\x00\xff\x00 fn main( { Router::new( }",
    ],
    ids=[
        "brackets",
        "chain",
        "blocks",
        "branches",
        "lets",
        "modules",
        "recursion",
        "globs",
        "macros",
        "junk",
    ],
)
def test_strange_source_is_read_to_its_end(tmp_path: Path, text: str) -> None:
    """Neither the depth of a tree nor a circle in it brings the reading down."""
    view = reading(tmp_path, text).view
    assert view.files == 1


GUARDED = """
use axum::{{Router, middleware::from_fn, routing::get}};
#[tokio::main]
async fn main() {{
    let app = Router::new().route("/x", get(one)).layer(from_fn(guard));
    axum::serve(listener, app).await.unwrap();
}}
async fn one() {{}}
async fn guard(req: Request, next: Next) -> Response {{
    if {condition} {{ return StatusCode::UNAUTHORIZED.into_response(); }}
    next.run(req).await
}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    [
        "a" + "::<C>().b < " * 1500 + "c",
        "a" + "?" * 3000,
        "!" * 3000 + "a",
        "match a { _ => " * 1500 + "b" + "}" * 1500,
        "unsafe { " * 1500 + "a" + "}" * 1500,
        "a" + "[0]" * 3000,
    ],
    ids=["comparisons", "attempts", "negations", "matches", "blocks", "indexes"],
)
def test_a_guard_that_is_nested_too_deeply_is_no_guard(tmp_path: Path, condition: str) -> None:
    """Nothing is known of such a condition, so that the route is not taken for guarded."""
    (route,) = reading(tmp_path, GUARDED.format(condition=condition)).view.routes
    assert route.guard is not Guarding.CERTIFICATE


@pytest.mark.slow
def test_mutually_recursive_functions_are_analysed_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty functions, each of which calls the next one twice, are a million million calls.

    The bound is a tenth of the usual one, which takes half a minute to reach.
    """
    bound = evaluator.MOST_STEPS // 10
    for module in (evaluator, router_roots):
        monkeypatch.setattr(module, "MOST_STEPS", bound)
    chain = "".join(
        f'fn f{n}(r: Router) -> Router {{ f{n + 1}(f{n + 1}(r.route("/{n}", get(one)))) }}\n'
        for n in range(40)
    )
    view = reading(tmp_path, served("f0(Router::new())", chain + "fn f40(r: Router) -> Router { r }\n")).view
    assert [expression.what for expression in view.unresolved][-1:] == [
        "evaluation stopped after too many steps"
    ]


@pytest.mark.slow
def test_a_file_of_many_megabytes_takes_no_more_than_some_times_its_size(tmp_path: Path) -> None:
    """A generated file is read once."""
    text = served(
        APP, "async fn one() {}\n" + 'pub const X: &str = "/some/long/text/of/a/table";\n' * 100_000
    )
    tracemalloc.start()
    found = reading(tmp_path, text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table(found) == [("GET", "/", "one", "none")]
    assert peak < 60 * len(text)


@pytest.mark.slow
def test_what_the_parser_takes_minutes_for_is_left_out_and_listed(tmp_path: Path) -> None:
    """From these 12 kB, which are no Rust, it would take a minute to recover."""
    files = {"src/main.rs": "mod other;\n" + served(APP), "src/other.rs": "*," * 6000}
    began = time.process_time()
    found = reading(tmp_path, files)
    assert time.process_time() - began < 40
    assert [each.what for each in found.view.unresolved] == ["module other: takes far too long to parse"]


@pytest.mark.slow
def test_a_macro_that_the_parser_takes_minutes_for_is_refused(tmp_path: Path) -> None:
    """The arguments of a macro are read again as code; what a macro hides could be a route."""
    with pytest.raises(UsageError, match="a macro of the crates takes far too long to parse"):
        reading(tmp_path, served(f"{{ tokio::select!{{ {'*,' * 6000} }}; {APP} }}"))


def test_a_file_beyond_the_limit_is_left_out_and_listed(tmp_path: Path) -> None:
    """The file is reported by name."""
    module = "// " + "x" * (9 * 1024 * 1024) + "\n"
    found = reading(
        tmp_path, {"src/main.rs": "mod giant;\n" + served(APP, "async fn one() {}\n"), "src/giant.rs": module}
    )
    assert [expression.what for expression in found.view.unresolved] == [
        "module giant: giant.rs is larger than 8 MiB"
    ]
    assert len(found.view.routes) == 1


def test_links_in_circles_are_not_followed(tmp_path: Path) -> None:
    """Neither folders nor modules that are links to what is around them."""
    folder = crate(tmp_path, {"src/main.rs": "mod inner;\n" + served(APP, "async fn one() {}\n")})
    (folder / "src" / "inner").symlink_to(folder / "src", target_is_directory=True)
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "src" / "inner.rs").symlink_to(folder / "src" / "main.rs")
    view = read(SourceQuery(folder=folder)).view
    assert {route.path for route in view.routes} == {"/"}
    assert view.files < 10


def test_a_module_outside_of_the_crate_is_not_read(tmp_path: Path) -> None:
    """``#[path]`` may not lead anywhere on the disk."""
    (tmp_path / "secret.rs").write_text('pub const PATH: &str = "/secret";\n', encoding="utf-8")
    text = '#[path = "../../secret.rs"] mod secret;\n' + served("Router::new().route(secret::PATH, get(one))")
    found = reading(tmp_path / "shop", text)
    assert "secret" not in str(found.view.routes)
    assert found.view.unresolved


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (None, "no supported framework found"),
        ("[package\n", "cannot be read"),
        ("[workspace]\nmembers = []\n", "no Cargo.toml in or below it has a package"),
        (MANIFEST.replace("axum", "actix-web"), "no supported framework found"),
    ],
)
def test_a_folder_that_is_no_axum_service_is_refused_by_name(
    tmp_path: Path, manifest: str | None, said: str
) -> None:
    """The message says which file, and what is wrong with it."""
    if manifest is not None:
        (tmp_path / "Cargo.toml").write_text(manifest, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read(SourceQuery(folder=tmp_path))
    assert said in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_file_of_no_gateway_is_refused_as_what_it_is(tmp_path: Path) -> None:
    """The message says what is read; a path that does not exist is another mistake."""
    file = tmp_path / "haproxy.cfg"
    file.write_text("frontend f\n  bind :443\n", encoding="utf-8")
    for path, said in ((file, "supported: nginx"), (tmp_path / "none", "no such folder")):
        with pytest.raises(UsageError, match=said):
            read(SourceQuery(folder=path))


TOKENS = (
    *(
        "Router::new()",
        ".route(",
        ".nest(",
        ".merge(",
        ".layer(",
        "get(",
        "|x| ",
        "{",
        "}",
        "(",
        ")",
        ",",
        ";",
    ),
    *(
        '"/a"',
        "fn f() -> Router ",
        "let app = ",
        "app",
        "for x in ",
        "match x ",
        "=>",
        "if ",
        "else ",
        "!",
        "#[",
    ),
)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(TOKENS),
        max_size=60,
    )
)
def test_any_heap_of_tokens_is_read(tmp_path: Path, tokens: list[str]) -> None:
    """Whatever stands there: an answer, and no crash."""
    assert reading(tmp_path, f"fn main() {{ {' '.join(tokens)} }}").view.files == 1


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_are_read(tmp_path: Path, content: bytes) -> None:
    """Nor is there a crash of anything that is no text."""
    folder = crate(tmp_path, "")
    (folder / "src" / "main.rs").write_bytes(b"fn main() { axum::serve(l, Router::new()) }\n" + content)
    assert read(SourceQuery(folder=folder)).view.files == 1


def test_a_target_outside_of_the_folder_is_not_read(tmp_path: Path) -> None:
    """A manifest may name any file of the machine, also by a link."""
    crate = tmp_path / "crate"
    crate.mkdir()
    (tmp_path / "secret.rs").write_text("fn main() {}")
    (crate / "linked.rs").symlink_to(tmp_path / "secret.rs")
    (crate / "own.rs").write_text("fn main() {}")
    targets = "".join(
        f'[[bin]]\nname = "{number}"\npath = "{path}"\n'
        for number, path in enumerate(("../secret.rs", "linked.rs", "own.rs"))
    )
    (crate / "Cargo.toml").write_text(f'[package]\nname = "x"\n[lib]\npath = "../secret.rs"\n{targets}')
    (package,) = packages(crate)
    assert [target.root.name for target in package.targets] == ["own.rs"]


@pytest.mark.slow
def test_after_three_such_texts_others_have_little_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes seconds: many of them would take minutes. The bound is a tenth of the usual one. Code is read."""
    monkeypatch.setattr(parse_guard, "SECONDS", parse_guard.SECONDS / 10)
    names = "abcdef"
    files = {f"src/{name}.rs": "*," * 6000 for name in names}
    modules = "".join(f"mod {name};\n" for name in names)
    began = time.process_time()
    found = reading(tmp_path, {"src/main.rs": modules + served(APP), **files})
    assert time.process_time() - began < 6
    assert [each.what for each in found.view.unresolved][: len(names)] == [
        f"module {name}: takes far too long to parse" for name in names
    ]
    assert [route.path for route in found.view.routes] == ["/"]


def test_a_text_that_is_parsed_within_the_limit_has_the_tree_of_a_parse_without_one() -> None:
    """The tree of the interruptible parse is taken over; nodes have their text."""
    content = served(APP).encode() + b"fn broken( { *,*, }\n" + b"// x\n" * 20_000 + b"fn last() {}\n"
    with guarded():
        bounded = parsed(Parser(language()), content)
    free = parsed(Parser(language()), content)
    assert str(bounded) == str(free)
    assert bounded.text == content
    assert [node.text for node in bounded.children] == [node.text for node in free.children]
