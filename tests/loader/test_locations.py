"""Every statement is found where its author wrote it: file, line, column, pointer and text."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.loader.parse import json_reader, pointer, yaml_reader
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.text import LineIndex, ViewLineIndex, view
from specdrift.loader.parse.tree import Value
from specdrift.loader.parse.unreadable import Unreadable
from tests.loader.documents import SPECS, loaded, operation, written

TRAPS = {
    "traps/surrogates.json": ("GET /a", 5, 20),
    "traps/tabs.json": ("GET /a", 5, 4),
    "traps/line-separators.yaml": ("GET /a", 6, 7),
    "traps/carriage-returns.yaml": ("GET /a", 5, 7),
    "traps/complex-keys.yaml": ("GET /a", 4, 14),
    "traps/tags.yaml": ("GET /a", 4, 37),
    "traps/flow.yaml": ("GET /a", 1, 37),
    "traps/marked.yaml": ("GET /a", 2, 20),
    "traps/utf-16.yaml": ("GET /ä", 3, 14),
    "traps/utf-32.json": ("GET /ä", 1, 47),
    "traps/broken-schemas.yaml": ("GET /a/{id}", 6, 7),
}


@pytest.mark.parametrize("name", TRAPS)
def test_lines_are_those_of_an_editor(name: str) -> None:
    """Whatever the encoding, the line ends, and the characters on the way."""
    which, line, column = TRAPS[name]
    found = operation(loaded(SPECS, name), which).location
    assert (found.line, found.column) == (line, column)


def test_a_location_spans_the_key_and_quotes_its_line(tmp_path: Path) -> None:
    """What a report underlines, and what it shows."""
    written(tmp_path, 'openapi: 3.1.0\npaths:\n  /a~b/{c}:\n    get:\n      "security": []  # open\n')
    found = operation(loaded(tmp_path), "GET /a~b/{c}").location
    assert (found.line, found.column, found.end_line, found.end_column) == (5, 7, 5, 17)
    assert found.pointer == "/paths/~1a~0b~1{c}/get/security"
    assert found.text == '      "security": []  # open'


def test_a_minified_document_is_quoted_from_the_key_on(tmp_path: Path) -> None:
    """A line of a megabyte is no quotation."""
    text = json.dumps({"openapi": "3.1.0", "x": "y" * 1000, "paths": {"/a": {"get": {"security": []}}}})
    written(tmp_path, text, "openapi.json")
    found = operation(loaded(tmp_path, "openapi.json"), "GET /a").location
    assert (found.line, found.column) == (1, text.index('"security"') + 1)
    assert found.text.startswith('"security": []')


def test_an_operation_and_its_decision_have_places_of_their_own() -> None:
    """The method's key, also where the root decides."""
    found = operation(loaded(SPECS, "rules/01-replaced.yaml"), "PUT /a")
    assert (str(found.location), str(found.declared_at)) == (
        "rules/01-replaced.yaml:3",
        "rules/01-replaced.yaml:10",
    )


def test_a_finding_deep_in_json_has_its_line(tmp_path: Path) -> None:
    """The fast reader omits locations; they are read when needed."""
    text = json.dumps(
        {
            "openapi": "3.1.0",
            "paths": {"/a": {"get": {"parameters": [{}, {"$ref": "#/nowhere"}]}}},
        },
        indent=1,
    )
    written(tmp_path, text, "openapi.json")
    (found,) = loaded(tmp_path, "openapi.json").diagnostics
    assert found.location is not None
    assert '"$ref"' in text.splitlines()[found.location.line - 1]
    assert found.location.pointer == "/paths/~1a/get/parameters/1/$ref"


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(tokens=st.lists(KEYS).map(tuple))
def test_pointers_come_back_as_they_went(tokens: tuple[str, ...]) -> None:
    """Slashes, tildes and empty names included."""
    assert pointer.decode(pointer.encode(tokens)) == tokens


def places(value: Value, tokens: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the tokens of every member of every map in a value."""
    if isinstance(value, dict):
        return [t for k, v in value.items() for t in [(*tokens, k), *places(v, (*tokens, k))]]
    if isinstance(value, list):
        return [t for i, v in enumerate(value) for t in places(v, (*tokens, str(i)))]
    return []


@given(value=st.dictionaries(KEYS | st.sampled_from(["schema", "paths", "info"]), TREES, max_size=4))
def test_resolving_then_locating_comes_to_the_same_key(value: Value) -> None:
    """For JSON, with and without the parts that are read in one go, the mark spells the key."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    seen = view(text.encode())
    tree = json_reader.read(seen)
    assert tree.root == value
    document = Document(name="x", uri="x", text=seen, tree=tree, lines=ViewLineIndex(seen))
    for tokens in places(value):
        mark = document.mark(tokens)
        assert mark is not None
        assert json.loads(text.encode()[mark[0] : mark[1]]) == tokens[-1]


@given(value=st.dictionaries(KEYS, TREES, max_size=4))
def test_both_readers_see_the_same_in_json(value: Value) -> None:
    """JSON is YAML, as far as YAML's reader can read it."""
    text = json.dumps(value, indent=1)
    try:
        read = yaml_reader.read(text)
    except Unreadable:
        assert "\\u" in text  # escapes of surrogate pairs, which it cannot
        return
    assert read.root == json_reader.read(view(text.encode())).root
    document = Document(name="x", uri="x", text=text, tree=read, lines=LineIndex(text))
    for tokens in places(value):
        mark = document.mark(tokens)
        assert mark is not None
        assert json.loads(text[mark[0] : mark[1]]) == tokens[-1]


@given(text=st.text(st.sampled_from("ab\n\r\u2028\x85é😀"), max_size=60), data=st.data())
def test_positions_count_lines_as_editors_do(text: str, data: st.DataObject) -> None:
    """CR LF, CR and LF end a line, nothing else does; columns are code points, for the text and its view."""
    offset = data.draw(st.integers(0, len(text)))
    before = text[:offset].replace("\r\n", " \n").replace("\r", "\n")
    if text[:offset].endswith("\r") and text[offset : offset + 1] == "\n":
        before = f"{before[:-1]} "
    expected = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert LineIndex(text).position(offset) == expected
    assert ViewLineIndex(view(text.encode())).position(len(text[:offset].encode())) == expected


@pytest.mark.parametrize("filler", ["x", "é", "😀"])
def test_columns_far_into_a_long_line_are_counted_too(tmp_path: Path, filler: str) -> None:
    """A minified document has one line, and its columns go into the millions."""
    text = json.dumps(
        {"openapi": "3.1.0", "x": filler * 9000, "paths": {"/a": {"get": {"security": []}}}},
        ensure_ascii=False,
    )
    written(tmp_path, text, "openapi.json")
    found = operation(loaded(tmp_path, "openapi.json"), "GET /a").location
    assert found.column == text.index('"security"') + 1
    assert found.end_column - found.column == len('"security"')


MEMBERS = {
    "a list deeper": "      security:\n        - mtls: [admin]\n        - {}\n      responses: {}\n",
    "a list at the same depth": "security:\n- mtls: []\npaths: {}\n",
    "JSON": '  "security": [\n    {"mtls": []}\n  ],\n  "paths": {}\n',
    "in one line": "security: []\npaths: {}\n",
    "at the end": "security:\n  - mtls: []",
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_decision_is_quoted_with_its_value(name: str) -> None:
    """The key alone is not informative."""
    text = MEMBERS[name]
    expected = text.split("\n")[: 1 + sum(line.lstrip()[:1] in ("-", "{", "]") for line in text.split("\n"))]
    assert LineIndex(text).member(text.index("security")).split("\n") == expected


def test_a_long_decision_is_cut_and_a_long_line_is_no_quotation() -> None:
    """Eight lines say enough."""
    many = "security:\n" + "  - mtls: []\n" * 20
    assert LineIndex(many).member(0).count("\n") == 7
    minified = '{"security":' + " " * 500 + "[]}"
    assert len(LineIndex(minified).member(1)) <= 200
