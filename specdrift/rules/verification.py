"""What a verifier must check to reject each certificate profile (RFC 5280 §6.1; RFC 8446 §4.4.3)."""

from collections.abc import Mapping
from enum import StrEnum


class VerifiedAspect(StrEnum):
    """One thing that a verifier checks."""

    ISSUER = "the issuer's signature"
    VALIDITY = "the validity period"
    PURPOSE = "the purpose (extended key usage)"
    PATH = "the constraints of the path"
    REVOCATION = "the revocation status"
    POSSESSION = "the proof of possession of the key"
    ENCODING = "the encoding"
    CHAIN_ORDER = "which certificate of the chain is the client's"
    STRENGTH = "the strength of key and signature"
    SUBJECT = "the subject's name as a whole"


ASPECTS: Mapping[str, VerifiedAspect] = {
    "self-signed": VerifiedAspect.ISSUER,
    "untrusted-issuer": VerifiedAspect.ISSUER,
    "impostor-issuer": VerifiedAspect.ISSUER,
    "impostor-issuer-ml-dsa": VerifiedAspect.ISSUER,
    "expired": VerifiedAspect.VALIDITY,
    "not-yet-valid": VerifiedAspect.VALIDITY,
    "wrong-eku": VerifiedAspect.PURPOSE,
    "no-eku": VerifiedAspect.PURPOSE,
    "any-eku": VerifiedAspect.PURPOSE,
    "ca-as-client": VerifiedAspect.PURPOSE,
    "missing-intermediate": VerifiedAspect.PATH,
    "intermediate-not-ca": VerifiedAspect.PATH,
    "leaf-as-issuer": VerifiedAspect.PATH,
    "path-length-exceeded": VerifiedAspect.PATH,
    "name-constraint-violation": VerifiedAspect.PATH,
    "unknown-critical-extension": VerifiedAspect.PATH,
    "weak-key": VerifiedAspect.STRENGTH,
    "weak-signature": VerifiedAspect.STRENGTH,
    "wrong-private-key": VerifiedAspect.POSSESSION,
    "server-certificate": VerifiedAspect.POSSESSION,
    "revoked": VerifiedAspect.REVOCATION,
    "extra-chain-certificate": VerifiedAspect.CHAIN_ORDER,
    "malformed": VerifiedAspect.ENCODING,
    "ambiguous-name": VerifiedAspect.SUBJECT,
    "unknown-name": VerifiedAspect.SUBJECT,
    "partial-name": VerifiedAspect.SUBJECT,
}
"""By family of profiles."""
