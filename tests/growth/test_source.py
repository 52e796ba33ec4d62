"""The reader of Rust takes time that grows with a program only, wherever in the program a text is repeated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from specdrift.source import SourceQuery
from specdrift.source import read as read_source
from tests.growth.test_parsers import LIMIT, Parser, grows
from tests.source.crates import served

ROUTER: Final = """
Router::new().route("/p<PATH>", get(one).post(two)).nest("/n<PREFIX>", inner())<CHAIN>.layer(from_fn(guard))
"""
REST: Final = """
fn inner() -> Router { Router::new().route("/x", get(|| async { "x" })) }
#[utoipa::path(get, path = "/p<DOCUMENTED>")]
async fn one(Path(id): Path<u32>) -> String { format!("{id}") }
#[utoipa::path(get, path = "/elsewhere")]
async fn three() {}
async fn two(<ARGUMENTS>) {}
async fn guard(req: Request, next: Next) -> Response {
    <STATEMENTS>
    if req.extensions().get::<Cert>().is_none()<CONDITION> { return StatusCode::UNAUTHORIZED.into_response(); }
    next.run(req).await
}
<ITEMS>
"""
PATHS: Final = ("/", "/a", "{a}", "/{a}", "/:a", "*", "%41", "{*", "::")
UNITS: Final[dict[str, tuple[str, ...]]] = {
    "PATH": PATHS,
    "PREFIX": PATHS,
    "DOCUMENTED": PATHS,
    "CHAIN": (
        *('.route("/a", get(one))', ".layer(l())", ".merge(inner())", '.nest("/n", inner())', ".foo()"),
        *('.route("/b", get(one)).layer(l())', '.nest("/n", inner()).layer(l()).fallback(one)'),
        *('.merge(inner()).route("/b", get(one).layer(l()))',),
        *(".route_layer(from_fn(guard))", '.nest_service("/s", inner())', ".route(&p(), get(one))"),
    ),
    "ARGUMENTS": ("a: u32, ", "Extension(a): Extension<A>, "),
    "STATEMENTS": (
        *("let x = y;\n", "if x { }\n", "if x { return E; }\n", "let x = true; if x { return E; }\n"),
        *(
            "x = y;\n",
            "let req = req;\n",
            "match x { A => {} _ => {} }\n",
            "for a in b { }\n",
            "guard(req).await?;\n",
        ),
    ),
    "CONDITION": (" || x", " && x", ".not()", " || f(x)", " && !x"),
    "ITEMS": (
        *(
            "fn f() {}\n",
            "mod a { }\n",
            "use a::b;\n",
            "use a::*;\n",
            "impl A {}\n",
            "enum E { A }\n",
            "#[x]\n",
        ),
        *('#[utoipa::path(get, path = "/q")] fn f() {}\n', "m!(a);\n", "/// a\n", 'const A: &str = "a";\n'),
        "static A: LazyLock<Router> = LazyLock::new(|| inner());\n",
        "impl From<A> for B { fn from(a: A) -> B { B } }\n",
    ),
}
"""What is repeated at each place of the program."""
REFUSES: Final = "{ return StatusCode::UNAUTHORIZED.into_response(); }"
INSERTS: Final = "req.extensions_mut().insert(Who(name()));"
MIDDLEWARE: Final[dict[str, str]] = {
    "that may pass requests on": f"if req.extensions().get::<Peer>().is_none() && !off(<NUMBER>) {REFUSES}",
    "that inserts what others insert": (
        f"if req.extensions().get::<Peer>().is_none() && off() {REFUSES} {INSERTS}"
    ),
    "that answers otherwise than by a refusal": (
        f"if req.extensions().get::<Peer>().is_none() && off() {{ return E; }} {INSERTS}"
    ),
    "that reads what others insert": (
        f"if req.extensions().get::<Who>().is_none() && off() {REFUSES} {INSERTS}"
    ),
}
"""Statements of functions of which each route of a chain adds one as a layer."""


def program(place: str, repeated: str) -> bytes:
    """Return the program with a text at one of its places."""
    texts = {name: repeated if name == place else "" for name in UNITS}
    router, rest = (re.sub("<([A-Z]{2,})>", lambda found: texts[found[1]], part) for part in (ROUTER, REST))
    return served(router, rest).encode()


def chained(statements: str, size: int) -> bytes:
    """Return a program with a chain of routes, each followed by a layer with a function of its own."""
    count = max(1, size // 300)
    router = "".join(f'.route("/p{n}", get(one)).layer(from_fn(guard{n}))' for n in range(count))
    functions = "".join(
        f"async fn guard{n}(mut req: Request, next: Next) -> Response {{ "
        f"{statements.replace('<NUMBER>', str(n))} next.run(req).await }}\n"
        for n in range(count)
    )
    types = (
        "use rustls::pki_types::CertificateDer;\n#[derive(Clone)] struct Who(String);\n"
        "#[derive(Clone)] struct Peer(Option<CertificateDer<'static>>);\nasync fn one() {}\n"
    )
    return served(f"Router::new(){router}", types + functions).encode()


def reader(folder: Path) -> Parser:
    """Return what reads a program in a folder."""
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "x"\nversion = "0.1.0"\n[dependencies]\naxum = "0.8"\n'
    )

    def read(text: bytes) -> None:
        (folder / "src/main.rs").write_bytes(text)
        read_source(SourceQuery(folder=folder))

    return read


@pytest.mark.slow
@pytest.mark.parametrize("kind", MIDDLEWARE)
def test_time_grows_linearly_with_the_layers_of_a_chain(kind: str, tmp_path: Path) -> None:
    """Each function was evaluated anew for each route that it is a layer of."""
    read = reader(tmp_path)
    ratios = [grows(read, lambda size: chained(MIDDLEWARE[kind], size)) for _ in range(2)]
    assert min(ratios) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("place", UNITS)
def test_time_grows_linearly(place: str, tmp_path: Path) -> None:
    """A path of many slashes, and a guard of many conditions, took quadratic time."""
    read = reader(tmp_path)

    def ratio(unit: str) -> float:
        return grows(read, lambda size: program(place, unit * (size // len(unit))))

    suspects = [unit for unit in UNITS[place] if ratio(unit) > LIMIT]
    assert {unit: again for unit in suspects if (again := ratio(unit)) > LIMIT} == {}
