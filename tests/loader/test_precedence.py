"""A request of a template that another operation's path fits as well is that operation's, and is not made."""

import json
import time
from pathlib import Path

import pytest

from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.selector import Selector
from specdrift.settings import OperationSettings
from tests.loader.documents import loaded, operation, written

ME = OperationKey(path="/users/me", method="GET")


def of_users(
    folder: Path,
    *parameters: object,
    path: str = "/users/{id}",
    beside: tuple[str, ...] = ("/users/me",),
    method: str = "get",
    configured: dict[str, str] | None = None,
    **members: object,
) -> Operation:
    """``GET /users/{id}`` with these parameters, in a document that has the paths ``beside`` it."""
    document = {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"parameters": list(parameters)}}, **{one: {method: {}} for one in beside}},
        **members,
    }
    written(folder, json.dumps(document), "openapi.json")
    entry = OperationSettings(include=Selector(paths=(path,)), parameters=configured or {})
    return operation(loaded(folder, "openapi.json", operations=(entry,)), f"GET {path}")


def named(name: str = "id", **fields: object) -> dict[str, object]:
    """A parameter of the path."""
    return {"name": name, "in": "path", "required": True, **fields}


OTHERS = {
    "the next example": (named(examples={"a": {"value": "me"}, "b": {"value": "you"}}), "you", "example"),
    "the schema's example": (named(example="me", schema={"example": "you"}), "you", "example"),
    "the default": (named(example="me", schema={"default": "you"}), "you", "default"),
    "the next of an enum": (named(schema={"enum": ["me", "you"]}), "you", "enum"),
    "an enum below allOf": (
        named(schema={"allOf": [{"$ref": "#/components/schemas/Who"}, {"type": "string"}]}),
        "you",
        "enum",
    ),
    "the type's own": (named(example="me", schema={"type": "integer", "minimum": 5}), "5", "type"),
    "the format's own": (
        named(example="me", schema={"type": "string", "format": "date"}),
        "2024-01-01",
        "type",
    ),
    "an example that is a segment": (
        named(example="me", schema={"examples": ["", "..", "x"]}),
        "x",
        "example",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_value_is_taken_where_there_is_one(tmp_path: Path, name: str) -> None:
    """Of the same sources, in the same order; reports name it."""
    parameter, value, source = OTHERS[name]
    found = of_users(tmp_path, parameter, components={"schemas": {"Who": {"enum": ["me", "you"]}}})
    assert (found.target, found.taken_for) == (f"/users/{value}", None)
    assert [(one.value, one.source) for one in found.parameters] == [(value, source)]


KEPT = {
    "no other value": (named(schema={"enum": ["me"]}), {}),
    "only values that are others'": (
        named(schema={"enum": ["me", "you"]}),
        {"beside": ("/users/me", "/users/you")},
    ),
    "a constant": (named(schema={"type": "string", "const": "me"}), {}),
    "the owner's word": (named(schema={"enum": ["you"]}), {"configured": {"id": "me"}}),
}


@pytest.mark.parametrize("name", KEPT)
def test_without_another_value_the_other_operation_is_named(tmp_path: Path, name: str) -> None:
    """It is for the owner to give one: nothing is made up that the document does not allow."""
    parameter, more = KEPT[name]
    found = of_users(tmp_path, parameter, **more)  # type: ignore[arg-type]
    assert (found.target, found.taken_for) == ("/users/me", ME)


APART = {
    "another method": {"method": "post"},
    "another path": {"beside": ("/users/me/", "/users/ME", "/users/me/x", "/users")},
    "a template": {"beside": ("/users/{name}",)},
    "no other path": {"beside": ()},
}


@pytest.mark.parametrize("name", APART)
def test_a_request_of_its_own_stays_as_it_is(tmp_path: Path, name: str) -> None:
    """Precedence is that of concrete paths with the same method, and of nothing else."""
    found = of_users(tmp_path, named(example="me"), **APART[name])  # type: ignore[arg-type]
    assert (found.target, found.taken_for) == ("/users/me", None)


@pytest.mark.parametrize(
    ("value", "beside", "other"),
    [
        ("é", "/users/é", True),
        ("é", "/users/%C3%A9", True),
        ("a@b", "/users/a@b", True),
        ("a/b", "/users/a/b", False),
    ],
)
def test_paths_are_compared_as_a_server_reads_them(
    tmp_path: Path, value: str, beside: str, *, other: bool
) -> None:
    """An encoded character is the character; an encoded slash is none."""
    found = of_users(tmp_path, named(schema={"enum": [value]}), beside=(beside,))
    assert (found.taken_for is not None) is other


def test_of_several_parameters_one_that_has_another_value_gives_way(tmp_path: Path) -> None:
    """The query is no part of it."""
    found = of_users(
        tmp_path,
        named("a", schema={"enum": ["x"]}),
        named("b", schema={"enum": ["y", "z"]}),
        {"name": "q", "in": "query", "required": True, "example": 1},
        path="/{a}/{b}",
        beside=("/x/y",),
    )
    assert (found.target, found.taken_for) == ("/x/z?q=1", None)


def test_an_expression_without_a_parameter_has_no_other_value(tmp_path: Path) -> None:
    """The one that is made up may be a path of its own."""
    found = of_users(tmp_path, beside=("/users/1",))
    assert found.taken_for == OperationKey(path="/users/1", method="GET")


def test_schemas_in_circles_come_to_an_end(tmp_path: Path) -> None:
    """With nothing to take, in however many branches."""
    circle = {"oneOf": [{"$ref": "#/components/schemas/Who"}] * 30, "enum": []}
    parameter = named(example="me", schema={"$ref": "#/components/schemas/Who"})
    began = time.monotonic()
    of_users(tmp_path, parameter, components={"schemas": {"Who": circle}})
    assert time.monotonic() - began < 5
