"""Made-up values of requests that may change something: of the right format, and of nothing that exists."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from specdrift.loader.contract_loader import load
from specdrift.loader.operations.operation_reader import Bodies
from specdrift.loader.parse import scalars
from specdrift.loader.values import generator, improbable
from specdrift.model.contract.operation import MADE_UP
from specdrift.settings import LoaderSettings
from tests.loader.documents import loaded, operation, written

if TYPE_CHECKING:
    from pathlib import Path

SCHEMAS: tuple[dict[str, Any], ...] = (
    {"type": "string"},
    {"type": "string", "minLength": 64},
    {"type": "string", "maxLength": 12},
    {"type": "string", "minLength": 64, "maxLength": 64},
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    {"type": "string", "pattern": "^[0-9a-f]{24}$"},
    {"type": "string", "pattern": "^[A-Z]{3}-\\d{8}$"},
    {"type": "string", "pattern": "^[a-zA-Z0-9][a-zA-Z0-9_.-]+$"},
    {"type": "string", "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"},
    {"type": "string", "pattern": "^\\w+$", "maxLength": 20},
    {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}(-preview)?$"},
    {"type": "string", "pattern": "^(?:v[0-9]+|latest)(\\.(rc|beta)[0-9]){2}$"},
    *({"type": "string", "format": name} for name in ("uuid", "date", "date-time", "email", "uri", "ipv4")),
    {"type": "integer"},
    {"type": "integer", "minimum": 1, "maximum": 1000},
    {"type": "integer", "exclusiveMaximum": 500_000, "multipleOf": 7},
    {"type": "integer", "minimum": 10**12},
    {"type": "number", "maximum": 100.5},
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
def test_a_made_up_value_is_valid_and_improbable(schema: dict[str, Any]) -> None:
    """Never short, so that it is no prefix of an identifier, and never a small number."""
    value = scalars.make_improbable(schema["type"], schema, integer=improbable.INTEGER)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)
    assert value == scalars.make_improbable(schema["type"], schema, integer=improbable.INTEGER)
    if isinstance(value, str):
        assert len(value) >= min(schema.get("maxLength", 9), 9)
    else:
        assert isinstance(value, int | float)
        assert value >= min(schema.get("maximum", 90) - 1.5, 90)


def test_flags_are_off() -> None:
    """``force`` and ``recursive`` are flags."""
    assert scalars.make_improbable("boolean", {}, integer=1) is False


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(\\w+)+!$", "(((((x*)*)*)*)*)*y", "[", "a{99999}"])
def test_a_hostile_pattern_takes_no_time(pattern: str) -> None:
    """It may match nothing; the value is still an improbable one."""
    began = time.process_time()
    assert len(improbable.matching(pattern)) >= 6
    assert time.process_time() - began < 1


def test_only_requests_that_may_change_something_have_them(tmp_path: Path) -> None:
    """A short value of a GET may find something to read; each value is recorded as made up."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        info: {title: t, version: "1"}
        paths:
          /containers/{id}/{undeclared}:
            parameters:
              - {name: id, in: path, required: true, schema: {type: string}}
              - {name: size, in: query, required: true, schema: {type: integer}}
            get: {}
            delete: {}
            put: {}
        """,
    )
    contract = loaded(tmp_path)
    assert operation(contract, "GET /containers/{id}/{undeclared}").target == "/containers/1/1?size=1"
    for method in ("DELETE", "PUT"):
        found = operation(contract, f"{method} /containers/{{id}}/{{undeclared}}")
        assert found.target == f"/containers/{improbable.TEXT}/{improbable.TEXT}?size=90731"
        assert all(value.source in MADE_UP for value in found.parameters)


@pytest.mark.parametrize("installed", [True, False])
def test_bodies_have_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, installed: bool) -> None:
    """Also those of the optional generator, which prefers short ones."""
    if not installed:
        monkeypatch.setattr(generator, "installed", lambda: False)
    written(
        tmp_path,
        """
        openapi: 3.1.0
        info: {title: t, version: "1"}
        paths:
          /c:
            post:
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      required: [name, size, force, kind]
                      properties:
                        name: {type: string}
                        size: {type: integer}
                        force: {type: boolean}
                        kind: {enum: [a, b]}
        """,
    )
    contract = load("openapi.yaml", LoaderSettings(), cwd=tmp_path, bodies=Bodies.ALL)
    body = contract.operations[0].body
    assert body is not None
    assert body.source in MADE_UP
    assert json.loads(body.content) == {
        "name": improbable.TEXT,
        "size": improbable.QUANTITY,
        "force": False,
        "kind": "a",
    }
    assert re.search(rb"7f3a9c2e", body.content)


def test_an_absent_resource_has_improbable_values_whatever_the_document_states(tmp_path: Path) -> None:
    """Each path parameter gets one of its format; the rest of the request stays. Paths without one name nothing."""
    file = tmp_path / "openapi.yaml"
    file.write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n"
        "  /orders/{id}/parts/{part}:\n    get:\n      parameters:\n"
        "        - {name: id, in: path, required: true, example: 7, schema: {type: integer}}\n"
        "        - {name: part, in: path, required: true, schema: {type: string, format: uuid}}\n"
        "        - {name: unit, in: query, required: true, schema: {type: string, enum: [mm]}}\n"
        "  /orders:\n    get: {}\n"
    )
    contract = load(str(file), LoaderSettings(), cwd=tmp_path)
    assert contract.requests is not None
    keys = {operation.key.path: operation.key for operation in contract.operations}
    made = contract.requests.with_absent_values(keys["/orders/{id}/parts/{part}"])
    assert made is not None
    assert made.target == f"/orders/{improbable.INTEGER}/parts/{improbable.FORMATS['uuid']}?unit=mm"
    assert contract.requests.with_absent_values(keys["/orders"]) is None
