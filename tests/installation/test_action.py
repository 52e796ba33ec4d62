"""The action installs what its commit has, and nothing by a name that is not its own; a release can replace it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.installation.conftest import shell
from tests.installation.test_locks_install import pip
from tests.packaging.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
GITLAB = yaml.safe_load((ROOT / "ci/gitlab-ci.yml").read_text())["specdrift"]


def test_the_action_installs_its_own_commit(environment: Path) -> None:
    """Its own lines: dependencies by their hashes, then the checkout without an index. Some 30 s: pip."""
    version = shell(f"{environment}/bin/specdrift --version")
    assert version.stdout.startswith("specdrift ")
    check = shell(f"{environment}/bin/python -m pip check")
    assert check.stdout == "No broken requirements found.\n"


def test_the_wheel_runs_the_demo_where_nothing_else_is(environment: Path, tmp_path: Path) -> None:
    """Beside the locked dependencies alone, in the place of the checkout."""
    dist = tmp_path / "dist"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    python, wheel = environment / "bin/python", str(next(dist.iterdir()))
    done = pip(python, "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", wheel)
    assert done.returncode == 0, done.stderr
    demo = subprocess.run(
        [environment / "bin/specdrift", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "found each of 6 planted drifts, and nothing else" in demo.stderr


def test_gitlab_installs_nothing_by_default(tmp_path: Path) -> None:
    """The name is not ours: without SPECDRIFT_PACKAGE the job ends before pip."""
    assert GITLAB["variables"]["SPECDRIFT_PACKAGE"] == ""
    first = next(line for line in GITLAB["before_script"] if "SPECDRIFT_PACKAGE" in line)
    assert GITLAB["before_script"].index(first) < next(
        place for place, line in enumerate(GITLAB["before_script"]) if "pip install" in line
    )
    assert shell(first, SPECDRIFT_PACKAGE="").returncode == 2
    assert shell(first, SPECDRIFT_PACKAGE=str(tmp_path)).returncode == 0
