"""Every finding is one line: file, line, what is wrong, then what to do."""

from pathlib import Path

import pytest

from tests.loader.reading import loaded, refusals, said, written

SCHEMES = """
components:
  securitySchemes:
    mtls:
      type: mutualTLS
"""

TEXTS = {
    "mtls in 3.0": (
        """
        openapi: 3.0.3
        paths:
          /a:
            get:
              security: [{mtls: []}]
        components:
          securitySchemes:
            mtls:
              type: mutualTLS
        """,
        (
            'openapi.yaml:9: "type: mutualTLS" needs OpenAPI 3.1, this document says 3.0.3. Treated as mutual TLS. '
            "Change the version, or keep 3.0 and name the scheme under [schemes] in specdrift.toml."
        ),
    ),
    "a scheme in the wrong case": (
        """
        openapi: 3.1.0
        components:
          securitySchemes:
            mtls:
              type: mutualTLS
        paths:
          /a:
            get:
              security:
                - MTLS: []
          /b:
            get:
              security: [{mtls: []}]
        """,
        (
            'openapi.yaml:10: security scheme "MTLS" is not defined. Did you mean "mtls" (line 4)? '
            "GET /a cannot be judged."
        ),
    ),
    "security is null": (
        """
        openapi: 3.1.0
        security: [{mtls: []}]
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        paths:
          /a:
            get:
              security:
          /b:
            get: {}
        """,
        'openapi.yaml:7: "security" is null. Write [] for "no security", or delete the line to inherit line 2.',
    ),
    "security is a map": (
        """
        openapi: 3.1.0
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        paths:
          /a:
            get:
              security:
                mtls: []
          /b:
            get: {security: [mtls: []]}
        """,
        'openapi.yaml:6: "security" is a map; put a dash before "mtls".',
    ),
    "a scheme without its list": (
        """
        openapi: 3.1.0
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        paths:
          /a:
            get:
              security:
                - mtls:
        """,
        'openapi.yaml:7: "mtls:" needs a list: write "mtls: []".',
    ),
    "a list of bare names": (
        """
        openapi: 3.1.0
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        paths:
          /a:
            get:
              security: [mtls]
          /b:
            get: {security: [mtls: []]}
        """,
        'openapi.yaml:6: "mtls" needs a colon and a list: write "- mtls: []".',
    ),
    "an unknown type": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {}}}
        components:
          securitySchemes:
            mtls:
              type: mutualTls
        """,
        'openapi.yaml:6: unknown type "mutualTls". Did you mean "mutualTLS"?',
    ),
    "a file that is not there": (
        """
        openapi: 3.1.0
        paths:
          /users:
            $ref: paths/users.yaml
          /b: {get: {}}
        """,
        (
            "openapi.yaml:4: paths/users.yaml not found (looked in the folder of openapi.yaml). "
            "Operations below /users are not tested."
        ),
    ),
    "a remote reference": (
        """
        openapi: 3.1.0
        paths:
          /users:
            $ref: https://example.com/users.yaml
          /b: {get: {}}
        """,
        "openapi.yaml:4: a reference to a remote host was not fetched. Download it, or allow the host.",
    ),
    "a method of a later version": (
        """
        openapi: 3.1.0
        paths:
          /b:
            get: {}
            query: {}
        """,
        'openapi.yaml:5: "query" is a method only from OpenAPI 3.2; this operation is not tested.',
    ),
    "a method in upper case": (
        """
        openapi: 3.1.0
        paths:
          /b:
            get: {}
            POST: {}
        """,
        'openapi.yaml:5: "POST" must be lower case.',
    ),
    "security on a path": (
        """
        openapi: 3.1.0
        paths:
          /b:
            security: []
            get: {}
        """,
        'openapi.yaml:4: "security" on a path has no effect; move it into the operations.',
    ),
    "a misspelled field": (
        """
        openapi: 3.1.0
        paths:
          /b:
            paramters: []
            get: {}
        """,
        'openapi.yaml:4: "paramters" is no field of a path item and was not read. Did you mean "parameters"?',
    ),
    "a path without a slash": (
        """
        openapi: 3.1.0
        paths:
          a: {get: {}}
          /b: {get: {}}
        """,
        'openapi.yaml:3: "a" is no path: a path begins with "/". Nothing below it is tested.',
    ),
    "an operation that is a list": (
        """
        openapi: 3.1.0
        paths:
          /a:
            get: []
            put: {}
        """,
        "openapi.yaml:4: GET /a is a list, not a map; it is not tested.",
    ),
    "a path item that is a text": (
        """
        openapi: 3.1.0
        paths:
          /a: nothing
          /b: {get: {}}
        """,
        'openapi.yaml:3: "/a" is a string, not a map. Nothing below it is tested.',
    ),
    "a scheme that is a list": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {}}}
        components:
          securitySchemes:
            key: []
        """,
        'openapi.yaml:5: security scheme "key" is a list, not a map.',
    ),
    "a scheme without a type": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {}}}
        components:
          securitySchemes:
            key: {scheme: basic}
        """,
        'openapi.yaml:5: security scheme "key" has no type.',
    ),
    "more methods in 3.1": (
        """
        openapi: 3.1.0
        paths:
          /a: {get: {}, additionalOperations: {LOCK: {}}}
        """,
        'openapi.yaml:3: "additionalOperations" is known only from OpenAPI 3.2; its operations are not tested.',
    ),
    "two names for one path": (
        """
        openapi: 3.1.0
        paths:
          /a/{x}: {get: {}}
          /a/{y}: {get: {}}
        """,
        (
            "openapi.yaml:4: /a/{y} and /a/{x} (line 3) are the same path; which of them a request means is "
            "undefined. Join them."
        ),
    ),
    "webhooks only": (
        """
        openapi: 3.1.0
        webhooks: {created: {post: {}}}
        """,
        "openapi.yaml: nothing to test (webhooks only).",
    ),
    "no paths": (
        """
        openapi: 3.1.0
        paths: {}
        """,
        "openapi.yaml: nothing to test (no paths).",
    ),
    "a circle": (
        """
        openapi: 3.1.0
        paths:
          /a: {$ref: '#/paths/~1b'}
          /b: {$ref: '#/paths/~1a'}
          /c: {get: {}}
        """,
        "openapi.yaml:3: #/paths/~1b leads back to itself. Operations below /a are not tested.",
    ),
    "a reference in an operation": (
        """
        openapi: 3.1.0
        paths:
          /a:
            get: {$ref: '#/x-operation'}
        x-operation: {security: []}
        """,
        'openapi.yaml:4: OpenAPI allows no "$ref" in an operation. It was followed; other tools ignore it.',
    ),
    "an operation beside a reference": (
        """
        openapi: 3.1.0
        paths:
          /a:
            $ref: '#/components/pathItems/a'
            get: {}
        components: {pathItems: {a: {put: {}}}}
        """,
        (
            'openapi.yaml:5: OpenAPI does not say what "get" beside "$ref" means. Both were read, and what stands '
            "here wins; other tools drop one of them. Keep one."
        ),
    ),
    "roles in 3.0": (
        """
        openapi: 3.0.0
        paths: {/a: {get: {security: [{key: [admin]}]}}}
        components: {securitySchemes: {key: {type: apiKey, in: header, name: X}}}
        """,
        (
            'openapi.yaml:2: a list of roles for "key" needs OpenAPI 3.1, this document says 3.0.0. '
            'Change the version, or write "key: []".'
        ),
    ),
    "a scheme that nothing uses": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {}}}
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        """,
        'openapi.yaml:3: no operation uses the mutual TLS scheme "mtls". Name it under "security", or delete it.',
    ),
    "an alternative that is never needed": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {security: [{key: []}, {key: [], mtls: []}]}}}
        components: {securitySchemes: {mtls: {type: mutualTLS}, key: {type: apiKey, in: header, name: X}}}
        """,
        (
            'openapi.yaml:2: "key" and "mtls" together are never needed: another alternative asks for less. '
            "Put what must hold together into one entry, or delete this one."
        ),
    ),
    "a certificate without TLS": (
        """
        openapi: 3.1.0
        servers: [{url: 'http://api.example.com'}]
        paths: {/a: {get: {security: [{mtls: []}]}}}
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        """,
        (
            "openapi.yaml:3: a client certificate is required, but no server speaks TLS (http://api.example.com). "
            "Write https, or drop the requirement."
        ),
    ),
    "the password scheme of RFC 8120": (
        """
        openapi: 3.0.0
        paths: {/a: {get: {security: [{m: []}]}}}
        components: {securitySchemes: {m: {type: http, scheme: mutual}}}
        """,
        (
            'openapi.yaml:3: "scheme: mutual" is a password scheme (RFC 8120). Did you mean a client certificate? '
            "Name the scheme under [schemes] in specdrift.toml."
        ),
    ),
    "a key twice in a schema": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {}}}
        components:
          schemas:
            a:
              type: string
              type: integer
        """,
        'openapi.yaml:7: "type" appears twice (first at line 6); the last one was read. Delete one.',
    ),
}

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
            'openapi.yaml:9: "security" appears twice in GET /a (first at line 7). Readers disagree on which counts; '
            "delete one."
        ),
    ),
    "a path twice": (
        "openapi: 3.1.0\npaths:\n  /a: {}\n  /a: {}\n",
        (
            'openapi.yaml:4: "/a" appears twice in paths (first at line 3). Readers disagree on which counts; '
            "delete one."
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
            "Readers disagree on which counts; delete one."
        ),
    ),
    "another kind of file": (
        "services: {web: {image: nginx}}\n",
        'openapi.yaml: no "openapi" or "swagger" member: this is not an OpenAPI description.',
    ),
    "a text": (
        "Hello.\n",
        'openapi.yaml: no "openapi" or "swagger" member: this is not an OpenAPI description.',
    ),
    "a tab": ("openapi: 3.1.0\npaths:\n\t/a: {}\n", "openapi.yaml:3: a tab cannot indent YAML."),
    "blank": ("  \n", "openapi.yaml: the file is empty."),
    "nothing": ("", "openapi.yaml: the file is empty."),
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
def test_a_finding_says_where_and_what_to_do(tmp_path: Path, name: str) -> None:
    """One line, no schema dump, and the rest of the document is read all the same."""
    text, expected = TEXTS[name]
    written(tmp_path, text)
    contract = loaded(tmp_path)
    assert said(contract.diagnostics) == [expected]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_where_and_what_to_do(tmp_path: Path, name: str) -> None:
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
            "openapi.yaml:4: ../common/paths.yaml lies outside the description's folder and was not read. "
            "If you trust it: --ref-root .."
        )
    ]


def test_a_file_in_another_encoding_is_named_with_its_first_foreign_byte(tmp_path: Path) -> None:
    """Guessing could change what a name is."""
    (tmp_path / "openapi.yaml").write_bytes("openapi: 3.1.0\ninfo: ä".encode("latin-1"))
    assert said(refusals(tmp_path)) == ["openapi.yaml: the file is not UTF-8 (byte 21)."]


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    """Nothing about YAML when there is no file."""
    assert said(refusals(tmp_path)) == ["openapi.yaml: no such file."]


def test_paths_that_are_a_list_leave_nothing_to_test(tmp_path: Path) -> None:
    """Both are said: the cause, and that nothing is left."""
    written(tmp_path, "openapi: 3.1.0\npaths: [/a]\n")
    assert said(loaded(tmp_path).diagnostics) == [
        'openapi.yaml:2: "paths" is a list, not a map. Nothing below it is tested.',
        "openapi.yaml: nothing to test (no path has an operation that can be read).",
    ]


def test_many_operations_that_cannot_be_judged_are_one_finding(tmp_path: Path) -> None:
    """One cause is one line, however many operations it touches."""
    paths = "".join(f"  /{i}: {{get: {{security: [{{ghost: []}}]}}}}\n" for i in range(1200))
    written(tmp_path, f"openapi: 3.1.0\npaths:\n{paths}")
    assert said(loaded(tmp_path).diagnostics) == [
        'openapi.yaml:3: security scheme "ghost" is not defined. GET /0 and 1,199 more cannot be judged.'
    ]
