"""Checks an identity's file modes, certificate and chain. Pure except for file modes."""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import Struct

from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.pki.chain import issued, path_from
from specdrift.pki.inspection.key_strength import weak_key, weak_signature
from specdrift.pki.inspection.public_roots import (
    NO_MORE_CLIENTS,
    first_renewal,
    public_ca_of,
    public_roots,
)
from specdrift.settings import NO_FILE, Identity

SOON = timedelta(days=30)
"""Certificates that expire within this time get a warning."""

CRL_SOON = timedelta(days=1)
"""CRLs that are out of date within this time get a warning: many are issued for a few days."""

Remark = tuple[Severity, str]


class ConfiguredChain(Struct, frozen=True, kw_only=True):
    """A configured chain, and the values that it is checked against."""

    chain: tuple[x509.Certificate, ...]
    """In the file's order."""
    expect: Expect
    now: datetime
    issuers: tuple[x509.Certificate, ...]
    """Certificates of ``[client-ca]``."""

    @property
    def leaf(self) -> x509.Certificate:
        """The end-entity certificate."""
        return self.chain[0]


def on_files(settings: Identity) -> Iterator[Remark]:
    """Yield secret files that other users can read."""
    for file in {settings.key_file or settings.cert_file, settings.key_pass_file}:
        if file is None or file == NO_FILE or not file.exists():
            continue
        if stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            yield Severity.NOTE, f"{file} can be read by others; run `chmod 600 {file}`"


def on_leaf(configured: ConfiguredChain) -> Iterator[Remark]:
    """Check validity, usage and strength of the end-entity certificate."""
    try:
        extensions = configured.leaf.extensions
    except ValueError:
        yield Severity.ERROR, "the certificate's extensions cannot be read; have it issued again"
        return
    yield from _validity(configured)
    yield from _usage(extensions)
    if strength := weak_key(configured.leaf):
        yield Severity.WARNING, f"the key is weak ({strength}); OpenSSL-based servers refuse it"
    if algorithm := weak_signature(configured.leaf):
        yield Severity.WARNING, f"the certificate is signed with {algorithm}; current servers refuse it"


def _validity(configured: ConfiguredChain) -> Iterator[Remark]:
    """Check the validity, unless the identity must be refused."""
    begins, ends = configured.leaf.not_valid_before_utc, configured.leaf.not_valid_after_utc
    if configured.expect is Expect.REFUSED:
        return
    if configured.now < begins:
        yield Severity.ERROR, f"not valid before {begins:%Y-%m-%d %H:%M} UTC; check the clock, or wait"
    if configured.now > ends:
        yield (
            Severity.ERROR,
            f'expired on {ends:%Y-%m-%d %H:%M} UTC; have it renewed, or set expect = "refused"',
        )
    elif configured.now + SOON >= ends:
        yield Severity.WARNING, f"expires on {ends:%Y-%m-%d %H:%M} UTC; have it renewed in time"


def _usage(extensions: x509.Extensions) -> Iterator[Remark]:
    for value in (extension.value for extension in extensions):
        match value:
            case x509.BasicConstraints(ca=True):
                yield Severity.WARNING, "this is a CA certificate; name an end-entity certificate as identity"
            case x509.KeyUsage(digital_signature=False):
                yield Severity.WARNING, "key usage lacks digitalSignature; a client cannot sign with it"
            case x509.ExtendedKeyUsage() if ExtendedKeyUsageOID.CLIENT_AUTH not in value:
                yield Severity.WARNING, "extended key usage lacks clientAuth; servers refuse it for clients"


def on_crl(crl: x509.CertificateRevocationList, now: datetime) -> Iterator[Remark]:
    """Check the dates of a CRL (RFC 5280 §5.1.2.4, §5.1.2.5)."""
    begins, ends = crl.last_update_utc, crl.next_update_utc
    if now < begins:
        yield Severity.WARNING, f"the CRL is not valid before {begins:%Y-%m-%d %H:%M} UTC"
    if ends is None:
        yield Severity.NOTE, "the CRL has no nextUpdate: no server can tell that it is out of date"
    elif now > ends:
        yield (
            Severity.WARNING,
            (
                f"the CRL is out of date since {ends:%Y-%m-%d %H:%M} UTC: servers that use it refuse every client "
                "certificate, or no revoked one; publish a new one"
            ),
        )
    elif now + CRL_SOON >= ends:
        yield (
            Severity.WARNING,
            f"the CRL is out of date from {ends:%Y-%m-%d %H:%M} UTC; publish the next one in time",
        )


def on_chain(configured: ConfiguredChain) -> Iterator[Remark]:
    """Check order, validity and completeness of the chain (RFC 8446 §4.4.2)."""
    path = path_from(configured.leaf, configured.chain[1:])
    strays = [one for one in configured.chain if one not in path]
    if configured.chain[: len(path)] != path:
        yield Severity.WARNING, "the chain is out of order; put each certificate before its issuer"
    for stray in strays:
        yield Severity.WARNING, f"{_name(stray)} is not an issuer of the certificate; remove it from the file"
    for issuer in path[1:]:
        yield from _on_issuer(configured, issuer)
    yield from _on_end(configured, path[-1])
    yield from _on_public_root(configured, path[-1])


def _on_issuer(configured: ConfiguredChain, issuer: x509.Certificate) -> Iterator[Remark]:
    if not issuer.not_valid_before_utc <= configured.now <= issuer.not_valid_after_utc:
        yield Severity.WARNING, f"the issuer {_name(issuer)} is outside its validity; replace it"
    if issuer.subject == issuer.issuer:
        yield Severity.NOTE, f"the root {_name(issuer)} need not be sent; servers have their own copy"


def _on_end(configured: ConfiguredChain, last: x509.Certificate) -> Iterator[Remark]:
    """Check that the last sent certificate can continue to a trust anchor."""
    if last.subject == last.issuer:
        if last is configured.leaf:
            yield Severity.NOTE, "self-signed; a server accepts it only if it trusts this very certificate"
        return
    if configured.issuers and not any(issued(issuer, last) for issuer in configured.issuers):
        missing = last.issuer.rfc4514_string()
        yield Severity.WARNING, f"the client CA did not issue {_name(last)}; add the intermediate {missing!r}"


def _on_public_root(configured: ConfiguredChain, last: x509.Certificate) -> Iterator[Remark]:
    """Tell what becomes of a certificate of a public CA when it is renewed."""
    root = public_ca_of(last, configured.issuers, public_roots())
    if root is None or configured.expect is Expect.REFUSED:
        return
    yield (
        Severity.WARNING,
        (
            f"issued by the public CA {_name(root)}: a server that trusts it trusts its other customers too, and from "
            f"{NO_MORE_CLIENTS:%Y-%m-%d} such CAs issue none with clientAuth (Chrome Root Program Policy 1.8): "
            f"{first_renewal(configured.leaf)} will lack it. Use a CA of your own; `specdrift check` with "
            "`[client-ca] key-file` shows whether the server refuses such a certificate (renewal-without-client-auth)"
        ),
    )


def _name(certificate: x509.Certificate) -> str:
    return repr(certificate.subject.rfc4514_string())
