"""Untrusted certificates whose extensions name URLs of the run's own listener (RFC 5280 §4.2.1.13, §4.2.2.1)."""

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from specdrift.model.exchange.fetch import UrlKind
from specdrift.pki.battery.blueprint import Blueprint, Issuer, common_name, pointing_at_key
from specdrift.pki.battery.factory import CertificateFactory
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential


def untrusted_issuer_urls(factory: CertificateFactory) -> Credential:
    """Issued by an untrusted CA, which is not sent along, with URLs of that CA, of its CRL and of its OCSP responder.

    RFC 5280 §8: to fetch what an untrusted certificate names is a risk. A correct verifier answers unknown_ca, and
    fetches nothing.
    """
    key = factory.issuer_key
    issuer = Issuer(
        name=common_name("specdrift unknown issuer"), key=key, key_id=pointing_at_key(key.public_key())
    )
    return Credential([_with_urls(factory, "untrusted-issuer-urls").sign(issuer)], factory.key)


def impostor_issuer_urls(factory: CertificateFactory) -> Credential:
    """Has the trusted CA's name and key identifier as its issuer's, another signature, and such URLs.

    RFC 5280 §6.1.3 (a): the signature is verified before the revocation status. A correct verifier answers unknown_ca,
    decrypt_error or bad_certificate, and fetches nothing.
    """
    issuer = factory.impostor(key_id=factory.issuer_key_id)
    return Credential([_with_urls(factory, "impostor-issuer-urls").sign(issuer)], factory.key)


def _with_urls(factory: CertificateFactory, name: str) -> Blueprint:
    """Return an imitation with URLs whose paths occur in no other certificate."""
    if not factory.callback_url:
        raise CannotGenerateError(NotGenerated.NO_LISTENER)

    def url(kind: UrlKind) -> x509.GeneralName:
        return x509.UniformResourceIdentifier(f"{factory.callback_url}/{name}/{kind}")

    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url(UrlKind.CA_ISSUERS)),
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, url(UrlKind.OCSP)),
        ]
    )
    points = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                full_name=[url(UrlKind.CRL)], relative_name=None, reasons=None, crl_issuer=None
            )
        ]
    )
    return factory.imitation().having(access).having(points)
