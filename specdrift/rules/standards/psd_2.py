"""PSD2: the regulatory technical standards, and the certificates of ETSI TS 119 495."""

from specdrift.rules.standards.standard_profile import (
    WAYS_IN,
    RoleField,
    StandardProfile,
    StandardRequirement,
)

PSD_2 = StandardProfile(
    name="psd2",
    title="PSD2 access interfaces",
    edition="Delegated Regulation (EU) 2018/389 (RTS), and ETSI TS 119 495 V1.8.1",
    url="https://eur-lex.europa.eu/eli/reg_del/2018/389/oj",
    note="Of ETSI TS 119 495 the clauses 5.1 and 5.2 about the certificate's fields were read, as zlint quotes them.",
    fields=(RoleField.ORGANIZATION_IDENTIFIER, RoleField.PSD2_ROLES, RoleField.PSD2_AUTHORITY),
    requirements=(
        StandardRequirement(
            id="RTS article 30(1)(a)",
            text="Providers of account information, payment initiation and card-based instruments can identify "
            "themselves.",
            rules=("valid-certificate-refused",),
            how="the valid identities that are configured; no browser flow",
        ),
        StandardRequirement(
            id="RTS article 34(1)",
            text="Providers are identified by a qualified certificate.",
            rules=(
                *WAYS_IN,
                "public-ca-requested",
            ),
            how="each operation without a certificate and with invalid ones; not whether a CA is a qualified one. "
            "Electronic seals are not probed",
        ),
        StandardRequirement(
            id="RTS article 34(3)(a)",
            text="The certificate states the role of the provider, and the role permits the operation.",
            rules=("role-not-enforced", "role-over-enforced"),
            how="where roles are configured, or the document has them",
        ),
        StandardRequirement(
            id="RTS article 35(1)",
            text="Data is encrypted throughout the session.",
            rules=("plaintext-listener",),
            how="the same port without TLS, and the listeners that are configured; cipher suites are not enumerated",
        ),
        StandardRequirement(
            id="ETSI TS 119 495 GEN-5.2.1-3",
            text="The organizationIdentifier has the authorization number: PSD, country, authority, number.",
            how="a requirement on the certificate; the report shows the field",
        ),
        StandardRequirement(
            id="ETSI TS 119 495 GEN-5.2.2-1",
            text="The qcStatements have one or more roles, or one that states no role.",
            how="a requirement on the certificate; the report shows the field",
        ),
        StandardRequirement(
            id="",
            text="Revoked certificates are refused.",
            rules=("invalid-certificate-accepted", "session-outlives-revocation"),
            certificates=("revoked",),
            how="with the key of a test CA and its CRL, and with `revoke-command`",
        ),
    ),
)
