"""Runs the modules of the package as `python -I -m MODULE` would, in forks of a process that has imported them.

A new interpreter spends more time on its imports than on a job. Isolation from the checkout, and the interpreter's own
start, are tested with new interpreters (`test_hostile_checkout.py`, `test_files.py`).
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMPORTED = ("app", "ci", "cli", "differ", "loader", "offline", "reports", "result", "rules", "scan")
"""Packages of the package, with all of their modules: jobs import some late."""
DOCUMENT = Path(__file__).resolve().parents[2] / "specdrift" / "demo" / "openapi.yaml"
SECONDS = 240
"""After which a module is stopped by SIGALRM."""


class Ran(NamedTuple):
    """Exit status (negative: the signal that ended it) and output of a module."""

    status: int
    stdout: str
    stderr: str


def run_module(module: str, arguments: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> Ran:
    """Run a module in a folder with these variables, without input."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        asked = {"argv": [module, *arguments], "cwd": str(cwd), "environ": dict(environ)}
        process = _parent()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked | {"out": str(out), "err": str(err)}).encode() + b"\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        return Ran(status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@cache
def _parent() -> subprocess.Popen[bytes]:
    """Start the process that forks, once for all tests of this process."""
    command = [sys.executable, "-I", __file__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(process.communicate)
    return process


def _serve() -> None:
    """Fork for each line of stdin, and print the exit status; return in the child, ready to run the module."""
    for package in IMPORTED:
        found = walk_packages(import_module(f"specdrift.{package}").__path__, f"specdrift.{package}.")
        for name in (module.name for module in found if not module.name.endswith(".__main__")):
            import_module(name)
    _write_every_report()
    gc.freeze()
    for line in iter(sys.stdin.buffer.readline, b""):
        child = os.fork()
        if not child:
            _become(json.loads(line))
            return
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
    sys.exit()


def _write_every_report() -> None:
    """Write the reports of a result, as each job does: the first time takes twice as long, which no job repeats then.

    It reads the pages of the rules, compiles templates, and builds readers and writers of the model's types.
    """
    from specdrift.offline.linting import lint
    from specdrift.reports import FORMATS, read, render
    from specdrift.settings import Settings

    result = lint(Settings(spec=str(DOCUMENT)))
    for form in FORMATS:
        render(result, form)
    read(render(result, "json"))


def _become(asked: Mapping[str, object]) -> None:
    """Take the folder, variables, arguments and streams of a new process."""
    signal.alarm(SECONDS)
    os.chdir(str(asked["cwd"]))
    os.environ.clear()
    os.environ.update(dict(asked["environ"]))  # type: ignore[call-overload]
    sys.argv = list(asked["argv"])  # type: ignore[call-overload]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    streams = (
        os.open(os.devnull, os.O_RDONLY),
        *(os.open(str(asked[one]), flags, 0o600) for one in ("out", "err")),
    )
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - of the whole process


if __name__ == "__main__":
    _serve()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
