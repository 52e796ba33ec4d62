"""What `[client-ca]` names is read as carefully as an identity."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from specdrift.errors import CredentialError
from specdrift.pki.authority import ClientCa, load_client_ca
from specdrift.settings import ClientCaSettings
from tests.pki.world import World, issue, new_key, pem, written


def settings_for(directory: Path, **content: bytes) -> ClientCaSettings:
    """Settings whose files have this content: `cert`, `key`, `crl`."""
    files: dict[str, Any] = {
        f"{what}_file": written(directory / f"ca.{what}", text) for what, text in content.items()
    }
    return ClientCaSettings(**files)


def test_without_configuration_there_is_no_authority() -> None:
    """Impostors are then made from the valid certificate alone."""
    assert load_client_ca(ClientCaSettings()) == ClientCa()


@pytest.mark.slow
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_certificate_key_and_list_are_read(world: World, tmp_path: Path, encoding: Encoding) -> None:
    """A CRL comes as PEM or as DER, which is what CAs publish."""
    settings = settings_for(
        tmp_path, cert=pem(world.ca.certificate), key=pem(world.ca.key), crl=world.crl.public_bytes(encoding)
    )
    known = load_client_ca(settings)
    assert (known.certificates, known.crl) == ((world.ca.certificate,), world.crl)
    assert known.key is not None
    assert pem(known.key) == pem(world.ca.key)


def test_an_encrypted_ca_key_has_a_passphrase_file(ec: World, tmp_path: Path) -> None:
    """As identities have."""
    key = ec.ca.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open"))
    plain = settings_for(tmp_path, cert=pem(ec.ca.certificate), key=key)
    passphrase = written(tmp_path / "ca.pass", b"open\n")
    settings = ClientCaSettings(cert_file=plain.cert_file, key_file=plain.key_file, key_pass_file=passphrase)
    assert load_client_ca(settings).key is not None


def test_the_certificate_of_the_key_is_chosen_from_a_bundle(ec: World, tmp_path: Path) -> None:
    """A bundle may hold the root and the intermediate that really issues."""
    issuing = issue("issuing CA", key=new_key("ec"), by=ec.ca, ca=True)
    bundle = pem(ec.ca.certificate, issuing.certificate)
    leaf = issue("carol", key=new_key("ec"), by=issuing).certificate
    with_key = load_client_ca(settings_for(tmp_path, cert=bundle, key=pem(ec.ca.key)))
    without = load_client_ca(settings_for(tmp_path, cert=bundle))
    assert with_key.certificate_for(leaf) == ec.ca.certificate
    assert without.certificate_for(leaf) == issuing.certificate
    assert without.certificate_for(ec.server.certificate) == ec.ca.certificate
    assert ClientCa().certificate_for(leaf) is None


TOKEN = b"-----BEGIN PKCS#11 PROVIDER URI-----\nAAAA\n-----END PKCS#11 PROVIDER URI-----\n"


@pytest.mark.parametrize(
    ("what", "content", "message"),
    [
        ("key", TOKEN, "a key on a token cannot sign test certificates"),
        ("key", b"other", "the private key belongs to no certificate of cert-file"),
        ("crl", b"junk", "not a certificate revocation list"),
    ],
)
def test_mistakes_are_explained(ec: World, tmp_path: Path, what: str, content: bytes, message: str) -> None:
    """The same kind of sentence as for identities, with `client-ca` in the identity's place."""
    given = pem(ec.alice.key) if content == b"other" else content
    settings = settings_for(tmp_path, cert=pem(ec.ca.certificate), **{what: given})
    with pytest.raises(CredentialError, match=f"client-ca: {tmp_path}/ca.{what}: {message}; "):
        load_client_ca(settings)
