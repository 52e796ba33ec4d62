"""A usable value for every parameter, where it came from, and the request it makes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from specdrift.loader.operations import serialise
from specdrift.loader.parse import scalars
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.selector import Selector
from specdrift.settings import OperationSettings
from tests.loader.documents import loaded, operation, said, written


def described(
    folder: Path, path: str, *parameters: object, version: str = "3.1.0", **fields: object
) -> Operation:
    """Load a description whose only operation has these parameters."""
    document = {
        "swagger" if version == "2.0" else "openapi": version,
        "paths": {path: {"get": {"parameters": list(parameters)}}},
        **fields,
    }
    written(folder, json.dumps(document), "openapi.json")
    (found,) = loaded(folder, "openapi.json").operations
    return found


def in_path(**fields: object) -> dict[str, object]:
    """Return a parameter named ``p`` of the path."""
    return {"name": "p", "in": "path", "required": True, **fields}


SOURCES = {
    "example": (in_path(example=7, schema={"default": 1}), "7", "example"),
    "examples": (in_path(examples={"a": {"externalValue": "x"}, "b": {"value": "v"}}), "v", "example"),
    "example of content": (
        in_path(content={"application/json": {"example": {"a": 1}}}),
        "%7B%22a%22%3A1%7D",
        "example",
    ),
    "example of the schema": (in_path(schema={"example": "e", "default": "d"}), "e", "example"),
    "examples of the schema": (in_path(schema={"examples": ["e"], "default": "d"}), "e", "example"),
    "default": (in_path(schema={"default": "d", "enum": ["e"]}), "d", "default"),
    "const": (in_path(schema={"const": "c", "enum": ["e"]}), "c", "const"),
    "enum": (in_path(schema={"enum": [None, "e"]}), "e", "enum"),
    "type": (in_path(schema={"type": "boolean"}), "true", "type"),
    "no schema": (in_path(), "1", "type"),
    "a schema that is none": (in_path(schema=7), "1", "type"),
    "an example that is no segment": (in_path(example="", schema={"type": "integer"}), "1", "type"),
    "an example that is another path": (in_path(example="..", schema={"enum": ["."]}), "1", "type"),
    "a slash": (in_path(example="a/b c"), "a%2Fb%20c", "example"),
    "beyond ASCII": (in_path(example="é"), "%C3%A9", "example"),
    "half a surrogate pair": (in_path(example="\ud83d"), "%3F", "example"),
    "one branch": (
        in_path(schema={"oneOf": [{"type": "null"}, {"type": "integer", "minimum": 5}]}),
        "5",
        "type",
    ),
    "nullable": (in_path(schema={"type": ["null", "integer"]}), "1", "type"),
    "pattern": (in_path(schema={"type": "string", "pattern": "^[A-Z]{3}$"}), "ABC", "type"),
    "length": (in_path(schema={"type": "string", "minLength": 3}), "111", "type"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_value_is_what_the_author_wrote_else_what_the_type_allows(tmp_path: Path, name: str) -> None:
    """Examples, then default, const and enum, then type and format; the source is reported."""
    parameter, text, source = SOURCES[name]
    found = described(tmp_path, "/a/{p}", parameter)
    assert found.target == f"/a/{text}"
    assert [(p.name, p.location, p.source.value) for p in found.parameters] == [("p", "path", source)]


@pytest.mark.parametrize("format_", sorted(scalars.FORMATS))
def test_each_format_has_a_value(tmp_path: Path, format_: str) -> None:
    """One that a server is likely to take."""
    found = described(tmp_path, "/a/{p}", in_path(schema={"type": "string", "format": format_}))
    assert [p.value for p in found.parameters] == [scalars.FORMATS[format_]]


LIST, MAP = [3, 4, 5], {"role": "admin", "first": "Alex"}

# style, explode, value, what stands in the request: the table of "Style Examples".
PATHS = [
    ("simple", "", LIST, "3,4,5"),
    ("simple", "explode", LIST, "3,4,5"),
    ("simple", "", MAP, "role,admin,first,Alex"),
    ("simple", "explode", MAP, "role=admin,first=Alex"),
    ("label", "", "blue", ".blue"),
    ("label", "", LIST, ".3,4,5"),
    ("label", "explode", LIST, ".3.4.5"),
    ("label", "explode", MAP, ".role=admin.first=Alex"),
    ("matrix", "", "blue", ";p=blue"),
    ("matrix", "", LIST, ";p=3,4,5"),
    ("matrix", "explode", LIST, ";p=3;p=4;p=5"),
    ("matrix", "", MAP, ";p=role,admin,first,Alex"),
    ("matrix", "explode", MAP, ";role=admin;first=Alex"),
]
QUERIES = [
    ("form", "explode", "blue", "p=blue"),
    ("form", "explode", LIST, "p=3&p=4&p=5"),
    ("form", "", LIST, "p=3,4,5"),
    ("form", "explode", MAP, "role=admin&first=Alex"),
    ("form", "", MAP, "p=role,admin,first,Alex"),
    ("spaceDelimited", "", LIST, "p=3%204%205"),
    ("pipeDelimited", "", LIST, "p=3%7C4%7C5"),
    ("deepObject", "explode", MAP, "p%5Brole%5D=admin&p%5Bfirst%5D=Alex"),
]

RAW = ["x y", "z="]
# style and explode as given, value, what stands in Cookie (OpenAPI 3.2.0, "Style Values" and "Style Examples").
COOKIES: list[tuple[dict[str, object], object, str]] = [
    ({}, RAW, "p=x%20y; p=z%3D"),
    ({"style": "form", "explode": False}, RAW, "p=x%20y,z%3D"),
    ({"style": "form"}, "a&b", "p=a%26b"),
    ({"style": "cookie"}, RAW, "p=x y; p=z="),
    ({"style": "cookie"}, "Hello%2C%20world!", "p=Hello%2C%20world!"),
    ({"style": "cookie"}, "a&b", "p=a&b"),
    ({"style": "cookie"}, MAP, "role=admin; first=Alex"),
    ({"style": "cookie", "explode": True}, MAP, "role=admin; first=Alex"),
    ({"style": "cookie", "explode": False}, "blue", "p=blue"),
]


@pytest.mark.parametrize(("style", "explode", "value", "expected"), PATHS)
def test_a_path_value_is_written_in_its_style(style: str, explode: str, value: object, expected: str) -> None:
    """Lists and maps included."""
    assert serialise.path("p", value, style=style, explode=explode == "explode") == expected


@pytest.mark.parametrize(("style", "explode", "value", "expected"), QUERIES)
def test_a_query_value_is_written_in_its_style(
    style: str, explode: str, value: object, expected: str
) -> None:
    """Lists and maps included."""
    assert serialise.query("p", value, style=style, explode=explode == "explode") == expected


@pytest.mark.parametrize(("given", "value", "expected"), COOKIES)
def test_a_cookie_is_written_in_its_style(
    tmp_path: Path, given: dict[str, object], value: object, expected: str
) -> None:
    """Style ``cookie`` has its values as they are, ``form`` and no style percent-encode them."""
    parameter = {"name": "p", "in": "cookie", "required": True, "example": value, **given}
    assert described(tmp_path, "/a", parameter, version="3.2.0").headers == (("Cookie", expected),)


def test_only_what_is_required_is_sent(tmp_path: Path) -> None:
    """Optional parameters change what an operation answers; they are left out unless asked for."""
    found = described(
        tmp_path,
        "/a",
        {"name": "q", "in": "query", "required": True, "example": ["x", "y"]},
        {"name": "optional", "in": "query", "example": 1},
        {"name": "X-Need", "in": "header", "required": True, "schema": {"type": "integer"}},
        {"name": "X-Optional", "in": "header", "example": 1},
        {"name": "Authorization", "in": "header", "required": True, "example": "no"},
        {"name": "session", "in": "cookie", "required": True, "example": "s"},
        {"name": "theme", "in": "cookie", "required": True, "example": ["a", "b"]},
    )
    assert found.target == "/a?q=x&q=y"
    assert found.headers == (("X-Need", "1"), ("Cookie", "session=s; theme=a; theme=b"))
    assert [p.name for p in found.parameters] == ["q", "X-Need", "session", "theme"]


def test_the_configuration_takes_precedence(tmp_path: Path) -> None:
    """Also for optional parameters, and for template names that have none; later entries win."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths:
          /a/{id}/{undeclared}:
            get:
              tags: [t]
              operationId: getA
              parameters:
                - {name: id, in: path, required: true, example: 1}
                - {name: limit, in: query}
            put: {}
        """,
    )
    entries = (
        OperationSettings(
            include=Selector(paths=("/a/*",), methods=("get",)), parameters={"id": "x/y", "limit": "5"}
        ),
        OperationSettings(
            include=Selector(tags=("t",)), parameters={"id": "7"}, allow_roles=frozenset({"r"})
        ),
        OperationSettings(
            include=Selector(), exclude=Selector(methods=("GET",)), parameters={"undeclared": "u"}
        ),
        OperationSettings(include=Selector(operation_ids=("other",)), parameters={"id": "no"}),
    )
    contract = loaded(tmp_path, operations=entries)
    get, put = (
        operation(contract, "GET /a/{id}/{undeclared}"),
        operation(contract, "PUT /a/{id}/{undeclared}"),
    )
    assert (get.target, set(get.roles)) == ("/a/7/1?limit=5", {"r"})
    assert put.target == "/a/specdrift-made-up-7f3a9c2e5b8d/u"
    assert [(p.name, p.source.value) for p in put.parameters] == [("id", "type"), ("undeclared", "config")]


def test_the_operation_s_parameter_wins_over_the_path_item_s(tmp_path: Path) -> None:
    """By name and place; those of another place stay."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths:
          /a/{p}:
            parameters:
              - {name: p, in: path, required: true, example: shared}
              - {name: p, in: query, required: true, example: query}
            get:
              parameters:
                - {name: p, in: path, required: true, example: own}
            put: {}
        """,
    )
    contract = loaded(tmp_path)
    assert [o.target for o in contract.operations] == ["/a/own?p=query", "/a/shared?p=query"]


def test_a_header_that_cannot_be_sent_is_missing(tmp_path: Path) -> None:
    """A line break in an example would be a second header."""
    found = described(
        tmp_path,
        "/a",
        {"name": "X-A", "in": "header", "required": True, "example": "a\r\nX-B: b"},
        {"name": "X C", "in": "header", "required": True, "example": "c"},
    )
    assert (found.headers, found.missing) == ((), ("X-A", "X C"))


TEMPLATES = {
    "/a b/é": "/a%20b/%C3%A9",
    "/a%20b": "/a%20b",
    "/a?fixed=1": "/a?fixed=1&q=1",
    "/a#b": "/a%23b",
    "/{x}.{y}/{x}": "/1.1/1",
    "/a/{broken": "/a/%7Bbroken",
    '/"<>': "/%22%3C%3E",
}


@pytest.mark.parametrize("path", TEMPLATES)
def test_a_template_becomes_a_target_that_http_can_hold(tmp_path: Path, path: str) -> None:
    """What is encoded stays; what cannot be sent is encoded."""
    query = [{"name": "q", "in": "query", "required": True}] if "?" in path else []
    assert described(tmp_path, path, *query).target == TEMPLATES[path]


def test_a_query_string_as_a_whole(tmp_path: Path) -> None:
    """``in: querystring`` of OpenAPI 3.2."""
    found = described(
        tmp_path,
        "/a",
        {
            "name": "all",
            "in": "querystring",
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"example": {"a b": "c&d", "n": 1}}},
        },
        version="3.2.0",
    )
    assert found.target == "/a?a+b=c%26d&n=1"


def test_reserved_characters_may_be_allowed(tmp_path: Path) -> None:
    """But not the one that ends a target."""
    found = described(
        tmp_path,
        "/a",
        {"name": "q", "in": "query", "required": True, "example": "a/b#c", "allowReserved": True},
    )
    assert found.target == "/a?q=a/b%23c"


def test_parameters_of_swagger_2(tmp_path: Path) -> None:
    """Types of their own, and collection formats."""
    found = described(
        tmp_path,
        "/a/{p}",
        {"name": "p", "in": "path", "required": True, "type": "integer", "minimum": 3},
        {"name": "multi", "in": "query", "required": True, "type": "array", "items": {"enum": ["x"]}, "minItems": 2,
         "collectionFormat": "multi"},
        {"name": "pipes", "in": "query", "required": True, "type": "array", "default": [1, 2],
         "collectionFormat": "pipes"},
        {"name": "tabs", "in": "query", "required": True, "type": "array", "default": [1, 2],
         "collectionFormat": "tsv"},
        {"name": "X-Csv", "in": "header", "required": True, "type": "array", "default": [1, 2]},
        {"name": "body", "in": "body", "required": True},
        version="2.0",
    )  # fmt: skip
    assert found.target == "/a/3?multi=x&multi=x&pipes=1%7C2&tabs=1%092"
    assert found.headers == (("X-Csv", "1,2"),)


def test_a_parameter_without_a_name_is_passed_over(tmp_path: Path) -> None:
    """As are places that no version has, and lists that are none."""
    found = described(
        tmp_path, "/a", {"in": "query", "required": True}, {"name": "x", "in": "body", "required": True}, 7
    )
    assert (found.target, found.parameters) == ("/a", ())


BOUNDS = st.fixed_dictionaries(
    {},
    optional={
        "minimum": st.integers(-50, 50),
        "maximum": st.integers(-50, 50),
        "exclusiveMinimum": st.integers(-50, 50),
        "exclusiveMaximum": st.integers(-50, 50),
        "multipleOf": st.integers(1, 9),
    },
)


@given(bounds=BOUNDS)
def test_an_integer_keeps_its_bounds_where_they_leave_room(bounds: dict[str, int]) -> None:
    """Ten apart there always is room for a multiple of up to nine."""
    low = max(bounds.get("minimum", -99), bounds.get("exclusiveMinimum", -99))
    high = min(bounds.get("maximum", 99), bounds.get("exclusiveMaximum", 99))
    schema = {"type": "integer", **bounds}
    if high - low > 20:
        assert list(Draft202012Validator(schema).iter_errors(scalars.make("integer", schema))) == []


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"minimum": 5, "exclusiveMinimum": True}, 6),
        ({"maximum": -5, "exclusiveMaximum": True}, -6),
        ({"minimum": "a", "maximum": None}, 1),
        ({"minimum": 10**400}, 1),
        ({"minimum": 7, "multipleOf": 5}, 10),
        ({"minimum": float("nan")}, 1),
        ({"multipleOf": 0}, 1),
        ({"minimum": 3, "maximum": 2}, 1),
    ],
)
def test_unusual_bounds_are_handled(schema: dict[str, object], expected: int) -> None:
    """Those of 3.0 are understood; those that are wrong are passed over."""
    assert scalars.make("integer", schema) == expected


def test_a_lost_parameter_is_reported_and_the_rest_is_sent(tmp_path: Path) -> None:
    """Once, however many operations share the reference."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths:
          /a:
            parameters: [{$ref: '#/nowhere'}, {name: q, in: query, required: true}]
            get: {}
            put: {}
        """,
    )
    contract = loaded(tmp_path)
    assert [o.target for o in contract.operations] == ["/a?q=1", "/a?q=specdrift-made-up-7f3a9c2e5b8d"]
    assert said(contract.diagnostics) == [
        "openapi.yaml:4: #/nowhere not found. The parameter is omitted from GET /a."
    ]
