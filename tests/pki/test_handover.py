"""The key is in no file that outlives the moment in which OpenSSL reads it."""

import os
import signal
import ssl
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from specdrift.model.exchange.probe import TlsRange
from specdrift.pki.context import client_context
from specdrift.pki.handover import handed_to_openssl
from specdrift.settings import ServerSettings
from tests.pki.world import World, credential, pem


@pytest.fixture
def without_memory_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A system that has none, and its directory for temporary files."""
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no memory files on this system")
def test_on_linux_the_key_touches_no_disk(ec: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is a memory file without a name, and it is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with handed_to_openssl(pem(ec.alice.certificate), ec.alice.key) as handed:
        assert Path(handed.path).read_bytes() == pem(ec.alice.certificate, ec.alice.key)
        assert str(Path(handed.path).readlink()).startswith("/memfd:")
        assert list(tmp_path.iterdir()) == []
    assert not Path(handed.path).exists()


def test_elsewhere_the_file_is_private_and_encrypted(world: World, without_memory_files: Path) -> None:
    """Mode 0600 in a directory of mode 0700; without the passphrase it is of no use; then it is gone."""
    with handed_to_openssl(pem(world.alice.certificate), world.alice.key) as handed:
        file = Path(handed.path)
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)]
        assert modes == [0o600, 0o700]
        content = file.read_bytes()
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in content
        assert b"BEGIN PRIVATE KEY" not in content
        key = content[content.index(b"-----BEGIN ENCRYPTED") :]
        with pytest.raises(TypeError, match="encrypted"):
            load_pem_private_key(key, None)
        assert pem(load_pem_private_key(key, handed.passphrase)) == pem(world.alice.key)  # type: ignore[arg-type]
    assert list(without_memory_files.iterdir()) == []


def test_the_encrypted_file_is_removed_when_loading_fails(ec: World, without_memory_files: Path) -> None:
    """An exception in between leaves nothing behind."""
    with pytest.raises(RuntimeError, match="in between"), handed_to_openssl(b"", ec.alice.key):
        raise RuntimeError("in between")
    assert list(without_memory_files.iterdir()) == []


@pytest.mark.usefixtures("without_memory_files")
def test_openssl_loads_what_it_is_handed(world: World) -> None:
    """Without memory files a context is made all the same, for each kind of key."""
    alice = credential(world.alice)
    with client_context(
        alice, server=ServerSettings(insecure=True), tls_range=TlsRange.ANY, alpn=()
    ) as context:
        assert isinstance(context, ssl.SSLContext)


@pytest.mark.parametrize("failing", ["memfd_create fails", "proc is not mounted"])
def test_sandboxes_fall_back_to_the_encrypted_file(
    ec: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Memory files may be forbidden, or not reachable by a path."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if failing == "proc is not mounted":
        monkeypatch.setattr(Path, "exists", lambda _: False)
    else:
        monkeypatch.setattr(os, "memfd_create", _forbidden)
    with handed_to_openssl(b"", ec.alice.key) as handed:
        assert Path(handed.path).parent.parent == tmp_path


def _forbidden(*_: object) -> int:
    raise PermissionError


KILLED = """
    import os, sys, tempfile, time
    from cryptography.hazmat.primitives.asymmetric import ec
    from specdrift.pki.handover import handed_to_openssl

    if sys.argv[1] == "file":
        del os.memfd_create
    with handed_to_openssl(b"", ec.generate_private_key(ec.SECP256R1())) as handed:
        print(handed.path, flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_killed_process_leaves_no_readable_key(tmp_path: Path, kind: str) -> None:
    """SIGKILL in the very moment: a memory file is gone with the process, another one is encrypted."""
    if kind == "memory" and not hasattr(os, "memfd_create"):
        pytest.skip("no memory files on this system")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), kind],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    with process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        process.send_signal(signal.SIGKILL)
    left = [file.read_bytes() for file in tmp_path.rglob("*.pem")]
    if kind == "memory":
        assert (left, path.exists() and str(path.readlink()).startswith("/memfd:specdrift")) == ([], False)
    else:
        (content,) = left
        assert content.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
