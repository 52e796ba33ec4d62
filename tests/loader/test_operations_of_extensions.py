"""Operations that an extension declares, where the tools of its author read them as operations."""

from pathlib import Path

import pytest

from specdrift.loader import Matcher
from specdrift.model.contract.requirement import Demand
from tests.loader.documents import loaded, operation, said, written

ANY = """
    openapi: 3.1.0
    paths:
      /a:
        x-amazon-apigateway-any-method:
          security: [{mtls: []}]
          responses: {"200": {description: ok}}
        options: {security: [], responses: {"200": {description: ok}}}
      /b/{proxy+}:
        x-amazon-apigateway-any-method:
          parameters: [{name: proxy, in: path, required: true, example: c, schema: {type: string}}]
          security: [{mtls: []}]
          responses: {}
      /none: {x-other-any-method: {security: [{mtls: []}], responses: {}}}
    components: {securitySchemes: {mtls: {type: mutualTLS}}}
    """


def test_an_operation_for_any_method_stands_for_those_that_are_not_declared(tmp_path: Path) -> None:
    """Amazon API Gateway routes them to it; an open one was passed over, and the document passed."""
    written(tmp_path, ANY)
    contract = loaded(tmp_path)
    of_a = {one.key.method: one.requirement.demand for one in contract.operations if one.key.path == "/a"}
    methods = ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH")
    assert of_a == {**dict.fromkeys(methods, Demand.REQUIRED), "OPTIONS": Demand.NOT_REQUIRED}
    assert str(operation(contract, "GET /a").declared_at) == "openapi.yaml:4"
    assert operation(contract, "GET /b/{proxy+}").target == "/b/c"
    assert {one.key.path for one in contract.operations} == {"/a", "/b/{proxy+}"}
    assert contract.diagnostics == ()


@pytest.mark.parametrize(
    ("target", "template"),
    [
        ("/b/c", "/b/{proxy+}"),
        ("/b/c/d?x=1", "/b/{proxy+}"),
        ("/b/", None),
        ("/b", None),
        ("/c/d/e", None),
        ("/a", "/a"),
        ("/a/b", None),
    ],
)
def test_a_greedy_segment_stands_for_one_or_more(tmp_path: Path, target: str, template: str | None) -> None:
    """What is below is documented; it would be reported as an undocumented endpoint."""
    written(tmp_path, ANY)
    found = Matcher(loaded(tmp_path), "https://localhost").operation("GET", target)
    assert (found and found.path) == template


def test_autorest_s_further_paths_are_read(tmp_path: Path) -> None:
    """They are paths that have queries; among the paths these are reported."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths: {"/a?op=x": {get: {}}}
        x-ms-paths: {"/b?op=y": {get: {security: []}}}
        """,
    )
    contract = loaded(tmp_path)
    assert {str(one.key): one.target for one in contract.operations} == {
        "GET /a?op=x": "/a?op=x",
        "GET /b?op=y": "/b?op=y",
    }
    (only,) = said(contract.diagnostics)
    assert only.startswith("openapi.yaml:2:")
