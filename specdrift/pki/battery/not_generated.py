"""Why a profile's certificate was not generated."""

from enum import Enum


class NotGenerated(Enum):
    """Why a profile's certificate was not generated; the values are texts for people."""

    POLICY = "skipped by default or by [battery]"
    LENIENT = "servers may accept them"
    """The configured policy accepts them, so that nothing is learned."""
    CA_KEY = "needs the key of a test CA ([client-ca] cert-file and key-file)"
    CA_CERTIFICATE = "needs the CA's certificate ([client-ca] cert-file)"
    CA_KEY_WITHOUT_SHA1 = "the CA's key is of an Edwards curve, which has no SHA-1 signatures"
    CRL = "needs the CRL that the server honours ([client-ca] crl-file)"
    CRL_ISSUER = "the CRL is not from the configured client CA"
    CRL_EMPTY = "the CRL has no revoked certificate"
    SECOND_IDENTITY = "needs a second configured identity"
    SERVER_CERTIFICATE = "the server's certificate is not known"
    KEY_TYPE = "keys of the valid identity's type cannot be generated"
    KEY_NOT_READABLE = "the valid identity's key is on a token"
    NO_FORGED_KEY = "OpenSSL takes a wrong private key for RSA and EC certificates only"
    NO_ML_DSA = "the installed cryptography package has no ML-DSA"
    NO_LISTENER = "needs a listener for the server's requests ([network] callback-listen)"
    EXTENSIONS = "the valid identity's extensions cannot be read"
    COMMON_NAME = "the valid identity's subject has no common name"
    COMMON_NAME_NOT_ASCII = "the valid identity's common name is not ASCII"
    ALTERNATIVE_NAME = "the valid identity has no DNS name, mail address or URI as alternative name"
    URI_NAME = "the valid identity has no URI with letters in its path as alternative name"
    NAME_PART = "the valid identity has no alternative name with such a part"
    ATTRIBUTES = "the valid identity's subject has no such attribute beside others"
    ONE_RDN = "the valid identity's subject has one RDN only"
    NOT_CHANGEABLE = "the certificate cannot be changed as intended"


class CannotGenerateError(Exception):
    """A certificate cannot be generated."""

    def __init__(self, reason: NotGenerated) -> None:
        super().__init__(reason.value)
        self.reason = reason
