"""Plugins of Kong: the order in which they run, and which of them let requests pass."""

MTLS, HEADER_CERT, HANDSHAKE, METADATA = (
    *("mtls-auth", "header-cert-auth", "tls-handshake-modifier", "tls-metadata-headers"),
)
ACL, TERMINATION, REDIRECT = "acl", "request-termination", "redirect"
TRANSFORMERS = ("request-transformer", "request-transformer-advanced")
SESSION = "session"
EVALUATED = {
    SESSION: 1900,
    MTLS: 1600,
    HEADER_CERT: 1009,
    HANDSHAKE: 997,
    METADATA: 996,
    ACL: 950,
    TRANSFORMERS[1]: 802,
    TRANSFORMERS[0]: 801,
    REDIRECT: 779,
    TERMINATION: 2,
}
"""The higher one runs first."""
PASSWORDS = {
    "oauth2-introspection": 1700,
    "jwt": 1450,
    "oauth2": 1400,
    "vault-auth": 1350,
    "key-auth": 1250,
    "key-auth-enc": 1250,
    "ldap-auth": 1200,
    "ldap-auth-advanced": 1200,
    "basic-auth": 1100,
    "openid-connect": 1050,
    "hmac-auth": 1030,
}
"""They ask for a password or token."""
GATES = {
    "bot-detection": 2500,
    "json-threat-protection": 1009,
    "xml-threat-protection": 999,
    "request-validator": 999,
    "ip-restriction": 990,
    "injection-protection": 1007,
    "opa": 920,
}
"""They may refuse a request, and do nothing else that decides."""
PASSING = frozenset(
    (
        *("correlation-id", "zipkin", "opentelemetry", "prometheus", "datadog", "statsd", "statsd-advanced"),
        *("http-log", "file-log", "tcp-log", "udp-log", "syslog", "loggly", "kafka-log", "app-dynamics"),
        *("response-transformer", "response-transformer-advanced", "response-ratelimiting", "cors"),
        *(
            "rate-limiting",
            "rate-limiting-advanced",
            "graphql-rate-limiting-advanced",
            "request-size-limiting",
        ),
        *("proxy-cache", "proxy-cache-advanced", "graphql-proxy-cache-advanced", "upstream-timeout", "acme"),
        *("service-protection", "grpc-web"),
    )
)
"""They measure, limit, or change answers: a first request passes."""
PRIORITIES = {**EVALUATED, **PASSWORDS, **GATES}
ANSWERING_OPTIONS = frozenset({"cors", *PASSWORDS})
"""They treat the method OPTIONS in another way."""
CHALLENGES = "/.well-known/acme-challenge"
"""Paths that acme answers."""
