"""`./dev` installs the locks into an empty virtual environment, also with the oldest pip that is supported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

OLDEST_PIP = "22.3"
"""Python 3.11.0 brings it. It does not run on later Pythons, which are tested with the pip that they bring."""

pytestmark = pytest.mark.slow


def pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip in an environment, with this machine's configuration."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def index_answers(folder: Path) -> bool:
    """Return whether a package index answers on this machine."""
    probe = ["download", "--quiet", "--no-deps", "--no-cache-dir", "--retries=0", f"--dest={folder}"]
    return pip(Path(sys.executable), *probe, f"pip=={OLDEST_PIP}").returncode == 0


def require_index(folder: Path) -> None:
    """Skip the test on a machine whose package index does not answer."""
    if not index_answers(folder):
        pytest.skip("no package index answers")


def test_each_lock_is_taken_by_the_oldest_pip(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A later release of a dependency must not break the installation, so pip resolves nothing.

    The runtime lock is installed, and `pip check` shows that no dependency is missing. Of the test lock, which holds
    it, pip downloads the rest and compares the hashes, but unpacks nothing: that takes most of the time, and
    `tests/packaging/test_locks.py` finds in the installed packages that none is missing. It still takes a minute of
    processor time: pip downloads and hashes all of both locks.
    """
    monkeypatch.setattr(dev, "VENV", tmp_path / "venv")
    monkeypatch.setattr(dev, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setenv("PIP_NO_COMPILE", "1")  # halves the time; nothing is run from it but pip
    dev.make_venv()
    require_index(tmp_path)
    if sys.version_info < (3, 12):
        dev.pip(f"pip=={OLDEST_PIP}")
    dev.prepare("runtime")
    assert pip(dev.PYTHON, "check").stdout == "No broken requirements found.\n"
    assert pip(dev.PYTHON, "show", "--quiet", "specdrift").returncode == 0
    lock = dev.ROOT / "requirements" / "test.lock"
    dev.pip("--dry-run", "--no-deps", "--require-hashes", "--requirement", lock)
