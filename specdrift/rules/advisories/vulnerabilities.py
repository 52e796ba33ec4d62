"""Published vulnerabilities of the classes that the rules report, and whether probes of a black box see them.

Titles are summaries, each checked against the advisory or the CVE record; ``how`` is what is sent, or why nothing is.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class Visibility(StrEnum):
    """Whether a check of a server with the vulnerability reports it."""

    PROBED = "probed"
    CONDITIONALLY = "on a condition"
    """Only with what the owner configures, or with ``--exhaustive``."""
    NOT_PROBED = "not probed"


class Vulnerability(Struct, frozen=True, kw_only=True):
    """One published vulnerability."""

    id: str
    title: str
    visibility: Visibility
    how: str
    """What is sent; else the condition, or the reason."""


_P, _C, _N = Visibility.PROBED, Visibility.CONDITIONALLY, Visibility.NOT_PROBED
_TABLE: tuple[tuple[str, str, Visibility, str], ...] = (
    (
        "CVE-2010-0738",
        "JBoss: the JMX console required authentication for GET and POST only, so HEAD bypassed it",
        _P,
        "HEAD, methods in lower case, unregistered and undeclared ones",
    ),
    (
        "CVE-2018-14773",
        "Symfony: X-Original-URL and X-Rewrite-URL replaced the path",
        _P,
        "both headers and six more on an open path",
    ),
    (
        "CVE-2019-11248",
        "Kubernetes: /debug/pprof on the kubelet's open health port",
        _P,
        "a curated list of paths; other ports only if they are configured",
    ),
    (
        "CVE-2021-31920",
        "Istio: several or encoded slashes passed by path rules",
        _P,
        "double, encoded and doubly encoded slashes",
    ),
    (
        "CVE-2021-32813",
        "Traefik: Connection removed headers that a middleware had set",
        _P,
        "Connection that lists all known headers",
    ),
    (
        "CVE-2021-41773",
        "Apache httpd: an encoded dot segment escaped the document root",
        _P,
        "encoded dot segments in declared path parameters",
    ),
    (
        "CVE-2022-21656",
        "Envoy: a SAN of the wrong type was accepted",
        _N,
        "needs the name that Envoy expects: no profile has it in another type",
    ),
    (
        "CVE-2022-21657",
        "Envoy: certificates for other purposes were accepted",
        _C,
        "profile `wrong-eku`, with the key of a test CA",
    ),
    (
        "CVE-2022-22947",
        "Spring Cloud Gateway: code execution through an open actuator endpoint",
        _P,
        "whether the endpoint answers; nothing is executed",
    ),
    (
        "CVE-2022-23632",
        "Traefik: a trailing dot in Host skipped the router's TLS options",
        _P,
        "a trailing dot in SNI and in Host",
    ),
    (
        "CVE-2022-25640",
        "wolfSSL: a TLS 1.3 client that omits Certificate and CertificateVerify was accepted",
        _C,
        "`--exhaustive` with the extra `tls-messages`: handshakes without CertificateVerify, and without Certificate",
    ),
    (
        "CVE-2022-31813",
        "Apache httpd: Connection removed X-Forwarded-* of mod_proxy",
        _P,
        "Connection that lists all known headers",
    ),
    (
        "CVE-2022-46153",
        "Traefik: an empty TLSOption exposed routes without mutual TLS",
        _P,
        "each operation without a certificate",
    ),
    (
        "CVE-2023-2422",
        "Keycloak: any certificate of the sent chain was taken for the client's",
        _P,
        "profile `extra-chain-certificate`",
    ),
    (
        "CVE-2024-45410",
        "Traefik: Connection removed the headers that Traefik adds",
        _P,
        "Connection that lists all known headers, and those that any proxy sets",
    ),
    (
        "CVE-2025-6037",
        "Vault: with a non-CA certificate trusted, another name on the same key was accepted",
        _P,
        "a self-signed certificate with the valid identity's own key and another name",
    ),
    (
        "CVE-2025-23048",
        "Apache httpd: a TLS 1.3 session was resumed in a virtual host with other client CAs",
        _P,
        "sessions without SNI, with an unknown one, and of `server.names`",
    ),
    (
        "CVE-2025-23419",
        "nginx: a TLS session was resumed in a server block that requires certificates",
        _P,
        "sessions without SNI, with an unknown one, and of `server.names`",
    ),
    (
        "CVE-2025-61727",
        "Go crypto/x509: excluded subtrees did not apply to wildcard names",
        _N,
        "stacks differ on excluded subtrees; profile `name-constraint-violation-wildcard` has a permitted one",
    ),
    (
        "CVE-2025-66614",
        "Tomcat: SNI and Host of different virtual hosts were accepted",
        _P,
        "SNI and Host that differ",
    ),
    (
        "CVE-2025-68121",
        "Go crypto/tls: sessions were resumed although the client CAs had changed",
        _P,
        "sessions of other names, and of identities that are refused since: `session-file`, `revoke-command`",
    ),
    (
        "RUSTSEC-2026-0098",
        "rustls-webpki: name constraints for URIs were ignored",
        _C,
        "profile `name-constraint-violation-uri`, with the key of a test CA",
    ),
    (
        "RUSTSEC-2026-0099",
        "rustls-webpki: wildcard names passed permitted subtrees",
        _C,
        "profile `name-constraint-violation-wildcard`, with the key of a test CA",
    ),
    (
        "CVE-2026-21945",
        "Oracle JDK: the AIA URL of a client certificate was fetched during the handshake",
        _C,
        "`callback-listen`: URLs of untrusted certificates",
    ),
    (
        "CVE-2026-22747",
        "Spring Security: a malformed CN was read as another user",
        _N,
        "no profile has the form that confuses it: SubjectX500PrincipalExtractor escapes the profiles' commas",
    ),
    (
        "CVE-2026-24513",
        "ingress-nginx: a custom error backend that answers 200 made its auth subrequest succeed",
        _P,
        "each operation without a certificate; the client sends nothing special",
    ),
    (
        "CVE-2026-24733",
        "Tomcat: HTTP/0.9 bypassed a constraint on a method",
        _N,
        "needs HEAD by HTTP/0.9 where HEAD is open and GET is not; that HEAD is open is reported of every version",
    ),
    (
        "CVE-2026-27586",
        "Caddy: a missing CA file disabled client authentication",
        _N,
        'needs a certificate of a public CA, which an owner may configure with `expect = "refused"`',
    ),
    (
        "CVE-2026-27588",
        "Caddy: with many hosts, Host was matched case-sensitively",
        _P,
        "Host in upper case",
    ),
    (
        "CVE-2026-28368",
        "Undertow: it and proxies parsed header names differently",
        _C,
        "`--exhaustive`: a space for the colon, and before it; no smuggled second request",
    ),
    (
        "CVE-2026-28369",
        "Undertow: a space before the first header was removed",
        _C,
        "`--exhaustive`: a space before a header on the first line",
    ),
    (
        "CVE-2026-29145",
        "Tomcat: CLIENT_CERT accepted certificates that OCSP should have rejected, regardless of soft fail",
        _C,
        'an identity with `expect = "refused"`',
    ),
    (
        "CVE-2026-31838",
        "Istio: RBAC misread headers with several values",
        _P,
        "each header twice, and with two values in one field",
    ),
    (
        "CVE-2026-32305",
        "Traefik: a fragmented ClientHello got the default TLS options, without mutual TLS",
        _P,
        "a ClientHello in two records",
    ),
    (
        "CVE-2026-33186",
        "gRPC-Go: a :path without its leading slash was routed, and not matched by path-based policies",
        _P,
        "the path without its slash, over HTTP/1.1 and HTTP/2; for gRPC only where POST may be sent",
    ),
    (
        "CVE-2026-33248",
        "NATS: some forms of a subject's RDNs were not compared in full with the name of a user",
        _N,
        "NATS's clients speak no HTTP; on others, `ambiguous-name-order` and `ambiguous-name-one-rdn` are sent on request",
    ),
    (
        "CVE-2026-33308",
        "mod_gnutls: the extended key usage of client certificates was not checked",
        _C,
        "profile `wrong-eku`, with the key of a test CA",
    ),
    (
        "CVE-2026-35616",
        "FortiClient EMS: trusted a header's chain by its names",
        _P,
        "the valid certificate's public part in headers; where that is trusted, a forged one too",
    ),
    (
        "CVE-2026-39388",
        "OpenBao: a token was renewed with another valid certificate than the one that it was issued to",
        _C,
        'renewal as an operation of the document: `bound-tokens`, two identities with tokens, `unsafe-methods = "send"`',
    ),
    (
        "CVE-2026-39858",
        "Traefik: headers with underscores for dashes were not removed",
        _P,
        "each header with `-` and `_` exchanged",
    ),
    (
        "CVE-2026-43515",
        "Tomcat: only the first of several method constraints on an extension was enforced",
        _P,
        "each declared method, and undeclared ones",
    ),
    (
        "CVE-2026-46579",
        "OpenShift: other frontends passed on X-SSL-Client-*",
        _P,
        "the headers without TLS, without SNI, and at `server.listeners` and `server.names`",
    ),
    (
        "CVE-2026-47778",
        "Envoy: a NUL ended a DNS name of a certificate",
        _C,
        "profile `ambiguous-name-san-nul`, with the key of a test CA; as a name of the configured identity only",
    ),
    (
        "CVE-2026-47838",
        "Spring Security: one name was read as another user's",
        _C,
        "profiles `ambiguous-name`, with the key of a test CA",
    ),
    (
        "CVE-2026-48491",
        "Traefik: the SNI of an open site gave access to a Host behind mutual TLS with a wildcard",
        _C,
        "`server.names` with the name of the open site",
    ),
    (
        "CVE-2026-48710",
        "Starlette: a path in Host replaced the path that middleware reads from request.url",
        _P,
        "Host with a path, query, fragment, user and broken port",
    ),
    (
        "CVE-2026-48928",
        "Node.js: an SNI in upper case got the default context",
        _P,
        "SNI in upper case, of identities that another name accepts (`names` of `[[identities]]`) as well",
    ),
    (
        "CVE-2026-53622",
        "Traefik: HTTP/3 chose TLS options by the exact SNI, which bypassed mutual TLS",
        _C,
        "needs the extra `http3`: HTTP/3 where Alt-Svc or `server.http3` names it, with other server names",
    ),
    (
        "CVE-2026-55956",
        "Tomcat: constraints on the default servlet ignored their methods",
        _P,
        "each declared method, and undeclared ones",
    ),
    (
        "CVE-2026-55962",
        "wolfSSL: Finished was accepted without Certificate and CertificateVerify after the handshake",
        _C,
        "`--exhaustive` with the extra `tls-messages`, where the server requests the certificate after the handshake",
    ),
)

VULNERABILITIES: Mapping[str, Vulnerability] = MappingProxyType(
    {
        name: Vulnerability(id=name, title=title, visibility=visibility, how=how)
        for name, title, visibility, how in _TABLE
    }
)
"""By id. Those that no rule cites are of a class that no probe reaches."""


def page_of(name: str) -> str:
    """Return the address of a vulnerability's record."""
    if name.startswith("RUSTSEC-"):
        return f"https://rustsec.org/advisories/{name}.html"
    return f"https://www.cve.org/CVERecord?id={name}"
