"""The two readers: values as written, and what they refuse."""

import math
from pathlib import Path

import pytest

from specdrift.loader.parse import json_reader, yaml_reader
from specdrift.loader.parse.document import Document
from specdrift.loader.parse.file_reader import read
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.sources import FetchedResource
from tests.loader.documents import loaded, refusals, said, written

SCALARS = {
    "a": "a", "~": None, "": None, "null": None, "Null": None, "true": True, "FALSE": False,
    "on": "on", "no": "no", "y": "y", "yes": "yes", "2024-01-01": "2024-01-01", "12:30:45": "12:30:45",
    "12": 12, "-7": -7, "+7": 7, "007": 7, "0o17": 15, "0x1F": 31, "0b1": "0b1", "1_000": "1_000",
    "1.5": 1.5, "1.": 1.0, ".5": 0.5, "1e3": 1000.0, "-.inf": -math.inf, ".INF": math.inf,
    "'12'": "12", '"true"': "true", "!!str 12": "12", "!odd x": "x",
}  # fmt: skip


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str) -> None:
    """Not the schema of 1.1, where ``no`` is false and dates are dates."""
    assert yaml_reader.read(f"key: {text}\n").root == {"key": SCALARS[text]}


def test_not_a_number_is_read() -> None:
    """The one scalar that does not equal itself."""
    assert math.isnan(yaml_reader.read("key: .nan\n").root["key"])


@pytest.mark.parametrize("key", ["200", "on", "null", "~", "1.0", "2024-01-01", "true"])
def test_keys_are_strings_as_written(key: str) -> None:
    """YAML's failsafe schema: a status code is no number, and ``on`` no boolean."""
    assert list(yaml_reader.read(f"{key}: 1\n").root) == [key]


def test_keys_that_are_no_text_are_kept_as_their_source() -> None:
    """Other readers raise TypeError on them."""
    root = yaml_reader.read("{[a, b]: 1, ? {c: d} : 2, &x e: 3, f: {*x : 4}}").root
    assert root == {"[a, b]": 1, "{c: d}": 2, "e": 3, "f": {"e": 4}}


MERGES = {
    "the own key wins": ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", {"x": 1, "y": 3}),
    "the first of several wins": ("a: [&a {x: 1}, &b {x: 2, y: 2}]\nb: {<<: [*a, *b]}\n", {"x": 1, "y": 2}),
    "quoted it is a key": ("a: &a {x: 1}\nb: {'<<': *a}\n", {"<<": {"x": 1}}),
}


@pytest.mark.parametrize("name", MERGES)
def test_merges_work_as_in_yaml_1_1(name: str) -> None:
    """No part of YAML 1.2, and in use all the same."""
    text, expected = MERGES[name]
    assert yaml_reader.read(text).root["b"] == expected


REFUSED = {
    "{a: *b}": 'alias "*b" stands for nothing before it.',
    "&a [*a]": 'alias "*a" stands for a value that contains it.',
    "x: &a {b: [*a]}": 'alias "*a" stands for a value that contains it.',
    "a: 1\n---\nb: 2\n": "more than one YAML document; keep one.",
    "a: b: c\n": "not valid YAML: mapping values are not allowed in this context.",
    "a: 1\nb: {<<: 7}\n": '"<<" merges maps, and this is none.',
    "a: 'b": "not valid YAML while scanning a quoted scalar: found unexpected end of stream.",
    "a: \x00": "not valid YAML: control characters are not allowed.",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_yaml_is_refused_in_a_sentence(text: str) -> None:
    """With the offset of what is wrong, for its line."""
    with pytest.raises(Unreadable) as error:
        yaml_reader.read(text)
    assert (error.value.message, error.value.rule) == (REFUSED[text], "invalid-document")
    assert error.value.offset is not None


NO_JSON = {
    '{"a": 1,}': ("Expecting property name enclosed in double quotes", 8),
    '{"a" 1}': ("Expecting ':' delimiter", 5),
    '{"a": 1 "b": 2}': ("Expecting ',' delimiter", 8),
    '{"a": [1}': ("Expecting ',' delimiter", 8),
    '{"a": }': ("Expecting value", 6),
    '{"a": "b': ("Unterminated string starting at", 6),
    '{"a": 1} x': ("Extra data", 9),
    '{"a": 1': ("Expecting ',' delimiter", 6),
    '{"\\x": 1}': ("Invalid \\escape", 2),
    "{1: 2}": ("Expecting property name enclosed in double quotes", 1),
}


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_is_refused_at_its_place(text: str) -> None:
    """In the words of Python's own reader."""
    message, offset = NO_JSON[text]
    with pytest.raises(Unreadable) as error:
        json_reader.read(text)
    assert (error.value.message, error.value.offset) == (f"not valid JSON: {message}.", offset)


def parsed(text: str, *, name: str) -> Document:
    """Read a text as a file of that name."""
    return read(FetchedResource(name=name, uri="file:///x", data=text.encode()))


def test_a_document_like_json_may_be_yaml() -> None:
    """Flow style; but a file named .json is held to its name."""
    assert parsed("{a: 1}", name="a.yaml").tree.root == {"a": 1}
    assert parsed("{a: 1}", name="<stdin>").tree.root == {"a": 1}
    with pytest.raises(Unreadable, match="not valid JSON"):
        parsed("{a: 1}", name="a.json")


def test_what_is_neither_is_refused_by_its_name() -> None:
    """The more likely of the two readers speaks."""
    with pytest.raises(Unreadable, match="not valid YAML"):
        parsed("{a: [}", name="a.yaml")
    with pytest.raises(Unreadable, match="not valid JSON"):
        parsed("{a: [}", name="<stdin>")


@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
def test_a_number_of_many_digits_is_read(tmp_path: Path, name: str) -> None:
    """Python refuses to convert more than 4,300 digits; the value has no use."""
    digits = "9" * 5000
    written(
        tmp_path,
        f'{{"openapi": "3.1.0", "x": {digits}, "info": {digits}, "paths": {{"/a": {{"get": {{}}}}}}}}',
        name,
    )
    assert len(loaded(tmp_path, name).operations) == 1


@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
def test_a_repeated_key_in_an_example_is_a_warning_in_both_formats(tmp_path: Path, name: str) -> None:
    """It decides nothing; the line is reported."""
    written(
        tmp_path,
        '{"openapi": "3.1.0", "paths": {"/a": {"get": {}}},\n'
        ' "components": {"examples": {"e": {"value": {"k": 1,\n'
        '   "k": 2}}}}}\n',
        name,
    )
    assert said(loaded(tmp_path, name).diagnostics) == [
        f'{name}:3: "k" appears twice (first at line 2); the last one applies. Delete one.'
    ]


@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"openapi": "3.1.0", "paths": {}, "paths": {}}', "the document"),
        ('{"openapi": "3.1.0", "paths": {"/a": {}, "/a": {}}}', "paths"),
        ('{"openapi": "3.1.0", "paths": {"/a": {"get": {}, "get": {}}}}', "/a"),
        ('{"openapi": "3.1.0", "paths": {"/a": {"get": {"tags": [], "tags": []}}}}', "GET /a"),
        (
            '{"openapi": "3.1.0", "paths": {"/a": {"get": {"security": [{"a": [], "a": []}]}}}}',
            "the security of GET /a",
        ),
        ('{"openapi": "3.1.0", "security": [{"a": [], "a": []}]}', "the security of the document"),
        ('{"openapi": "3.1.0", "components": {"x": 1, "x": 2}}', "components"),
        (
            '{"openapi": "3.1.0", "components": {"securitySchemes": {"m": {"type": "a", "type": "b"}}}}',
            'security scheme "m"',
        ),
        (
            (
                '{"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/components/pathItems/a"}}, '
                '"components": {"pathItems": {"a": {"get": {}, "get": {}}}}}'
            ),
            "/a",
        ),
        (
            (
                '{"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/definitions/a"}}, '
                '"definitions": {"a": {"get": {"security": [], "security": [{}]}}}}'
            ),
            "GET /a",
        ),
    ],
)
def test_a_repeated_key_that_can_decide_refuses_the_document(
    tmp_path: Path, name: str, text: str, what: str
) -> None:
    """In every place that can say who may call what, in both formats."""
    written(tmp_path, text, name)
    (found,) = refusals(tmp_path, name)
    assert found.rule == "duplicate-key"
    assert f" appears twice in {what} (first at line 1). " in found.message
