"""OWASP Application Security Verification Standard 5.0."""

from specdrift.rules.standards.standard_profile import StandardProfile, StandardRequirement

ASVS_5 = StandardProfile(
    name="asvs-5",
    title="OWASP ASVS 5.0",
    edition="5.0.0; L1, L2 and L3 are its levels",
    url="https://owasp.org/www-project-application-security-verification-standard/",
    note="Chapter 12 in whole, and the requirements of other chapters that concern who may call an API.",
    requirements=(
        StandardRequirement(
            id="1.3.6 (L2)",
            text="Untrusted data cannot make the server send requests of an attacker's choice.",
            rules=("certificate-url-fetched",),
            how="URLs of untrusted client certificates, with `callback-listen`; no URLs in other input",
        ),
        StandardRequirement(
            id="2.2.1 (L1)",
            text="Input is validated.",
            rules=("input-not-validated",),
            how="types, formats and limits that the document declares",
        ),
        StandardRequirement(
            id="4.1.3 (L2)",
            text="Header fields that an intermediary sets cannot be overridden by clients.",
            rules=("forwarded-certificate-trusted", "forwarded-identity-override"),
            how="header fields that carry certificates and their identities",
        ),
        StandardRequirement(
            id="4.1.4 (L3)",
            text="Only methods that the API supports can be used.",
            rules=("method-not-enforced",),
            how="methods that bypass the certificate or the role",
        ),
        StandardRequirement(
            id="8.2.1 (L1)",
            text="Access to functions is restricted to consumers with explicit permissions.",
            rules=(
                "mtls-not-enforced",
                "data-in-refusal",
                "data-elsewhere",
                "effect-despite-refusal",
                "role-not-enforced",
                "combination-not-enforced",
                "enforcement-inconsistent",
                "method-not-enforced",
                "path-variant-bypass",
                "undeclared-input-bypass",
                "host-sni-confusion",
                "resumption-bypass",
                "undocumented-endpoint",
            ),
            how="certificates, their roles and the credentials beside them; not permissions of users",
        ),
        StandardRequirement(
            id="8.2.2 (L1)",
            text="Access to data is restricted to consumers with permissions to it.",
            how="needs resources of several users",
        ),
        StandardRequirement(
            id="8.3.1 (L1)",
            text="Authorization does not rely on what an untrusted consumer can manipulate.",
            rules=(
                "forwarded-certificate-trusted",
                "forwarded-identity-override",
                "proxy-protocol-trusted",
                "forgeable-credential-accepted",
                "undeclared-input-bypass",
                "path-variant-bypass",
            ),
            how="header fields, PROXY headers, credentials that anyone can make, undeclared inputs, and spellings of the path",
        ),
        StandardRequirement(
            id="8.3.2 (L3)",
            text="Changes of what authorization rests on apply immediately.",
            rules=(
                "session-outlives-certificate",
                "session-outlives-revocation",
                "session-replaces-certificate",
            ),
            how="the end of a certificate, with `short-validity`, and its revocation, with `revoke-command`; no "
            "permissions of users",
        ),
        StandardRequirement(
            id="10.3.5 (L3)",
            text="The resource server requires sender-constrained access tokens.",
            rules=("token-not-bound",),
            how="tokens bound by mutual TLS; DPoP is not probed",
        ),
        StandardRequirement(
            id="10.4.14 (L3)",
            text="The authorization server issues only sender-constrained access tokens.",
            rules=("issuer-binding-unused",),
            how="configured JWTs, where the issuer's metadata announce certificate-bound tokens; no token is requested",
        ),
        StandardRequirement(
            id="10.4.16 (L3)",
            text="The authorization server requires strong client authentication, such as mutual TLS.",
            rules=("issuer-endpoint-without-mtls",),
            how="whether endpoints that are announced for mutual TLS request a certificate; no client authenticates",
        ),
        StandardRequirement(
            id="12.1.1 (L1)",
            text="Only recommended TLS versions are enabled.",
            how="specdrift itself offers nothing older than TLS 1.2: what the server would accept is not known",
        ),
        StandardRequirement(
            id="12.1.2 (L2)",
            text="Only recommended cipher suites are enabled.",
            how="cipher suites are not enumerated",
        ),
        StandardRequirement(
            id="12.1.3 (L2)",
            text="mTLS client certificates are validated as trusted before their identity is used.",
            rules=("invalid-certificate-accepted", "certificate-policy-not-enforced", "public-ca-requested"),
            whole=True,
            how="each invalid certificate of the battery",
        ),
        StandardRequirement(
            id="12.1.4 (L3)",
            text="Certificate revocation is enabled and configured.",
            rules=("invalid-certificate-accepted", "session-outlives-revocation"),
            certificates=("revoked",),
            how="revoked client certificates, with the key of a test CA and its CRL, and what they made before, with "
            "`revoke-command`; not the stapling of the server's own",
        ),
        StandardRequirement(
            id="12.1.5 (L3)", text="Encrypted Client Hello is enabled.", how="no client of the run sends one"
        ),
        StandardRequirement(
            id="12.2.1 (L1)",
            text="TLS is used for all connectivity of external services, without a fallback.",
            rules=("plaintext-listener",),
            how="the same port without TLS, and the listeners that are configured",
        ),
        StandardRequirement(
            id="12.2.2 (L1)",
            text="External services use publicly trusted TLS certificates.",
            how="the run verifies the server by the CA that is configured",
        ),
        StandardRequirement(
            id="12.3.1 (L2)",
            text="An encrypted protocol is used for all inbound and outbound connections.",
            rules=("plaintext-listener",),
            how="the same port without TLS, and the listeners that are configured; no outbound connection",
        ),
        StandardRequirement(
            id="12.3.2 (L2)",
            text="TLS clients validate the certificates of servers.",
            how="clients are not tested",
        ),
        StandardRequirement(
            id="12.3.3 (L2)",
            text="Internal HTTP services use TLS, without a fallback.",
            rules=("plaintext-listener",),
            how="the same port without TLS, and the listeners that are configured",
        ),
        StandardRequirement(
            id="12.3.4 (L2)",
            text="Internal services use trusted certificates; consumers trust specific CAs only.",
            how="clients are not tested",
        ),
        StandardRequirement(
            id="12.3.5 (L3)",
            text="Services authenticate each other strongly, such as by TLS client authentication.",
            rules=(
                "certificate-never-requested",
                "mtls-not-enforced",
                "invalid-certificate-accepted",
                "key-proof-not-required",
            ),
            how="the operations of the document that require a client certificate",
        ),
        StandardRequirement(
            id="13.4.5 (L2)",
            text="Documentation and monitoring endpoints are not exposed unless intended.",
            rules=("undocumented-endpoint",),
            how="a curated list of paths, imported traffic, and siblings of declared paths",
        ),
        StandardRequirement(
            id="16.5.1 (L2)",
            text="Errors are answered by a generic message, without internal data.",
            rules=("input-not-validated", "denial-after-validation"),
            how="responses to malformed input",
        ),
    ),
)
