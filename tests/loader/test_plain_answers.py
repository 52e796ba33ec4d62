"""What is recognised as documented without openapi-core, openapi-core finds documented too."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specdrift.loader.matching.plain_answers import is_plainly_documented
from specdrift.loader.matching.response_checker import ResponseChecker

NAMES = st.sampled_from(["a", "b", "id"])
SCALARS: st.SearchStrategy[Any] = st.sampled_from(["", "a", "x", 0, 1, 2.5, 1.0, True, False, None])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(
    ["object", "array", "string", "boolean", "integer", "number", "null", "file", ["string", "null"]]
)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "nullable": st.booleans(),
            "readOnly": st.booleans(),
            "writeOnly": st.booleans(),
            "minimum": st.integers(0, 2),
            "format": st.sampled_from(["int32", "date", "binary"]),
            "not": inner,
        },
    )


SCHEMAS = st.recursive(st.just({}) | _schemas(st.just({})), _schemas, max_leaves=5)
CONTENT_TYPES = (
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/json;v=2",
    "text/html",
    "",
)


def _document(version: str, schema: object, *, declared: str = "application/json") -> dict[str, Any]:
    responses = {
        "200": {"description": "", "content": {declared: {"schema": schema}}},
        "204": {"description": ""},
    }
    return {
        "openapi": version,
        "info": {"title": "excerpt", "version": "0"},
        "paths": {"/": {"get": {"responses": responses}}},
        "components": {"schemas": {}},
    }


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    version=st.sampled_from(["3.0.3", "3.1.0"]),
    schema=SCHEMAS,
    value=VALUES,
    status=st.sampled_from([200, 200, 200, 204, 404]),
    content_type=st.sampled_from([CONTENT_TYPES[0], *CONTENT_TYPES]),
)
def test_what_is_recognised_is_as_documented(
    version: str, schema: dict[str, Any], value: object, status: int, content_type: str
) -> None:
    """The reverse need not hold: what is not recognised is given to openapi-core."""
    document, body = _document(version, schema), json.dumps(value).encode()
    if is_plainly_documented(document, status, content_type, body):
        assert ResponseChecker(document).errors(status, content_type, body) == ()


ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {}},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "recognised"),
    [
        ({"id": 1, "kind": "a", "tags": ["x"]}, True),
        ({"id": 1}, True),
        ({}, False),
        ({"id": "1"}, False),
        ({"id": True}, False),
        ({"id": 1, "kind": "c"}, False),
        ({"id": 1, "other": 2}, False),
        ({"id": 1, "tags": [None]}, False),
    ],
)
def test_a_usual_answer_is_recognised(value: object, recognised: bool) -> None:  # noqa: FBT001
    """Without that, nothing would be saved."""
    body = json.dumps(value).encode()
    assert is_plainly_documented(_document("3.1.0", ITEM), 200, "application/json", body) is recognised


def test_a_media_type_that_is_declared_twice_is_not_recognised() -> None:
    """openapi-core prefers the one with parameters."""
    document = _document("3.1.0", {})
    content = document["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert is_plainly_documented(document, 200, "application/json; charset=utf-8", b"{}")
    content["application/json; charset=utf-8"] = {"schema": {"type": "array"}}
    assert not is_plainly_documented(document, 200, "application/json; charset=utf-8", b"{}")
