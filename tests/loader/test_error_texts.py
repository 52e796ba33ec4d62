"""Every finding is one line: file, line, what is wrong, then what to do."""

from pathlib import Path

import pytest

from specdrift.model.result.drift import Severity
from tests.loader.documents import loaded, refusals, said, written
from tests.loader.texts_of_paths import PATHS
from tests.loader.texts_of_security import SECURITY

TEXTS = {**SECURITY, **PATHS}

REFUSALS = {
    "two security members": (
        """
        openapi: 3.1.0
        security: []
        paths:
          /a:
            get:
              summary: A
              security:
                - mtls: []
              security: []
        """,
        (
            'openapi.yaml:9: "security" appears twice in GET /a (first at line 7). Parsers disagree on which '
            "one applies; delete one."
        ),
    ),
    "a path twice": (
        "openapi: 3.1.0\npaths:\n  /a: {}\n  /a: {}\n",
        (
            'openapi.yaml:4: "/a" appears twice in paths (first at line 3). Parsers disagree on which '
            "one applies; delete one."
        ),
    ),
    "a scheme twice": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {}}}
        components:
          securitySchemes:
            mtls: {type: mutualTLS}
            mtls: {type: http, scheme: basic}
        """,
        (
            'openapi.yaml:6: "mtls" appears twice in components.securitySchemes (first at line 5). '
            "Parsers disagree on which one applies; delete one."
        ),
    ),
    "another kind of file": (
        "services: {web: {image: nginx}}\n",
        'openapi.yaml:1: no "openapi" or "swagger" member: this is not an OpenAPI document.',
    ),
    "a text": (
        "Hello.\n",
        'openapi.yaml:1: no "openapi" or "swagger" member: this is not an OpenAPI document.',
    ),
    "a tab": ("openapi: 3.1.0\npaths:\n\t/a: {}\n", "openapi.yaml:3: a tab cannot indent YAML."),
    "blank": ("  \n", "openapi.yaml:1: the file is empty."),
    "nothing": ("", "openapi.yaml:1: the file is empty."),
    "a version to come": (
        "openapi: 4.0.0\n",
        "openapi.yaml:1: OpenAPI 4.0.0 is not supported; specdrift reads 2.0, 3.0, 3.1, 3.2.",
    ),
    "a version long gone": (
        "swagger: '1.2'\n",
        "openapi.yaml:1: OpenAPI 1.2 is not supported; specdrift reads 2.0, 3.0, 3.1, 3.2.",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_finding_has_location_and_advice(tmp_path: Path, name: str) -> None:
    """One line, no schema dump, and the rest of the document is read all the same."""
    text, expected = TEXTS[name]
    written(tmp_path, text)
    contract = loaded(tmp_path)
    assert said(contract.diagnostics) == [expected]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_location_and_advice(tmp_path: Path, name: str) -> None:
    """A document that cannot be judged is refused with one line, too."""
    text, expected = REFUSALS[name]
    written(tmp_path, text)
    assert said(refusals(tmp_path)) == [expected]


def test_a_file_above_the_folder_is_named_with_the_option_that_allows_it(tmp_path: Path) -> None:
    """The hint can be pasted behind the command as it stands."""
    written(
        tmp_path,
        "openapi: 3.1.0\npaths:\n  /a:\n    $ref: ../common/paths.yaml\n  /b: {get: {}}\n",
        "api/openapi.yaml",
    )
    written(tmp_path, "get: {}\n", "common/paths.yaml")
    contract = loaded(tmp_path / "api")
    assert said(contract.diagnostics) == [
        (
            "openapi.yaml:4: Operations below /a are not tested. "
            "../common/paths.yaml is outside the folder of the document and was not read. "
            "If you trust it: --ref-root .."
        )
    ]


def test_a_file_in_another_encoding_is_named_with_its_first_foreign_byte(tmp_path: Path) -> None:
    """Guessing could change what a name is."""
    (tmp_path / "openapi.yaml").write_bytes("openapi: 3.1.0\ninfo: ä".encode("latin-1"))
    assert said(refusals(tmp_path)) == [
        "openapi.yaml:2: the file is not UTF-8 (line 2, byte 21). Save it as UTF-8."
    ]


def test_a_missing_file_is_reported_as_missing(tmp_path: Path) -> None:
    """Not as invalid YAML."""
    assert said(refusals(tmp_path)) == ["openapi.yaml: no such file."]


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        ("[/a]", 'openapi.yaml:2: "paths" is a list, not a map. No operation is tested.'),
        ("{$ref: '#/nothing'}", "openapi.yaml:2: #/nothing not found. No operation is tested."),
    ],
)
def test_paths_that_cannot_be_read_make_the_document_unusable(tmp_path: Path, paths: str, why: str) -> None:
    """Nothing of it is judged; one path that cannot be read leaves the others."""
    written(tmp_path, f"openapi: 3.1.0\npaths: {paths}\n")
    assert why in said(refusals(tmp_path))
    written(tmp_path, "openapi: 3.1.0\npaths: {/a: [], /b: {get: {}}}\n")
    assert [str(one.key) for one in loaded(tmp_path).operations] == ["GET /b"]


def test_a_version_that_is_a_number_is_a_note(tmp_path: Path) -> None:
    """It is read; other tools refuse it."""
    written(tmp_path, "info: {}\nopenapi: 3.1\npaths: {/a: {get: {}}}\n")
    contract = loaded(tmp_path)
    assert said(contract.diagnostics) == [
        'openapi.yaml:2: "openapi" is a number, not a text; it was read as 3.1. Write it in quotes.'
    ]
    assert contract.diagnostics[0].severity is Severity.NOTE
    written(tmp_path, "openapi: '3.1.0'\npaths: {/a: {get: {}}}\n")
    assert not loaded(tmp_path).diagnostics


def test_many_operations_that_cannot_be_judged_are_one_finding(tmp_path: Path) -> None:
    """One cause is one line, however many operations it touches."""
    paths = "".join(f"  /{i}: {{get: {{security: [{{ghost: []}}]}}}}\n" for i in range(1200))
    written(tmp_path, f"openapi: 3.1.0\npaths:\n{paths}")
    assert said(loaded(tmp_path).diagnostics) == [
        'openapi.yaml:3: security scheme "ghost" is not defined. GET /0 and 1,199 more cannot be judged.'
    ]
