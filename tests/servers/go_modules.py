"""Builds a test server in Go whose modules come from the Go module proxy."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from tests.servers.process import ROOT, SYSTEM_PATH

if TYPE_CHECKING:
    from pathlib import Path

BUILD_SECONDS = 400
SOURCES = ("main.go", "go.mod", "go.sum")


@cache
def built(folder: Path) -> Path | None:
    """Return the compiled program of a folder, in the ignored build folder; its name changes with the source.

    None if the modules cannot be downloaded: there may be no network.
    """
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in SOURCES)).hexdigest()[:16]
    program = ROOT / "build" / "test-servers" / f"{folder.name}-{digest}"
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    mine = program.with_name(f"{program.name}.{os.getpid()}")  # another worker may build too
    command = [go_compiler() or "go", "build", "-buildvcs=false", "-mod=readonly", "-o", str(mine), "."]
    environment = os.environ | {"GOTOOLCHAIN": "local"}
    done = subprocess.run(command, check=False, cwd=folder, timeout=BUILD_SECONDS, env=environment)
    if done.returncode:
        return None
    mine.replace(program)
    return program


def go_compiler() -> str | None:
    """Return the Go compiler; None if there is none."""
    return shutil.which("go") or shutil.which("go", path=SYSTEM_PATH)
