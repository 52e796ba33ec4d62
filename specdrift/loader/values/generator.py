"""Generates values from schemas with Schemathesis, if the extra ``bodies`` is installed."""

import importlib.util
from functools import cache

from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.excerpt import UNUSABLE, Keep, excerpt
from specdrift.loader.references.reference_resolver import ReferenceResolver


@cache
def installed() -> bool:
    """Return whether the extra ``specdrift[bodies]`` is installed."""
    return importlib.util.find_spec("schemathesis") is not None


def generate(schema: DocumentNode, references: ReferenceResolver, *, version: str) -> list[Value]:
    """Return one small valid value of a schema, always the same; none if the schema allows none.

    ``version`` of the OpenAPI document decides the meaning of the schema's keywords.
    """
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import HypothesisException
    from schemathesis import Case, openapi
    from schemathesis.errors import SchemathesisError

    copied, schemas = excerpt(schema, references, keep=Keep.PATTERNS)
    made: list[Value] = []
    try:
        described = openapi.from_dict(_document(copied, schemas, version))

        @given(described["/"]["POST"].as_strategy())
        @settings(
            max_examples=1,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def draw(case: Case[Value]) -> None:
            made.append(case.body)

        draw()
    except (HypothesisException, SchemathesisError, *UNUSABLE):
        return []
    return [value for value in made[:1] if isinstance(value, dict | list | str | int | float)]


def _document(schema: Value, schemas: dict[str, Value], version: str) -> dict[str, Value]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": ""}}}
    return {
        "openapi": version,
        "info": {"title": "excerpt", "version": "0"},
        "paths": {"/": {"post": operation}},
        "components": {"schemas": schemas},
    }
