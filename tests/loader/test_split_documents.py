"""Operations in another complete document, whose names and root OpenAPI does not assign to one of both."""

from pathlib import Path

import pytest

from specdrift.model.contract.requirement import Demand
from tests.loader.documents import loaded, written

MTLS = "{type: mutualTLS}"
BEARER = "{type: http, scheme: bearer}"
BASIC = "{type: http, scheme: basic}"
HEAD = 'openapi: 3.1.0\ninfo: {title: t, version: "1"}\n'


def document(schemes: str, security: str, paths: str) -> str:
    """A complete document."""
    root = f"security: {security}\n" if security else ""
    return f"{HEAD}components: {{securitySchemes: {{{schemes}}}}}\n{root}paths:\n  /a: {paths}\n"


# Schemes and root of the entry document, schemes and root of the other, security of the operation, demand.
READINGS = {
    "root requires more there": (f"m: {MTLS}", "", f"m: {MTLS}", "[{m: []}]", "", Demand.UNKNOWN),
    "root requires less there": (f"m: {MTLS}", "[{m: []}]", f"m: {MTLS}", "[]", "", Demand.UNKNOWN),
    "scheme is another": (f"m: {BEARER}", "", f"m: {MTLS}", "", "[{m: []}]", Demand.UNKNOWN),
    "scheme is another, the other way": (f"m: {MTLS}", "", f"m: {BEARER}", "", "[{m: []}]", Demand.UNKNOWN),
    "other password scheme": (f"m: {BASIC}", "", f"m: {BEARER}", "", "[{m: []}]", Demand.UNKNOWN),
    "same root": (f"m: {MTLS}", "[{m: []}]", f"m: {MTLS}", "[{m: []}]", "", Demand.REQUIRED),
    "no root there": (f"m: {MTLS}", "[{m: []}]", f"m: {MTLS}", "", "", Demand.REQUIRED),
    "same scheme": (f"m: {MTLS}", "", f"m: {MTLS}", "", "[{m: []}]", Demand.REQUIRED),
    "defined in the entry document": (f"m: {MTLS}", "", f"k: {BASIC}", "", "[{m: []}]", Demand.REQUIRED),
    "no credentials": (f"m: {MTLS}", "[{m: []}]", f"m: {BEARER}", "[{m: []}]", "[]", Demand.NOT_REQUIRED),
}


@pytest.mark.parametrize("name", READINGS)
def test_a_requirement_is_known_only_where_both_documents_give_it(tmp_path: Path, name: str) -> None:
    """Tools resolve names in one document or in the other; both places are named."""
    schemes, root, others, other_root, own, demand = READINGS[name]
    security = f"security: {own}, " if own else ""
    other = document(others, other_root, f"{{get: {{{security}responses: {{}}}}}}")
    entry = document(schemes, root, '{$ref: "b.yaml#/paths/~1a"}')
    written(tmp_path, other, "b.yaml")
    written(tmp_path, entry)
    found = loaded(tmp_path)
    (operation,) = found.operations
    assert operation.requirement.demand is demand
    (*reported,) = (one for one in found.diagnostics if one.rule == "contradictory-security")
    assert bool(reported) is (demand is Demand.UNKNOWN)
    for one in reported:
        assert one.severity == "error"
        files = {place.file for place in (one.location, *one.related) if place}
        assert "b.yaml" in str(files)
        assert len({place for place in (one.location, *one.related) if place}) == 2
        assert "b.yaml" in operation.requirement.reason


def test_a_part_of_a_document_has_no_reading_of_its_own(tmp_path: Path) -> None:
    """Without a version it is no document: its names are those of the entry document."""
    part = "security: []\n/a: {get: {responses: {}}}\n"
    entry = document(f"m: {MTLS}", "[{m: []}]", '{$ref: "b.yaml#/~1a"}')
    written(tmp_path, part, "b.yaml")
    written(tmp_path, entry)
    found = loaded(tmp_path)
    assert [one.requirement.demand for one in found.operations] == [Demand.REQUIRED]
