"""Targets that a reference may have, and unresolved references."""

import os
import socket
from pathlib import Path

import pytest

from specdrift.loader import load
from specdrift.loader.operations.operation_reader import Bodies
from specdrift.model.result.drift import Severity
from specdrift.settings import LoaderSettings
from tests.loader.documents import loaded, said, written

LOST = " Operations below /a are not tested."
LOST_FIRST = "Operations below /a are not tested. "
ALLOWING = ', or allow its host: [loader] allow-remote-refs = ["127.0.0.1"]'


def not_fetched(reference: str, allowing: str = "") -> tuple[str, str]:
    """Return rule and sentence of a reference to another host."""
    said = f"{reference} is on another host and was not fetched. Download it{allowing}.{LOST}"
    return "remote-reference-refused", said


OUTSIDE = "is outside the folder of the document and was not read."
ABSOLUTE = "is an absolute path and was not read. Write it relative to openapi.yaml."

# The reference, the rule, and the sentence behind the place.
BROKEN = {
    "https://127.0.0.1:{port}/x.yaml": not_fetched("https://127.0.0.1:{port}/x.yaml", ALLOWING),
    "//127.0.0.1:{port}/x.yaml": not_fetched("//127.0.0.1:{port}/x.yaml"),
    "HTTP://127.0.0.1:{port}/x.yaml": not_fetched("HTTP://127.0.0.1:{port}/x.yaml", ALLOWING),
    "ftp://127.0.0.1:{port}/x.yaml": not_fetched("ftp://127.0.0.1:{port}/x.yaml"),
    "urn:example:item": not_fetched("urn:example:item"),
    "data:,x": not_fetched("data:,x"),
    "/etc/passwd": ("reference-outside-root", f"{LOST_FIRST}/etc/passwd {ABSOLUTE}"),
    "/dev/zero": ("reference-outside-root", f"{LOST_FIRST}/dev/zero {ABSOLUTE}"),
    "file:///etc/passwd": ("reference-outside-root", f"{LOST_FIRST}file:///etc/passwd {ABSOLUTE}"),
    "file:item.yaml": ("reference-outside-root", f"{LOST_FIRST}file:item.yaml {ABSOLUTE}"),
    "../outside.yaml": (
        "reference-outside-root",
        f"{LOST_FIRST}../outside.yaml {OUTSIDE} If you trust it: --ref-root ..",
    ),
    "%2e%2e/outside.yaml": (
        "reference-outside-root",
        f"{LOST_FIRST}%2e%2e/outside.yaml {OUTSIDE} If you trust it: --ref-root ..",
    ),
    "..%2foutside.yaml": (
        "reference-outside-root",
        f"{LOST_FIRST}..%2foutside.yaml {OUTSIDE} If you trust it: --ref-root ..",
    ),
    "link.yaml": (
        "reference-outside-root",
        f"{LOST_FIRST}link.yaml {OUTSIDE} If you trust it: --ref-root ..",
    ),
    "linked/outside.yaml": (
        "reference-outside-root",
        f"{LOST_FIRST}linked/outside.yaml {OUTSIDE} If you trust it: --ref-root ..",
    ),
    "device.yaml": ("reference-outside-root", f"{LOST_FIRST}device.yaml {OUTSIDE}"),
    ".": ("unresolved-reference", f". is a folder, not a file: name the file in it.{LOST}"),
    "folder": ("unresolved-reference", f"folder is a folder, not a file: name the file in it.{LOST}"),
    "pipe": ("unresolved-reference", f"pipe is not a regular file.{LOST}"),
    "nothing.yaml": (
        "unresolved-reference",
        f"nothing.yaml not found (looked in the folder of openapi.yaml).{LOST}",
    ),
    "item.yaml/x": (
        "unresolved-reference",
        f"item.yaml/x not found (looked in the folder of openapi.yaml).{LOST}",
    ),
    "nul%00.yaml": (
        "unresolved-reference",
        f"nul%00.yaml not found (looked in the folder of openapi.yaml).{LOST}",
    ),
    "item.yaml#/x": ("unresolved-reference", f"item.yaml has no /x.{LOST}"),
    "#/nowhere": ("unresolved-reference", f"#/nowhere not found.{LOST}"),
    "#anchor": ("unresolved-reference", f"#anchor not found.{LOST}"),
    "#/x-list/01": ("unresolved-reference", f"#/x-list/01 not found.{LOST}"),
    "#/x-list/-": ("unresolved-reference", f"#/x-list/- not found.{LOST}"),
    "#/x-list/99999999999999999999": (
        "unresolved-reference",
        f"#/x-list/99999999999999999999 not found.{LOST}",
    ),
    "http://[::1/x": ("unresolved-reference", f"http://[::1/x is not a URI reference.{LOST}"),
    "tab.yaml": (
        "unresolved-reference",
        f"tab.yaml cannot be read (line 2: a tab cannot indent YAML).{LOST}",
    ),
    "empty.yaml": ("unresolved-reference", f"empty.yaml cannot be read (the file is empty).{LOST}"),
    "bomb.yaml": (
        "unresolved-reference",
        f"bomb.yaml cannot be read (line 1: more than 500 levels of nesting).{LOST}",
    ),
    "#/paths/~1a": ("recursive-reference", f"#/paths/~1a refers to itself.{LOST}"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything in it that a description should not read."""
    inside = tmp_path / "api"
    written(tmp_path, "get: {}\n", "outside.yaml")
    written(inside, "get: {}\n", "item.yaml")
    written(inside, "get:\n\tx: 1\n", "tab.yaml")
    written(inside, "", "empty.yaml")
    written(inside, "[" * 1000, "bomb.yaml")
    (inside / "folder").mkdir()
    os.mkfifo(inside / "pipe")
    (inside / "link.yaml").symlink_to("../outside.yaml")
    (inside / "linked").symlink_to("..")
    (inside / "device.yaml").symlink_to("/dev/zero")
    return inside


@pytest.mark.parametrize("reference", BROKEN)
def test_a_reference_that_leads_nowhere_costs_its_own_path_only(folder: Path, reference: str) -> None:
    """One finding at the reference; the other paths are read; no host is contacted."""
    rule, expected = BROKEN[reference]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # noqa: FBT003 # the standard library's
        port = listener.getsockname()[1]
        told = reference.format(port=port)
        written(
            folder,
            f"openapi: 3.1.0\npaths:\n  /a:\n    $ref: '{told}'\n  /b: {{get: {{}}}}\nx-list: [{{}}, {{}}]\n",
        )
        contract = loaded(folder)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert [(d.rule, str(d)) for d in contract.diagnostics] == [
        (rule, f"openapi.yaml:4: {expected.format(port=port)}")
    ]
    assert [str(o.key) for o in contract.operations] == ["GET /b"]


def test_a_reference_that_is_no_text_is_reported(folder: Path) -> None:
    """Some schemas have a property of that name; a path item has not."""
    written(folder, "openapi: 3.1.0\npaths:\n  /a: {$ref: {type: string}}\n  /b: {get: {}}\n")
    assert said(loaded(folder).diagnostics) == [f'openapi.yaml:3: "$ref" must be a string.{LOST}']


def test_references_with_one_missing_target_are_one_finding(folder: Path) -> None:
    """The first is named; two files that name the same missing target have one cause."""
    written(folder, "$ref: nothing.yaml\n", "other.yaml")
    written(
        folder,
        "openapi: 3.1.0\npaths:\n  /a: {$ref: nothing.yaml}\n  /b: {$ref: other.yaml}\n  /c: {$ref: ./nothing.yaml}\n",
    )
    found = [d for d in loaded(folder).diagnostics if d.rule == "unresolved-reference"]
    assert said(tuple(found)) == [
        f"openapi.yaml:3: nothing.yaml not found (looked in the folder of openapi.yaml).{LOST}"
    ]


def test_the_root_may_be_widened(folder: Path) -> None:
    """To a folder above; what lies outside of that stays out."""
    written(
        folder,
        "openapi: 3.1.0\npaths:\n  /a: {$ref: ../outside.yaml}\n  /b: {$ref: device.yaml}\n  /c: {$ref: /etc/passwd}\n",
    )
    contract = loaded(folder, settings=LoaderSettings(ref_root=folder.parent))
    assert [str(o.key) for o in contract.operations] == ["GET /a"]
    assert said(contract.diagnostics) == [
        "openapi.yaml:4: Operations below /b are not tested. device.yaml is outside --ref-root and was not read.",
        f"openapi.yaml:5: Operations below /c are not tested. /etc/passwd {ABSOLUTE}",
    ]


def test_only_what_operations_need_is_read(folder: Path) -> None:
    """Files of schemas are not opened for bodies that are not sent, and no host is contacted; a note says so."""
    written(
        folder,
        """
        openapi: 3.1.0
        paths:
          /a/{id}:
            parameters:
              - {name: id, in: path, required: true, schema: {$ref: 'https://example.com/id.yaml'}}
            post:
              requestBody: {content: {application/json: {schema: {$ref: bomb.yaml}}}}
              responses: {200: {$ref: tab.yaml}}
        components:
          schemas: {x: {$ref: nothing.yaml}}
        """,
    )
    contract = loaded(folder)
    assert [(d.rule, d.severity) for d in contract.diagnostics] == [
        ("remote-reference-refused", Severity.NOTE),
        ("unresolved-reference", Severity.WARNING),
    ]
    parameter, responses = said(contract.diagnostics)
    assert parameter.startswith(
        "openapi.yaml:5: https://example.com/id.yaml is on another host and was not fetched."
    )
    assert parameter.endswith('The parameter "id" of POST /a/{id} was read without it.')
    assert responses.startswith("openapi.yaml:8: tab.yaml cannot be read (line 2: a tab cannot indent YAML).")
    assert responses.endswith("The responses of POST /a/{id} were read without it.")
    assert [o.target for o in contract.operations] == ["/a/specdrift-made-up-7f3a9c2e5b8d"]


WITH_BODY = """
    openapi: 3.1.0
    paths:
      /a:
        post:
          parameters: [{{name: q, in: query, required: true, schema: {parameter}}}]
          requestBody: {body}
          responses: {{"200": {response}}}
          callbacks: {{done: {{$ref: '#/nowhere'}}}}
    components:
      requestBodies:
        whole: {{required: true, content: {{application/json: {{schema: {{$ref: '#/components/schemas/whole'}}}}}}}}
      schemas:
        whole:
          type: object
          required: [amount]
          properties:
            amount: {{$ref: '{amount}'}}
            example: {{type: object, example: {{$ref: '#/nowhere'}}}}
            $ref: {{type: string}}
            again: {{$ref: '#/components/schemas/whole'}}
        number: {{type: number, default: 3}}
    """
WHOLE = {
    "parameter": "{$ref: '#/components/schemas/number'}",
    "body": "{$ref: '#/components/requestBodies/whole'}",
    "response": "{description: ok}",
    "amount": "#/components/schemas/number",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "line", "target", "lost"),
    [
        ({}, 0, "", ""),
        ({"amount": "#/nowhere"}, 17, "#/nowhere", "The request body of POST /a was"),
        ({"amount": "absent.yaml"}, 17, "absent.yaml", "The request body of POST /a was"),
        ({"body": "{$ref: '#/nowhere'}"}, 6, "#/nowhere", "The request body of POST /a was"),
        ({"parameter": "{$ref: '#/nowhere'}"}, 5, "#/nowhere", 'The parameter "q" of POST /a was'),
        ({"response": "{$ref: '#/nowhere'}"}, 7, "#/nowhere", "The responses of POST /a were"),
    ],
)
def test_what_a_request_is_made_without_is_reported(
    folder: Path, broken: dict[str, str], line: int, target: str, lost: str
) -> None:
    """A made-up value in its place may be refused for its form; a document without such a reference has no finding."""
    written(folder, WITH_BODY.format(**(WHOLE | broken)))
    contract = load("openapi.yaml", LoaderSettings(), cwd=folder, bodies=Bodies.ALL, inputs=True)
    where = f"{target} not found"
    if target == "absent.yaml":
        where += " (looked in the folder of openapi.yaml)"
    expected = [f"openapi.yaml:{line}: {where}. {lost} read without it."] if line else []
    assert said(contract.diagnostics) == expected
    assert {d.severity for d in contract.diagnostics} <= {Severity.WARNING}


def test_files_refer_to_each_other_relative_to_themselves(folder: Path) -> None:
    """Names in locations are those that a user of this folder would type."""
    written(folder, "openapi: 3.1.0\npaths: {/a: {$ref: paths/a.yaml}}\n")
    written(folder, "get: {$ref: ../operations/get.json}\n", "paths/a.yaml")
    written(
        folder, '{"security": [],\n "parameters": [{"$ref": "../parameters.yaml#/q"}]}', "operations/get.json"
    )
    written(folder, "q: {name: q, in: query, required: true, example: 7}\n", "parameters.yaml")
    (found,) = loaded(folder.parent, "api/openapi.yaml").operations
    assert str(found.location) == "api/operations/get.json:1"
    assert str(found.declared_at) == "api/paths/a.yaml:1"
    assert found.location.pointer == "/security"
    assert found.target == "/a?q=7"


def test_misplaced_references_are_followed_and_reported(tmp_path: Path) -> None:
    """Authors split files so; ignoring it would silently inherit the root's requirement."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        security: [{mtls: []}]
        paths: {$ref: paths.yaml}
        components:
          securitySchemes: {$ref: schemes.yaml}
        """,
    )
    written(tmp_path, "/a: {get: {$ref: 'get.yaml'}}\n", "paths.yaml")
    written(tmp_path, "security: []\n", "get.yaml")
    written(tmp_path, "mtls: {type: mutualTLS}\n", "schemes.yaml")
    contract = loaded(tmp_path)
    assert [(o.requirement.demand, str(o.location)) for o in contract.operations] == [
        ("not-required", "get.yaml:1")
    ]
    misplaced = [str(d.location) for d in contract.diagnostics if d.rule == "misplaced-reference"]
    assert misplaced == ["openapi.yaml:5", "openapi.yaml:3", "paths.yaml:1"]


def test_a_requirement_names_schemes_through_references(tmp_path: Path) -> None:
    """Of another file, with its own line for what is wrong there."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths: {/a: {get: {security: [{one: []}, {two: []}]}}}
        components:
          securitySchemes:
            one: {$ref: 'schemes.yaml#/one'}
            two: {$ref: 'schemes.yaml#/two'}
        """,
    )
    written(tmp_path, "one: {type: mutualTLS}\ntwo:\n  type: mutualTSL\n", "schemes.yaml")
    contract = loaded(tmp_path)
    assert [o.requirement.demand for o in contract.operations] == ["unknown"]
    assert said(contract.diagnostics) == [
        'schemes.yaml:3: unknown type "mutualTSL". Did you mean "mutualTLS"?'
    ]


ENTRY = """
    openapi: 3.2.0
    {named}
    paths:
      /a:
        $ref: {reference}
    """


@pytest.mark.parametrize(
    ("named", "reference", "own", "judged"),
    [
        ("$self: https://x.test/api.yaml", "https://x.test/item.yaml", "https://x.test/item.yaml", True),
        ("$self: https://x.test/api.yaml", "item.yaml", "https://x.test/item.yaml", True),
        ("$self: https://x.test/api.yaml", "item.yaml", "item.yaml", True),
        ("$self: https://x.test/api.yaml", "https://x.test/item.yaml", "https://x.test/v2/item.yaml", False),
        ("$self: https://x.test/api.yaml", "item.yaml", "https://y.test/item.yaml", False),
        ("info: {}", "item.yaml", "https://x.test/item.yaml", False),
        ("info: {}", "item.yaml", "item.yaml", True),
    ],
)
def test_a_file_with_another_self_is_not_the_document_that_a_reference_means(
    tmp_path: Path, named: str, reference: str, own: str, *, judged: bool
) -> None:
    """OpenAPI 3.2, Establishing the Base URI: references must use the target's ``$self``."""
    written(tmp_path, ENTRY.format(named=named, reference=f"{reference}#/paths/~1b"))
    written(
        tmp_path, f"openapi: 3.2.0\n$self: {own}\npaths: {{/b: {{get: {{security: []}}}}}}\n", "item.yaml"
    )
    contract = loaded(tmp_path)
    assert [str(o.key) for o in contract.operations] == (["GET /a"] if judged else [])
    assert [d.rule for d in contract.diagnostics if d.rule != "no-operations"] == (
        [] if judged else ["unresolved-reference"]
    )


def test_a_file_without_openapi_3_2_has_no_self(tmp_path: Path) -> None:
    """Before 3.2 the member is unknown, and ignored."""
    written(tmp_path, ENTRY.format(named="info: {}", reference="item.yaml#/paths/~1b"))
    written(
        tmp_path, "openapi: 3.1.0\n$self: https://y.test/\npaths: {/b: {get: {security: []}}}\n", "item.yaml"
    )
    assert [str(o.key) for o in loaded(tmp_path).operations] == ["GET /a"]


def test_the_message_names_both_uris(tmp_path: Path) -> None:
    """A reader must see which file is meant, and what it calls itself."""
    written(tmp_path, ENTRY.format(named="$self: https://x.test/api.yaml", reference="item.yaml#/paths/~1b"))
    written(tmp_path, "openapi: 3.2.0\n$self: https://y.test/i\npaths: {/b: {get: {}}}\n", "item.yaml")
    assert said(loaded(tmp_path).diagnostics)[0] == (
        'openapi.yaml:5: item.yaml names https://x.test/item.yaml, and the file there has "$self: https://y.test/i": '
        "it is another document. Reference it by that URI, or correct $self. Operations below /a are not tested."
    )
