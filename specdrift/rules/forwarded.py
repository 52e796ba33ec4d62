"""Rules about headers in which a proxy passes on the client's identity or address."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

REMEDY = (
    "Take the caller's identity from the certificate of this connection. Behind a proxy that terminates TLS: use a "
    "listener that requires the proxy's certificate, and let the proxy delete these headers, in every spelling with "
    "`-` and `_`, before it sets its own."
)

RULES = (
    Rule(
        id="forwarded-certificate-trusted",
        severity=Severity.ERROR,
        title="A header replaces the client certificate",
        summary="A caller without a certificate is refused, and admitted with a header in which a proxy passes on the "
        "client's certificate or name: RFC 9440 Client-Cert, X-Forwarded-Client-Cert, X-SSL-Client-*, "
        "X-ARR-ClientCert, X-Forwarded-User and some 150 more. Or a valid certificate is refused, and admitted "
        "with such a header.",
        why="A certificate is public: it is sent in handshakes and stored in logs. Only the handshake proves "
        "possession of its key. A client that reaches the server without the proxy, or through one that "
        "passes the header on, can claim any identity.",
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
            "CVE-2026-28368",
            "CVE-2026-28369",
            "CVE-2026-31838",
            "CVE-2026-35616",
            "CVE-2026-39858",
            "CVE-2026-46579",
        ),
        layer_hint="The guard: it trusts a header that any client can send.",
        security_score="9.8",
    ),
    Rule(
        id="forwarded-identity-override",
        severity=Severity.ERROR,
        title="A header overrides the certificate's identity",
        summary="A caller with a valid certificate sends such a header with another identity's name, and is treated "
        "as that identity: admitted where its own role is refused, or where every valid certificate is, or given "
        "the other's answer. For an operation with roles also with headers that claim an address.",
        why="The handshake is verified and its result ignored: every certificate holder can act as any other, "
        "administrators included, and the log names the wrong one.",
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
        layer_hint="The handler: it takes the identity from a header instead of the certificate of the connection.",
        security_score="8.8",
    ),
    Rule(
        id="proxy-protocol-trusted",
        severity=Severity.ERROR,
        title="A PROXY header of any client is trusted",
        summary="A caller without a certificate is refused, and admitted if its connection begins with a header of the "
        "PROXY protocol (version 1 or 2) that claims an internal address, or a verified client certificate "
        "(PP2_TYPE_SSL).",
        why="The header is neither signed nor encrypted. A listener that reads it from anybody lets each client choose "
        "its address, and so pass networks that need no certificate, limits and logs, or its certificate.",
        remedy="Read the header only on connections of the load balancer, by the address of the connection itself, "
        "and close others that begin with one. Require the certificate whatever the address is.",
        references=(
            "CWE-290",
            "CWE-291",
            "CWE-348",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
        layer_hint="The listener: it reads a PROXY header of any client.",
        bypass=True,
        security_score="9.1",
    ),
)
