"""Other tools, each in a place of its own below ``build/benchmarks/peers``: nothing of them is ever installed beside
specdrift (sslyze is under the AGPL). What is not to be had is left out of the table, and the table says so.
"""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from benchmarks.documents import CACHE

FOLDER = CACHE / "peers"
INSTALL_S = 600
VERSION = re.compile(r"\d+\.\d+[\w.]*")


@cache
def of_python(package: str) -> Path | None:
    """The program of a Python package in a virtual environment of its own; ``None`` where it cannot be installed."""
    folder = FOLDER / package
    program = folder / "bin" / package
    if not program.exists() and not (
        _ran(sys.executable, "-m", "venv", str(folder))
        and _ran(str(folder / "bin" / "pip"), "install", "--quiet", package)
    ):
        return None
    return program


@cache
def of_node(package: str, program: str) -> Path | None:
    """The program of an npm package."""
    folder = FOLDER / "node"
    found = folder / "node_modules" / ".bin" / program
    if not found.exists():
        npm = shutil.which("npm")
        folder.mkdir(parents=True, exist_ok=True)
        options = ("install", "--no-audit", "--no-fund", "--prefix", str(folder))
        if npm is None or not _ran(npm, *options, package):
            return None
    return found


@cache
def of_go(module: str) -> Path | None:
    """The program of a Go module, at a version that the module's name ends with."""
    program = FOLDER / "go" / "bin" / PurePosixPath(module.partition("@")[0]).name
    go = shutil.which("go")
    if not program.exists() and (go is None or not _ran(go, "install", module, GOBIN=str(program.parent))):
        return None
    return program


def of_system(*names: str) -> Path | None:
    """A program on PATH."""
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


def built_from(program: Path) -> str:
    """The version of the Go module that a program was built from."""
    said = subprocess.run(["go", "version", "-m", str(program)], capture_output=True, text=True, check=False)
    found = re.search(r"^\s*mod\s+\S+\s+v(\S+)", said.stdout, re.MULTILINE)
    return found[1] if found else ""


def named(program: Path | str, name: str, *, option: str = "--version") -> str:
    """A program with its version, as it says it itself."""
    said = subprocess.run([str(program), option], capture_output=True, text=True, check=False, timeout=60)
    found = VERSION.search(said.stdout + said.stderr)
    return f"{name} {found[0]}" if found else name


def library(name: str) -> str:
    """A library of our own environment with its version."""
    return f"{name} {version(name)}"


def _ran(*command: str, **variables: str) -> bool:
    print(f"installing {command[-1]}", file=sys.stderr)
    environ = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, check=False, timeout=INSTALL_S, env=environ)
    return done.returncode == 0
