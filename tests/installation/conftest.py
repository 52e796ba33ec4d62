"""The script `./dev` as a module, and an environment as a CI job makes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from msgspec import Struct

from tests.installation.test_locks_install import OLDEST_PIP, pip, require_index
from tests.packaging.conftest import dev, load_dev
from tests.packaging.tree import ROOT

__all__ = ["dev"]

STEPS = {step["name"]: step for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]}


def shell(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the systems do."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SPECDRIFT_")}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, env=own | environ, capture_output=True, text=True, check=False)


class Wheels(Struct, frozen=True):
    """The packages of all locks in a folder, and the environment whose pip has downloaded them."""

    folder: Path
    venv: Path

    @property
    def python(self) -> Path:
        """The interpreter with that pip."""
        return self.venv / "bin" / "python"

    @property
    def environ(self) -> dict[str, str]:
        """Variables with which pip takes the packages from the folder."""
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder)}


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """The test lock, which holds the runtime lock, downloaded by the oldest pip that is supported.

    Once, because the pages of the index and the hashes take pip half a minute of processor time.
    """
    folder = tmp_path_factory.mktemp("wheels")
    made = Wheels(folder / "packages", folder / "venv")
    script = load_dev()
    vars(script).update(VENV=made.venv, PYTHON=made.python)
    script.make_venv()
    require_index()
    if sys.version_info < (3, 12):
        script.pip(f"pip=={OLDEST_PIP}")
    lock = ROOT / "requirements" / "test.lock"
    options = ("--quiet", "--no-deps", "--require-hashes", "--dest", str(made.folder))
    done = pip(made.python, "download", *options, "--requirement", str(lock))
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheels: Wheels) -> Path:
    """The virtual environment of the action's own lines, for all tests of a file: each takes a minute to make."""
    folder = tmp_path_factory.mktemp("action")
    # Nothing of most packages is run, and compiling them takes as long as installing them.
    install, own = STEPS["Install specdrift"]["run"], {"RUNNER_TEMP": str(folder), "SOURCE": str(ROOT)}
    done = shell(install, **own, **wheels.environ, PIP_NO_COMPILE="1")
    assert done.returncode == 0, done.stderr
    return folder / "specdrift"
