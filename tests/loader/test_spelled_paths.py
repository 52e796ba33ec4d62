"""One path written in two ways: most servers normalise both to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.contract.templates import in_normal_form
from specdrift.model.result.drift import Severity
from tests.loader.documents import loaded, written

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.contract.contract import Diagnostic

CERTIFICATE, KEY = "[{m: []}]", "[{k: []}]"


def findings(folder: Path, paths: dict[str, str]) -> list[Diagnostic]:
    """The findings about a document with a GET of each path."""
    lines = "".join(
        f"  {path!r}: {{get: {{security: {security}, responses: {{}}}}}}\n"
        for path, security in paths.items()
    )
    schemes = "{m: {type: mutualTLS}, k: {type: apiKey, in: header, name: X}}"
    written(
        folder,
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n"
        f"{lines}components: {{securitySchemes: {schemes}}}\n",
    )
    return list(loaded(folder).diagnostics)


@pytest.mark.parametrize("other", ["/%61", "//a", "/./a", "/b/../a", "/%2e/a", "/a?x=1", "/a#x"])
def test_another_spelling_with_another_requirement_is_an_error(other: str, tmp_path: Path) -> None:
    """A request to it may be served by either."""
    found = findings(tmp_path, {"/a": CERTIFICATE, other: KEY})
    assert [one.severity for one in found if one.rule == "ambiguous-path"] == [Severity.ERROR]


@pytest.mark.parametrize("other", ["/b", "/a/", "/A", "/a%2Fb", "/a.json", "/{a}", "/%62"])
def test_another_path_is_no_other_spelling(other: str, tmp_path: Path) -> None:
    """A trailing slash, a letter's case and an encoded slash make another path."""
    assert not findings(tmp_path, {"/a": CERTIFICATE, other: KEY})


def test_a_query_in_a_path_is_a_warning(tmp_path: Path) -> None:
    """Some documents tell operations by it that require the same; each is reported once."""
    found = findings(tmp_path, {"/?Action=One": CERTIFICATE, "/?Action=Two": CERTIFICATE})
    assert [(one.rule, one.severity) for one in found] == [("unknown-path-item-field", Severity.WARNING)] * 2


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/", "/"),
        ("//", "/"),
        ("/a/..", "/"),
        ("/a/./", "/a/"),
        ("/../{id}.x", "/{}.x"),
        ("/%7Bx%7d", "/%7Bx%7D"),
    ],
)
def test_the_normal_form_keeps_what_is_not_equivalent(path: str, form: str) -> None:
    """Reserved characters stay encoded (RFC 3986 §6.2.2.2); a template stays one."""
    assert in_normal_form(path) == form
