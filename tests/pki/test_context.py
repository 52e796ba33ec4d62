"""The client context: its trust anchors, its protocols, and its certificate."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from specdrift.errors import ConfigError, CredentialError
from specdrift.model.exchange.probe import TlsRange
from specdrift.pki.battery import generate
from specdrift.pki.battery.forge import forged_key
from specdrift.pki.context import client_context
from specdrift.pki.credential import Credential, KeyFile
from specdrift.pki.load import load_credential
from specdrift.settings import Identity, Secret, ServerSettings
from tests.pki.peer import Peer, exchange, verifying_server
from tests.pki.world import World, credential, for_pss_only, issue, new_key, pem, written


@pytest.fixture(scope="module")
def server(ec: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A server that wants a certificate of the client CA."""
    with verifying_server(ec, tmp_path_factory.mktemp("server")) as peer:
        yield peer


DEFAULTS = ServerSettings()


def made(
    given: Credential | None = None,
    *,
    server: ServerSettings = DEFAULTS,
    tls: TlsRange = TlsRange.ANY,
    alpn: tuple[str, ...] = ("http/1.1",),
) -> ssl.SSLContext:
    """A context, kept beyond its handing over."""
    with client_context(given, server=server, tls_range=tls, alpn=alpn) as context:
        return context


@pytest.mark.parametrize("version", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_a_valid_identity_is_admitted(ec: World, server: Peer, version: TlsRange) -> None:
    """The certificate is sent, the signature is correct, and the answer arrives over the requested version."""
    result = server.exchange(credential(ec.alice), version)
    assert (True, f"TLSv{version}") == (result.admitted, result.version)
    assert ec.alice.certificate.public_bytes(Encoding.DER) in result.sent


@pytest.mark.parametrize("version", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_anonymous_clients_present_nothing(server: Peer, version: TlsRange) -> None:
    """Without a credential the Certificate message is empty; OpenSSL finds none by itself."""
    result = server.exchange(None, version)
    assert (result.admitted, 0 < len(result.sent) <= 8) == (False, True)


def test_the_chain_is_sent_with_the_leaf(ec: World, server: Peer) -> None:
    """Intermediates go along in their order."""
    middle = issue("intermediate", key=new_key("ec"), by=ec.ca, ca=True)
    leaf = issue("carol", key=new_key("ec"), by=middle)
    presented = credential(leaf, middle)
    result = server.exchange(presented)
    assert (result.admitted, [der in result.sent for der in presented.chain]) == (True, [True, True])


def test_post_handshake_authentication_is_offered() -> None:
    """Servers that ask for a certificate per location can do so in TLS 1.3."""
    assert made().post_handshake_auth


@pytest.mark.parametrize(
    ("tls", "settings", "expected"),
    [
        (TlsRange.ANY, ServerSettings(), ("TLSv1_2", "TLSv1_3")),
        (TlsRange.ANY, ServerSettings(tls_min="1.3"), ("TLSv1_3", "TLSv1_3")),
        (TlsRange.ANY, ServerSettings(tls_max="1.2"), ("TLSv1_2", "TLSv1_2")),
        (TlsRange.ONLY_1_2, ServerSettings(), ("TLSv1_2", "TLSv1_2")),
        (TlsRange.ONLY_1_3, ServerSettings(), ("TLSv1_3", "TLSv1_3")),
    ],
)
def test_versions(tls: TlsRange, settings: ServerSettings, expected: tuple[str, str]) -> None:
    """A probe's own range comes before the configured one."""
    context = made(server=settings, tls=tls)
    assert expected == (context.minimum_version.name, context.maximum_version.name)


def test_a_server_of_another_ca_is_not_talked_to(ec: World, server: Peer, tmp_path: Path) -> None:
    """The configured CA file is the only trust there is."""
    other = written(tmp_path / "other.pem", pem(ec.ca.certificate))
    result = exchange(made(server=ServerSettings(ca_file=other)), server.port)
    assert result.answer == "CERTIFICATE_VERIFY_FAILED"


def test_the_system_store_does_not_hold_a_private_ca(server: Peer) -> None:
    """Without a CA file the system's store decides."""
    assert exchange(made(), server.port).answer == "CERTIFICATE_VERIFY_FAILED"


def test_the_system_store_can_be_pointed_elsewhere(
    server: Peer, ec: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL's own variables name the store, as for every other program; no bundle is brought along."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
    assert exchange(made(credential(ec.alice)), server.port).admitted


def test_the_servers_name_counts(ec: World, server: Peer) -> None:
    """A certificate for localhost is not one for another host."""
    context = made(credential(ec.alice), server=ServerSettings(ca_file=server.ca_file))
    assert exchange(context, server.port, host="elsewhere.example").answer == "CERTIFICATE_VERIFY_FAILED"


def test_insecure_disables_server_verification(ec: World, server: Peer) -> None:
    """Neither chain nor name."""
    context = made(credential(ec.alice), server=ServerSettings(insecure=True))
    assert exchange(context, server.port, host="elsewhere.example").admitted


@pytest.mark.parametrize("strict", [False, True])
def test_strict_rules_are_the_owners_choice(strict: bool) -> None:  # noqa: FBT001
    """Python 3.13 switches them on by itself, which private CAs often do not survive."""
    flags = made(server=ServerSettings(x509_strict=strict)).verify_flags
    assert strict == bool(flags & ssl.VERIFY_X509_STRICT)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"junk", "holds no PEM certificate"), (None, "cannot be read: No such file or directory")],
)
def test_a_bad_ca_file_is_explained(tmp_path: Path, content: bytes | None, message: str) -> None:
    """The file is named; the key is added where its origin is known."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"^{file} {message}"):
        made(server=ServerSettings(ca_file=file))


def test_what_openssl_does_not_take_is_explained(ec: World) -> None:
    """The identity and OpenSSL's reason are named."""
    mixed = Credential([ec.alice.certificate], ec.bob.key, name="alice")
    with pytest.raises(CredentialError, match=r"identity 'alice': OpenSSL .*KEY_VALUES_MISMATCH"):
        made(mixed)


def test_a_key_in_place_is_loaded_from_its_own_file(ec: World, server: Peer, tmp_path: Path) -> None:
    """Only the certificates go through memory; the key's file is OpenSSL's to open."""
    key = KeyFile(written(tmp_path / "alice.key", pem(ec.alice.key)))
    assert server.exchange(Credential([ec.alice.certificate], key)).admitted


def test_a_pin_is_never_asked_for_on_the_terminal(ec: World, tmp_path: Path) -> None:
    """An encrypted key in place, without a passphrase, fails at once."""
    lock = BestAvailableEncryption(b"open")
    encrypted = ec.alice.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    file = written(tmp_path / "alice.key", encrypted)
    with pytest.raises(CredentialError, match="the provider of its PKCS#11 key may be missing"):
        made(Credential([ec.alice.certificate], KeyFile(file)))
    assert made(Credential([ec.alice.certificate], KeyFile(file, pin=Secret("open")))) is not None


def test_weak_certificates_lower_the_security_level_and_nothing_else(ec: World) -> None:
    """Cipher suites stay as they are, so that no server answers differently for that reason."""
    ((_, weak),) = generate(["weak-key"], ec.factory())
    usual, lowered = made(credential(ec.alice)), made(weak)
    names = [[suite["name"] for suite in context.get_ciphers()] for context in (usual, lowered)]
    assert names[0] == names[1]


def test_no_key_log_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A variable in the environment does not make us write session keys."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    assert None is made().keylog_filename


@pytest.mark.parametrize("version", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_a_certificate_for_rsa_pss_only_is_presented(ec: World, server: Peer, version: TlsRange) -> None:
    """OpenSSL compares the key's algorithm with the certificate's (RFC 4055 §1.2)."""
    certificate, key = for_pss_only(issue("pss", key=new_key("rsa"), by=ec.ca), ec.ca)
    assert server.exchange(Credential([certificate], key), version).admitted
    forged = forged_key(x509.load_der_x509_certificate(certificate).public_key())
    assert not server.exchange(Credential([certificate], forged), version).admitted


def test_a_key_for_rsa_pss_only_needs_memory_files(
    ec: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its encoding cannot be encrypted, and a key in the clear is written to no disk."""
    certificate, key = for_pss_only(issue("pss", key=new_key("rsa"), by=ec.ca), ec.ca)
    file = written(tmp_path / "pss.pem", pem(x509.load_der_x509_certificate(certificate), key))
    alice = written(tmp_path / "alice.pem", pem(ec.alice.certificate, ec.alice.key))
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with pytest.raises(CredentialError, match="identity 'pss': keys for RSA-PSS only need files in memory"):
        load_credential(Identity(name="pss", cert_file=file))
    load_credential(Identity(name="alice", cert_file=alice))
