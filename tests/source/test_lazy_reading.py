"""Files are parsed when a name of theirs is asked for: what is read equals the reading of all files at once."""

import re
from pathlib import Path

import pytest

from specdrift.source import SourceAnalysis, SourceQuery, read
from specdrift.source.axum.adapter import index_of, involved
from specdrift.source.rust import syntax
from specdrift.source.rust.crate_index import CrateIndex
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.macro_items import write_statics
from specdrift.source.rust.packages import packages
from specdrift.source.rust.unparsed.defined_names import DefinedNames, names_in
from specdrift.source.rust.unparsed.outline import outline_of
from tests.lab.axum_lab import LAB
from tests.source.corpus_runner import CORPUS
from tests.source.crates import crate

UNUSED = (
    "pub fn unused_{0}() -> u8 {{ {0} }}\npub struct Unused{0};\n"
    "impl Unused{0} {{ pub fn new() -> Self {{ Self }} }}\n"
)
MANY = {
    "src/main.rs": "use axum::Router;\nmod routes;\nmod guards;\nmod unused;\n"
    "#[tokio::main]\nasync fn main() { axum::serve(l, routes::app()).await.unwrap(); }\n",
    "src/routes.rs": "use axum::{Router, routing::get, middleware::from_fn};\nuse crate::guards::required;\n"
    'pub fn app() -> Router { Router::new().route("/a", get(a)).layer(from_fn(required)) }\n'
    "async fn a() -> String { crate::guards::Named::of(1).name() }\n",
    "src/guards.rs": "use axum::{extract::Request, middleware::Next, response::Response, http::StatusCode};\n"
    "pub struct Named(String);\n"
    "impl Named { pub fn of(n: u8) -> Self { todo!() } pub fn name(self) -> String { self.0 } }\n"
    "pub async fn required(request: Request, next: Next) -> Result<Response, StatusCode> {\n"
    "    let Some(_) = request.extensions().get::<PeerCertificate>() else { return Err(StatusCode::FORBIDDEN) };\n"
    "    Ok(next.run(request).await)\n}\n",
    "src/unused.rs": "".join(f"mod part_{number};\n" for number in range(20)),
    **{f"src/unused/part_{number}.rs": UNUSED.format(number) for number in range(20)},
}


def found_in(folder: Path) -> tuple[object, ...]:
    """What is read of a service."""
    analysis: SourceAnalysis = read(SourceQuery(folder=folder))
    return analysis.view, analysis.findings, analysis.plaintext


def read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse each file as a whole as soon as a module has it."""
    monkeypatch.setattr(syntax, "outline_of", lambda _: None)


def whole_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> CrateIndex:
    """The index of all files, each of which is parsed at once."""
    read_at_once(monkeypatch)
    return index_of(folder, involved(packages(folder)))


@pytest.mark.slow
@pytest.mark.parametrize("folder", [CORPUS, LAB], ids=["corpus", "lab"])
def test_the_reading_by_need_equals_the_whole_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Routes, findings, listeners, and what was not read."""
    by_need = found_in(folder)
    read_at_once(monkeypatch)
    assert found_in(folder) == by_need


def test_what_nothing_names_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a crate with many other files, only what the router needs."""
    folder = crate(tmp_path, MANY)
    indexes: list[CrateIndex] = []

    def kept(*arguments: object) -> CrateIndex:
        indexes.append(index_of(*arguments))  # type: ignore[arg-type]
        return indexes[-1]

    monkeypatch.setattr("specdrift.source.axum.adapter.index_of", kept)
    by_need = found_in(folder)
    parsed = {file.path.name for file in indexes[0].files.values() if file.trees or file.pieces}
    assert parsed == {"main.rs", "routes.rs", "guards.rs"}
    read_at_once(monkeypatch)
    assert found_in(folder) == by_need


@pytest.mark.parametrize("folder", [CORPUS, LAB], ids=["corpus", "lab"])
def test_each_name_of_a_file_is_known_without_its_tree(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file defines is among what its content may define."""
    index = whole_index(folder, monkeypatch)
    known = 0
    for module in index.modules():
        if module.body is None and outline_of(module.file.content):
            known += 1
            assert missed(index, module) == set()
    assert known > 5


def names_of(content: bytes) -> DefinedNames:
    """What the content of a file defines."""
    outline = outline_of(content)
    assert outline
    return names_in(content, outline)


def missed(index: CrateIndex, module: RustModule) -> set[str]:
    """The names of a file's items that its content was not found to define."""
    names = names_of(module.file.content)
    functions = {item.name for item in index.functions_in([module.file.name])}
    owners = {item.owner for item in index.functions_in([module.file.name]) if item.owner}
    traits = {item.trait for item in index.functions_in([module.file.name]) if item.trait}
    types = {name for name, item in module.items.items() if item.kind in {"struct", "enum"}}
    macros = {name for name, item in module.items.items() if item.kind == "macro"}
    members = {*module.contents.items, *module.uses}
    pairs = (
        (members, names.members),
        (functions, names.functions),
        (owners, names.owners),
        (traits, names.traits),
        (types, names.types),
        (macros, names.macros),
    )
    return {name for own, found in pairs for name in own if name.encode() not in found}


FORMS = (
    "fn\nspread() {}",
    "pub(crate) async unsafe fn r#type() {}",
    "fn größe() {}",
    "impl<T: Into<u8>> Trait for T { fn one(&self) {} }",
    "impl<'a, T> Trait<T> for &'a mut Named<T>\nwhere\n    T: Copy,\n{\n    fn one(&self) {}\n}",
    "impl Trait for crate::deep::Named { fn one(&self) {} }",
    "impl From<[u8; 32]> for Named { fn from(_: [u8; 32]) -> Self { Named } }",
    "impl<F> Trait for Named<F> where F: for<'a> Fn(&'a u8) { fn one(&self) {} }",
    "trait Trait: Sized { const C: u8; fn one(&self) -> Box<dyn std::fmt::Debug>; }",
    "fn given(one: impl Fn() -> u8) -> impl Iterator<Item = u8> { todo!() }\nstruct After;\nimpl After { fn one() {} }",
    "enum\tKind { A }\nmacro_rules! made { () => {} }",
    "static mut COUNT: u8 = 0;\ntype Short = u8;\nfn one() {}",
    "use std::{fmt::{self, Debug as Shown}, io::*};\nextern crate core as base;\nfn one() {}",
    "trait Trait { fn one(&self, key: impl Into<u8>, value: impl Into<u8>); }\nimpl Trait for u8 { fn one(&self) {} }",
)
DECLARED = (
    "mod one;",
    "//! The crate.\n#![allow(dead_code)]\n\nmod one;\npub mod two; // the second\npub(crate) mod three;\nfn four() {}",
    'use std::{\n    fmt,\n};\n\n/// The first.\n#[cfg(feature = "no")]\n#[path = "other.rs"]\nmod one;\nmod r#type;',
    'pub fn four() -> &\'static str {\n    "text"\n}\n\nmod one;\n\n#[cfg(test)]\nmod tests {\n    fn five() {}\n}\n',
    "mod one;\n#[cfg(test)]\nmod tests;\n",
)


@pytest.mark.parametrize("text", FORMS)
def test_names_in_any_form_are_known(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line breaks, raw names, references, constants in types."""
    index = whole_index(crate(tmp_path, {"src/main.rs": "mod other;", "src/other.rs": text}), monkeypatch)
    (other,) = index.binaries["shop"].modules.values()
    assert missed(index, other) == set()


@pytest.mark.parametrize("text", DECLARED)
def test_declared_modules_are_known_without_the_tree(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their attributes: the modules of the index, and what is missing, are those of the whole reading."""
    assert outline_of(text.encode())
    files = {"src/main.rs": "mod other;", "src/other/mod.rs": text, "src/other/one.rs": "pub fn one() {}"}
    folder = crate(tmp_path, {**files, "src/other/other.rs": "pub fn other() {}"})
    by_need = index_of(folder, involved(packages(folder)))
    whole = whole_index(folder, monkeypatch)
    assert modules_of(by_need) == modules_of(whole)
    assert [place for place, _ in by_need.missing] == [place for place, _ in whole.missing]
    assert [str(one) for one in by_need.functions()] == [str(one) for one in whole.functions()]


def modules_of(index: CrateIndex) -> list[tuple[object, ...]]:
    """The modules of all targets, with their files and places."""
    return [(module.path, module.file.name, module.place) for module in index.modules()]


def test_a_file_without_a_name_is_not_read_for_it(tmp_path: Path) -> None:
    """What it defines and imports is read when it is asked for, and macros of it then have their statics."""
    lazy = "lazy_static! { static ref KNOWN: u8 = 1; }\npub fn one() {}\nuse crate::other as named;\n"
    folder = crate(tmp_path, {"src/main.rs": "mod other;", "src/other.rs": lazy})
    index = index_of(folder, involved(packages(folder)))
    (other,) = index.binaries["shop"].modules.values()
    write_statics(index)
    assert other.item("absent") is None
    assert other.imported("absent") is None
    assert other.globs == []
    assert not other.file.pieces
    assert other.item("KNOWN") is not None
    assert other.imported("named") == ("crate", "other")
    assert other.file.pieces
    assert not other.file.trees


@pytest.mark.parametrize("text", ["use a::*;", "use a::{b, *};", "pub use a::{\n    *,\n};", "use a :: * ;"])
def test_a_file_is_read_for_what_it_imports_all_of(text: str, tmp_path: Path) -> None:
    """In each form of ``use``."""
    folder = crate(tmp_path, {"src/main.rs": "mod other;", "src/other.rs": f"{text}\npub fn one() {{}}\n"})
    (other,) = index_of(folder, involved(packages(folder))).binaries["shop"].modules.values()
    assert other.globs == [("a",)]


TESTED = (
    "use axum::{Router, routing::get};\n"
    "#[cfg(test)]\nmod tests {\n    fn a() { super::app(); set_verify_callback(); }\n}\n\n"
    'fn app() -> Router { Router::new().route("/a", get(a)) }\nasync fn a() {}\nfn outer() -> Router { app() }\n'
    "#[tokio::main]\nasync fn main() { axum::serve(l, outer()).await.unwrap(); }\n"
)


def test_texts_are_looked_for_beside_test_modules(tmp_path: Path) -> None:
    """Calls after such a module are found at their places, and what is in it is not found."""
    folder = crate(tmp_path, TESTED)
    assert [route.path for route in read(SourceQuery(folder=folder)).view.routes] == ["/a"]
    index = index_of(folder, involved(packages(folder)))
    assert index.files_with((b"set_verify",), re.compile(rb"set_verify_callback")) == frozenset()
    assert len(index.files_with((b"outer",), re.compile(rb"outer"))) == 1
    (file,) = index.files.values()
    assert b"set_verify" not in file.code
    assert file.code.startswith(b"use axum")
    assert file.code.endswith(b"}\n")


def test_a_type_parameter_with_a_trait_is_no_type() -> None:
    """The former gives the trait's members to other types."""
    assert names_of(b"impl<T: Other> Trait for T {}").for_all
    assert not names_of(b"impl<T: Other> Trait for Named<T> {}").for_all


def test_macro_calls_may_define_what_is_in_them() -> None:
    """As ``lazy_static!`` does; strange headers name any of their words."""
    names = names_of(b"made! { static ref ONE: u8 = 1; pub fn two() {} }\nimpl Trait for [Other; 2] {}\n")
    assert {b"ONE", b"two"} <= names.members
    assert b"two" in names.functions
    assert b"Other" in names.owners
    assert b"Trait" in names.traits


def test_modules_for_tests_define_nothing() -> None:
    """They are in most files."""
    names = names_of(b"fn one() {}\n#[cfg(test)]\nmod tests {\n    fn two() {}\n}\n#[cfg(test)]\nmod more;\n")
    assert names.functions == {b"one"}


def test_imports_are_parsed_when_they_are_asked_for(tmp_path: Path) -> None:
    """Not with the items, and not for a name that none of them has."""
    code = "use std::fmt::*;\nuse x::Y as Z;\npub fn f() {}\n"
    folder = crate(tmp_path, {"src/main.rs": "mod a;\nfn main() {}\n", "src/a.rs": code})
    index = index_of(folder, involved(packages(folder)))
    module = index.binaries["shop"].modules["a"]
    assert module.item("f") is not None
    assert module.imported("Missing") is None
    assert (module.contents.uses, module.contents.globs) == ({}, [])
    assert module.imported("Z") == ("x", "Y")
    assert module.globs == [("std", "fmt")]
    assert module.uses == {"Z": ("x", "Y")}
