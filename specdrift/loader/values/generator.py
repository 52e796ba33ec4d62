"""Generates values from schemas with Schemathesis, if the extra ``bodies`` is installed."""

import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from specdrift.loader.parse import scalars
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.excerpt import UNUSABLE, Keep, excerpt
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.values import improbable
from specdrift.loader.values.value_choice import stated
from specdrift.model.contract.operation import ValueSource


@cache
def installed() -> bool:
    """Return whether the extra ``bodies`` is installed."""
    return importlib.util.find_spec("schemathesis") is not None


def generate(schema: DocumentNode, references: ReferenceResolver, *, version: str) -> list[Value]:
    """Return one small valid value of a schema, always the same; none if the schema allows none.

    Members have the examples and defaults of the document. Other texts and numbers are of nothing that exists, unless
    the schema then allows no value. ``version`` of the OpenAPI document decides the meaning of the schema's keywords.
    """
    copied, schemas = excerpt(schema, references, keep=Keep.PATTERNS)
    own, own_schemas = excerpt(schema, references, keep=Keep.PATTERNS, own_value=_own_value)
    if own != copied or own_schemas != schemas:
        value = _drawn(*_all_pinned(own, own_schemas), version)
        if value:
            return value
    return _drawn(*_all_pinned(copied, schemas), version) or _drawn(copied, schemas, version)


def _own_value(schema: dict[str, Value]) -> Value:
    """Return the example or the default of a Schema Object. A ``const`` and an ``enum`` decide by themselves."""
    found = stated(schema)
    return found.value if found and found.source in (ValueSource.EXAMPLE, ValueSource.DEFAULT) else None


def _all_pinned(schema: Value, schemas: dict[str, Value]) -> tuple[Value, dict[str, Value]]:
    return _pinned(schema), {name: _pinned(one) for name, one in schemas.items()}


def _pinned(schema: Value) -> Value:
    """Return a copy in which each text, number and flag without a list of values has one that is improbable."""
    if isinstance(schema, list):
        return [_pinned(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _PINNED and _DECIDING.isdisjoint(schema):
        return {"enum": [scalars.make_improbable(kind, schema, integer=improbable.QUANTITY)]}
    return {key: one if key in _LISTS else _pinned(one) for key, one in schema.items()}


_PINNED = frozenset({"string", "integer", "number", "boolean"})
_DECIDING = frozenset({"enum", "const", "pattern", "allOf", "anyOf", "oneOf", "not", "if"})
_LISTS = frozenset({"enum", "const", "required", "type", "dependentRequired"})


def _drawn(copied: Value, schemas: dict[str, Value], version: str) -> list[Value]:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import HypothesisException
    from schemathesis import Case, openapi
    from schemathesis.config import SchemathesisConfig
    from schemathesis.errors import SchemathesisError

    made: list[Value] = []
    try:
        # Without a configuration it would read one of the working folder, which may name code to run ("hooks").
        described = openapi.from_dict(_document(copied, schemas, version), config=SchemathesisConfig())

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

        with _storage_elsewhere():
            draw()
    except (HypothesisException, SchemathesisError, *UNUSABLE):
        return []
    return [value for value in made[:1] if isinstance(value, dict | list | str | int | float)]


@contextmanager
def _storage_elsewhere() -> Iterator[None]:
    """Let Hypothesis keep its tables in a folder of ours: its own is in the working folder, which it reads too."""
    from hypothesis.configuration import set_hypothesis_home_dir, storage_directory

    before = storage_directory(intent_to_write=False).home_directory
    with tempfile.TemporaryDirectory(prefix="specdrift-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(before)


def _document(schema: Value, schemas: dict[str, Value], version: str) -> dict[str, Value]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": ""}}}
    return {
        "openapi": version,
        "info": {"title": "excerpt", "version": "0"},
        "paths": {"/": {"post": operation}},
        "components": {"schemas": schemas},
    }
