"""The action installs what its commit has, and nothing by a name that is not its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.installation.test_locks_install import require_index

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
STEPS = {step["name"]: step for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]}
GITLAB = yaml.safe_load((ROOT / "ci/gitlab-ci.yml").read_text())["specdrift"]


def shell(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the systems do."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SPECDRIFT_")}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, env=own | environ, capture_output=True, text=True, check=False)


def test_the_action_installs_its_own_commit(tmp_path: Path) -> None:
    """Its own lines: dependencies by their hashes, then the checkout without an index."""
    subprocess.run(["python3", "-m", "venv", str(tmp_path / "probe")], check=True)
    require_index(tmp_path / "probe/bin/python", tmp_path)
    done = shell(STEPS["Install specdrift"]["run"], RUNNER_TEMP=str(tmp_path), SOURCE=str(ROOT))
    assert done.returncode == 0, done.stderr
    version = shell(f"{tmp_path}/specdrift/bin/specdrift --version")
    assert version.stdout.startswith("specdrift ")
    check = shell(f"{tmp_path}/specdrift/bin/python -m pip check")
    assert check.stdout == "No broken requirements found.\n"


def test_gitlab_installs_nothing_by_default(tmp_path: Path) -> None:
    """The name is not ours: without SPECDRIFT_PACKAGE the job ends before pip."""
    assert GITLAB["variables"]["SPECDRIFT_PACKAGE"] == ""
    first = next(line for line in GITLAB["before_script"] if "SPECDRIFT_PACKAGE" in line)
    assert GITLAB["before_script"].index(first) < next(
        place for place, line in enumerate(GITLAB["before_script"]) if "pip install" in line
    )
    assert shell(first, SPECDRIFT_PACKAGE="").returncode == 2
    assert shell(first, SPECDRIFT_PACKAGE=str(tmp_path)).returncode == 0
