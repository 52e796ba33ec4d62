"""Private folders: only their owner reads them, and none outlives its process for long."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from specdrift import private_folder as module
from specdrift.errors import ConfigError
from specdrift.pki.context import new_context
from specdrift.private_folder import private_folder

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal
from specdrift.private_folder import private_folder
with private_folder() as folder:
    (folder / "session.pem").write_text("secret")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, in which nothing was looked for yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    module._remove_leftovers.cache_clear()
    return tmp_path


def killed(temporary: Path) -> Path:
    """Return the folder that a killed process leaves behind."""
    environ = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED], env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    return Path(done.stdout.strip())


def test_the_next_process_removes_what_a_killed_one_left(temporary: Path) -> None:
    """A folder in use stays."""
    with private_folder() as own:
        (own / "session.pem").write_text("secret")
        left = killed(temporary)
        assert (left / "session.pem").exists()
        module._remove_leftovers.cache_clear()
        with private_folder() as other:
            assert not left.exists()
            assert (own / "session.pem").exists()
            assert stat.S_IMODE(other.stat().st_mode) == 0o700
    assert list(temporary.iterdir()) == []


def test_only_own_folders_are_removed(temporary: Path) -> None:
    """Neither links nor other names."""
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".lock").touch()
    (elsewhere / "data").touch()
    (temporary / "specdrift-private-abc").symlink_to(elsewhere)
    (temporary / "specdrift-private-new").mkdir()
    with private_folder():
        assert (elsewhere / "data").exists()
        assert (temporary / "specdrift-private-new").exists()


def test_openssl_without_ciphers_is_an_error_of_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no internal error."""

    def unusable(_: int) -> ssl.SSLContext:
        raise ssl.SSLError(1, "[SSL: LIBRARY_HAS_NO_CIPHERS] library has no ciphers (_ssl.c:3098)")

    monkeypatch.setenv("OPENSSL_CONF", "/etc/none.cnf")
    monkeypatch.setattr(ssl, "SSLContext", unusable)
    with pytest.raises(ConfigError, match=r"OPENSSL_CONF=/etc/none\.cnf must activate"):
        new_context(ssl.PROTOCOL_TLS_CLIENT)
