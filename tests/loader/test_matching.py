"""Which operation a request means, and whether an answer is as documented."""

import json
import pickle
import warnings
from pathlib import Path

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from specdrift.loader import Matcher, load
from specdrift.loader.matching.providers import ProviderFactory
from specdrift.model.contract.operation import OperationKey
from specdrift.settings import LoaderSettings
from tests.loader.documents import SPECS, loaded, written

BASE = "https://api.example.com:8443/v1"

PATHS = """
openapi: 3.2.0
servers: [{url: 'https://elsewhere.example.com'}]
paths:
  /: {get: {}}
  /items: {get: {}, post: {}}
  /items/{id}: {get: {}, query: {}, additionalOperations: {LOCK: {}, purge: {}}}
  /items/mine: {get: {}}
  /items/{id}/parts/{part}: {get: {}}
  /files/{name}.{suffix}: {get: {}}
  /odd{: {get: {}}
  /{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}!: {get: {}}
  /a+b(c): {get: {}}
"""

TARGETS = {
    "GET /": "/",
    "GET /items": "/items",
    "POST /items?x=1": "/items",
    "PUT /items": None,
    "get /items": None,
    "GET /items/": None,
    "GET /items/7": "/items/{id}",
    "GET /items/mine": "/items/mine",
    "GET /items/7/parts/x%2Fy": "/items/{id}/parts/{part}",
    "GET /items/7/parts": None,
    "QUERY /items/7": "/items/{id}",
    "LOCK /items/7": "/items/{id}",
    "purge /items/7": "/items/{id}",
    "PURGE /items/7": None,
    "GET /files/a.txt": "/files/{name}.{suffix}",
    "GET /prefix/items": None,
    "GET /v1/items": None,
    "GET /a+b(c)": "/a+b(c)",
    "GET /aab(c)": None,
    "GET /nothing": None,
    "GET /odd{": "/odd{",
    "GET /nothing-that-ends-as-it-should": None,
}


@pytest.fixture
def matcher(tmp_path: Path) -> Matcher:
    """A matcher of the paths above."""
    written(tmp_path, PATHS)
    return Matcher(loaded(tmp_path), BASE)


@pytest.mark.parametrize("request_line", TARGETS)
def test_a_target_means_the_operation_of_its_template(matcher: Matcher, request_line: str) -> None:
    """Below the base URL that was tested, wherever the document says its servers are."""
    method, _, target = request_line.partition(" ")
    expected = TARGETS[request_line]
    assert matcher.operation(method, f"/v1{target}") == (
        expected and OperationKey(path=expected, method=method)
    )


@pytest.mark.parametrize("name", ["rules/07-mutual-tls-in-2.0.yaml", "rules/14-methods-3.2.yaml"])
def test_every_version_is_matched(name: str) -> None:
    """Every operation finds itself again."""
    contract = loaded(SPECS, name)
    matcher = Matcher(contract, BASE)
    assert [matcher.operation(o.key.method, f"/v1{o.target}") for o in contract.operations] == [
        o.key for o in contract.operations
    ]


ANSWERS = """
openapi: {version}
paths:
  /a:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {{$ref: '#/components/schemas/item'}}
        4XX: {{description: none}}
components:
  schemas:
    item:
      type: object
      required: [id]
      additionalProperties: false
      patternProperties: {{'^x-': {{}}}}
      properties:
        id: {{type: integer}}
        name: {nullable}
        child: {{$ref: '#/components/schemas/item'}}
        code: {{type: string, pattern: '^(a+)+$'}}
"""
NULLABLE = {
    "3.0.3": "{type: string, nullable: true}",
    "3.1.0": "{type: [string, 'null']}",
    "3.2.0": "{type: [string, 'null']}",
}
JSON = "application/json"
KEY = OperationKey(path="/a", method="GET")

VERDICTS: list[tuple[int, str, object, tuple[str, ...]]] = [
    (200, JSON, {"id": 1, "name": None, "child": {"id": 2}}, ()),
    (200, "application/json; charset=utf-8", {"id": 1}, ()),
    (200, JSON, {}, ("the body is not as documented: 'id' is a required property",)),
    (200, JSON, {"id": 1, "child": {"id": "x"}},
     ("the body at /child/id is not as documented: 'x' is not of type 'integer'",)),
    (200, JSON, {"id": 1, "code": "a" * 40 + "!"}, ()),
    (200, JSON, {"id": 1, "x-a": 1}, ()),
    (200, "text/html", "<html>", ("content type text/html is not documented (documented: application/json)",)),
    (200, JSON, "{", ("the body is not JSON",)),
    (200, JSON, "", ()),
    (404, "text/html", "whatever", ()),
    (500, "text/html", "oops", ("status 500 is not documented (documented: 200, 4XX)",)),
]  # fmt: skip


@pytest.mark.parametrize("version", NULLABLE)
@pytest.mark.parametrize(("status", "content_type", "body", "expected"), VERDICTS)
def test_an_answer_is_held_against_its_schema(
    tmp_path: Path, version: str, status: int, content_type: str, body: object, expected: tuple[str, ...]
) -> None:
    """Status, media type and body; recursive schemas and slow patterns included."""
    written(tmp_path, ANSWERS.format(version=version, nullable=NULLABLE[version]))
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    assert Matcher(loaded(tmp_path), BASE).response_errors(KEY, status, content_type, data) == expected


OF_ANOTHER_TYPE = [
    ("application/hal+json", "application/hal+json", '{"id": 1}', ()),
    ("application/hal+json", "application/hal+json; charset=utf-8", "{}", ("'id' is a required property",)),
    ("application/*+json", "application/hal+json", "{}", ("'id' is a required property",)),
    ("'*/*'", JSON, '{"id": 1}', ()),
    ("'*/*'", JSON, "{}", ("'id' is a required property",)),
    ("'*/*'", JSON, "[" * 100_000, ("is not JSON",)),
    ("application/json;charset=utf-8", JSON, '{"id": 1}', ()),
    ("text/csv", "text/csv", "id\n1\n", ()),
    ("text/event-stream", "text/event-stream", "data: {}\n\n", ()),
    ("application/xml", "application/xml", "<item/>", ()),
    ("application/x-ndjson", "application/x-ndjson", "{}\n{}\n", ()),
]


@pytest.mark.parametrize(("declared", "sent", "body", "said"), OF_ANOTHER_TYPE)
def test_a_schema_is_applied_to_json_of_any_media_type_and_to_nothing_else(
    tmp_path: Path, declared: str, sent: str, body: str, said: tuple[str, ...]
) -> None:
    """A schema of a table or a stream describes what a program makes of it."""
    written(
        tmp_path,
        f"""
        openapi: 3.1.0
        paths:
          /a:
            get:
              responses:
                '200':
                  description: ok
                  content:
                    {declared}: {{schema: {{type: object, required: [id]}}}}
        """,
    )
    found = Matcher(loaded(tmp_path), BASE).response_errors(KEY, 200, sent, body.encode())
    assert len(found) == len(said)
    assert all(each.endswith(end) for each, end in zip(found, said, strict=True))


def test_answers_of_swagger_2_are_held_against_their_schema(tmp_path: Path) -> None:
    """In the media types that it produces."""
    written(
        tmp_path,
        """
        swagger: '2.0'
        produces: [application/json]
        paths:
          /a: {get: {responses: {200: {description: ok, schema: {$ref: '#/definitions/item'}}, 204: {}}}}
        definitions: {item: {type: object, required: [id]}}
        """,
    )
    matcher = Matcher(loaded(tmp_path), BASE)
    assert matcher.response_errors(KEY, 200, JSON, b'{"id": 1}') == ()
    assert matcher.response_errors(KEY, 200, JSON, b"{}") == (
        "the body is not as documented: 'id' is a required property",
    )
    assert matcher.response_errors(KEY, 204, "", b"") == ()


def test_a_broken_schema_allows_every_answer() -> None:
    """The server is not to blame."""
    matcher = Matcher(loaded(SPECS, "traps/broken-schemas.yaml"), BASE)
    assert matcher.response_errors(OperationKey(path="/a/{id}", method="GET"), 200, JSON, b"{}") == ()


def test_what_is_not_described_cannot_be_wrong(tmp_path: Path) -> None:
    """No responses, an unknown operation, and an answer to HEAD."""
    written(
        tmp_path,
        "openapi: 3.1.0\npaths: {/a: {get: {}, head: {responses: {200: {content: {text/plain: {}}}}}}}\n",
    )
    matcher = Matcher(loaded(tmp_path), BASE)
    assert matcher.response_errors(KEY, 200, JSON, b"{}") == ()
    assert matcher.response_errors(OperationKey(path="/b", method="GET"), 200, JSON, b"{}") == ()
    assert matcher.response_errors(OperationKey(path="/a", method="HEAD"), 200, "text/plain", b"x") == ()


def test_a_response_in_other_files_is_read_on_request(tmp_path: Path) -> None:
    """A missing one allows everything."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths:
          /a: {get: {responses: {200: {$ref: 'ok.yaml'}}}}
          /b: {get: {responses: {200: {$ref: 'lost.yaml'}}}}
        """,
    )
    written(
        tmp_path,
        "description: ok\ncontent: {application/json: {schema: {$ref: 'ok.yaml#/x'}}}\nx: {type: array}\n",
        "ok.yaml",
    )
    matcher = Matcher(loaded(tmp_path), BASE)
    assert matcher.response_errors(KEY, 200, JSON, b"{}") == (
        "the body is not as documented: {} is not of type 'array'",
    )
    assert matcher.response_errors(OperationKey(path="/b", method="GET"), 200, JSON, b"{}") == ()


def test_an_excerpt_has_no_references_except_recursive_ones(tmp_path: Path) -> None:
    """prance inlines them once; openapi-core follows the recursive one."""
    written(tmp_path, ANSWERS.format(version="3.1.0", nullable="{}"))
    responses = loaded(tmp_path).responses
    assert responses is not None
    excerpt = responses.excerpt(KEY)
    assert excerpt is not None
    schema = excerpt["paths"]["/"]["get"]["responses"]["200"]["content"][JSON]["schema"]
    assert (schema["type"], schema["required"]) == ("object", ["id"])
    assert schema["properties"]["child"] == {"$ref": "#/components/schemas/s0"}


def test_schemas_that_refer_to_each_other_twice_are_inlined_in_linear_time(tmp_path: Path) -> None:
    """Forty levels would be 2**40 copies."""
    schemas = "".join(
        f"    s{n}: {{properties: {{a: {{$ref: '#/components/schemas/s{n + 1}'}},"
        f" b: {{$ref: '#/components/schemas/s{n + 1}'}}}}}}\n"
        for n in range(40)
    )
    written(
        tmp_path,
        "openapi: 3.1.0\n"
        "paths: {/a: {get: {responses: {200: {content: {application/json:"
        " {schema: {$ref: '#/components/schemas/s0'}}}}}}}}\n"
        f"components:\n  schemas:\n{schemas}    s40: {{type: integer}}\n",
    )
    matcher = Matcher(loaded(tmp_path), BASE)
    assert matcher.response_errors(KEY, 200, JSON, b'{"a": {"b": {}}}') == ()


def test_a_value_that_looks_like_a_reference_is_no_error(tmp_path: Path) -> None:
    """prance would resolve it, and cannot; the excerpt is then used as it is."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths:
          /a:
            get:
              responses:
                200:
                  content:
                    application/json:
                      schema: {allOf: [{$ref: '#/components/schemas/item'}, {enum: [{$ref: '#/nowhere'}]}]}
        components: {schemas: {item: {type: object}}}
        """,
    )
    matcher = Matcher(loaded(tmp_path), BASE)
    assert matcher.response_errors(KEY, 200, JSON, b'{"$ref": "#/nowhere"}') == ()
    assert len(matcher.response_errors(KEY, 200, JSON, b"{}")) == 1


def test_a_contract_in_another_process_matches_requests_only(tmp_path: Path) -> None:
    """The documents behind the responses are not pickled."""
    written(tmp_path, ANSWERS.format(version="3.1.0", nullable="{}"))
    sent = pickle.loads(pickle.dumps(loaded(tmp_path)))  # noqa: S301 # its own
    assert sent.responses is None
    assert Matcher(sent, BASE).operation("GET", "/v1/a") == KEY
    assert Matcher(sent, BASE).response_errors(KEY, 500, JSON, b"{}") == ()


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://api.example.com"}],
    "paths": {"/a": {"get": {"security": [{"m": []}], "responses": {"200": {"description": ""}}}}},
    "components": {"securitySchemes": {"m": {"type": "mutualTLS"}}},
}
REQUEST = MockRequest("https://api.example.com", "get", "/a")


def test_openapi_core_alone_crashes_on_mutual_tls() -> None:
    """When this fails, openapi-core has learned it, and our provider can go."""
    with pytest.raises(KeyError, match="mutualTLS"):
        OpenAPI.from_dict(DOCUMENT).validate_request(REQUEST)


def test_with_our_provider_it_does_not() -> None:
    """The certificate is not in the request, so that the request lacks nothing."""
    config = Config(security_provider_factory=ProviderFactory())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        OpenAPI.from_dict(DOCUMENT, config=config).validate_request(REQUEST)


def test_validation_finds_what_the_specification_forbids(tmp_path: Path) -> None:
    """As warnings at their places, and only when it is asked for."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        info: {title: A, version: '1'}
        paths:
          /a:
            get:
              security: []
              operationId: 7
              responses: {200: {description: ok}}
        """,
    )
    assert loaded(tmp_path).diagnostics == ()
    contract = load("openapi.yaml", LoaderSettings(validate=True), cwd=tmp_path)
    ((rule, severity, text),) = [(d.rule, d.severity, str(d)) for d in contract.diagnostics]
    assert (rule, severity) == ("invalid-document", "warning")
    assert text.replace('"', "'") == "openapi.yaml:7: 7 is not of type 'string'."


@pytest.mark.parametrize(
    "name",
    [
        "traps/broken-schemas.yaml",
        "traps/aliases.yaml",
        "rules/12-path-items.yaml",
        "traps/complex-keys.yaml",
    ],
)
def test_validation_is_never_a_stop(name: str) -> None:
    """Whatever the validator makes of circles, lists and odd keys, it comes back with findings."""
    contract = load(name, LoaderSettings(validate=True), cwd=SPECS)
    assert contract.operations != ()
    assert all(d.severity == "warning" for d in contract.diagnostics if d.rule == "invalid-document")


def test_validation_reads_no_more_than_the_loader_may(tmp_path: Path) -> None:
    """References are resolved within the same reach."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        info: {title: A, version: '1'}
        paths: {/a: {get: {security: [], responses: {200: {$ref: '../outside.yaml'}}}}}
        """,
        "api/openapi.yaml",
    )
    written(tmp_path, "description: 7\n", "outside.yaml")
    contract = load("openapi.yaml", LoaderSettings(validate=True), cwd=tmp_path / "api")
    assert len(contract.operations) == 1
    assert not any("7 is not" in d.message for d in contract.diagnostics)
