"""`./dev` installs the locks into an empty virtual environment, also with the oldest pip that is supported."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from tests.installation.conftest import Wheels

OLDEST_PIP = "22.3"
"""Python 3.11.0 brings it. It does not run on later Pythons, which are tested with the pip that they bring."""

pytestmark = pytest.mark.slow


def pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip in an environment, with this machine's configuration."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@cache
def index_answers() -> bool:
    """Return whether a package index answers on this machine."""
    with TemporaryDirectory() as folder:
        probe = ["download", "--quiet", "--no-deps", "--no-cache-dir", "--retries=0", f"--dest={folder}"]
        return pip(Path(sys.executable), *probe, f"pip=={OLDEST_PIP}").returncode == 0


def require_index() -> None:
    """Skip the test on a machine whose package index does not answer."""
    if not index_answers():
        pytest.skip("no package index answers")


def test_each_lock_is_taken_by_the_oldest_pip(
    dev: ModuleType, wheels: Wheels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later release of a dependency must not break the installation, so pip resolves nothing.

    Of the test lock, pip has downloaded everything for `wheels` and compared the hashes, but unpacked nothing: that
    takes most of the time, and `tests/packaging/test_locks.py` finds in the installed packages that none is missing.
    The runtime lock, a part of it, is installed, and `pip check` shows that no dependency is missing.
    """
    monkeypatch.setattr(dev, "VENV", wheels.venv)
    monkeypatch.setattr(dev, "PYTHON", wheels.python)
    monkeypatch.setenv("PIP_NO_COMPILE", "1")  # halves the time; nothing is run from it but pip
    for name, value in wheels.environ.items():
        monkeypatch.setenv(name, value)
    dev.prepare("runtime")
    assert pip(dev.PYTHON, "check").stdout == "No broken requirements found.\n"
    assert pip(dev.PYTHON, "show", "--quiet", "specdrift").returncode == 0
