"""What a document asks of the values in a request, as far as checks can break it."""

import json
import re
from pathlib import Path

import pytest

from specdrift.checks.inputs.invalid_values import invalid_values
from specdrift.loader import Bodies, load
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.settings import LoaderSettings
from tests.loader.documents import written

NOTHING = Constraint()
CASES: dict[str, tuple[object, Constraint | None]] = {
    "nothing": ({}, NOTHING),
    "a type": ({"type": "integer"}, Constraint(type="integer")),
    "a type or null": ({"type": ["integer", "null"]}, Constraint(type="integer")),
    "several types": ({"type": ["integer", "string"]}, NOTHING),
    "an enum": ({"type": "string", "enum": ["a", "b"]}, Constraint(type="string", allowed=("a", "b"))),
    "an enum of numbers": ({"enum": [1, True, None]}, Constraint(allowed=("1", "true"))),
    "a constant": ({"const": "a"}, Constraint(allowed=("a",))),
    "bounds": (
        {"type": "integer", "minimum": 1, "maximum": 9},
        Constraint(type="integer", minimum=1, maximum=9),
    ),
    "bounds of 3.1": (
        {"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 9},
        Constraint(type="number", minimum=0.5, maximum=9),
    ),
    "bounds of 3.0": (
        {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
        Constraint(type="integer", minimum=1),
    ),
    "bounds that are none": (
        {"type": "integer", "minimum": "1", "maximum": 1e300},
        Constraint(type="integer"),
    ),
    "lengths": (
        {"type": "string", "minLength": 1, "maxLength": 9},
        Constraint(type="string", min_length=1, max_length=9),
    ),
    "a format and a pattern": (
        {"type": "string", "format": "uuid", "pattern": "^0"},
        Constraint(type="string", format="uuid", pattern="^0"),
    ),
    "one of allOf": ({"allOf": [{"$ref": "#/components/schemas/Id"}]}, Constraint(type="integer", minimum=1)),
    "one or null": (
        {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}]},
        Constraint(type="integer", minimum=1),
    ),
    "one of several constants": (
        {"oneOf": [{"const": "flat", "title": "Flat"}, {"const": "pivot"}, {"type": "null"}]},
        Constraint(type="string", allowed=("flat", "pivot")),
    ),
    "any of several lists": (
        {"anyOf": [{"enum": ["a", "b"]}, {"const": "c"}]},
        Constraint(type="string", allowed=("a", "b", "c")),
    ),
    "a constant or any text": ({"oneOf": [{"const": "flat"}, {"type": "string"}]}, None),
    "one of several": ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, None),
    "all but": ({"type": "string", "not": {"enum": ["a"]}}, None),
    "an object": ({"type": "object"}, None),
    "a circle": ({"$ref": "#/components/schemas/Circle"}, None),
    "a reference to nowhere": ({"$ref": "#/nowhere"}, None),
    "no schema at all": (3, None),
}


def inputs(folder: Path, **operation: object) -> tuple[Input, ...]:
    """What the only operation of a document takes."""
    document = {
        "openapi": "3.1.0",
        "paths": {"/a/{p}": {"post": operation}},
        "components": {
            "schemas": {
                "Id": {"type": "integer", "minimum": 1},
                "Circle": {"allOf": [{"$ref": "#/components/schemas/Circle"}]},
            }
        },
    }
    file = written(folder, json.dumps(document), "openapi.json")
    (found,) = load(str(file), LoaderSettings(), bodies=Bodies.ALL, inputs=True).operations
    return found.inputs


@pytest.mark.parametrize(("schema", "constraint"), CASES.values(), ids=CASES)
def test_a_schema_is_read_as_far_as_it_says_one_thing(
    tmp_path: Path, schema: object, constraint: Constraint | None
) -> None:
    """What is not sure is left out: nothing follows from it."""
    found = inputs(tmp_path, parameters=[{"name": "q", "in": "query", "schema": schema}])
    assert [one.constraint for one in found] == ([] if constraint is None else [constraint])


def test_an_array_is_about_its_elements(tmp_path: Path) -> None:
    """``ids=1&ids=2``, or one of them."""
    schema = {"type": "array", "items": {"type": "integer"}}
    for style in ("form", "spaceDelimited", "pipeDelimited"):
        parameter = {"name": "ids", "in": "query", "style": style, "explode": False, "schema": schema}
        (found,) = inputs(tmp_path, parameters=[parameter])
        assert (found.several, found.constraint) == (True, Constraint(type="integer"))


def test_a_parameter_that_is_json_has_the_choices_of_its_members(tmp_path: Path) -> None:
    """Its text is no word that a schema limits, so that no other text is wrong."""
    age = {"type": "object", "properties": {"age": {"enum": ["new", "old"]}, "n": {"type": "integer"}}}
    for holder, texts in (
        ({"schema": age}, ('{"age":"new"}', '{"age":"old"}')),
        ({"schema": age, "example": {"age": "new", "n": 1}}, ('{"age":"new","n":1}', '{"age":"old","n":1}')),
    ):
        given = {"name": "where", "in": "query", "content": {"application/json": holder}}
        (found,) = inputs(tmp_path, parameters=[given])
        assert (found.examples, found.constraint) == (texts, Constraint(type="object"))
        assert list(invalid_values(found)) == []


@pytest.mark.parametrize(
    "parameter",
    [
        {"in": "query", "style": "deepObject"},
        {"in": "query", "style": "pipeDelimited"},
        {"in": "path", "style": "matrix"},
        {"in": "header", "name": "Authorization"},
        {"in": "query", "content": {"application/json": {"schema": {"type": "integer"}}}},
    ],
)
def test_a_value_that_is_not_its_text_is_left_out(tmp_path: Path, parameter: dict[str, object]) -> None:
    """What would be wrong there takes more than a word."""
    assert inputs(tmp_path, parameters=[{"name": "p", "schema": {"type": "integer"}, **parameter}]) == ()


def test_members_of_a_json_body_are_inputs(tmp_path: Path) -> None:
    """Those that are required, and those of a simple kind."""
    schema = {
        "type": "object",
        "required": ["lines", "total"],
        "properties": {
            "lines": {"type": "array", "items": {"type": "string"}},
            "total": {"$ref": "#/components/schemas/Id"},
            "note": {"type": "string"},
            "address": {"type": "object"},
        },
    }
    found = inputs(tmp_path, requestBody={"content": {"application/json": {"schema": schema}}})
    assert found == (
        Input(name="lines", place=Place.BODY, required=True),
        Input(
            name="total", place=Place.BODY, required=True, constraint=Constraint(type="integer", minimum=1)
        ),
        Input(name="note", place=Place.BODY, constraint=Constraint(type="string")),
    )


def test_lists_in_a_body_have_the_choices_of_their_elements(tmp_path: Path) -> None:
    """An open operation may give what one of them names. Of other lists only the list is known."""
    schema = {
        "type": "object",
        "properties": {
            "parts": {"type": "array", "items": {"type": "string", "enum": ["health", "orders"]}},
            "kinds": {"type": "array", "items": {"oneOf": [{"const": "a"}, {"const": "b"}]}},
            "sizes": {"type": "array", "items": {"enum": [1, 2], "type": "integer"}},
            "notes": {"type": "array", "items": {"type": "string"}},
        },
    }
    found = inputs(tmp_path, requestBody={"content": {"application/json": {"schema": schema}}})
    assert [(each.name, each.several, each.constraint.allowed) for each in found] == [
        ("parts", True, ("health", "orders")),
        ("kinds", True, ("a", "b")),
    ]


@pytest.mark.parametrize(
    ("keywords", "closed"),
    [
        ({"additionalProperties": False}, True),
        ({}, False),
        ({"additionalProperties": True}, False),
        ({"additionalProperties": {"type": "string"}}, False),
        ({"additionalProperties": False, "patternProperties": {"^x-": {}}}, False),
    ],
)
def test_a_closed_object_says_so_of_its_members(
    tmp_path: Path,
    keywords: dict[str, object],
    closed: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Only the plainest way of saying so counts."""
    schema = {"type": "object", "properties": {"total": {"type": "integer"}}, **keywords}
    (found,) = inputs(tmp_path, requestBody={"content": {"application/json": {"schema": schema}}})
    assert found.closed is closed


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml"])
def test_other_bodies_are_not_looked_into(tmp_path: Path, media_type: str) -> None:
    """Only JSON objects and forms have members."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert inputs(tmp_path, requestBody={"content": {media_type: {"schema": schema}}}) == ()


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_members_of_a_form_are_inputs(tmp_path: Path, media_type: str) -> None:
    """A guard may depend on a field of a form as on a member of an object."""
    schema = {"type": "object", "properties": {"mode": {"type": "string", "enum": ["final", "preview"]}}}
    (found,) = inputs(tmp_path, requestBody={"content": {media_type: {"schema": schema}}})
    assert (found.name, found.place, found.constraint.allowed) == ("mode", Place.BODY, ("final", "preview"))


@pytest.mark.parametrize(
    ("schema", "fitting"),
    [
        ({"type": "string", "pattern": "^[a-z]{3}$"}, r"[a-z]{3}"),
        ({"type": "string", "format": "uuid"}, r"[0-9a-f-]{36}"),
        ({"type": "string"}, ""),
        ({"type": "integer", "format": "int64"}, ""),
    ],
)
def test_a_text_is_made_for_a_pattern_or_format(
    tmp_path: Path, schema: dict[str, object], fitting: str
) -> None:
    """So that an optional parameter can be sent."""
    (found,) = inputs(tmp_path, parameters=[{"name": "callback", "in": "query", "schema": schema}])
    assert re.fullmatch(fitting, found.fitting)


def test_they_are_read_when_asked_for(tmp_path: Path) -> None:
    """Most of what reads documents has no use for them."""
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/a": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}]}}
        },
    }
    file = written(tmp_path, json.dumps(document), "openapi.json")
    assert load(str(file), LoaderSettings()).operations[0].inputs == ()


def test_media_types_of_successful_responses(tmp_path: Path) -> None:
    """Ranges are none, and neither are those of errors."""
    responses: dict[str, dict[str, dict[str, dict[str, object]]]] = {
        "200": {"content": {"application/json": {}, "text/csv": {}, "image/*": {}}},
        "206": {"content": {"text/csv": {}}},
        "404": {"content": {"application/problem+json": {}}},
    }
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": responses}}}}
    file = written(tmp_path, json.dumps(document), "openapi.json")
    (found,) = load(str(file), LoaderSettings(), inputs=True).operations
    assert found.media_types == ("application/json", "text/csv")


def test_swagger_parameters_are_their_own_schemas(tmp_path: Path) -> None:
    """OpenAPI 2.0 has type and bounds beside the name."""
    parameter = {"name": "limit", "in": "query", "type": "integer", "maximum": 9, "collectionFormat": "csv"}
    document = {"swagger": "2.0", "paths": {"/a": {"get": {"parameters": [parameter]}}}}
    file = written(tmp_path, json.dumps(document), "openapi.json")
    (found,) = load(str(file), LoaderSettings(), inputs=True).operations[0].inputs
    assert found.constraint == Constraint(type="integer", maximum=9)


def test_inputs_know_where_they_stand(tmp_path: Path) -> None:
    """A finding about one points at it, not at the operation's security."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    found = inputs(
        tmp_path,
        parameters=[{"name": "q", "in": "query", "schema": {"type": "integer"}}],
        requestBody={"content": {"application/json": {"schema": schema}}},
    )
    pointers = [one.at.pointer if one.at else "" for one in found]
    assert pointers[0].endswith("/parameters/0")
    assert {pointer.rpartition("/")[2] for pointer in pointers[1:]} == {"requestBody"}


def test_the_examples_of_a_parameter_are_kept(tmp_path: Path) -> None:
    """Beside the schema and in it, single values only."""
    schema = {"type": "string", "examples": ["2026-02-28", ["a", "b"]], "default": "today"}
    day = {"name": "asOf", "in": "query", "example": "2026-01-31", "schema": schema}
    (found,) = inputs(tmp_path, parameters=[day])
    assert found.examples == ("2026-01-31", "2026-02-28")


@pytest.mark.parametrize(
    ("style", "written"),
    [({}, "ids=Q14&ids=Q15"), ({"explode": False}, "ids=Q14,Q15"), ({"in": "header"}, "")],
    ids=["exploded", "in one value", "in a header field"],
)
def test_the_lists_of_a_parameter_are_kept_as_written_in_a_url(
    tmp_path: Path, style: dict[str, object], written: str
) -> None:
    """Those of several elements; a list of one is a single value."""
    schema = {"type": "array", "items": {"type": "string"}, "examples": [["Q14"]]}
    ids = {"name": "ids", "in": "query", "example": ["Q14", "Q15"], "schema": schema, **style}
    (found,) = inputs(tmp_path, parameters=[ids])
    assert found.lists == ((written,) if written else ())


@pytest.mark.parametrize(
    ("style", "names"),
    [
        ({"style": "deepObject", "explode": True}, ["filter[status]", "filter[from]"]),
        ({}, ["status", "from"]),
        ({"explode": False}, []),
    ],
    ids=["deepObject", "form", "in one value"],
)
def test_members_of_an_object_in_the_query_are_parameters(
    tmp_path: Path, style: dict[str, object], names: list[str]
) -> None:
    """As they are on the wire."""
    schema = {
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": ["open", "closed"]},
            "from": {"type": "string", "format": "date"},
            "deep": {"type": "object"},
        },
    }
    found = inputs(tmp_path, parameters=[{"name": "filter", "in": "query", "schema": schema, **style}])
    assert [one.name for one in found] == names
    assert [one.constraint.allowed for one in found[:1]] == [("open", "closed")] * len(names[:1])
    assert not any(one.required for one in found)
