"""The checkers that are made for Node.js: `./dev test` puts them below build/node-tools, at fixed versions."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "build" / "node-tools" / "node_modules"


def installed(name: str) -> Path:
    """The folder of a package; where it, or Node.js, is not, the test is skipped, and fails in CI."""
    folder = MODULES / name
    if not folder.is_dir() or shutil.which("node") is None:
        missing = f"{name} is not here: ./dev test installs it where npm is"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder


def axe() -> str:
    """The script of axe-core, which looks for what keeps people with impairments out."""
    return (installed("axe-core") / "axe.min.js").read_text()


def html_complaints(page: Path) -> list[str]:
    """What html-validate says of a page: rule, place and message."""
    tool = installed("html-validate") / "bin" / "html-validate.mjs"
    # It counts an escaped character of a title as five.
    options = ("--formatter", "json", "--preset", "recommended", "--rule", "long-title:off")
    done = subprocess.run(
        ["node", tool, *options, page],
        capture_output=True,
        text=True,
        check=False,
        cwd=page.parent,
    )
    assert done.stdout, done.stderr
    return [
        f"{message['ruleId']} {message['line']}:{message['column']} {message['message']}"
        for found in json.loads(done.stdout)
        for message in found["messages"]
    ]
