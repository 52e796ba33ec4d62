"""``[contract]``: certificates that the configuration requires and the document does not state."""

from pathlib import Path

import pytest

from specdrift.loader import ConfiguredParts, load
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.requirement import Demand, Origin
from specdrift.settings import LoaderSettings
from tests.config.reading import problems, read_text
from tests.loader.documents import operation, said, written

DOCUMENT = """
    openapi: 3.0.3
    info: {title: Things, version: "1"}
    components:
      securitySchemes:
        key: {type: apiKey, in: header, name: X-Key}
    paths:
      /things:
        get: {tags: [things], operationId: listThings, responses: {}}
        post: {tags: [things], operationId: addThing, security: [{key: []}, {}], responses: {}}
      /keys:
        get: {security: [{key: []}], responses: {}}
      /lost:
        get: {security: [{unknown: []}], responses: {}}
      /broken:
        get: {security: none, responses: {}}
      /healthz:
        get: {tags: [ops], security: [], responses: {}}
"""


def _contract(folder: Path, configuration: str, document: str = DOCUMENT) -> Contract:
    written(folder, document)
    settings = read_text(folder, configuration)
    return load("openapi.yaml", LoaderSettings(), ConfiguredParts(requirements=settings.contract), cwd=folder)


def _demands(contract: Contract) -> dict[str, str]:
    return {str(each.key): each.requirement.demand.value for each in contract.operations}


def test_one_line_requires_a_certificate_everywhere(tmp_path: Path) -> None:
    """Each operation points at that line, and keeps its own place beside it."""
    contract = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\n')
    assert set(_demands(contract).values()) == {Demand.REQUIRED}
    assert {str(each.location) for each in contract.operations} == {"specdrift.toml:2"}
    assert str(operation(contract, "GET /things").declared_at) == "openapi.yaml:8"
    assert {each.requirement.origin for each in contract.operations} == {Origin.CONFIGURATION}


@pytest.mark.parametrize(
    ("selection", "required"),
    [
        ('include-path = "/thing*"', {"GET /things", "POST /things"}),
        ('include-tag = "thi*"', {"GET /things", "POST /things"}),
        ('include-operation-id = "add*"', {"POST /things"}),
        ('include-tag = "things"\ninclude-method = "get"', {"GET /things"}),
        ('include-tag = ["things", "ops"]\nexclude-path = "/health*"', {"GET /things", "POST /things"}),
    ],
)
def test_operations_are_selected_by_patterns(tmp_path: Path, selection: str, required: set[str]) -> None:
    """The others keep what the document says."""
    contract = _contract(tmp_path, f'[contract]\nrequire = "mutualTLS"\n{selection}\n')
    by_us = {str(o.key) for o in contract.operations if o.requirement.origin is Origin.CONFIGURATION}
    assert by_us == required
    assert operation(contract, "GET /healthz").requirement.demand is Demand.NOT_REQUIRED


def test_other_credentials_stay_required(tmp_path: Path) -> None:
    """The certificate is added to every alternative; an unreadable member may require more than the certificate."""
    contract = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\n')
    alone = {str(o.key): o.requirement.certificate_alone_suffices for o in contract.operations}
    assert alone == {
        "GET /things": True,
        "POST /things": True,  # {} allowed callers without the key
        "GET /keys": False,
        "GET /lost": False,
        "GET /broken": False,
        "GET /healthz": True,
    }


def test_the_last_entry_that_matches_wins(tmp_path: Path) -> None:
    """With its roles and its line; the quotation has the whole entry."""
    contract = _contract(
        tmp_path,
        """
[[contract]]
require = "mutualTLS"
[[contract]]
require = "mutualTLS"
include-method = "POST"
roles = ["writer"]
reason = "the gateway asks for it"
""",
    )
    post = operation(contract, "POST /things")
    assert (str(post.location), post.roles) == ("specdrift.toml:5", frozenset({"writer"}))
    assert post.location.text.splitlines()[-1] == 'reason = "the gateway asks for it"'
    assert (str(operation(contract, "GET /things").location), operation(contract, "GET /things").roles) == (
        "specdrift.toml:3",
        frozenset(),
    )


def test_what_the_document_requires_already_keeps_its_place(tmp_path: Path) -> None:
    """Only roles of the configuration move it."""
    document = """
        openapi: 3.1.0
        info: {title: Things, version: "1"}
        security: [{mtls: [reader]}]
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        paths: {/things: {get: {responses: {}}}}
    """
    same = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\n', document).operations[0]
    assert (str(same.location), same.roles) == ("openapi.yaml:3", frozenset({"reader"}))
    other = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\nroles = "admin"\n', document).operations[
        0
    ]
    assert (str(other.location), other.roles) == ("specdrift.toml:2", frozenset({"admin"}))
    assert other.requirement.alternatives[0][0].scheme.name == "mtls"


def test_an_entry_without_effect_is_reported(tmp_path: Path) -> None:
    """A requirement that applies to nothing must not stay unseen."""
    contract = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\ninclude-path = "/thing"\n')
    found = [d for d in contract.diagnostics if d.rule == "requirement-without-effect"]
    assert [line[: len("specdrift.toml:2: ")] for line in said(tuple(found))] == ["specdrift.toml:2: "]


def test_a_contradiction_with_the_document_is_a_note(tmp_path: Path) -> None:
    """``security: []`` says that anybody may call: perhaps the operation belongs among the exceptions."""
    contract = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\n')
    found = {str(d.location) for d in contract.diagnostics if d.rule == "contradictory-security"}
    assert found == {"openapi.yaml:9", "openapi.yaml:17"}
    clean = _contract(tmp_path, '[contract]\nrequire = "mutualTLS"\nexclude-path = ["/healthz", "/things"]\n')
    assert not [d for d in clean.diagnostics if d.rule == "contradictory-security"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[contract]\nreqire = "mutualTLS"\n',
            'specdrift.toml:2: unknown key "reqire". Did you mean "require"?',
        ),
        ('[contract]\ninclude-path = "/a"\n', 'specdrift.toml:1: contract: "require" is missing'),
        (
            '[contract]\nrequire = "apiKey"\n',
            'specdrift.toml:2: contract.require: expected "mutualTLS", not "apiKey"',
        ),
        (
            "contract = 1\n",
            "specdrift.toml:1: contract: expected a table, or an array of tables: [[contract]]",
        ),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, text: str, problem: str) -> None:
    """As everywhere in the configuration."""
    assert problem in problems(tmp_path, text)
