"""How to put a document right that cannot be read, or only in part."""

from specdrift.rules.explanation import Explanation, change

READING = "While the document is read, by every command that takes one."

EXPLANATIONS = (
    Explanation(
        rule="invalid-document",
        probed=READING,
        correct="It is YAML or JSON in UTF-8, a map at the top, with `openapi` (or `swagger`), `info` and `paths`.",
        change=change(
            """
            title: Invoices
            paths: []
            """,
            """
            openapi: 3.1.0
            info: {title: Invoices, version: 1.0.0}
            paths: {}
            """,
        ),
    ),
    Explanation(
        rule="unsupported-version",
        probed=READING,
        correct="`openapi` names a version 3.0, 3.1 or 3.2 (2.0: `swagger`), as a text with three numbers.",
        change=change('openapi: "4.0"', "openapi: 3.1.0"),
    ),
    Explanation(
        rule="yaml-alias-bomb",
        probed=READING,
        correct="What is used often is a component, and is referred to.",
        change=change(
            """
            a: &a [x, x, x, x, x, x, x, x, x]
            b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
            c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
            """,
            """
            items: {$ref: "#/components/schemas/Row"}
            """,
        ),
    ),
    Explanation(
        rule="nesting-too-deep",
        probed=READING,
        correct="Values are nested a few dozen levels deep, 500 at most.",
        change=change(
            "schema: {properties: {a: {properties: {b: {properties: {c: {}}}}}}}",
            """
            schema: {properties: {a: {$ref: "#/components/schemas/A"}}}
            """,
        ),
    ),
    Explanation(
        rule="duplicate-key",
        probed=READING,
        correct="Every key of a map is there once.",
        change=change(
            """
            get:
              security: [{mtls: []}]
              security: []
            """,
            """
            get:
              security: [{mtls: []}]
            """,
        ),
    ),
    Explanation(
        rule="no-operations",
        probed=READING,
        correct="Some path has a method.",
        change=change(
            """
            webhooks:
              invoicePaid: {post: {}}
            """,
            """
            paths:
              /invoices: {get: {}}
            webhooks:
              invoicePaid: {post: {}}
            """,
        ),
    ),
    Explanation(
        rule="unresolved-reference",
        probed=READING,
        correct="The file is there, relative to the one that refers to it, and has the member that the pointer names.",
        change=change(
            '$ref: "parts.yaml#/parameters/Id"',
            '$ref: "parts.yaml#/components/parameters/Id"',
        ),
    ),
    Explanation(
        rule="recursive-reference",
        probed=READING,
        correct="Whoever follows the references of a path item, operation, parameter or scheme arrives at a value.",
        change=change(
            """
            parameters:
              A: {$ref: "#/components/parameters/B"}
              B: {$ref: "#/components/parameters/A"}
            """,
            """
            parameters:
              A: {$ref: "#/components/parameters/B"}
              B: {name: b, in: query, schema: {type: string}}
            """,
        ),
    ),
    Explanation(
        rule="remote-reference-refused",
        probed=READING,
        correct="References stay among your own files, or lead to a host that the configuration names.",
        change=change(
            """
            [loader]
            allow-remote-refs = []
            """,
            """
            [loader]
            allow-remote-refs = ["specs.example.com"]
            """,
            language="toml",
        ),
    ),
    Explanation(
        rule="reference-outside-root",
        probed=READING,
        correct="References stay below the folder of the entry document, or below the one that the configuration names.",
        change=change(
            """
            spec = "api/openapi.yaml"  # refers to ../common/errors.yaml
            """,
            """
            spec = "api/openapi.yaml"
            [loader]
            ref-root = "."
            """,
            language="toml",
        ),
    ),
)
