"""Keys and certificates of ML-DSA: what a run says about a file with such a key, and a chain of such a CA is sent."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from specdrift.errors import CredentialError
from specdrift.pki.authority import load_client_ca
from specdrift.pki.credential import Credential
from specdrift.pki.load import load_credential
from specdrift.settings import ClientCaSettings, Identity
from tests.pki.peer import credulous_server
from tests.pki.world import NOW, World, new_key, pem, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Key = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
SIZES: Mapping[str, Callable[[], Key]] = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey.generate,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey.generate,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey.generate,
}
each_size = pytest.mark.parametrize("name", SIZES)


def named(text: str) -> x509.Name:
    """A name with a common name."""
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(subject: str, key: Key, *, public: object = None) -> x509.Certificate:
    """A certificate of the CA with this key; without `public` that CA's own."""
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named("ML-DSA CA"))
        .public_key(public or key.public_key())  # type: ignore[arg-type]
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW.replace(year=NOW.year + 1))
        .sign(key, None)
    )


def key_pem(key: Key) -> bytes:
    """The key as PKCS#8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def explains(message: str, name: str, file: Path) -> bool:
    """Whether the message names file, algorithm and library, and says what to use."""
    version = ssl.OPENSSL_VERSION.split()[1]
    parts = (str(file), f"{name} keys are not supported", version, "use an RSA, EC, Ed25519 or Ed448 key")
    return all(part in message for part in parts)


@each_size
def test_a_key_of_an_identity_is_an_error_that_names_file_and_reason(name: str, tmp_path: Path) -> None:
    """It is never sent as another one, or left out silently."""
    key = SIZES[name]()
    cert = written(tmp_path / "alice.pem", pem(certificate("alice", key)))
    file = written(tmp_path / "alice.key", key_pem(key))
    with pytest.raises(CredentialError) as caught:
        load_credential(Identity(name="alice", cert_file=cert, key_file=file))
    assert explains(str(caught.value), name, file)


@each_size
def test_a_key_of_the_client_ca_is_one_too(name: str, tmp_path: Path) -> None:
    """The battery is not shortened without a word."""
    key = SIZES[name]()
    cert = written(tmp_path / "ca.pem", pem(certificate("ML-DSA CA", key)))
    file = written(tmp_path / "ca.key", key_pem(key))
    with pytest.raises(CredentialError) as caught:
        load_client_ca(ClientCaSettings(cert_file=cert, key_file=file))
    assert explains(str(caught.value), name, file)


def test_an_identity_of_an_ml_dsa_ca_is_sent_with_its_chain(ec: World, tmp_path: Path) -> None:
    """Its own key signs the handshake; the server gets both certificates byte for byte."""
    ca_key, key = mldsa.MLDSA65PrivateKey.generate(), new_key("ec")
    chain = [certificate("alice", ca_key, public=key.public_key()), certificate("ML-DSA CA", ca_key)]
    cert, file = written(tmp_path / "alice.pem", pem(*chain)), written(tmp_path / "alice.key", pem(key))
    loaded = load_credential(Identity(name="alice", cert_file=cert, key_file=file))
    assert isinstance(loaded, Credential)
    with credulous_server(ec, tmp_path) as peer:
        result = peer.exchange(loaded)
    assert all(each.public_bytes(Encoding.DER) in result.sent for each in chain)
