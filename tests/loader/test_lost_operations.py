"""Operations that cannot be read are errors, and a contract names the places; correct documents lose none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.contract.requirement import Demand
from specdrift.model.result.drift import Severity
from specdrift.rules import RULES
from tests.loader.documents import loaded, refusals, written

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.contract.contract import Contract

SCHEMES = (
    "components: {securitySchemes: {mtls: {type: mutualTLS}, key: {type: apiKey, in: header, name: K}}}\n"
)
READABLE = "  /z: {get: {security: [{mtls: []}], responses: {}}}\n"


def contract(folder: Path, paths: str, more: str = "") -> Contract:
    """The contract of a document with these paths, beside one that can be read."""
    written(
        folder, f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\n{more}paths:\n{READABLE}{paths}{SCHEMES}"
    )
    return loaded(folder)


def errors(one: Contract) -> set[str]:
    """The rules of its errors."""
    return {d.rule for d in one.diagnostics if (d.severity or RULES[d.rule].severity) is Severity.ERROR}


@pytest.mark.parametrize(
    ("paths", "path", "method", "rule"),
    [
        ("  /a: {gets: {responses: {}}}\n", "/a", "", "unknown-path-item-field"),
        ("  /a: {'post ': {responses: {}}}\n", "/a", "", "unknown-path-item-field"),
        ("  /a: {GET: {responses: {}}}\n", "/a", "GET", "unknown-path-item-field"),
        ("  /a: {/sub: {get: {responses: {}}}}\n", "/a", "", "unknown-path-item-field"),
        ("  /a: {$ref: '#/paths/~1z/get'}\n", "/a", "", "unknown-path-item-field"),
        ("  /a: {responses: {}}\n", "/a", "", "unknown-path-item-field"),
        ("  /a: {$ref: '#/nowhere'}\n", "/a", "", "unresolved-reference"),
        ("  /a: {get: {$ref: '#/nowhere'}}\n", "/a", "GET", "unresolved-reference"),
        ("  /a:\n", "/a", "", "invalid-document"),
        ("  /a: {get: }\n", "/a", "GET", "invalid-document"),
        ("  a: {get: {responses: {}}}\n", "/a", "", "unknown-path-item-field"),
    ],
)
def test_a_lost_operation_is_an_error_and_has_a_place(
    tmp_path: Path, paths: str, path: str, method: str, rule: str
) -> None:
    """A warning would let the rest of the document pass for the whole."""
    found = contract(tmp_path, paths)
    assert [(one.path, one.method, one.at.line) for one in found.unread] == [(path, method, 5)]
    assert rule in errors(found)


@pytest.mark.parametrize(
    "paths",
    [
        "  /a: {}\n",
        "  /a: {summary: a, get: {responses: {}}, x-more: {get: {}}}\n",
        "  /a: {$ref: '#/paths/~1z'}\n",
        "  /a: {titel: a, get: {responses: {}}}\n",
    ],
)
def test_a_readable_document_loses_nothing(tmp_path: Path, paths: str) -> None:
    """An empty path item, an extension or an unknown text hides no operation."""
    found = contract(tmp_path, paths)
    assert (found.unread, errors(found)) == ((), set())


@pytest.mark.parametrize(("field", "unknown"), [("securty", True), ("x-securty", False), ("servers", False)])
def test_a_misspelt_security_leaves_the_demand_unknown(tmp_path: Path, field: str, *, unknown: bool) -> None:
    """Nothing but an extension may have another name."""
    found = contract(tmp_path, f"  /a: {{get: {{{field}: [{{mtls: []}}], responses: {{}}}}}}\n")
    assert (found.operations[1].requirement.demand is Demand.UNKNOWN) is unknown


@pytest.mark.parametrize(("beside", "unknown"), [("[{key: []}]", True), ("[{mtls: []}]", False)])
def test_a_method_beside_its_reference_counts_if_both_agree(
    tmp_path: Path, beside: str, *, unknown: bool
) -> None:
    """OpenAPI does not define which of them applies."""
    item = f"  /a:\n    $ref: '#/paths/~1z'\n    get: {{security: {beside}, responses: {{}}}}\n"
    found = contract(tmp_path, item)
    assert (found.operations[1].requirement.demand is Demand.UNKNOWN) is unknown
    assert errors(found) == ({"ref-siblings"} if unknown else set())
    assert [one.rule for one in found.diagnostics] == ["ref-siblings"]


@pytest.mark.parametrize(("other", "is_error"), [("[]", True), ("[{mtls: []}]", False)])
def test_one_path_twice_is_an_error_if_it_requires_two_things(
    tmp_path: Path, other: str, *, is_error: bool
) -> None:
    """Nothing says which operation a request means."""
    found = contract(
        tmp_path,
        "  /a/{id}: {get: {security: [{mtls: []}], responses: {}}}\n"
        f"  /a/{{n}}: {{get: {{security: {other}, responses: {{}}}}}}\n",
    )
    assert ("ambiguous-path" in errors(found)) is is_error


def test_two_merges_in_one_mapping_are_a_repeated_key(tmp_path: Path) -> None:
    """Readers disagree on which of them counts; one merge of a list is the way to write both."""
    written(
        tmp_path,
        "openapi: 3.1.0\nx-a: &a {security: []}\nx-b: &b {security: [{mtls: []}]}\n"
        f"paths:\n  /a:\n    get:\n      <<: *a\n      <<: *b\n{SCHEMES}",
    )
    assert any(
        '"<<" appears twice in GET /a (first at line 7)' in each.message for each in refusals(tmp_path)
    )
    written(
        tmp_path,
        "openapi: 3.1.0\nx-a: &a {security: []}\nx-b: &b {security: [{mtls: []}]}\n"
        f"paths:\n  /a:\n    get:\n      <<: [*a, *b]\n{SCHEMES}",
    )
    assert loaded(tmp_path).operations[0].requirement.demand is Demand.NOT_REQUIRED


UNUSED = "unused-mtls-scheme"


@pytest.mark.parametrize(
    ("security", "more", "reported"),
    [
        ("[{key: []}]", "", True),
        ("[{key: []}]", "security: [{mtls: []}]\n", False),
        ("[{key: []}]", "webhooks: {w: {post: {security: [{mtls: []}], responses: {}}}}\n", False),
        ("[mtls]", "", False),
        ("[{mtlss: []}]", "", False),
    ],
)
def test_a_scheme_is_unused_if_nothing_names_it(
    tmp_path: Path, security: str, more: str, *, reported: bool
) -> None:
    """A root that every operation overrides names it, a webhook too, and what is unreadable may."""
    written(
        tmp_path,
        f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\n{more}"
        f"paths: {{/a: {{get: {{security: {security}, responses: {{}}}}}}}}\n{SCHEMES}",
    )
    assert (UNUSED in {one.rule for one in loaded(tmp_path).diagnostics}) is reported
