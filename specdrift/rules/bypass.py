"""Rules about bypasses of the certificate: another method, path, host name or endpoint."""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

RULES = (
    Rule(
        id="method-not-enforced",
        severity=Severity.ERROR,
        title="Another method bypasses the guard",
        summary="A caller without a certificate is refused with the documented method, and admitted with another: "
        "HEAD, a method in lower case, an unregistered or undeclared one, or a safe method with an override "
        "header or `_method` parameter. Or a caller with a valid certificate that lacks the operation's role is.",
        why="The guard covers only a list of methods. HEAD discloses which resources exist, their size and when "
        "they changed; an override reaches the handler itself.",
        remedy="Guard the path for all methods, and dispatch by method behind the guard.",
        references=(
            "CWE-650",
            "CWE-288",
            "CWE-306",
            "RFC 9110 §9.3.2",
            "OWASP API5:2023",
            "OWASP API8:2023",
            "CVE-2010-0738",
            "CVE-2026-43515",
            "CVE-2026-55956",
        ),
        layer_hint="The route: the guard covers some methods, and the router accepts others.",
        bypass=True,
        security_score="8.6",
    ),
    Rule(
        id="path-variant-bypass",
        severity=Severity.ERROR,
        title="Another spelling of the path bypasses the guard",
        summary="A caller without a certificate, or with a valid one that lacks the operation's role, is refused at "
        "the documented path, and gets the operation's own answer with another spelling of the path, or with a "
        "header that rewrites it (such as X-Original-URL).",
        why="The guard compares the raw path, the router the normalized one. One such spelling opens the whole "
        "operation.",
        remedy="Guard the route, not the string: decide after routing, or normalize once in front and pass on only "
        "the normal form. Delete X-Original-URL and X-Rewrite-URL from client requests.",
        references=(
            "CWE-22",
            "CWE-41",
            "CWE-289",
            "CWE-436",
            "CWE-647",
            "RFC 3986 §6.2.2",
            "OWASP API5:2023",
            "OWASP API8:2023",
            "CVE-2021-31920",
            "CVE-2018-14773",
            "CVE-2026-33186",
        ),
        layer_hint="The route: the guard and the router normalize the path differently.",
        bypass=True,
        security_score="8.6",
    ),
    Rule(
        id="undeclared-input-bypass",
        severity=Severity.ERROR,
        title="An input that the document does not declare bypasses the guard",
        summary="A caller without a certificate, or with a valid one that lacks the operation's role, is refused, and "
        "gets the operation's own answer with a made-up credential, with the header fields of an internal caller "
        "(such as the User-Agent of a health checker), with a parameter for developers (such as `?debug=1`), or with the "
        "name or the role of another client (such as `?role=admin`).",
        why="Anyone can send the input, and needs no certificate then.",
        remedy="Remove the exception. Admit health checkers at a path of their own, without data; verify each "
        "credential that the code reads, and declare it in the document.",
        references=(
            "CWE-288",
            "CWE-290",
            "CWE-489",
            "CWE-807",
            "OWASP API2:2023",
            "OWASP API5:2023",
            "OWASP API8:2023",
        ),
        layer_hint="The application: the guard reads something that the client chooses.",
        bypass=True,
        security_score="8.6",
    ),
    Rule(
        id="plaintext-listener",
        severity=Severity.ERROR,
        title="The operation is reachable on another endpoint without a certificate",
        summary="An operation that requires a certificate answers without TLS on the same port, or without a "
        "certificate on a further listener or another server of the document on the same host, with TLS or without, "
        "like for a valid certificate.",
        why="An attacker who finds this endpoint needs no certificate, also where it has TLS. Without TLS, everybody "
        "on the network path can read the traffic.",
        remedy="Close the endpoint, or require the certificate there too. Bind endpoints that must stay open to "
        "127.0.0.1.",
        references=(
            "CWE-319",
            "CWE-420",
            "CWE-306",
            "RFC 9110 §4.2.2",
            "OWASP API8:2023",
            "OWASP API9:2023",
        ),
        layer_hint="The listener: another listener serves the same routes and requests no certificate.",
        bypass=True,
        sampled=True,
        security_score="8.6",
    ),
    Rule(
        id="host-sni-confusion",
        severity=Severity.ERROR,
        title="Mismatched names, or an earlier request, bypass the guard",
        summary="A caller without a certificate, or without the operation's role, is refused, and gets the operation's own answer with names that do "
        "not match (SNI, Host, `:authority`, X-Forwarded-Host, an address), or as a connection's second request.",
        why="One name, or the first request, decides whether a certificate is required, another what is served. A client "
        "chooses both.",
        remedy="Serve a request only under the name of its connection, and answer 421 (RFC 9110 §15.5.20) otherwise; "
        "refuse unknown names; check the certificate of this connection in the application.",
        references=(
            "CWE-290",
            "CWE-346",
            "CWE-436",
            "RFC 6066 §3",
            "RFC 9110 §7.4",
            "RFC 9113 §9.1.2",
            "OWASP API2:2023",
            "OWASP API8:2023",
            "CVE-2022-23632",
            "CVE-2025-66614",
            "CVE-2026-27588",
            "CVE-2026-32305",
            "CVE-2026-48491",
            "CVE-2026-48710",
            "CVE-2026-48928",
            "CVE-2026-53622",
        ),
        layer_hint="The listener: the SNI selects the certificate policy, and the Host selects the route.",
        bypass=True,
        sampled=True,
        security_score="8.6",
    ),
    Rule(
        id="forgeable-credential-accepted",
        severity=Severity.ERROR,
        title="A credential that anyone can make is accepted instead of a certificate",
        summary="A caller without a certificate is refused, and gets the operation's own answer with the SHA-256 hash "
        "of a valid certificate as a bearer token or API key, with the text of a key that is not set (`undefined`, `None`, "
        "`changeme`), with a token signed with a key of examples, or with a made-up value of a declared API key.",
        why="A certificate is sent in clear in TLS 1.2, and stands in logs, tickets and transparency lists: its hash "
        "is no secret, as the private key is. A guard that any token satisfies is satisfied by everybody.",
        remedy="Compare the hash with the certificate of this connection, never with a value of the request; verify "
        "tokens wherever they stand in for the certificate.",
        references=(
            "CWE-287",
            "CWE-290",
            "CWE-639",
            "RFC 8705 §3",
            "RFC 6750 §5.2",
            "OWASP API2:2023",
            "OWASP API8:2023",
        ),
        layer_hint="The guard: it takes a value of the request for the identity that only the handshake proves.",
        bypass=True,
        sampled=True,
        security_score="9.1",
    ),
)
