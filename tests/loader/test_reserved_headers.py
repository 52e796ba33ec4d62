"""Header parameters that frame or route a request: a document may not set them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.loader.configured_parts import ConfiguredParts
from specdrift.loader.contract_loader import load
from specdrift.model.contract.selector import Selector
from specdrift.settings import LoaderSettings, OperationSettings
from tests.loader.documents import said, written

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.contract.contract import Contract

FRAMING = (
    *("Connection", "content-length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "TRANSFER-ENCODING"),
    *("Upgrade", "HTTP2-Settings", ":path", ":authority"),
)
ROUTING = ("Host", "Expect", "Max-Forwards", "Proxy-Authorization")


def read(folder: Path, name: str, configured: dict[str, str] | None = None) -> Contract:
    """Load a document whose operation has two header parameters, this one with a value of the document."""
    own = {"name": name, "in": "header", "required": True, "example": "chunked", "schema": {"type": "string"}}
    other = {
        "name": "X-Other",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "default": "1"},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [own, other]}}},
    }
    written(folder, json.dumps(document), "openapi.json")
    entry = OperationSettings(include=Selector(), parameters=configured or {})
    parts = ConfiguredParts(operations=(entry,))
    return load("openapi.json", LoaderSettings(), parts, cwd=folder, inputs=True)


@pytest.mark.parametrize("name", [*FRAMING, *ROUTING])
def test_they_are_never_sent_from_a_document(tmp_path: Path, name: str) -> None:
    """Neither an example nor an invalid value of them; the operation is probed without."""
    (found,) = read(tmp_path, name).operations
    assert found.headers == (("X-Other", "1"),)
    assert found.forbidden_headers == (name,)
    assert found.missing == ()
    assert [one.name for one in found.inputs] == ["X-Other"]
    assert [one.name for one in found.parameters] == ["X-Other"]


@pytest.mark.parametrize("name", [*FRAMING, *ROUTING])
def test_the_owner_may_configure_what_does_not_frame(tmp_path: Path, name: str) -> None:
    """A wrong length or coding would change where the request ends."""
    (found,) = read(tmp_path, name, {name: "own"}).operations
    sent = ((name, "own"),) if name in ROUTING else ()
    assert found.headers == (*sent, ("X-Other", "1"))


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "\u00e9"])
def test_values_that_no_field_can_have_are_not_sent(tmp_path: Path, value: str) -> None:
    """The operation has no value for it."""
    (found,) = read(tmp_path, "X-Own", {"X-Own": value}).operations
    assert found.headers == (("X-Other", "1"),)
    assert found.missing == ("X-Own",)


def test_a_key_is_not_sent_in_such_a_header(tmp_path: Path) -> None:
    """A document could move the owner's key into the framing."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {
            "securitySchemes": {
                "bad": {"type": "apiKey", "in": "header", "name": "Transfer-Encoding"},
                "good": {"type": "apiKey", "in": "header", "name": "X-Key"},
            }
        },
        "security": [{"bad": [], "good": []}],
        "paths": {"/a": {"get": {}}},
    }
    written(tmp_path, json.dumps(document), "openapi.json")
    contract = load("openapi.json", LoaderSettings(), cwd=tmp_path)
    assert {scheme.name: scheme.parameter for scheme in contract.schemes} == {
        "bad": None,
        "good": ("header", "X-Key"),
    }
    assert any("Transfer-Encoding" in line for line in said(contract.diagnostics))
