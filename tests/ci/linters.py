"""The linters that know files of GitHub Actions and Dockerfiles. None is a part of specdrift."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.ci.repository import ROOT, clean_environ

ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"
OLDEST_GO = (1, 21)
"""Earlier ones cannot build it."""
BUILD_SECONDS = 300


def zizmor() -> str:
    """It comes with the locked packages of the tests."""
    return _locked("zizmor")


def hadolint() -> str:
    """It comes with the locked packages of the tests."""
    return _locked("hadolint")


def _locked(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    return found or pytest.skip(f"{name} is not installed: ./dev test brings it")


@cache
def actionlint() -> str:
    """The one on PATH; else one that Go builds, once, in the ignored build folder."""
    if found := shutil.which("actionlint"):
        return found
    folder = ROOT / "build" / "test-servers" / ACTIONLINT.rpartition("/")[2].replace("@", "-")
    program = folder / "actionlint"
    if not program.exists():
        if _go_version() < OLDEST_GO:
            pytest.skip(
                f"actionlint is not here, and no Go {OLDEST_GO[0]}.{OLDEST_GO[1]} that could build it"
            )
        environ = {**clean_environ(), "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
        command = ["go", "install", ACTIONLINT]
        subprocess.run(command, check=True, env=environ, timeout=BUILD_SECONDS, capture_output=True)
    return str(program)


def _go_version() -> tuple[int, ...]:
    """``go version go1.22.2 linux/amd64`` is (1, 22); () where there is none."""
    if shutil.which("go") is None:
        return ()
    said = subprocess.run(
        ["go", "env", "GOVERSION"], capture_output=True, text=True, check=False, env=clean_environ()
    )
    words = said.stdout.strip().removeprefix("go").split(".")[:2]
    return tuple(int(word) for word in words if word.isdigit())
