"""The remarks on an identity's files, its certificate and its chain. Pure but for file modes."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from specdrift.model.policy import Expect
from specdrift.model.result.drift import Severity
from specdrift.pki.chain import issued, path_from
from specdrift.pki.strength import weak_key, weak_signature
from specdrift.settings import Identity

SOON = timedelta(days=30)
"""A certificate that ends within this time is worth a warning."""

Remark = tuple[Severity, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A chain as it was configured, and against what it is held."""

    chain: tuple[x509.Certificate, ...]
    expect: Expect
    now: datetime
    issuers: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate that the server will take for the caller's."""
        return self.chain[0]


def on_files(settings: Identity) -> Iterator[Remark]:
    """Secrets that others on this machine can read."""
    for file in {settings.key_file or settings.cert_file, settings.key_pass_file}:
        if file is None or not file.exists():
            continue
        if stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            yield Severity.NOTE, f"{file} can be read by others; run `chmod 600 {file}`"


def on_leaf(case: Case) -> Iterator[Remark]:
    """Validity, usage and strength of the end-entity certificate."""
    try:
        extensions = case.leaf.extensions
    except ValueError:
        yield Severity.ERROR, "the certificate's extensions cannot be read; have it issued again"
        return
    yield from _validity(case)
    yield from _usage(extensions)
    if strength := weak_key(case.leaf):
        yield Severity.WARNING, f"the key is weak ({strength}); OpenSSL-based servers refuse it"
    if algorithm := weak_signature(case.leaf):
        yield Severity.WARNING, f"the certificate is signed with {algorithm}; servers of today refuse it"


def _validity(case: Case) -> Iterator[Remark]:
    """A certificate that must be refused may well be out of date."""
    begins, ends = case.leaf.not_valid_before_utc, case.leaf.not_valid_after_utc
    if case.expect is Expect.REFUSED:
        return
    if case.now < begins:
        yield Severity.ERROR, f"not valid before {begins:%Y-%m-%d %H:%M} UTC; check the clock, or wait"
    if case.now > ends:
        yield (
            Severity.ERROR,
            f'expired on {ends:%Y-%m-%d %H:%M} UTC; have it renewed, or set expect = "refused"',
        )
    elif case.now + SOON >= ends:
        yield Severity.WARNING, f"expires on {ends:%Y-%m-%d %H:%M} UTC; have it renewed in time"


def _usage(extensions: x509.Extensions) -> Iterator[Remark]:
    for value in (extension.value for extension in extensions):
        match value:
            case x509.BasicConstraints(ca=True):
                yield Severity.WARNING, "this is a CA certificate; name an end-entity certificate as identity"
            case x509.KeyUsage(digital_signature=False):
                yield Severity.WARNING, "key usage lacks digitalSignature; a client cannot sign with it"
            case x509.ExtendedKeyUsage() if ExtendedKeyUsageOID.CLIENT_AUTH not in value:
                yield Severity.WARNING, "extended key usage lacks clientAuth; servers refuse it as a client's"


def on_chain(case: Case) -> Iterator[Remark]:
    """What is superfluous, in the wrong place, out of date, or missing (RFC 8446 §4.4.2)."""
    path = path_from(case.leaf, case.chain[1:])
    strays = [one for one in case.chain if one not in path]
    if case.chain[: len(path)] != path:
        yield Severity.WARNING, "the chain is out of order; put each certificate before its issuer"
    for stray in strays:
        yield Severity.WARNING, f"{_name(stray)} is not an issuer of the certificate; take it out of the file"
    for issuer in path[1:]:
        yield from _on_issuer(case, issuer)
    yield from _on_end(case, path[-1])


def _on_issuer(case: Case, issuer: x509.Certificate) -> Iterator[Remark]:
    if not issuer.not_valid_before_utc <= case.now <= issuer.not_valid_after_utc:
        yield Severity.WARNING, f"the issuer {_name(issuer)} is outside its validity; replace it"
    if issuer.subject == issuer.issuer:
        yield Severity.NOTE, f"the root {_name(issuer)} need not be sent; servers have their own copy"


def _on_end(case: Case, last: x509.Certificate) -> Iterator[Remark]:
    """The path as sent ends here; it has to continue in what the server trusts."""
    if last.subject == last.issuer:
        if last is case.leaf:
            yield Severity.NOTE, "self-signed; a server accepts it only if it trusts this very certificate"
        return
    if case.issuers and not any(issued(issuer, last) for issuer in case.issuers):
        missing = last.issuer.rfc4514_string()
        yield Severity.WARNING, f"the client CA did not issue {_name(last)}; add the intermediate {missing!r}"


def _name(certificate: x509.Certificate) -> str:
    return repr(certificate.subject.rfc4514_string())
