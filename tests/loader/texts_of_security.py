"""Descriptions with something wrong about security, and the line that says so."""

SECURITY = {
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
            'openapi.yaml:9: "type: mutualTLS" needs OpenAPI 3.1, and this document is 3.0.3. Treated as mutual TLS. '
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
    "roles in 3.0": (
        """
        openapi: 3.0.0
        paths: {/a: {get: {security: [{key: [admin]}]}}}
        components: {securitySchemes: {key: {type: apiKey, in: header, name: X}}}
        """,
        (
            'openapi.yaml:2: a list of roles for "key" needs OpenAPI 3.1, and this document is 3.0.0. '
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
    "a misspelt security of an operation": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {securty: [{mtls: []}]}}}
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        """,
        (
            'openapi.yaml:2: "securty" is not a field of GET /a. Did you mean "security"? '
            "What it requires cannot be judged."
        ),
    ),
    "a misspelt security of the document": (
        """
        openapi: 3.1.0
        Security: [{mtls: []}]
        paths: {/a: {get: {}}}
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        """,
        (
            'openapi.yaml:2: "Security" is not a field of the document. Did you mean "security"? '
            "What it requires cannot be judged."
        ),
    ),
    "an alternative that is never needed": (
        """
        openapi: 3.1.0
        paths: {/a: {get: {security: [{key: []}, {key: [], mtls: []}]}}}
        components: {securitySchemes: {mtls: {type: mutualTLS}, key: {type: apiKey, in: header, name: X}}}
        """,
        (
            'openapi.yaml:2: "key" and "mtls" together are never needed: another alternative requires less. '
            "Put schemes that are required together into one entry, or delete this one."
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
            "openapi.yaml:2: operations require a client certificate (line 3), but no server uses TLS "
            "(http://api.example.com). Write https, or drop the requirement."
        ),
    ),
    "a certificate for one operation whose own server is without TLS": (
        """
        openapi: 3.1.0
        servers: [{url: 'https://api.example.com'}]
        security: [{mtls: []}]
        paths:
          /a: {get: {}}
          /b:
            get: {servers: [{url: 'http://api.example.com'}]}
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
        """,
        (
            "openapi.yaml:7: GET /b requires a client certificate (line 3), but no server of it uses TLS "
            "(http://api.example.com). Write https, or drop the requirement."
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
}
