"""What a verifier must check to reject each certificate profile (RFC 5280 §6.1; RFC 8446 §4.4.3)."""

from collections.abc import Mapping
from enum import StrEnum


class Aspect(StrEnum):
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


ASPECTS: Mapping[str, Aspect] = {
    "self-signed": Aspect.ISSUER,
    "untrusted-issuer": Aspect.ISSUER,
    "impostor-issuer": Aspect.ISSUER,
    "expired": Aspect.VALIDITY,
    "not-yet-valid": Aspect.VALIDITY,
    "wrong-eku": Aspect.PURPOSE,
    "no-eku": Aspect.PURPOSE,
    "any-eku": Aspect.PURPOSE,
    "ca-as-client": Aspect.PURPOSE,
    "missing-intermediate": Aspect.PATH,
    "intermediate-not-ca": Aspect.PATH,
    "leaf-as-issuer": Aspect.PATH,
    "path-length-exceeded": Aspect.PATH,
    "name-constraint-violation": Aspect.PATH,
    "unknown-critical-extension": Aspect.PATH,
    "weak-key": Aspect.STRENGTH,
    "weak-signature": Aspect.STRENGTH,
    "wrong-private-key": Aspect.POSSESSION,
    "server-certificate": Aspect.POSSESSION,
    "revoked": Aspect.REVOCATION,
    "extra-chain-certificate": Aspect.CHAIN_ORDER,
    "malformed": Aspect.ENCODING,
    "ambiguous-name": Aspect.SUBJECT,
}
"""By family of profiles."""
