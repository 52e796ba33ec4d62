"""Makes certificates that imitate a valid identity's."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.pki.battery.blueprint import Blueprint, Extension, Issuer, common_name, key_usage, pointing_at
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential, PrivateKey

DAY = timedelta(days=1)

OTHER_CLIENT = "other-client"
"""Common name of generated valid identities that the application does not have."""


Variation = Callable[[Blueprint], Blueprint]
"""Changes a blueprint."""


def unchanged(blueprint: Blueprint) -> Blueprint:
    """Change nothing."""
    return blueprint


class CertificateFactory(Struct, frozen=True, kw_only=True, dict=True):
    """The material of generated certificates. Keys have the victim's algorithm and are made once."""

    victim: Credential
    """The valid identity that is imitated."""
    now: datetime
    """With a time zone."""
    ca_certificate: x509.Certificate | None = None
    """The (test) CA that the server trusts."""
    ca_key: PrivateKey | None = None
    crl: x509.CertificateRevocationList | None = None
    """The CRL that the server should use."""
    server_certificate: x509.Certificate | None = None
    """As received from the server."""
    colleague: tuple[ClientIdentity, Credential] | None = None
    """A second valid identity."""
    role_values: tuple[str, ...] = ()
    """Roles of the victim, and values of its subject that identities without its roles do not have."""
    neutral: bool = False
    """Names with a part of the victim's have a neutral word in its place: the control of such a certificate."""
    callback_url: str = ""
    """URL below which certificates name URLs; empty: nothing listens there."""
    short_validity: timedelta | None = None
    """How long ``valid-short`` is valid; ``None``: as long as the others."""

    @cached_property
    def key(self) -> PrivateKey:
        """The key of generated end entities."""
        return self.new_key()

    @cached_property
    def issuer_key(self) -> PrivateKey:
        """The key of untrusted issuers."""
        return self.new_key()

    def new_key(self) -> PrivateKey:
        """Generate a key of the victim's algorithm and size."""
        match self.leaf.public_key():
            case rsa.RSAPublicKey() as public:
                return rsa.generate_private_key(65537, public.key_size)
            case ec.EllipticCurvePublicKey() as public:
                return ec.generate_private_key(public.curve)
            case ed25519.Ed25519PublicKey():
                return ed25519.Ed25519PrivateKey.generate()
            case ed448.Ed448PublicKey():
                return ed448.Ed448PrivateKey.generate()
            case _:
                raise CannotGenerateError(NotGenerated.KEY_TYPE)

    @cached_property
    def other_keys(self) -> tuple[PrivateKey, PrivateKey]:
        """Keys of two common algorithms that are not the victim's."""
        algorithms = (ec.EllipticCurvePublicKey, rsa.RSAPublicKey, ed25519.Ed25519PublicKey)
        first, second = [each for each in algorithms if not isinstance(self.leaf.public_key(), each)][:2]
        return _NEW_KEYS[first](), _NEW_KEYS[second]()

    @cached_property
    def leaf(self) -> x509.Certificate:
        """The victim's end-entity certificate."""
        return self.victim.leaf

    @cached_property
    def ca(self) -> Issuer:
        """The trusted CA with its key. Raises CannotGenerateError without the key."""
        if self.ca_certificate is None or self.ca_key is None:
            raise CannotGenerateError(NotGenerated.CA_KEY)
        return Issuer(
            name=self.ca_certificate.subject, key=self.ca_key, key_id=pointing_at(self.ca_certificate)
        )

    @property
    def above_leaf(self) -> tuple[x509.Certificate, ...]:
        """The certificates to send after one of the trusted CA: none if the CA is a root."""
        ca = self.ca_certificate
        return () if ca is None or ca.subject == ca.issuer else (ca,)

    @property
    def sent_authorities(self) -> tuple[x509.Certificate, ...]:
        """The certificates of the trusted CA that a client can send: the configured one, or those of the victim."""
        own = self.ca_certificate
        known = (own,) if own is not None else self.victim.certificates[1:]
        if not known:
            raise CannotGenerateError(NotGenerated.CA_CERTIFICATE)
        return known

    @cached_property
    def issuer_key_id(self) -> x509.AuthorityKeyIdentifier | None:
        """The authority key identifier of the victim's issuer, if known."""
        for extension in self._victims_extensions():
            if isinstance(extension.value, x509.AuthorityKeyIdentifier):
                return extension.value
        return None if self.ca_certificate is None else pointing_at(self.ca_certificate)

    def issued(self, blueprint: Blueprint) -> Credential:
        """Sign an end-entity certificate with the trusted CA's key."""
        return Credential([blueprint.sign(self.ca), *self.above_leaf], self.key)

    def issued_below(self, *variations: Variation, leaf: Variation = unchanged) -> Credential:
        """Make an imitation below intermediates of the trusted CA, one per variation, from the CA downwards.

        The intermediates are part of the chain.
        """
        issuer, chain = self.ca, list(self.above_leaf)
        for level, vary in enumerate(variations):
            key = self._intermediate_keys[level]
            certificate = vary(self.authority(common_name(f"specdrift intermediate {level + 1}"), key)).sign(
                issuer
            )
            chain.insert(0, certificate)
            issuer = Issuer(name=certificate.subject, key=key, key_id=pointing_at(certificate))
        return Credential([leaf(self.imitation()).sign(issuer), *chain], self.key)

    @cached_property
    def _intermediate_keys(self) -> tuple[PrivateKey, PrivateKey]:
        return self.issuer_key, self.new_key()

    def impostor(self, *, key_id: x509.AuthorityKeyIdentifier | None) -> Issuer:
        """Return an issuer with the name of the victim's issuer and another key."""
        return Issuer(name=self.leaf.issuer, key=self.issuer_key, key_id=key_id)

    def imitation(self) -> Blueprint:
        """Return a blueprint with the victim's subject, alternative names and usage, a new key, valid today."""
        return Blueprint(
            subject=self.leaf.subject,
            public_key=self.key.public_key(),
            not_before=self.now - DAY,
            not_after=self.now + DAY,
            serial=x509.random_serial_number(),
            extensions=self._extensions,
        )

    def other_client(self) -> Blueprint:
        """Return a blueprint like `imitation`, with another identity's names."""
        extensions = tuple(
            extension
            for extension in self._extensions
            if not isinstance(extension.value, x509.SubjectAlternativeName | x509.UnrecognizedExtension)
        )
        other = replace(self.imitation(), subject=common_name(OTHER_CLIENT), extensions=extensions)
        return other.having(x509.SubjectAlternativeName([x509.DNSName(f"{OTHER_CLIENT}.invalid")]))

    def authority(self, name: x509.Name, key: PrivateKey) -> Blueprint:
        """Return a blueprint of a CA certificate without a path length."""
        return Blueprint(
            subject=name,
            public_key=key.public_key(),
            not_before=self.now - DAY,
            not_after=self.now + DAY,
            serial=x509.random_serial_number(),
            extensions=(
                Extension(x509.BasicConstraints(ca=True, path_length=None), critical=True),
                Extension(key_usage(certificates=True), critical=True),
            ),
        )

    @property
    def alternative_names(self) -> tuple[x509.GeneralName, ...]:
        """The victim's subject alternative names."""
        found = (extension.value for extension in self._victims_extensions())
        return next((tuple(value) for value in found if isinstance(value, x509.SubjectAlternativeName)), ())

    @cached_property
    def _extensions(self) -> tuple[Extension, ...]:
        """The victim's extensions about identity and usage, and defaults for missing ones."""
        usual: dict[x509.ObjectIdentifier, Extension] = {
            value.oid: Extension(value, critical)
            for value, critical in (
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (key_usage(certificates=False), True),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            )
        }
        copied = {
            extension.oid: Extension(extension.value, extension.critical)
            for extension in self._victims_extensions()
            if isinstance(extension.value, _COPIED)
        }
        return tuple((usual | copied).values())

    def _victims_extensions(self) -> x509.Extensions:
        try:
            return self.leaf.extensions
        except ValueError as error:
            raise CannotGenerateError(NotGenerated.EXTENSIONS) from error


_NEW_KEYS: Mapping[type, Callable[[], PrivateKey]] = MappingProxyType(
    {
        ec.EllipticCurvePublicKey: lambda: ec.generate_private_key(ec.SECP256R1()),
        rsa.RSAPublicKey: lambda: rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PublicKey: ed25519.Ed25519PrivateKey.generate,
    }
)
"""By type of the public key."""
_COPIED = (
    x509.SubjectAlternativeName,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.CertificatePolicies,
    x509.UnrecognizedExtension,
)
