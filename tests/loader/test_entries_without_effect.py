"""Entries of the configuration that match no operation, and what they would have demanded."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.loader import ConfiguredParts, load
from specdrift.model.contract.contract import Diagnostic
from specdrift.model.result.drift import Severity
from specdrift.settings import LoaderSettings, Settings
from tests.config.reading import read_text
from tests.loader.documents import written

DOCUMENT = """
    openapi: 3.1.0
    info: {title: Port, version: "1"}
    components:
      securitySchemes:
        mtls: {type: mutualTLS}
    security: [{mtls: []}]
    paths:
      /invoices:
        get: {tags: [billing], operationId: listInvoices, responses: {}}
      /invoices/{id}:
        get:
          operationId: getInvoice
          parameters:
            - {name: id, in: path, required: true, schema: {type: integer}}
            - {name: full, in: query, schema: {type: boolean}}
          responses: {}
"""


def _found(folder: Path, configuration: str, document: str = DOCUMENT) -> list[Diagnostic]:
    written(folder, document)
    return _diagnostics(folder, read_text(folder, configuration))


def _diagnostics(folder: Path, settings: Settings) -> list[Diagnostic]:
    contract = load(
        "openapi.yaml",
        LoaderSettings(),
        ConfiguredParts(requirements=settings.contract, operations=settings.operations),
        cwd=folder,
    )
    return [one for one in contract.diagnostics if one.rule == "requirement-without-effect"]


def test_roles_of_a_misspelt_path_are_an_error(tmp_path: Path) -> None:
    """The roles would not be compared, and the run would be consistent."""
    (found,) = _found(tmp_path, '[[operations]]\ninclude-path = "/invoice"\nallow-roles = ["clerk"]\n')
    assert (str(found.location), found.severity) == ("specdrift.toml:2", None)
    assert found.message.endswith('Did you mean "/invoices"?')


@pytest.mark.parametrize(
    "entry",
    [
        "enabled = false",
        "parameters = {id = 1}",
        'unsafe-methods = "send"',
    ],
)
def test_an_entry_that_demands_nothing_is_a_warning(tmp_path: Path, entry: str) -> None:
    """Without it more is checked, or the same."""
    (found,) = _found(tmp_path, f'[[operations]]\ninclude-path = "/invoice"\n{entry}\n')
    assert (str(found.location), found.severity) == ("specdrift.toml:2", Severity.WARNING)


@pytest.mark.parametrize(
    ("table", "demand"),
    [("[[operations]]", 'allow-roles = ["clerk"]'), ("[[contract]]", 'require = "mutualTLS"')],
)
def test_each_path_of_an_entry_is_reported(tmp_path: Path, table: str, demand: str) -> None:
    """One that exists must not hide another that does not."""
    paths = 'include-path = ["/invoices", "/invoices/{no}"]'
    (found,) = _found(tmp_path, f"{table}\n{demand}\n{paths}\n")
    assert (found.severity, '"/invoices/{no}"' in found.message) == (None, True)


def test_an_exclusion_that_matches_nothing_is_a_warning(tmp_path: Path) -> None:
    """It excludes nothing: more is demanded, not less."""
    text = '[contract]\nrequire = "mutualTLS"\nexclude-path = "/health"\n'
    assert [one.severity for one in _found(tmp_path, text)] == [Severity.WARNING]


def test_a_parameter_that_no_operation_has_is_a_warning(tmp_path: Path) -> None:
    """Its value is sent nowhere; one that an operation of the entry has is."""
    text = '[[operations]]\ninclude-path = "/invoices*"\nparameters = {id = 7, full = true, number = 8}\n'
    (found,) = _found(tmp_path, text)
    assert (found.severity, '"number"' in found.message) == (Severity.WARNING, True)


@pytest.mark.parametrize(
    "selection",
    [
        'include-path = "/invoices"',
        'include-path = "/inv*"',
        'include-tag = "billing"',
        'include-operation-id = "get*"\nexclude-path = "/invoices"',
        'include-method = ["GET", "DELETE"]',
        "",
    ],
)
def test_an_entry_that_matches_is_not_reported(tmp_path: Path, selection: str) -> None:
    """Patterns count, and a method is no name that can be misspelt."""
    assert not _found(tmp_path, f'[[operations]]\nallow-roles = ["clerk"]\n{selection}\n')


def test_an_entry_of_several_services_is_a_note(tmp_path: Path) -> None:
    """The defaults of a fleet name operations that not every service has."""
    written(tmp_path, DOCUMENT)
    settings = read_text(tmp_path, '[[operations]]\ninclude-path = "/ships"\nallow-roles = ["clerk"]\n')
    shared = replace(settings, operations=tuple(replace(one, shared=True) for one in settings.operations))
    assert [one.severity for one in _diagnostics(tmp_path, shared)] == [Severity.NOTE]


def test_a_variable_that_no_server_has_is_a_note(tmp_path: Path) -> None:
    """It may be meant for another document; one that a server of an operation has is used."""
    servers = "servers: [{url: 'https://{region}.test', variables: {region: {default: eu}}}]"
    written(tmp_path, DOCUMENT.replace("security: [{mtls", f"{servers}\n    security: [{{mtls"))
    configured = ConfiguredParts(variables={"region": "us", "zone": "a"})
    contract = load("openapi.yaml", LoaderSettings(), configured, cwd=tmp_path)
    (found,) = [one for one in contract.diagnostics if one.rule == "requirement-without-effect"]
    assert (found.severity, '"zone"' in found.message) == (Severity.NOTE, True)


def test_a_document_without_operations_has_its_own_finding(tmp_path: Path) -> None:
    """Each entry would be reported beside it, and none is at fault."""
    empty = "openapi: 3.1.0\ninfo: {title: Port, version: '1'}\npaths: {}\n"
    assert not _found(tmp_path, '[[operations]]\ninclude-path = "/a"\nallow-roles = ["clerk"]\n', empty)
