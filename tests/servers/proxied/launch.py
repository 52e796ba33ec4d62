"""Builds the program once, with the modules of `go.sum` from the Go module proxy, and starts it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import ROOT, SYSTEM_PATH, announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running

FOLDER = Path(__file__).parent
BUILD_SECONDS = 400
SOURCES = ("main.go", "go.mod", "go.sum")


def available() -> str | None:
    """None when a Go compiler is installed, and the program could be built."""
    if _compiler() is None:
        return "Go is not installed"
    return None if build() else "go-proxyproto could not be downloaded and built"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    variant, *options = launch.arguments()
    return announced([str(build()), "--variant", variant, *options], workdir=launch.workdir)


@cache
def build() -> Path | None:
    """Return the compiled program, in the ignored build folder; its name changes with the source.

    None if the modules cannot be downloaded: there may be no network.
    """
    digest = hashlib.sha256(b"".join((FOLDER / name).read_bytes() for name in SOURCES)).hexdigest()[:16]
    program = ROOT / "build" / "test-servers" / f"proxied-{digest}"
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    mine = program.with_name(f"{program.name}.{os.getpid()}")  # another worker may build too
    command = [_compiler() or "go", "build", "-buildvcs=false", "-mod=readonly", "-o", str(mine), "."]
    environment = os.environ | {"GOTOOLCHAIN": "local"}
    done = subprocess.run(command, check=False, cwd=FOLDER, timeout=BUILD_SECONDS, env=environment)
    if done.returncode:
        return None
    mine.replace(program)
    return program


def _compiler() -> str | None:
    return shutil.which("go") or shutil.which("go", path=SYSTEM_PATH)
