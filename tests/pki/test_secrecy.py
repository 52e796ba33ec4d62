"""No output, log or result of a run contains key material."""

import base64
import json
import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from msgspec import to_builtins

from specdrift.model.exchange.probe import TlsRange
from specdrift.pki.battery import PROFILES, generate
from specdrift.pki.context import client_context
from specdrift.pki.inspection.inspecting import inspection_of
from specdrift.pki.load import identity_of, load_credential
from specdrift.settings import Identity, Secret, ServerSettings
from tests.pki.world import NOW, World, pem, written

PASSPHRASE = "correct horse"


@pytest.mark.slow
def test_no_output_has_a_key_or_a_passphrase(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Load, explain, generate and use an identity: streams, logs, reprs and results stay clean."""
    caplog.set_level(logging.DEBUG)
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    key = world.alice.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    settings = Identity(
        name="alice",
        cert_file=written(tmp_path / "alice.pem", pem(world.alice.certificate) + key),
        key_pass=Secret(PASSPHRASE),
    )
    alice = load_credential(settings)
    factory = world.factory(victim=alice)
    generated = generate(PROFILES, factory)
    for _, credential in generated:
        with client_context(
            credential, server=ServerSettings(insecure=True), tls_range=TlsRange.ANY, alpn=()
        ):
            pass
    shown = [
        repr(one) for one in (settings, alice, factory, generated, inspection_of(settings, now=NOW).advice)
    ]
    plain = [to_builtins(identity, builtin_types=(bytes,), enc_hook=str) for identity, _ in generated]
    result = json.dumps(plain, default=str)
    identity = repr(identity_of(settings, alice))
    text = "\n".join([*shown, result, identity, *capfd.readouterr(), caplog.text])
    assert [secret for secret in secrets_of(world) if secret in text] == []
    assert "PRIVATE KEY" not in text


def secrets_of(world: World) -> list[str]:
    """The passphrase and, in the usual spellings, the numbers that only the key's holder knows."""
    plain = world.alice.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    found = [PASSPHRASE, base64.b64encode(plain).decode()[:64], plain.hex()]
    numbers = getattr(world.alice.key, "private_numbers", lambda: None)()
    secret = getattr(numbers, "d", None) or getattr(numbers, "private_value", None)
    return [*found, *([str(secret), f"{secret:x}"] if secret else [])]
