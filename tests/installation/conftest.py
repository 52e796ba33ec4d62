"""The script `./dev` as a module, and an environment as a CI job makes it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.installation.test_locks_install import require_index
from tests.packaging.conftest import dev
from tests.packaging.tree import ROOT

__all__ = ["dev"]

STEPS = {step["name"]: step for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]}


def shell(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the systems do."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SPECDRIFT_")}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, env=own | environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The virtual environment of the action's own lines, for all tests of a file: each takes a minute to make."""
    folder = tmp_path_factory.mktemp("action")
    require_index(folder)
    # Nothing of most packages is run, and compiling them takes as long as installing them.
    install = STEPS["Install specdrift"]["run"]
    done = shell(install, RUNNER_TEMP=str(folder), SOURCE=str(ROOT), PIP_NO_COMPILE="1")
    assert done.returncode == 0, done.stderr
    return folder / "specdrift"
