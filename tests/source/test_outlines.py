"""Items that are found without a tree are those of the tree, and each alone is parsed as in its file."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from tree_sitter import Node, Parser

from specdrift.source import SourceQuery, read
from specdrift.source.axum.adapter import index_of, involved
from specdrift.source.axum.evaluate.relevance import relevant_functions
from specdrift.source.rust.declarations import imports_of
from specdrift.source.rust.item_code import ItemCode
from specdrift.source.rust.packages import packages
from specdrift.source.rust.syntax import SourceFile, attributes, field, language, path_of, with_attributes
from specdrift.source.rust.unparsed.item_headers import implementation_names, imports, parameters_in
from specdrift.source.rust.unparsed.outline import OutlineItem, outline_of
from tests.lab.axum_lab import LAB
from tests.source.corpus_runner import CORPUS
from tests.source.crates import crate

KEYWORDS = {
    "function_item": "fn",
    "function_signature_item": "fn",
    "struct_item": "struct",
    "enum_item": "enum",
    "union_item": "union",
    "trait_item": "trait",
    "mod_item": "mod",
    "type_item": "type",
    "associated_type": "type",
    "const_item": "const",
    "static_item": "static",
    "macro_definition": "macro_rules",
    "impl_item": "impl",
    "use_declaration": "use",
    "extern_crate_declaration": "crate",
    "foreign_mod_item": "extern",
    "macro_invocation": "call",
    "expression_statement": "call",
}
UNNAMED = frozenset({"impl", "use", "crate", "extern", "call"})
FORMS = (
    'const A: [u8; 3] = [1, 2, 3];\nstatic mut B: &str = "{ ;";\npub(in crate::a) type C<T> = Vec<[T; 2]>;\n',
    "fn one<'a>(_: &'a u8) -> char { '{' }\nfn two() -> char { '\\'' }\nfn three() -> u8 { b'}' }\nfn four() {}\n",
    'fn one() -> &\'static str { r#"} " {"# }\nfn two() -> &\'static [u8] { br"\\" }\nfn three() {}\n',
    '/* { */ fn one() { /* } */ }\n/// A " in a comment.\nfn two() {} // }\nconst URL: &str = "a/*";\n',
    '#[doc = "]"]\n#[cfg(any(a, b))]\npub async unsafe fn one() {}\n#![allow(x)]\nextern "C" fn two() {}\n',
    'unsafe extern "C" {\n    fn foreign();\n}\nextern crate core as base;\nconst fn one() {}\nunion U { a: u8 }\n',
    "trait T: Sized where Self: 'static { const C: u8; type A; fn one(&self); fn two() {} made!(); }\n",
    "impl<T: Into<u8>, const N: usize> T2<T> for Named<[T; N]> where T: Copy, { fn one(&mut self, n: u8) {} }\n",
    "unsafe impl !Send for &'static mut crate::deep::Named<u8> {}\nimpl dyn Any { fn one(mut self: Box<Self>) {} }\n",
    "made! { fn inner() {} }\nmade!(a; { b });\na::made![1];\nmade! {};\nmacro_rules! made { ($a:tt) => { $a } }\n",
    "use std::{fmt::{self, Debug as Shown}, io::*};\nuse ::a::r#type;\npub use super::{*};\nuse self::b as _;\n",
    'mod one;\n#[path = "x.rs"]\npub(crate) mod two;\nmod three { fn inner() {} }\nenum E { A { a: u8 }, B(u8) }\n',
    "struct A;\nstruct B(u8, [u8; 2]);\nstruct C<T> where T: Fn() -> u8 { c: T }\nfn a(_: impl Fn(u8) -> [u8; 2]) {}",
)
UNCERTAIN = (
    "impl Trait for Named<{ 3 }> { fn one() {} }",
    'const A: &str = "no end;\nfn one() {}',
    'fn one() { "\\"\\"\\" }',
    "/* /* nested */ */ fn one() {}",
    "/* no end\nfn one() {}",
    "fn one() { {\n}",
    "fn one() {}\n}",
    "*, *, *",
    'fn one() { r####"a"#### }',
    "#[cfg(a\nfn one() {}",
    "macro made($a:expr) { $a }",
)


def in_tree(parent: Node) -> list[tuple[object, ...]]:
    """The items of a tree with their places and attributes."""
    found: list[tuple[object, ...]] = []
    for node, attributed in with_attributes(parent):
        kind = KEYWORDS.get(node.type, node.type)
        body = field(node, "body") if kind in {"impl", "trait", "mod"} else None
        end = node.end_byte if kind != "call" else None
        places = tuple((one.start_byte, one.end_byte) for one in attributed)
        name = field(node, "name") if kind not in UNNAMED else None
        written = (name.text or b"").decode() if name is not None else ""
        if kind != "empty_statement":
            found.append((kind, written, node.start_byte, end, places, in_tree(body) if body else []))
    return found


def in_outline(items: Iterable[OutlineItem]) -> list[tuple[object, ...]]:
    """The same of an outline."""
    return [
        (
            one.kind,
            one.name,
            one.start,
            one.end if one.kind != "call" else None,
            one.attributes,
            in_outline(one.members),
        )
        for one in items
    ]


def assert_equal(content: bytes) -> None:
    """Compare outline and tree, and each item alone with that of the tree."""
    outline, root = outline_of(content), Parser(language()).parse(content).root_node
    assert outline is not None
    assert in_outline(outline) == in_tree(root)
    file = SourceFile("a.rs", Path("a.rs"), content)
    nodes = {node.start_byte: node for node in root.named_children}
    for one in outline:
        whole, code = nodes[one.start], ItemCode.outlined(file, one, (one.first, one.end))
        alone = code.node
        assert (str(alone), alone.start_point, alone.text) == (str(whole), whole.start_point, whole.text)
        assert [each.text for each in attributes(alone)] == [each.text for each in attributes(whole)]
        assert code.location == file.place(whole)
        assert_header(one, whole)
    assert file.unread == []


def assert_header(item: OutlineItem, node: Node) -> None:
    """Compare what a header says with the tree."""
    if item.kind == "use":
        assert imports(item.header) == [*imports_of(node)]
    if item.kind == "impl" and (names := implementation_names(item.header)) is not None:
        assert (names.owner,) == path_of(field(node, "type"))[-1:]
        assert (names.trait,) == (path_of(field(node, "trait")) or ("",))[-1:]
    for one in (item, *item.members):
        known = parameters_in(one.header) if one.kind == "fn" else None
        if known is not None and one is item:
            returned = field(node, "return_type")
            assert known.returns == ((returned.text or b"").decode() if returned is not None else "")


@pytest.mark.parametrize("text", FORMS)
def test_items_in_any_form_are_those_of_the_tree(text: str) -> None:
    """Strings, characters, comments, attributes and brackets of each kind."""
    assert_equal(text.encode())


@pytest.mark.parametrize("folder", [CORPUS, LAB], ids=["corpus", "lab"])
def test_items_of_services_are_those_of_the_tree(folder: Path) -> None:
    """Of each file."""
    files = [path.read_bytes() for path in sorted(folder.rglob("*.rs")) if "target" not in path.parts]
    assert len(files) > 3
    for content in files:
        if b"#[cfg(test)]" not in content:
            assert_equal(content)


@pytest.mark.parametrize("text", UNCERTAIN)
def test_what_takes_the_tree_to_know_is_left_to_it(text: str) -> None:
    """Constants in types, nested comments, what has no end, and what is no item."""
    assert outline_of(text.encode()) is None


def test_modules_of_tests_are_left_out() -> None:
    """Whatever stands in them."""
    outline = outline_of(b'fn one() {}\n#[cfg(test)]\nmod tests {\n    "\n}\nfn two() {}\n')
    assert [one.name for one in outline or ()] == ["one", "two"]


PARAMETERS = (
    ("(&self)", (True, False)),
    ("(&'a mut self,)", (True, False)),
    ("(mut self: Pin<Box<Self>>, )", (True, False)),
    ("(self: Arc<Map<A, B>>, one: u8)", (True, True)),
    ("<T: Fn() -> u8>(one: T) -> T where T: Copy", (False, True)),
    ("()", (False, False)),
)


@pytest.mark.parametrize(("header", "expected"), PARAMETERS)
def test_parameters_are_known_by_the_header(header: str, expected: tuple[bool, bool]) -> None:
    """Whether a function is a method, and whether it has other parameters."""
    found = parameters_in(header.encode())
    assert found is not None
    assert (found.itself, found.others) == expected


@pytest.mark.parametrize("header", ["(#[cfg(a)] one: u8)", "<const N: usize = { 3 }>(one: u8)", "<T>", ""])
def test_parameters_that_may_depend_on_a_build_are_left_to_the_tree(header: str) -> None:
    """And those that are not found."""
    assert parameters_in(header.encode()) is None


SERVED = (
    "use axum::{{Router, routing::get}};\n#[tokio::main]\n"
    "async fn main() {{ axum::serve(l, app()).await.unwrap(); }}\n{0}\n"
)


def test_an_item_whose_syntax_is_not_known_is_listed(tmp_path: Path) -> None:
    """What it does is not known; its correct twin is read."""
    good = 'fn app() -> Router { Router::new().route("/a", get(a)) }\nasync fn a() {}'
    found = read(SourceQuery(folder=crate(tmp_path / "good", {"src/main.rs": SERVED.format(good)})))
    assert [route.path for route in found.view.routes] == ["/a"]
    assert found.view.unresolved == ()
    broken = good.replace("-> Router {", "if x {")
    found = read(SourceQuery(folder=crate(tmp_path / "broken", {"src/main.rs": SERVED.format(broken)})))
    assert "an item: its syntax is not known" in {one.what for one in found.view.unresolved}


NAMED = {
    "src/main.rs": "mod other;\nuse axum::Router;\npub fn start() -> Router { Router::new() }\n"
    "fn main() { axum::serve(l, start()); }\n",
    "src/other.rs": "pub struct Engine;\nimpl Engine { pub fn start(&self) -> u8 { self.speed() }\n"
    "fn speed(&self) -> u8 { 1 } pub fn drive(&self) -> u8 { self.start() } }\n",
}


def test_the_definition_of_a_function_is_no_call_of_another_one(tmp_path: Path) -> None:
    """A method of the same name is no caller of a function; who calls it is one."""
    folder = crate(tmp_path, NAMED)
    index = index_of(folder, involved(packages(folder)))
    found = relevant_functions.relevant_functions(index).functions
    assert {str(one) for one in index.functions() if one.id in found} == {"start", "main"}


def test_an_unknown_thing_in_a_module_leaves_that_module_to_the_tree() -> None:
    """The items around it are known, and those of another module."""
    known, unknown, after = outline_of(b"mod a { fn one() {} }\nmod b { *, * }\nfn two() {}\n") or ()
    assert ([one.name for one in known.members], known.known) == (["one"], True)
    assert (unknown.name, unknown.members, unknown.known) == ("b", (), False)
    assert after.name == "two"


def test_modules_that_are_nested_deep_are_left_to_the_tree() -> None:
    """The innermost ones: a file may nest as many as it likes."""
    (item,) = outline_of(b"mod a { " * 60 + b"fn one() {}" + b"}" * 60) or ()
    depth = 1
    while item.known and item.members:
        (item,) = item.members
        depth += 1
    assert (depth, item.kind, item.known) == (40, "mod", False)


INLINE = {
    "src/main.rs": "use axum::{Router, routing::get};\nmod api;\n"
    "#[tokio::main]\nasync fn main() { axum::serve(l, api::inner::app()).await.unwrap(); }\n",
    "src/api.rs": "pub mod inner {\n    use axum::{Router, routing::get};\n"
    '    pub fn app() -> Router { Router::new().route("/a", get(super::other::a)) }\n'
    "    pub fn unused() -> u8 { 1 }\n}\n"
    "mod other {\n    pub async fn a() -> String { String::new() }\n    pub struct Unused;\n}\n",
}


@pytest.mark.parametrize(("more", "whole"), [("", False), ("*, *\n", True)])
def test_of_a_module_within_a_file_only_what_is_needed_is_parsed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
    whole: bool,  # noqa: FBT001 - whether the module has something unknown
) -> None:
    """All of it if something in it is unknown; either way, the routes are the same."""
    files = {**INLINE, "src/api.rs": INLINE["src/api.rs"].replace("mod other {", f"mod other {{ {more}")}
    parsed: list[str] = []

    def noted(file: SourceFile, span: tuple[int, int]) -> Node:
        parsed.append(file.content[slice(*span)].decode())
        return piece(file, span)

    piece = SourceFile.piece
    monkeypatch.setattr(SourceFile, "piece", noted)
    found = read(SourceQuery(folder=crate(tmp_path, files)))
    assert [(route.path, route.handler) for route in found.view.routes] == [("/a", "a")]
    assert any("Unused" in one for one in parsed) is whole
