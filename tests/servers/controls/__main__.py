"""Checks each vulnerable version and its fixed twin, and prints what was found: `python -m tests.servers.controls`."""

# ruff: noqa: T201 (a command line program)
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.scan.running import run, settings_for
from tests.servers.harness import Launch, Tls
from tests.servers.pki import TestPki, make_pki
from tests.servers.process import announced


@dataclass(frozen=True, slots=True, kw_only=True)
class PositiveControl:
    """One version of a package, and what a check of it reports."""

    cve: str
    requirement: str
    """As pip takes it."""
    module: str
    """Serves the API with the package."""
    rules: frozenset[str]
    """Ids of the rules that must be reported, and no others."""


CONTROLS = tuple(
    PositiveControl(
        cve="CVE-2026-48710",
        requirement=f"starlette=={version}",
        module="tests.servers.controls.starlette_app",
        rules=frozenset(rules),
    )
    for version, rules in (
        ("0.46.2", {"host-sni-confusion"}),
        ("1.0.0", {"host-sni-confusion"}),
        ("1.0.1", ()),
    )
)


def found(control: PositiveControl, pki: TestPki, folder: Path) -> frozenset[str]:
    """Install the version into the folder, serve it, and return the ids of the reported rules."""
    packages = folder / "packages"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(packages),
        control.requirement,
    ]
    subprocess.run(install, check=True)
    launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant="", settings={})
    search = os.pathsep.join(str(path) for path in (packages, Path.cwd()))
    command = ["env", f"PYTHONPATH={search}", sys.executable, "-m", control.module, *launch.arguments()]
    with ExitStack() as stack:
        running = stack.enter_context(announced(command, workdir=folder))
        return frozenset(drift.rule for drift in run(settings_for(pki, running.base_url)).drifts)


def main() -> int:
    """Return 1 if a version is not reported as expected."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="specdrift-controls-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        for control in CONTROLS:
            folder = Path(scratch) / control.requirement
            folder.mkdir()
            rules = found(control, pki, folder)
            wrong += rules != control.rules
            verdict = "as expected" if rules == control.rules else f"expected {sorted(control.rules)}"
            print(
                f"{control.cve:16} {control.requirement:20} {', '.join(sorted(rules)) or 'none':24} {verdict}"
            )
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
