"""Builds the program once, standard library only, and starts it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.go_modules import go_compiler
from tests.servers.process import ROOT, announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running

FOLDER = Path(__file__).parent
BUILD_SECONDS = 300


def available() -> str | None:
    """None when a Go compiler is installed."""
    return None if go_compiler() else "Go is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    variant, *options = launch.arguments()
    return announced([str(build()), "--variant", variant, *options], workdir=launch.workdir)


@cache
def build() -> Path:
    """Return the compiled program, in the ignored build folder; its name changes with the source."""
    sources = sorted(FOLDER.glob("*.go"))
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:16]
    program = ROOT / "build" / "test-servers" / f"go-{digest}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        mine = program.with_name(f"{program.name}.{os.getpid()}")  # another worker may build too
        compile_to(mine)
        mine.replace(program)
    return program


def compile_to(program: Path, toolchain: str = "local") -> None:
    """Compile with a version of Go, which the Go module proxy has (`go1.25.6`)."""
    sources = [str(each) for each in sorted(FOLDER.glob("*.go"))]
    command = [go_compiler() or "go", "build", "-buildvcs=false", "-o", str(program), *sources]
    environment = os.environ | {"GOTOOLCHAIN": toolchain}
    subprocess.run(command, check=True, cwd=FOLDER, timeout=BUILD_SECONDS, env=environment)
