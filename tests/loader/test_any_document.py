"""Loading any document ends with a contract or with a reasoned refusal."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specdrift.errors import DocumentError
from specdrift.loader import Bodies, Matcher, load
from specdrift.loader.values import generator
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.requirement import Demand
from specdrift.rules import RULES
from specdrift.settings import LoaderSettings
from tests.examples import examples

WORDS = st.sampled_from(
    ["get", "post", "query", "security", "mtls", "$ref", "type", "mutualTLS", "apiKey", "in", "name", "path", "p",
     "#/paths/~1a", "#/components/parameters/p", "#/x", "x", "schema", "allOf", "properties", "required", "items",
     "object", "array", "string", "integer", "example", "examples", "value", "default", "enum", "url", "content"]
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=True) | WORDS | st.text(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Mostly what belongs there, sometimes anything."""
    return st.one_of(strategy, strategy, strategy, VALUES)


def members(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return a map with some of these members, each mostly right."""
    return maybe(st.fixed_dictionaries({}, optional={name: maybe(value) for name, value in fields.items()}))


REQUIREMENTS = st.lists(st.dictionaries(WORDS, st.lists(SCALARS, max_size=2), max_size=2), max_size=3)
REFERENCE = st.fixed_dictionaries(
    {
        "$ref": st.sampled_from(
            ["#/paths/~1a", "#/components/parameters/p", "#/x", "#/components/schemas/s", "x.yaml"]
        )
    }
)
SCHEMA = members(
    type=WORDS, example=VALUES, default=VALUES, enum=st.lists(VALUES), properties=st.dictionaries(WORDS, REFERENCE),
    required=st.lists(WORDS), items=REFERENCE, allOf=st.lists(REFERENCE), minimum=SCALARS, multipleOf=SCALARS,
    pattern=st.text(max_size=5), minLength=SCALARS, minItems=SCALARS,
)  # fmt: skip
PARAMETER = REFERENCE | members(
    name=WORDS, example=VALUES, schema=SCHEMA | REFERENCE, style=WORDS, explode=st.booleans(),
    required=st.booleans(), **{"in": st.sampled_from(["path", "query", "header", "cookie", "body", "formData"])},
)  # fmt: skip
CONTENT = st.dictionaries(
    st.sampled_from(["application/json", "multipart/form-data", "text/plain", "*/*"]),
    members(schema=SCHEMA, example=VALUES),
)
OPERATION = members(
    security=REQUIREMENTS, parameters=st.lists(PARAMETER, max_size=3), tags=st.lists(WORDS), operationId=WORDS,
    summary=WORDS, servers=st.lists(members(url=WORDS, variables=VALUES)), requestBody=members(content=CONTENT),
    responses=st.dictionaries(st.sampled_from(["200", "default", "4XX", "x-y"]), members(content=CONTENT)),
)  # fmt: skip
ITEM = members(
    get=OPERATION, post=OPERATION, query=OPERATION, parameters=st.lists(PARAMETER, max_size=2), security=REQUIREMENTS,
    additionalOperations=st.dictionaries(WORDS, OPERATION), **{"$ref": WORDS},
)  # fmt: skip
SCHEME = REFERENCE | members(
    type=st.sampled_from(["mutualTLS", "apiKey", "http", "basic", "?"]),
    scheme=WORDS,
    name=WORDS,
    **{"in": WORDS},
)
DOCUMENT = st.fixed_dictionaries(
    {"openapi": st.sampled_from(["3.0.3", "3.1.0", "3.2.0"])},
    optional={
        "info": members(title=SCALARS),
        "security": maybe(REQUIREMENTS),
        "paths": maybe(st.dictionaries(st.sampled_from(["/a", "/a/{p}", "/{", "x", "/a/{q}"]), maybe(ITEM))),
        "components": members(
            securitySchemes=st.dictionaries(WORDS, SCHEME),
            parameters=st.dictionaries(WORDS, PARAMETER),
            schemas=st.dictionaries(st.just("s"), SCHEMA),
        ),
        "servers": VALUES,
        "x": maybe(ITEM),
        "$self": WORDS,
    },
)

ONE_PATH: dict[str, object] = {"/always": {"get": {}}}


def contract_of(document: object) -> Contract | None:
    """Load a document; ``None`` when it is refused with a reason."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        try:
            return load("openapi.json", LoaderSettings(validate=True), cwd=Path(folder), bodies=Bodies.ALL)
        except DocumentError as error:
            reasons = error.diagnostics
    assert reasons
    assert all(diagnostic.rule in RULES for diagnostic in reasons)
    return None


@pytest.mark.slow
@given(document=DOCUMENT)
@settings(max_examples=examples(400), deadline=None)
def test_any_document_is_loaded_or_refused(document: object) -> None:
    """Never a traceback, and never an operation whose unknown demand has no reason. Half a minute: 400 documents."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator, "installed", lambda: False)  # Hypothesis does not run inside Hypothesis
        contract = contract_of(document)
    if contract is None:
        return
    for diagnostic in contract.diagnostics:
        assert diagnostic.rule in RULES
        assert diagnostic.message.endswith((".", "?", ")"))
    for operation in contract.operations:
        unknown = operation.requirement.demand is Demand.UNKNOWN
        assert unknown == bool(operation.requirement.reason)
        assert operation.target.startswith("/")
        assert operation.target.isascii()
        assert not set(operation.target) & set(' "<>#\\^`{}|')


@pytest.mark.slow
@given(document=DOCUMENT)
@settings(max_examples=examples(100), deadline=None)
def test_any_document_can_be_matched_and_checked(document: dict[str, object]) -> None:
    """Every operation can be matched, and broken schemas give no errors."""
    paths = document.get("paths")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator, "installed", lambda: False)
        contract = contract_of(
            {**document, "paths": {**(paths if isinstance(paths, dict) else {}), **ONE_PATH}}
        )
    if contract is None:
        return
    assert contract.operations
    matcher = Matcher(contract, "https://api.example.com")
    for operation in contract.operations:
        found = matcher.operation(operation.key.method, operation.target)
        assert found is None or found.method == operation.key.method
        assert isinstance(matcher.response_errors(operation.key, 200, "application/json", b"{}"), tuple)
