"""What a release consists of, and the workflows that make it, as far as they can run here."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ci.linters import actionlint, zizmor
from tests.installation.test_locks_install import require_index

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^\s;]+)", re.MULTILINE)


def test_a_release_is_built_the_same_twice_and_lists_its_dependencies(
    dev: ModuleType, tmp_path: Path
) -> None:
    """Wheel, sdist and a CycloneDX list that equals the lock. Some 30 s: it builds everything twice."""
    require_index()
    assert dev.build([str(tmp_path / "dist")]) == 0
    made = {path.suffixes[-1]: path for path in (tmp_path / "dist").iterdir()}
    assert made.keys() == {".whl", ".gz", ".json"}
    bill = json.loads(made[".json"].read_text())
    listed = {(one["name"], one["version"]) for one in bill["components"]}
    assert listed == set(PIN.findall((ROOT / "requirements" / "runtime.lock").read_text()))
    assert bill["metadata"]["component"]["name"] == "specdrift"
    assert str(ROOT) not in made[".json"].read_text()


def test_the_workflows_have_no_unpinned_action_and_no_permission_too_many() -> None:
    """As a security reviewer reads them."""
    command = [zizmor(), "--offline", "--no-progress", "--persona=pedantic", *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert len(WORKFLOWS) == 2
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_would_take_the_workflows() -> None:
    """Inputs that an action does not have, and expressions that mean nothing."""
    command = [actionlint(), "-no-color", *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
