"""A key on a (software) token: OpenSSL signs with it through its PKCS#11 provider, and we never see it."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from specdrift.pki.battery import der
from specdrift.pki.pem import pem_encode
from tests.pki.peer import verifying_server
from tests.pki.world import World, pem, written

ROOT = Path(__file__).parents[2]
PIN = "1234"
VISIBLE_STRING = 0x1A


def provider() -> Path:
    """Where OpenSSL looks for its PKCS#11 provider."""
    told = subprocess.run(["openssl", "version", "-m"], capture_output=True, text=True, check=True).stdout
    found = re.search(r'MODULESDIR: "(.*)"', told)
    return Path(found[1] if found else "/nowhere", "pkcs11.so")


def token_module() -> Path:
    """SoftHSM's library."""
    places = ("softhsm", "x86_64-linux-gnu/softhsm", "aarch64-linux-gnu/softhsm")
    candidates = [Path("/usr/lib", place, "libsofthsm2.so") for place in places]
    return next((path for path in candidates if path.exists()), candidates[0])


def missing() -> str:
    """Why the test cannot run here, if it cannot."""
    if shutil.which("softhsm2-util") is None or not token_module().exists():
        return "softhsm2 is not installed"
    return "" if provider().exists() else "OpenSSL's pkcs11-provider is not installed"


def make_token(directory: Path, key: Path) -> dict[str, str]:
    """A token that holds the key; the environment in which OpenSSL finds it."""
    tokens = directory / "tokens"
    tokens.mkdir()
    conf = written(directory / "softhsm2.conf", f"directories.tokendir = {tokens}\n".encode())
    openssl = f"""
        openssl_conf = start
        [start]
        providers = chosen
        [chosen]
        default = usual
        pkcs11 = token
        [usual]
        activate = 1
        [token]
        module = {provider()}
        pkcs11-module-path = {token_module()}
        activate = 1
    """
    environment = os.environ | {
        "SOFTHSM2_CONF": str(conf),
        "OPENSSL_CONF": str(written(directory / "openssl.cnf", textwrap.dedent(openssl).encode())),
        "PYTHONPATH": str(ROOT),
    }
    init = ["--init-token", "--free", "--label", "specdrift", "--so-pin", PIN, "--pin", PIN]
    keep = ["--import", str(key), "--token", "specdrift", "--label", "alice", "--id", "01", "--pin", PIN]
    for arguments in (init, keep):
        subprocess.run(["softhsm2-util", *arguments], env=environment, check=True, capture_output=True)
    return environment


def uri_file(path: Path, uri: str) -> Path:
    """The PEM file that names a key on a token, as the provider's documentation defines it."""
    version = der.tlv(VISIBLE_STRING, b"PKCS#11 Provider URI v1.0")
    encoded = der.tlv(der.SEQUENCE, version, der.tlv(der.UTF8_STRING, uri.encode("ascii")))
    return written(path, pem_encode("PKCS#11 PROVIDER URI", encoded))


CLIENT = """
    import json, sys
    from pathlib import Path
    from specdrift.model.probe import TlsRange
    from specdrift.pki.load import load_credential
    from specdrift.settings import Identity, Secret
    from tests.pki.peer import Peer

    cert, key, pin, port, ca, version = sys.argv[1:]
    settings = Identity(
        name="alice", cert_file=Path(cert), key_file=Path(key), key_pass=Secret(pin) if pin else None
    )
    peer = Peer(port=int(port), ca_file=Path(ca))
    result = peer.exchange(load_credential(settings), TlsRange(version))
    print(json.dumps([result.answer, result.version]))
"""


@pytest.mark.skipif(bool(missing()), reason=missing() or "available")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("pin", ["in the URI", "as passphrase"])
def test_a_key_on_a_token_signs(ec: World, tmp_path: Path, version: str, pin: str) -> None:
    """The key file is a PKCS#11 URI; the PIN is in it, or is the identity's passphrase."""
    environment = make_token(tmp_path, written(tmp_path / "alice.key", pem(ec.alice.key)))
    certificate = written(tmp_path / "alice.pem", pem(ec.alice.certificate))
    uri = "pkcs11:token=specdrift;object=alice;type=private"
    inside = pin == "in the URI"
    key = uri_file(tmp_path / "alice.uri", f"{uri}?pin-value={PIN}" if inside else uri)
    with verifying_server(ec, tmp_path) as server:
        arguments = [certificate, key, "" if inside else PIN, server.port, server.ca_file, version]
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(CLIENT), *map(str, arguments)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert json.loads(done.stdout or "[]") == ["HTTP/1.1 200 OK", f"TLSv{version}"], done.stderr
