"""Rules about headers in which a proxy would say who the client is."""

from specdrift.model.drift import Severity
from specdrift.rules.rule import Rule

FIXES = (
    "Take the caller from the certificate of this connection. Where a proxy ends TLS: let nobody else reach the server "
    "(its own listener, which demands the proxy's certificate), and let the proxy delete these headers, in every "
    "spelling with `-` and `_`, before it sets its own. Axum: the identity that the TLS acceptor put into the "
    "extensions, never `HeaderMap`; the guard replaces an identity that is there. nginx: "
    "`proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert` in every `location` that sets any header, "
    "`underscores_in_headers off`. Envoy: `forward_client_cert_details: SANITIZE_SET`, `headers_with_underscores_action: "
    "REJECT_REQUEST`. HAProxy: `http-request del-header x-ssl -m beg` and `http-request del-header client-cert -m beg` "
    "before `set-header`. Apache: `RequestHeader unset X-SSL-Client-Cert early`, then `RequestHeader set`. Spring: "
    "`x509()` rather than `RequestHeaderAuthenticationFilter`; `server.forward-headers-strategy=none` without a proxy. "
    "Tomcat: no `SSLValve` or `RemoteIpValve` without one. Go: `r.TLS.VerifiedChains`, not `r.Header`. Node: "
    "`req.socket.getPeerCertificate()` after `authorized`; `trust proxy` off or a list of addresses."
)

RULES = (
    Rule(
        id="forwarded-certificate-trusted",
        severity=Severity.ERROR,
        title="A header stands in for the client certificate",
        summary="A caller without a certificate is refused, and admitted when it sends a header in which a proxy would "
        "pass on the client's certificate or name: RFC 9440 Client-Cert, X-Forwarded-Client-Cert, X-SSL-Client-*, "
        "X-ARR-ClientCert, X-Forwarded-User and some 150 more, with the public certificate of a good identity, in "
        "every documented format, with `-` and `_` exchanged, and named by Connection. They are sent in bundles; what "
        "a bundle does is narrowed down to the fewest headers. These are sent again on fresh connections, beside as "
        "much noise (which must not get in) and beside invalid values (which tell whether the value counts at all). "
        "With more than eight operations each is asked with a part of the bundles in turn, and with whatever got in "
        "elsewhere; `--exhaustive` asks each with all. A correct server answers as if the header were not there.",
        why="A certificate is public: it is shown in every handshake and kept in logs. Only the handshake proves who "
        "holds its key. Whoever reaches the server past the proxy, or through one that lets the header pass, is "
        "whomever it says.",
        remedy=FIXES,
        references=(
            "CWE-290",
            "CWE-287",
            "CWE-348",
            "CWE-807",
            "RFC 9440 §4",
            "RFC 9110 §7.6.1",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2022-31813",
            "CVE-2024-45410",
        ),
    ),
    Rule(
        id="forwarded-identity-override",
        severity=Severity.ERROR,
        title="A header changes who the certificate is for",
        summary="A caller with a valid certificate sends the headers of `forwarded-certificate-trusted` in the name of "
        "another identity, and is answered as that one: admitted where it is refused for its role, or with the other's "
        "answer to the byte, where both have stable answers that differ. Needs two good identities. A correct server "
        "answers as if the headers were not there.",
        why="The handshake is checked and its result is not used: every holder of a certificate can act as any other, "
        "administrators included, and the log blames the other.",
        remedy=FIXES,
        references=("CWE-290", "CWE-441", "CWE-639", "CWE-863", "OWASP API1:2023", "OWASP API5:2023"),
    ),
)
