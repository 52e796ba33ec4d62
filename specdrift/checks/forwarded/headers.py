"""Headers in which proxies forward the client's identity, grouped by product. Data only.

Names and formats are from the products' documentation. Headers of one name and different formats belong to different
conventions, so that no request repeats a name.
"""

from collections.abc import Iterator

from specdrift.checks.forwarded.convention import Convention, Field, convention
from specdrift.checks.forwarded.formats import (
    AMAZON_PEM,
    AZURE_PRINCIPAL,
    BASE64_DER,
    BYTE_SEQUENCE,
    CIPHER,
    DOMAINS,
    EMAIL,
    ENVOY,
    ESCAPED_PEM,
    FALSE,
    FORWARDED,
    FORWARDED_PRIVATE,
    GOOGLE_EMAIL,
    HTTP,
    HTTP_PORT,
    HTTPS,
    ISSUER,
    ISSUER_COMMON_NAME,
    LAMBDA_CONTEXT,
    LOOPBACK,
    NAME,
    NAMED_COOKIES,
    NO_ERROR,
    NOT_AFTER,
    NOT_AFTER_ISO,
    NOT_BEFORE,
    NOT_BEFORE_ISO,
    OK,
    ONE,
    PORT,
    PRIVATE,
    ROLE,
    ROLES,
    SERIAL,
    SESSION,
    SHA1,
    SHA256,
    SHA256_BASE64,
    SLASHED_ISSUER,
    SLASHED_SUBJECT,
    SPACED_PEM,
    SUBJECT,
    SUCCESS,
    TRAEFIK_INFO,
    TRUE,
    UNIT,
    URI,
    URIS,
    VALIDITY,
    ZERO,
)
from specdrift.checks.forwarded.identifiers import IDENTIFIERS

FLAGS = (
    "X-SSL-Verified X-SSL-Client-Verified X-SSL-Cert-Verified X-Client-Verified X-Client-Cert-Verified X-Cert-Verified "
    "X-TLS-Verified X-TLS-Client-Verified X-MTLS-Verified X-Client-Authenticated Cf-Client-Cert-Verified "
    "Cf-Cert-Verified Cf-Cert-Presented"
)
"""Names with which owners tell a service that the certificate was verified. Cloudflare sets the last two, with values
that depend on the way in which they are set.
"""

_PRODUCTS: tuple[Convention, ...] = (
    convention("RFC 9440", (BYTE_SEQUENCE, "Client-Cert Client-Cert-Chain")),
    convention("Envoy", (ENVOY, "X-Forwarded-Client-Cert")),
    convention(
        "nginx",
        (ESCAPED_PEM, "X-SSL-Client-Cert"),
        (SUCCESS, "X-SSL-Client-Verify"),
        (SUBJECT, "X-SSL-Client-S-DN X-SSL-Client-DN X-SSL-Client-Subject X-SSL-Subject"),
        (ISSUER, "X-SSL-Client-I-DN X-SSL-Client-Issuer"),
        (SERIAL, "X-SSL-Client-Serial"),
        (SHA1, "X-SSL-Client-Fingerprint"),
    ),
    convention(
        "nginx, Kong, Caddy",
        (ESCAPED_PEM, "X-Client-Cert"),
        (SUCCESS, "X-Client-Verify X-Client-Cert-Verify X-Client-Certificate-Verification"),
        (SUBJECT, "X-Client-DN X-Client-Subject X-Client-Cert-Subject-DN X-Client-Cert-Dn"),
        (ISSUER, "X-Client-Cert-Issuer-DN"),
        (SERIAL, "X-Client-Cert-Serial"),
        (SHA1, "X-Client-Fingerprint X-Client-Cert-Fingerprint"),
        (NAME, "X-Client-Cert-San X-Client-CN"),
    ),
    convention(
        "nginx, other names", (ESCAPED_PEM, "X-SSL-Cert X-Client-Certificate"), (SUCCESS, "X-SSL-Verify")
    ),
    convention(
        "ingress-nginx",
        (SUCCESS, "ssl-client-verify"),
        (SUBJECT, "ssl-client-subject-dn"),
        (ISSUER, "ssl-client-issuer-dn"),
        (ESCAPED_PEM, "ssl-client-cert"),
    ),
    convention(
        "Traefik",
        (BASE64_DER, "X-Forwarded-Tls-Client-Cert"),
        (TRAEFIK_INFO, "X-Forwarded-Tls-Client-Cert-Info"),
    ),
    convention("Traefik 1", (ESCAPED_PEM, "X-Forwarded-Tls-Client-Cert")),
    convention(
        "HAProxy, OpenShift, Cloud Foundry",
        (ONE, "X-SSL X-SSL-Client-Used X-SSL-Client"),
        (ZERO, "X-SSL-Client-Verify"),
        (SHA1, "X-SSL-Client-SHA1"),
        (SLASHED_SUBJECT, "X-SSL-Client-DN X-SSL-Client-Subject-DN"),
        (NAME, "X-SSL-Client-CN X-SSL-Client-Subject-CN"),
        (SLASHED_ISSUER, "X-SSL-Issuer X-SSL-Client-Issuer-DN"),
        (NOT_BEFORE, "X-SSL-Client-NotBefore X-SSL-Client-Not-Before"),
        (NOT_AFTER, "X-SSL-Client-NotAfter X-SSL-Client-Not-After"),
        (BASE64_DER, "X-SSL-Client-Cert X-SSL-Client-DER"),
        (SESSION, "X-SSL-Client-Session-ID"),
    ),
    convention("Cloud Foundry, Gorouter", (BASE64_DER, "X-Forwarded-Client-Cert")),
    convention(
        "Amazon ALB",
        (AMAZON_PEM, "X-Amzn-Mtls-Clientcert X-Amzn-Mtls-Clientcert-Leaf"),
        (SERIAL, "X-Amzn-Mtls-Clientcert-Serial-Number"),
        (ISSUER, "X-Amzn-Mtls-Clientcert-Issuer"),
        (SUBJECT, "X-Amzn-Mtls-Clientcert-Subject"),
        (VALIDITY, "X-Amzn-Mtls-Clientcert-Validity"),
    ),
    convention(
        "Amazon CloudFront",
        (ONE, "CloudFront-Viewer-Cert-Present"),
        (SHA256, "CloudFront-Viewer-Cert-Sha256"),
        (SUBJECT, "CloudFront-Viewer-Cert-Subject"),
        (ISSUER, "CloudFront-Viewer-Cert-Issuer"),
        (SERIAL, "CloudFront-Viewer-Cert-Serial-Number"),
        (VALIDITY, "CloudFront-Viewer-Cert-Validity"),
        (ESCAPED_PEM, "CloudFront-Viewer-Cert-Pem"),
    ),
    convention("Amazon API Gateway", (LAMBDA_CONTEXT, "x-amzn-request-context")),
    convention(
        "Google Cloud",
        (TRUE, "X-Client-Cert-Present X-Client-Cert-Chain-Verified"),
        (NO_ERROR, "X-Client-Cert-Error"),
        (SHA256_BASE64, "X-Client-Cert-Hash"),
        (SERIAL, "X-Client-Cert-Serial-Number"),
        (URI, "X-Client-Cert-SPIFFE"),
        (URIS, "X-Client-Cert-URI-SANs"),
        (DOMAINS, "X-Client-Cert-DNSName-SANs"),
        (SUBJECT, "X-Client-Cert-Subject-DN"),
        (ISSUER, "X-Client-Cert-Issuer-DN"),
        (BYTE_SEQUENCE, "X-Client-Cert-Leaf X-Client-Cert-Chain"),
        (NOT_BEFORE_ISO, "X-Client-Cert-Valid-Not-Before"),
        (NOT_AFTER_ISO, "X-Client-Cert-Valid-Not-After"),
    ),
    convention("Azure, IIS", (BASE64_DER, "X-ARR-ClientCert MS-ASPNETCORE-CLIENTCERT")),
    convention(
        "Azure Application Gateway",
        (SPACED_PEM, "X-Client-Cert"),
        (SUCCESS, "X-Client-Cert-Verification"),
        (SHA1, "X-Client-Cert-Fingerprint"),
        (ISSUER, "X-Client-Cert-Issuer"),
        (SUBJECT, "X-Client-Cert-Subject"),
    ),
    convention(
        "Cloudflare",
        (BASE64_DER, "Cf-Client-Cert-Der-Base64"),
        (SHA256, "Cf-Client-Cert-Sha256"),
        (SUBJECT, "Cf-Cert-Subject-Dn"),
    ),
    convention(
        "Kong consumer",
        (NAME, "X-Consumer-Username X-Consumer-ID X-Consumer-Custom-ID X-Credential-Identifier"),
        (ROLES, "X-Consumer-Groups"),
        (FALSE, "X-Anonymous-Consumer"),
    ),
    convention(
        "F5 BIG-IP",
        (BASE64_DER, "X-Client-Cert SSLClientCert"),
        (SUBJECT, "X-ClientCert-Subject"),
        (OK, "SSLClientCertStatus"),
    ),
    convention(
        "Apache, Tomcat",
        (SPACED_PEM, "SSL_CLIENT_CERT"),
        (SUCCESS, "SSL_CLIENT_VERIFY"),
        (SUBJECT, "SSL_CLIENT_S_DN"),
        (NAME, "SSL_CLIENT_S_DN_CN"),
        (ISSUER, "SSL_CLIENT_I_DN"),
        (ISSUER_COMMON_NAME, "SSL_CLIENT_I_DN_CN"),
        (SERIAL, "SSL_CLIENT_M_SERIAL"),
        (ESCAPED_PEM, "ssl_client_escaped_cert"),
        (CIPHER, "ssl_cipher"),
        (SESSION, "ssl_session_id"),
    ),
    convention(
        "unit of the subject", (UNIT, "X-SSL-Client-OU X-SSL-Client-S-DN-OU X-Client-OU SSL_CLIENT_S_DN_OU")
    ),
    convention("Apache mod_headers", (SPACED_PEM, "X-SSL-Client-Cert")),
    convention("Keycloak", (SPACED_PEM, "CERT_CHAIN_0 X-Forwarded-Client-Cert")),
    convention("Spring", (SUBJECT, "X-Certificate-DN"), (BASE64_DER, "X-SSL-CERT"), (NAME, "SM_USER")),
    convention("Spring, subject", (SUBJECT, "X-Forwarded-Client-Cert")),
    convention("WebSphere", (BASE64_DER, "$WSCC"), (NAME, "$WSRU"), (HTTPS, "$WSSC")),
    convention(
        "nginx mail",
        (ESCAPED_PEM, "Auth-SSL-Cert"),
        (SUCCESS, "Auth-SSL-Verify"),
        (SUBJECT, "Auth-SSL-Subject"),
        (ISSUER, "Auth-SSL-Issuer"),
        (SERIAL, "Auth-SSL-Serial"),
        (SHA1, "Auth-SSL-Fingerprint"),
    ),
    convention(
        "identity-aware proxy",
        (NAME, "X-Forwarded-User X-Forwarded-Preferred-Username"),
        (EMAIL, "X-Forwarded-Email"),
        (ROLES, "X-Forwarded-Groups X-Forwarded-Roles"),
        (NAME, "X-Auth-Request-User X-Auth-Request-Preferred-Username"),
        (EMAIL, "X-Auth-Request-Email"),
        (ROLES, "X-Auth-Request-Groups"),
    ),
    convention(
        "remote user",
        (
            NAME,
            "Remote-User X-Remote-User X-WebAuth-User X-Authenticated-User X-Authenticated-UserId",
        ),
        (ROLES, "Remote-Groups X-Remote-Groups X-Authenticated-Groups"),
        (EMAIL, "Remote-Email"),
    ),
    convention(
        "user and tenant",
        (NAME, "X-User X-User-Id X-User-Name X-Client-Id X-Tenant-Id X-Identity"),
        (ROLES, "X-Roles X-Groups X-User-Roles X-Client-Roles"),
        (ROLE, "X-Role X-Client-Role"),
        (URI, "X-Spiffe-Id"),
    ),
    *(
        convention(f"verified: {value.words}", (value, FLAGS), in_every_form=False)
        for value in (SUCCESS, TRUE, ONE)
    ),
    convention("Django", (NAME, "Authuser"), in_every_form=False),
    *IDENTIFIERS,
    convention("unit as tenant", (UNIT, "X-Tenant X-Tenant-Id X-Organization X-Org-Id"), in_every_form=False),
    convention("cookies of a login", (NAMED_COOKIES, "Cookie")),
    convention(
        "Google and Azure identity",
        (GOOGLE_EMAIL, "X-Goog-Authenticated-User-Email"),
        (GOOGLE_EMAIL, "X-Goog-Authenticated-User-Id"),
        (AZURE_PRINCIPAL, "X-MS-CLIENT-PRINCIPAL"),
        (NAME, "X-MS-CLIENT-PRINCIPAL-NAME X-MS-CLIENT-PRINCIPAL-ID"),
    ),
    Convention(
        "inside the network",
        (
            Field("X-Forwarded-For", LOOPBACK),
            Field("X-Real-IP", LOOPBACK),
            Field("X-Client-IP", LOOPBACK),
            Field("True-Client-IP", LOOPBACK),
            Field("Forwarded", FORWARDED),
            Field("X-Forwarded-Proto", HTTPS),
            Field("X-Forwarded-Port", PORT),
        ),
        names_identity=False,
    ),
    Convention(
        "in a private network",
        (
            Field("X-Forwarded-For", PRIVATE),
            Field("X-Real-IP", PRIVATE),
            Field("X-Client-IP", PRIVATE),
            Field("True-Client-IP", PRIVATE),
            Field("CF-Connecting-IP", PRIVATE),
            Field("X-Cluster-Client-IP", PRIVATE),
            Field("Forwarded", FORWARDED_PRIVATE),
            Field("X-Forwarded-Proto", HTTP),
            Field("X-Forwarded-Port", HTTP_PORT),
        ),
        names_identity=False,
    ),
)

METADATA = "Grpc-Metadata-"
"""The prefix of fields that gRPC-Gateway hands on without it, whatever follows: past a proxy that removes the name."""
BRIEF = frozenset({NAME, ROLE, ROLES, EMAIL})
"""Formats of names and roles: a request has room for many."""


def _as_metadata(products: tuple[Convention, ...]) -> Iterator[Convention]:
    """Yield the brief fields of each product as metadata, each name once."""
    known: set[str] = set()
    for product in (each for each in products if each.names_identity and each.in_every_form):
        fields = tuple(
            Field(METADATA + f.name, f.format)
            for f in product.fields
            if f.format in BRIEF and f.name.lower() not in known
        )
        known |= {f.name.removeprefix(METADATA).lower() for f in fields}
        if fields:
            yield Convention(f"gRPC-Gateway, {product.stack}", fields, in_every_form=False)


CONVENTIONS = (*_PRODUCTS, *_as_metadata(_PRODUCTS))

SET_BY_PROXIES = convention(
    "any proxy",
    (HTTPS, "X-Forwarded-Host X-Forwarded-Server X-Forwarded-Prefix X-Forwarded-Uri X-Forwarded-Method"),
    # Marks of a caller without a certificate: where they are absent, a service may take the caller for a known one.
    (TRUE, "X-Anonymous X-Client-Anonymous X-Is-Anonymous X-Unauthenticated X-Client-Unauthenticated"),
)
"""Fields that name no client. A request without them may pass for one from inside; only ``Connection`` names them."""
