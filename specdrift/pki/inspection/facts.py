"""Describes a client certificate for people: names, validity, usages and chain. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import Struct

from specdrift.model.plural import plural
from specdrift.pki.chain import issued
from specdrift.pki.inspection.role_fields import role_fields

_USAGES = {
    ExtendedKeyUsageOID.CLIENT_AUTH: "TLS clients",
    ExtendedKeyUsageOID.SERVER_AUTH: "TLS servers",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any use",
    ExtendedKeyUsageOID.CODE_SIGNING: "code signing",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "e-mail",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSP responses",
}


class CertificateFact(Struct, frozen=True, kw_only=True):
    """One property of a certificate."""

    name: str
    value: str


def facts_of(
    chain: Sequence[x509.Certificate], *, now: datetime, issuers: Sequence[x509.Certificate] = ()
) -> Iterator[CertificateFact]:
    """Yield the facts of a chain, the leaf first. ``issuers`` are the certificates of ``[client-ca]``."""
    leaf = chain[0]
    yield CertificateFact(name="subject", value=leaf.subject.rfc4514_string() or "empty")
    yield CertificateFact(name="issuer", value=leaf.issuer.rfc4514_string() or "empty")
    yield CertificateFact(name="validity", value=_validity(leaf, now))
    yield CertificateFact(name="usage", value=_usage(leaf))
    if names := ", ".join(_names(leaf)):
        yield CertificateFact(name="names", value=names)
    if held := "; ".join(f"{field} {', '.join(values)}" for field, values in role_fields(leaf) if values):
        yield CertificateFact(name="fields", value=held)
    yield CertificateFact(name="chain", value=_chain(chain, issuers))


def _validity(leaf: x509.Certificate, now: datetime) -> str:
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now < begin:
        state = f"not valid before {begin:%Y-%m-%d}"
    elif now > end:
        state = f"expired {_days((now - end).days)} ago"
    else:
        state = f"{_days((end - now).days)} left"
    return f"{begin:%Y-%m-%d} to {end:%Y-%m-%d}, {state}"


def _days(count: int) -> str:
    return plural(count, "day")


def _usage(leaf: x509.Certificate) -> str:
    """Return the extended key usages (RFC 5280 §4.2.1.12)."""
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return "not restricted: for TLS clients too"
    except ValueError:
        return "cannot be read"
    listed = ", ".join(_USAGES.get(usage, usage.dotted_string) for usage in usages)
    fits = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages)
    return listed if fits else f"{listed}; not for TLS clients"


def _names(leaf: x509.Certificate) -> Iterator[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for name in names:
        value = name.value.rfc4514_string() if isinstance(name.value, x509.Name) else name.value
        yield str(value) if isinstance(value, str) or not isinstance(value, bytes) else value.hex()


def _chain(chain: Sequence[x509.Certificate], issuers: Sequence[x509.Certificate]) -> str:
    more = len(chain) - 1
    sent = "the certificate alone" if not more else f"the certificate and {more} of its issuers"
    if not issuers:
        return sent
    known = any(issued(authority, chain[-1]) for authority in issuers)
    return f"{sent}, {'issued by' if known else 'not issued by'} the configured client CA"
