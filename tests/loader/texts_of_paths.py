"""Descriptions with something wrong about paths and references, and the line that says so."""

PATHS = {
    "two versions": (
        """
        openapi: 3.1.0
        swagger: "2.0"
        paths: {/a: {get: {}}}
        """,
        (
            'openapi.yaml:2: both "openapi" and "swagger": it was read as OpenAPI 3, and other tools may read 2.0. '
            "Delete one."
        ),
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
        (
            "openapi.yaml:4: https://example.com/users.yaml is on another host and was not fetched. Download it, or "
            'allow its host: [loader] allow-remote-refs = ["example.com"]. Operations below /users are not tested.'
        ),
    ),
    "a method of a later version": (
        """
        openapi: 3.1.0
        paths:
          /b:
            get: {}
            query: {}
        """,
        'openapi.yaml:5: "query" is a method since OpenAPI 3.2; this operation is not tested.',
    ),
    "a method in upper case": (
        """
        openapi: 3.1.0
        paths:
          /b:
            get: {}
            POST: {}
        """,
        'openapi.yaml:5: "POST" of /b must be lower case; this operation is not tested.',
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
        'openapi.yaml:4: "paramters" is not a field of a path item and was ignored. Did you mean "parameters"?',
    ),
    "a path without a slash": (
        """
        openapi: 3.1.0
        paths:
          a: {get: {}}
          /b: {get: {}}
        """,
        'openapi.yaml:3: "a" is not a path: a path begins with "/". Operations below it are not tested.',
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
        'openapi.yaml:3: "/a" is a string, not a map. Operations below it are not tested.',
    ),
    "more methods in 3.1": (
        """
        openapi: 3.1.0
        paths:
          /a: {get: {}, additionalOperations: {LOCK: {}}}
        """,
        'openapi.yaml:3: "additionalOperations" exists since OpenAPI 3.2; its operations are not tested.',
    ),
    "two names for one path": (
        """
        openapi: 3.1.0
        paths:
          /a/{x}: {get: {}}
          /a/{y}: {get: {}}
        """,
        (
            "openapi.yaml:4: /a/{y} and /a/{x} (line 3) are the same path; OpenAPI does not define "
            "which one a request matches. Merge them."
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
        "openapi.yaml:3: #/paths/~1b refers to itself. Operations below /a are not tested.",
    ),
    "a reference in an operation": (
        """
        openapi: 3.1.0
        paths:
          /a:
            get: {$ref: '#/x-operation'}
        x-operation: {security: []}
        """,
        'openapi.yaml:4: OpenAPI does not allow "$ref" in an operation. It was resolved; other tools ignore it.',
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
            'openapi.yaml:5: OpenAPI does not define "get" beside "$ref". Both were read, and this one '
            "wins; other tools ignore one of them. Keep one."
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
        'openapi.yaml:7: "type" appears twice (first at line 6); the last one applies. Delete one.',
    ),
}
