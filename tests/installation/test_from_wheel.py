"""What a new user does with the wheel: one script, from an empty environment to the client of an assistant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.installation.conftest import shell
from tests.packaging.tree import ROOT

if TYPE_CHECKING:
    from tests.installation.conftest import Wheels

SCRIPT = Path(__file__).with_name("from_wheel.sh")
STEPS = (
    "installed specdrift ",
    "the demo found what it planted",
    "the pytest plugin: 5 failed, ",
    "a client of the MCP server linted the document",
    "done",
)


@pytest.mark.slow
def test_the_wheel_does_what_the_pages_promise(wheels: Wheels, tmp_path: Path) -> None:
    """Demo, metrics, pytest plugin and MCP server, away from the checkout. Some 30 s: pip, and three checks."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    lock = ROOT / "requirements/test.lock"
    done = shell(
        f"sh {SCRIPT} {wheel} {lock} {tmp_path / 'user'}",
        PYTHON=sys.executable,
        PIP_NO_COMPILE="1",
        PYTEST_ADDOPTS="",
        **wheels.environ,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("from_wheel: ")]
    found = [step for step in STEPS if any(line.startswith(step) for line in said)]
    assert found == list(STEPS), done.stdout
