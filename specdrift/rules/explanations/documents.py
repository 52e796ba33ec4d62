"""How to put a document right whose security cannot be told, or is not what its author meant."""

from specdrift.rules.explanation import Explanation, change

LINT = "By `specdrift lint` and before every check, without a request."

EXPLANATIONS = (
    Explanation(
        rule="undefined-security-scheme",
        probed=LINT,
        correct="Every name in a `security` is a key of `components.securitySchemes`, to the letter.",
        change=change(
            """
            security: [{mTLS: []}]
            components:
              securitySchemes:
                mtls: {type: mutualTLS}
            """,
            """
            security: [{mtls: []}]
            components:
              securitySchemes:
                mtls: {type: mutualTLS}
            """,
        ),
    ),
    Explanation(
        rule="invalid-security",
        probed=LINT,
        correct="`security` is a list; each item is a map from scheme names to lists of scopes or roles.",
        change=change("security: {mtls: []}", "security: [{mtls: []}]"),
    ),
    Explanation(
        rule="invalid-security-scheme",
        probed=LINT,
        correct="`type` is one of apiKey, http, mutualTLS, oauth2 and openIdConnect.",
        change=change("mtls: {type: mutualTls}", "mtls: {type: mutualTLS}"),
    ),
    Explanation(
        rule="mtls-inexpressible",
        probed=LINT,
        correct="A client certificate is `type: mutualTLS`, from OpenAPI 3.1 on.",
        change=change(
            """
            openapi: 3.0.3
            components:
              securitySchemes:
                mtls: {type: mutualTLS}
            """,
            """
            openapi: 3.1.0
            components:
              securitySchemes:
                mtls: {type: mutualTLS}
            """,
        ),
    ),
    Explanation(
        rule="contradictory-security",
        probed=LINT,
        correct="Items of the list are alternatives; the members of one item are needed together.",
        change=change(
            """
            security:
            - mtls: []
            - apiKey: []  # enough on its own
            """,
            """
            security:
            - mtls: []
              apiKey: []  # both
            """,
        ),
    ),
    Explanation(
        rule="unused-mtls-scheme",
        probed=LINT,
        correct="Some operation, or the root, names the scheme.",
        change=change(
            """
            components:
              securitySchemes:
                mtls: {type: mutualTLS}
            """,
            """
            security: [{mtls: []}]
            components:
              securitySchemes:
                mtls: {type: mutualTLS}
            """,
        ),
    ),
    Explanation(
        rule="security-downgrade",
        probed="By comparing with an older document, from a file or from a git revision, without a request. What "
        "callers each operation lets in is compared, not how it is written: a requirement that moved from the "
        "operation to the root is no change.",
        correct="No operation lets in who was refused before, unless the baseline accepts it with a reason.",
        change=change(
            """
            paths:
              /invoices:
                get:
                  security: []  # was inherited from the root: a certificate
            """,
            """
            paths:
              /invoices:
                get: {}  # inherits `security: [{mtls: []}]` again
            """,
        ),
    ),
    Explanation(
        rule="misplaced-reference",
        probed=LINT,
        correct="`$ref` stands in a path item, or in place of a parameter, response, schema or single scheme.",
        change=change(
            """
            paths:
              /invoices:
                get: {$ref: list.yaml}
            """,
            """
            paths:
              /invoices: {$ref: invoices.yaml}
            """,
        ),
    ),
    Explanation(
        rule="ref-siblings",
        probed=LINT,
        correct="A path item is either a reference, or written out.",
        change=change(
            """
            /invoices:
              $ref: invoices.yaml
              post: {security: []}
            """,
            """
            /invoices:
              $ref: invoices.yaml  # has post as well
            """,
        ),
    ),
    Explanation(
        rule="unknown-path-item-field",
        probed=LINT,
        correct="A path item has the methods in lower case, `summary`, `description`, `servers`, `parameters` and `$ref`.",
        change=change(
            """
            /invoices:
              security: [{mtls: []}]  # protects nothing
              get: {}
            """,
            """
            /invoices:
              get:
                security: [{mtls: []}]
            """,
        ),
    ),
    Explanation(
        rule="ambiguous-path",
        probed=LINT,
        correct="Two templates differ in more than the names of their expressions.",
        change=change(
            """
            /invoices/{id}: {get: {security: [{mtls: []}]}}
            /invoices/{number}: {post: {security: []}}
            """,
            """
            /invoices/{id}:
              get: {security: [{mtls: []}]}
              post: {security: []}
            """,
        ),
    ),
)
