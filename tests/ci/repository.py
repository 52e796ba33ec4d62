"""A git repository with a document, changed on a branch as users change it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, field

from tests.ci.preloaded import run_module

ROOT = Path(__file__).resolve().parents[2]
DEMO = (files("specdrift.demo") / "openapi.yaml").read_text(encoding="utf-8")
ACCOUNTS = "      operationId: listAccounts\n"
OPENED = DEMO.replace(ACCOUNTS, f"{ACCOUNTS}      security: []\n")
"""The document without the requirement of one operation."""
REWORDED = DEMO.replace("All accounts.", "Every account.")
DOCUMENT = "api/openapi.yaml"
MEASURED = "COVERAGE_PROCESS_CONFIG" in os.environ
"""coverage starts with an interpreter, not with a fork."""
AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.test", "-c", "commit.gpgsign=false")


class Ended(NamedTuple):
    """Exit status and log of a step."""

    status: int
    log: str


class Repository(Struct, frozen=True, kw_only=True):
    """``folder`` is the repository, ``environ`` the variables of its jobs."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        """The folder that jobs write to."""
        return self.folder / "specdrift-report"

    @property
    def python(self) -> str:
        """The Python interpreter with the package."""
        return sys.executable

    def link_python(self, place: Path) -> None:
        """Make it available at another path."""
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        place.chmod(0o755)

    def git(self, *arguments: str) -> str:
        """Run git and return its output."""
        command = ["git", *AUTHOR, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def commit(self, **texts: str) -> None:
        """Commit the document (or other files, by name) with these texts."""
        for name, text in texts.items():
            file = self.folder / (DOCUMENT if name == "document" else name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git("add", "--all", ":!specdrift-report")
        self.git("commit", "--quiet", "--message", "A change")

    def run(self, *command: str, **variables: str) -> Ended:
        """Run a command in the repository, with the variables of its jobs."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=clean_environ() | self.environ | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout + done.stderr)

    def job(self, *arguments: str, **variables: str) -> Ended:
        """Run the job."""
        return self._run_module("specdrift.ci", *arguments, **variables)

    def hook(self, *arguments: str) -> Ended:
        """Run the pre-commit hook."""
        return self._run_module("specdrift.ci.hook", *arguments)

    def specdrift(self, *arguments: str) -> Ended:
        """Run one command."""
        return self._run_module("specdrift", *arguments)

    def _run_module(self, module: str, *arguments: str, **variables: str) -> Ended:
        """Run a module of the package as `python -I -m` would."""
        if MEASURED:
            return self.run(sys.executable, "-I", "-m", module, *arguments, **variables)
        environ = clean_environ() | self.environ | variables
        ran = run_module(module, arguments, cwd=self.folder, environ=environ)
        return Ended(ran.status, ran.stdout + ran.stderr)

    def result(self, name: str) -> dict[str, Any]:
        """Read a result that the job wrote."""
        return json.loads((self.output / f"{name}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def outputs(self) -> dict[str, str]:
        """Read the outputs of the job for later steps."""
        lines = (self.output / "outputs.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def summary(self) -> str:
        """Read the summary."""
        return (self.output / "summary.md").read_text(encoding="utf-8")

    def findings(self, name: str) -> list[tuple[str, str, str]]:
        """Return rule, severity and operation of each finding of a result."""
        return [
            (d["rule"], d["severity"], "{method} {path}".format(**d["operation"]) if d["operation"] else "")
            for d in self.result(name)["drifts"]
            if d["status"] != "suppressed"
        ]

    def judged(self) -> list[str]:
        """Return the operations that were judged."""
        return ["{method} {path}".format(**entry) for entry in self.result("check")["operations"]]


def clean_environ() -> dict[str, str]:
    """Return the environment without the variables of specdrift and CI systems; imports use the checkout."""
    ours = ("SPECDRIFT_", "GITHUB_", "CI_", "RUNNER_", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours) and name != "CI"}
    return kept | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def make_repository(folder: Path, environ: dict[str, str], *, document: str = DEMO) -> Repository:
    """Create a repository whose branch ``main`` has the document, and check out the branch ``change``."""
    repository = Repository(folder=folder, environ={"SPECDRIFT_SPEC": DOCUMENT, **environ})
    folder.mkdir(parents=True)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit(document=document)
    repository.git("checkout", "--quiet", "-b", "change")
    return repository
