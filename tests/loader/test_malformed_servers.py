"""Servers that cannot be read are an error with its line, wherever they stand; unusual ones are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.drift import Severity
from specdrift.rules import RULES
from tests.loader.documents import loaded, written

if TYPE_CHECKING:
    from pathlib import Path

MALFORMED = [
    "null",
    "{url: 'https://a.test'}",
    "https://a.test",
    "7",
    "[null]",
    "['https://a.test']",
    "[{description: no address}]",
    "[{url: null}]",
    "[{url: 7}]",
    "[{url: 'https://a.test'}, {url: [x]}]",
    "{$ref: '#/x-servers'}",
    "[{$ref: '#/x-servers/0'}]",
]
READABLE = ["[]", "[{url: 'https://a.test'}]", "[{url: /v1}]", "[{url: '', description: here}]"]
PLACES = {
    "root": "openapi: 3.1.0\n{}\npaths: {{/a: {{get: {{}}}}}}\n",
    "path": "openapi: 3.1.0\npaths:\n  /a:\n    {}\n    get: {{}}\n",
    "operation": "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      {}\n",
}
LINES = {"root": 2, "path": 4, "operation": 5}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", MALFORMED)
def test_malformed_servers_are_an_error_with_the_line(place: str, value: str, tmp_path: Path) -> None:
    """The document does not say where the operations are: a comparison must not pass."""
    text = PLACES[place].format(f"servers: {value}") + "x-servers: [{url: 'http://b.test'}]\n"
    written(tmp_path, text)
    contract = loaded(tmp_path)
    (found,) = contract.diagnostics
    assert (found.severity or RULES[found.rule].severity) is Severity.ERROR
    assert found.location is not None
    assert found.location.line == LINES[place]
    assert contract.operations[0].servers_at in contract.unread_servers


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", READABLE)
def test_readable_servers_are_no_error(place: str, value: str, tmp_path: Path) -> None:
    """An empty list stands for the default, and a relative URL for a path of the document's server."""
    written(tmp_path, PLACES[place].format(f"servers: {value}"))
    contract = loaded(tmp_path)
    assert (contract.diagnostics, contract.unread_servers) == ((), ())


@pytest.mark.parametrize("member", ["host: [a.test]", "host: null", "basePath: 7", "schemes: http"])
def test_malformed_parts_of_urls_are_an_error_in_2_0(member: str, tmp_path: Path) -> None:
    """Each part by itself."""
    written(tmp_path, f"swagger: '2.0'\n{member}\npaths: {{/a: {{get: {{}}}}}}\n")
    (found,) = loaded(tmp_path).diagnostics
    assert (found.rule, found.location and found.location.line) == ("invalid-document", 2)


@pytest.mark.parametrize(
    ("schemes", "servers"),
    [("[http]", ("http://a.test/v1",)), ("[https]", ("https://a.test/v1",)), ("[]", ("https://a.test/v1",))],
)
def test_an_operation_of_2_0_has_its_own_schemes(
    schemes: str, servers: tuple[str, ...], tmp_path: Path
) -> None:
    """They override those of the root (OpenAPI 2.0, Operation Object); host and path stay."""
    text = f"""
        swagger: '2.0'
        host: a.test
        basePath: /v1
        schemes: [https]
        paths: {{/a: {{get: {{schemes: {schemes}}}, put: {{}}}}}}
        """
    written(tmp_path, text)
    contract = loaded(tmp_path)
    assert [one.servers for one in contract.operations] == [servers, ("https://a.test/v1",)]
    assert not contract.diagnostics
