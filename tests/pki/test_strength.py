"""Certificates that OpenSSL rejects at its default security level are detected in advance."""

from collections.abc import Callable
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec as ec_keys
from cryptography.hazmat.primitives.asymmetric import rsa

from specdrift.pki.battery import PROFILES
from specdrift.pki.battery.certificate_parts import CertificateParts
from specdrift.pki.battery.not_generated import CannotGenerateError, NotGenerated
from specdrift.pki.credential import Credential
from specdrift.pki.inspection.key_strength import is_weak, weak_key, weak_signature
from tests.pki.world import World, issue, new_key


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (partial(rsa.generate_private_key, 65537, 1024), "RSA 1024 bit"),
        (partial(rsa.generate_private_key, 65537, 2048), ""),
        (partial(ec_keys.generate_private_key, ec_keys.SECP192R1()), "EC secp192r1"),
        (partial(ec_keys.generate_private_key, ec_keys.SECP256R1()), ""),
    ],
    ids=["RSA-1024", "RSA-2048", "P-192", "P-256"],
)
def test_short_keys_are_weak(
    new: Callable[[], rsa.RSAPrivateKey | ec_keys.EllipticCurvePrivateKey], expected: str
) -> None:
    """112 bits of strength is the line."""
    key = new()
    member = issue("alice", key=key)
    assert (weak_key(member.certificate), is_weak(Credential([member.certificate], key))) == (
        expected,
        bool(expected),
    )


def test_a_broken_hash_is_weak_except_in_a_root(ec: World) -> None:
    """The signature of a root certificate is not verified."""
    leaf, root = ec.alice.certificate, ec.ca.certificate
    weak = [
        x509.load_der_x509_certificate(CertificateParts.of(one).signed_with_sha1(ec.ca.key).encoded())
        for one in (leaf, root)
    ]
    assert [weak_signature(one) for one in (*weak, leaf)] == ["SHA1", "", ""]


def test_a_weak_issuer_makes_the_chain_weak(ec: World) -> None:
    """OpenSSL looks at every certificate that it is to send."""
    middle = issue("middle", key=rsa.generate_private_key(65537, 1024), by=ec.ca, ca=True)  # noqa: S505
    leaf = issue("alice", key=new_key("ec"), by=middle)
    assert is_weak(Credential([leaf.certificate, middle.certificate], leaf.key))


def test_a_signature_that_openssl_does_not_know_is_weak_and_not_shown_as_such(ec: World) -> None:
    """OpenSSL 3.0 refuses to present it at its default level; the algorithm is a strong one."""
    credential = PROFILES["impostor-issuer-ml-dsa"].generate(ec.factory())
    assert is_weak(credential)
    assert weak_signature(credential.certificates[0]) == ""


def test_without_the_algorithm_the_profile_is_not_generated(
    ec: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older library of the user is no error."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(CannotGenerateError) as caught:
        PROFILES["impostor-issuer-ml-dsa"].generate(ec.factory())
    assert caught.value.reason is NotGenerated.NO_ML_DSA
