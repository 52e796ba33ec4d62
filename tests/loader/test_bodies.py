"""Request bodies: configured, written by the author, or made from the schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specdrift.loader import Bodies, ConfiguredParts, load
from specdrift.loader.values import generator
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import UnsafeMethods
from specdrift.settings import LoaderSettings, OperationSettings
from tests.loader.documents import written

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "tags", "child"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]{4}-[0-9]+$"},
        "tags": {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "string"}},
        "child": {"type": "object", "properties": {"again": {"$ref": "#/components/schemas/item"}}},
    },
}


def body(
    folder: Path,
    content: object,
    *,
    bodies: Bodies = Bodies.ALL,
    operations: tuple[OperationSettings, ...] = (),
    **members: object,
) -> RequestBody | None:
    """Load a description whose only operation takes this content."""
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"post": {"requestBody": {"content": content}}}},
        **members,
    }
    written(folder, json.dumps(document), "openapi.json")
    configured = ConfiguredParts(operations=operations)
    (found,) = load("openapi.json", LoaderSettings(), configured, cwd=folder, bodies=bodies).operations
    return found.body


SAID = {
    "example": ({"application/json": {"example": {"a": 1}, "schema": {"default": 2}}}, b'{"a":1}', "example"),
    "examples": ({"application/json": {"examples": {"x": {"value": [1]}}}}, b"[1]", "example"),
    "text of JSON": ({"application/json": {"example": '{"a": 1}'}}, b'{"a":1}', "example"),
    "text that is none": ({"application/json": {"example": "{a"}}, b'"{a"', "example"),
    "schema's example": ({"application/json": {"schema": {"example": {"a": "é"}}}}, '{"a":"é"}'.encode(), "example"),
    "default": ({"application/json": {"schema": {"default": {}}}}, b"{}", "default"),
    "form": ({"application/x-www-form-urlencoded": {"example": {"a b": "c&d", "n": [1, 2]}}},
             b"a+b=c%26d&n=1&n=2", "example"),
    "text": ({"text/plain": {"example": "hello"}}, b"hello", "example"),
    "another type": ({"application/xml": {"example": "<a/>"}}, b"<a/>", "example"),
    "JSON before others": ({"text/plain": {"example": "t"}, "application/problem+json": {"example": 1}},
                           b"1", "example"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_body_is_what_the_author_wrote(tmp_path: Path, name: str) -> None:
    """In the media type that a server most likely reads."""
    content, expected, source = SAID[name]
    found = body(tmp_path, content)
    assert found is not None
    assert (found.content, found.source.value) == (expected, source)


def test_a_multipart_body_has_its_boundary(tmp_path: Path) -> None:
    """The header and the content agree on it."""
    found = body(tmp_path, {"multipart/form-data": {"example": {'a"b': "x"}}})
    assert found is not None
    boundary = found.media_type.removeprefix("multipart/form-data; boundary=")
    assert found.content == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="a%22b"\r\n\r\nx\r\n--{boundary}--\r\n'.encode()
    )


@pytest.mark.parametrize(
    ("schema", "is_file"),
    [
        ({"type": "string", "format": "binary"}, True),
        ({"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}, True),
        ({"type": "string", "contentMediaType": "image/png"}, True),
        ({"type": "string", "contentMediaType": "application/json"}, False),
        ({"type": "string"}, False),
    ],
    ids=["binary", "several", "an image", "JSON", "a text"],
)
def test_a_part_that_is_a_file_has_the_name_of_one(
    tmp_path: Path,
    schema: dict[str, object],
    is_file: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Most servers take a part without one for a text (RFC 7578 §4.2)."""
    form = {"type": "object", "required": ["up"], "properties": {"up": schema}}
    found = body(tmp_path, {"multipart/form-data": {"schema": form}})
    assert found is not None
    assert (b'name="up"; filename="' in found.content) is is_file


def test_the_configuration_has_the_first_word(tmp_path: Path) -> None:
    """A body there is also the wish to send it."""
    entry = OperationSettings(include=Selector(), body={"x": 1})
    content = {"application/json": {"example": {"a": 1}}}
    found = body(tmp_path, content, bodies=Bodies.WHERE_SENT, operations=(entry,))
    assert found == RequestBody(media_type="application/json", content=b'{"x":1}', source=ValueSource.CONFIG)


@pytest.mark.parametrize(
    ("bodies", "unsafe", "made"),
    [
        (Bodies.NONE, UnsafeMethods.SEND, False),
        (Bodies.WHERE_SENT, None, False),
        (Bodies.WHERE_SENT, UnsafeMethods.HANDSHAKE, False),
        (Bodies.WHERE_SENT, UnsafeMethods.HEADERS, True),
        (Bodies.WHERE_SENT, UnsafeMethods.SEND, True),
        (Bodies.ALL, None, True),
    ],
)
def test_bodies_are_made_where_they_are_sent(
    tmp_path: Path,
    bodies: Bodies,
    unsafe: UnsafeMethods | None,
    made: bool,  # noqa: FBT001 # a column of the table
) -> None:
    """Making one takes time, and most operations are sent none."""
    entry = OperationSettings(include=Selector(), unsafe_methods=unsafe)
    found = body(tmp_path, {"application/json": {"example": 1}}, bodies=bodies, operations=(entry,))
    assert (found is not None) is made


def test_a_generated_body_is_valid_and_the_same_every_time(tmp_path: Path) -> None:
    """By Schemathesis' generator, where the extra is installed; also for schemas that refer to themselves."""
    pytest.importorskip("schemathesis")
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/item"}}}
    first, second = (body(tmp_path, content, components={"schemas": {"item": SCHEMA}}) for _ in range(2))
    assert first == second
    assert first is not None
    assert first.source.value == "generated"
    schema = {**SCHEMA, "components": {"schemas": {"item": SCHEMA}}}
    assert list(Draft202012Validator(schema).iter_errors(json.loads(first.content))) == []


@pytest.mark.parametrize("with_extra", [True, False])
def test_members_have_their_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_extra: bool
) -> None:
    """Also inside of members, in lists and behind references; a default counts as one."""
    if with_extra:
        pytest.importorskip("schemathesis")
    else:
        monkeypatch.setattr(generator, "installed", lambda: False)
    line = {
        "type": "object",
        "required": ["sku"],
        "properties": {"sku": {"type": "string", "example": "KB-77"}},
    }
    members = {
        "method": {"type": "string", "example": "accounts.list"},
        "version": {"type": "string", "const": "2.0"},
        "unit": {"type": "string", "examples": ["kg", "t"]},
        "size": {"type": "integer", "default": 7},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {"$ref": "#/components/schemas/line"},
        },
    }
    schema = {
        "type": "object",
        "required": [*members],
        "properties": {**members, "example": {"type": "string"}},
    }
    found = body(tmp_path, {"application/json": {"schema": schema}}, components={"schemas": {"line": line}})
    assert found is not None
    made = json.loads(found.content)
    assert {name: made[name] for name in members} == {
        "method": "accounts.list",
        "version": "2.0",
        "unit": "kg",
        "size": 7,
        "lines": [{"sku": "KB-77"}],
    }


def test_without_the_extra_a_body_is_made_by_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simple, from the required properties."""
    monkeypatch.setattr(generator, "installed", lambda: False)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/item"}}}
    found = body(tmp_path, content, components={"schemas": {"item": SCHEMA}})
    assert found is not None
    assert found.source.value == "type"
    assert set(json.loads(found.content)) == {"name", "tags", "child"}


BROKEN: dict[str, object] = {
    "a circle": {"$ref": "#/components/schemas/loop"},
    "nowhere": {"$ref": "#/nowhere"},
    "a remote one": {"$ref": "https://127.0.0.1:1/x.json"},
    "an odd type": {"type": 7},
    "odd properties": {"type": "object", "properties": [], "required": {}},
    "nothing allowed": {"not": {}},
    "a contradiction": {"type": "integer", "minimum": 2, "maximum": 1},
    "a bad pattern": {"type": "string", "pattern": "("},
    "a property named $ref": {
        "type": "object",
        "required": ["$ref"],
        "properties": {"$ref": {"type": "string"}},
    },
    "false": False,
}


@pytest.mark.slow
@pytest.mark.parametrize("extra", ["with", "without"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_schema_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, extra: str
) -> None:
    """Some body is made, or none."""
    if extra == "without":
        monkeypatch.setattr(generator, "installed", lambda: False)
    components = {"schemas": {"loop": {"$ref": "#/components/schemas/loop"}}}
    found = body(tmp_path, {"application/json": {"schema": BROKEN[name]}}, components=components)
    assert found is None or json.loads(found.content) is not NotImplemented


def test_bodies_of_swagger_2(tmp_path: Path) -> None:
    """A parameter in the body, or fields of a form."""
    written(
        tmp_path,
        """
        swagger: '2.0'
        consumes: [application/json]
        paths:
          /whole:
            post:
              parameters: [{name: b, in: body, required: true, schema: {type: object, example: {a: 1}}}]
          /form:
            post:
              parameters:
                - {name: f, in: formData, type: integer, required: true, minimum: 3, maximum: 3}
                - {name: g, in: formData, type: integer}
          /upload:
            post:
              consumes: [multipart/form-data]
              parameters: [{name: f, in: formData, type: string, required: true, enum: [x]}]
          /none:
            post: {}
        """,
    )
    contract = load("openapi.yaml", LoaderSettings(), cwd=tmp_path, bodies=Bodies.ALL)
    bodies = {o.key.path: o.body for o in contract.operations}
    assert bodies["/none"] is None
    assert {path: b.required for path, b in bodies.items() if b} == {
        "/whole": True,
        "/form": True,
        "/upload": True,
    }
    assert [b.content for b in (bodies["/whole"],) if b] == [b'{"a":1}']
    assert [b.content for b in (bodies["/form"],) if b] == [b"f=3"]
    assert [b.media_type.partition(";")[0] for b in (bodies["/upload"],) if b] == ["multipart/form-data"]


@pytest.mark.parametrize("required", [True, False, "true", None])
def test_whether_a_body_is_required(tmp_path: Path, required: object) -> None:
    """Request Body Object: false by default."""
    declared = {"content": {"application/json": {"example": 1}}, "required": required}
    document = {"openapi": "3.1.0", "paths": {"/a": {"post": {"requestBody": declared}}}}
    written(tmp_path, json.dumps(document), "openapi.json")
    (one,) = load("openapi.json", LoaderSettings(), cwd=tmp_path, bodies=Bodies.ALL).operations
    assert one.body is not None
    assert one.body.required is (required is True)


def test_each_media_type_and_each_alternative_has_a_body(tmp_path: Path) -> None:
    """One of each media type in the order of preference, then the others; what no encoder writes is left out."""
    motor = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "motor"}}}
    home = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "home"}}}
    content = {
        "text/csv": {"schema": {"type": "string"}, "example": "kind\nmotor\n"},
        "application/json": {"schema": {"oneOf": [motor, home]}, "example": {"kind": "motor"}},
        "image/png": {"schema": {"type": "object"}},
    }
    document = {"openapi": "3.1.0", "paths": {"/a": {"post": {"requestBody": {"content": content}}}}}
    written(tmp_path, json.dumps(document), "openapi.json")
    contract = load("openapi.json", LoaderSettings(), cwd=tmp_path, bodies=Bodies.ALL)
    assert contract.requests is not None
    found = contract.requests.representations(contract.operations[0].key)
    assert [(each.media_type, each.content) for each in found] == [
        ("application/json", b'{"kind":"motor"}'),
        ("text/csv", b"kind\nmotor\n"),
        ("application/json", b'{"kind":"home"}'),
    ]


def test_members_inside_of_members_have_their_other_choices(tmp_path: Path) -> None:
    """Top-level members are changed where the request is sent; absent members are added once."""
    kind = {"type": "string", "enum": ["sales", "stock"]}
    inner = {"type": "object", "properties": {"kind": kind, "full": {"type": "boolean"}}}
    schema = {"type": "object", "properties": {"spec": inner, "other": inner, "kind": kind}}
    assert choices(tmp_path, schema, {"kind": "sales", "spec": {"kind": "sales"}}) == [
        {"kind": "sales", "spec": {"kind": "sales"}, "other": {"kind": "sales", "full": False}},
        {"kind": "sales", "spec": {"kind": "stock"}},
        {"kind": "sales", "spec": {"kind": "sales", "full": True}},
        {"kind": "sales", "spec": {"kind": "sales", "full": False}},
    ]


def test_the_first_element_of_a_list_has_its_other_choices(tmp_path: Path) -> None:
    """Lines of an order are of kinds: also in a list of lists, in a body that is one, and among plain texts."""
    kind = {"type": "string", "enum": ["goods", "service"]}
    line = {"type": "object", "properties": {"kind": kind}}
    lines = {"type": "array", "items": line}
    inside = {"type": "object", "properties": {"lines": lines, "tags": {"type": "array", "items": kind}}}
    example = {"lines": [{"kind": "goods"}, {"kind": "goods"}], "tags": ["service"]}
    assert choices(tmp_path, inside, example) == [
        {**example, "lines": [{"kind": "service"}, {"kind": "goods"}]},
        {**example, "tags": ["goods"]},
    ]
    assert choices(tmp_path, lines, [{"kind": "goods"}]) == [[{"kind": "service"}]]
    assert choices(tmp_path, {"type": "array", "items": lines}, [[{"kind": "goods"}]]) == [
        [[{"kind": "service"}]]
    ]
    assert choices(tmp_path, lines, []) == []


def test_alternatives_have_the_other_choices_of_the_one_that_an_example_fits(tmp_path: Path) -> None:
    """A call of JSON-RPC is an object or a batch of them, and its method one of several: no input describes it."""
    kind = {"type": "string", "enum": ["list", "drop"]}
    call = {"type": "object", "required": ["method"], "properties": {"v": {"const": 2}, "method": kind}}
    other = {"type": "object", "properties": {"v": {"const": 3}, "method": {"enum": ["list", "none"]}}}
    schema = {"oneOf": [other, call, {"type": "array", "items": call}]}
    assert {"v": 2, "method": "drop"} in choices(tmp_path, schema, {"v": 2, "method": "list"})
    assert {"v": 2, "method": "none"} not in choices(tmp_path, schema, {"v": 2, "method": "list"})
    assert [{"v": 2, "method": "drop"}] in choices(tmp_path, schema, [{"v": 2, "method": "list"}])
    assert {"method": "drop"} in choices(tmp_path, {"allOf": [call, {"type": "object"}]}, {"method": "list"})


def choices(folder: Path, schema: object, example: object) -> list[object]:
    """Return the other bodies of an operation with an example."""
    content = {"application/json": {"schema": schema, "example": example}}
    document = {"openapi": "3.1.0", "paths": {"/a": {"post": {"requestBody": {"content": content}}}}}
    written(folder, json.dumps(document), "openapi.json")
    contract = load("openapi.json", LoaderSettings(), cwd=folder, bodies=Bodies.ALL)
    assert contract.requests is not None
    _, *others = contract.requests.representations(contract.operations[0].key)
    return [json.loads(each.content) for each in others]
