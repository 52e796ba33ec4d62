"""Rules about headers in which a proxy would say who the client is."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

REMEDY = (
    "Take the caller from the certificate of this connection. Where a proxy ends TLS: let nobody else "
    "reach the server (its own listener, which demands the proxy's certificate), and let the proxy delete "
    "these headers, in every spelling with `-` and `_`, before it sets its own."
)

RULES = (
    Rule(
        id="forwarded-certificate-trusted",
        severity=Severity.ERROR,
        title="A header stands in for the client certificate",
        summary="A caller without a certificate is refused, and admitted when it sends a header in which a "
        "proxy would pass on the client's certificate or name: RFC 9440 Client-Cert, X-Forwarded-Client-Cert, "
        "X-SSL-Client-*, X-ARR-ClientCert, X-Forwarded-User and some 150 more.",
        why="A certificate is public: it is shown in every handshake and kept in logs. Only the handshake proves who "
        "holds its key. Whoever reaches the server past the proxy, or through one that lets the header pass, is "
        "whomever it says.",
        remedy=REMEDY,
        references=(
            "CWE-290",
            "CWE-287",
            "CWE-348",
            "CWE-807",
            "RFC 9440 §4",
            "RFC 9110 §7.6.1",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2021-32813",
            "CVE-2022-31813",
            "CVE-2024-45410",
        ),
    ),
    Rule(
        id="forwarded-identity-override",
        severity=Severity.ERROR,
        title="A header changes who the certificate is for",
        summary="A caller with a valid certificate sends such headers in the name of another identity, and is "
        "answered as that one: admitted where it is refused for its role, or with the other's own answer.",
        why="The handshake is checked and its result is not used: every holder of a certificate can act as any other, "
        "administrators included, and the log blames the other.",
        remedy=REMEDY,
        references=(
            "CWE-290",
            "CWE-441",
            "CWE-639",
            "CWE-863",
            "RFC 9440 §4",
            "OWASP API1:2023",
            "OWASP API5:2023",
            "CVE-2024-45410",
        ),
    ),
)
