"""Alternative names with two readings, or outside the issuer's name constraints (RFC 5280 §4.2.1.6, §4.2.1.10)."""

from collections.abc import Mapping

from cryptography import x509

from specdrift.pki.battery import der
from specdrift.pki.battery.factory import OTHER_CLIENT, CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.battery.partial import other_end, other_name
from specdrift.pki.credential import Credential

PERMITTED = "permitted.specdrift.invalid"


def name_constraint_violation_uri(factory: CertificateFactory) -> Credential:
    """Has a URI outside the only URI host that its issuer's name constraints permit.

    RFC 5280 §4.2.1.10: constraints apply to the host of a URI (RUSTSEC-2026-0098). A correct verifier answers
    unknown_ca, bad_certificate or certificate_unknown.
    """
    return _constrained(
        factory,
        x509.UniformResourceIdentifier(PERMITTED),
        x509.UniformResourceIdentifier(f"https://{OTHER_CLIENT}.invalid/"),
    )


def name_constraint_violation_wildcard(factory: CertificateFactory) -> Credential:
    """Has a wildcard DNS name that reaches beyond the only DNS name that its issuer's name constraints permit.

    RFC 5280 §4.2.1.10: every name lies within a permitted subtree (RUSTSEC-2026-0099). A correct verifier answers
    unknown_ca, bad_certificate or certificate_unknown.
    """
    _, _, parent = PERMITTED.partition(".")
    return _constrained(factory, x509.DNSName(PERMITTED), x509.DNSName(f"*.{parent}"))


def ambiguous_name_san_nul(factory: CertificateFactory) -> Credential:
    """Another identity's valid certificate, whose alternative names are the valid identity's, a NUL, and more text.

    CVE-2026-47778: code with C strings stops at the NUL and confuses the identities. It must answer as for any unknown
    identity.
    """
    names = [
        der.tlv(
            _TAGS[type(name)],
            (_neutral(name) if factory.neutral else str(name.value)).encode("ascii", "ignore")
            + f"\0.{OTHER_CLIENT}.invalid".encode(),
        )
        for name in factory.alternative_names
        if type(name) in _TAGS
    ]
    if not names:
        raise CannotGenerateError(NotGenerated.ALTERNATIVE_NAME)
    encoded = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, der.tlv(der.SEQUENCE, *names))
    return factory.issued(factory.other_client().lacking(x509.SubjectAlternativeName).having(encoded))


def _neutral(name: x509.GeneralName) -> str:
    """Return a name of the same domain and path, but for its last part, or the first one of a host or mailbox."""
    value = str(name.value)
    if isinstance(name, x509.UniformResourceIdentifier):
        return other_end(value)
    local, sign, domain = value.rpartition("@")
    return f"{other_name(local)}{sign}{domain}" if sign else other_name(value)


_TAGS: Mapping[type[x509.GeneralName], int] = {
    x509.RFC822Name: 0x81,
    x509.DNSName: 0x82,
    x509.UniformResourceIdentifier: 0x86,
}
"""Context-specific tags of GeneralName (RFC 5280 §4.2.1.6)."""


def _constrained(
    factory: CertificateFactory, permitted: x509.GeneralName, violating: x509.GeneralName
) -> Credential:
    """Issue with one more name, below an intermediate that constrains names of its type."""
    constraints = x509.NameConstraints(permitted_subtrees=[permitted], excluded_subtrees=None)
    others = [name for name in factory.alternative_names if type(name) is not type(permitted)]
    names = x509.SubjectAlternativeName([*others, violating])
    return factory.issued_below(
        lambda ca: ca.having(constraints, critical=True), leaf=lambda leaf: leaf.having(names)
    )
