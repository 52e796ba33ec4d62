"""Starlette of PyPI: middleware that guards by `request.url.path`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tests.servers.controls.control import reported
from tests.servers.harness import Launch, Tls
from tests.servers.process import announced

if TYPE_CHECKING:
    from tests.servers.pki import TestPki


class StarletteControl(Struct, frozen=True, kw_only=True):
    """One version of Starlette, under uvicorn."""

    cve: str
    version: str
    rules: frozenset[str]

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Install the version into the folder, serve with it, and return the ids of the reported rules."""
        packages = folder / "packages"
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(packages), self.version]
        subprocess.run(install, check=True)
        launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant="", settings={})
        search = os.pathsep.join(str(path) for path in (packages, Path.cwd()))
        app = [sys.executable, "-m", "tests.servers.controls.starlette_app", *launch.arguments()]
        with announced(["env", f"PYTHONPATH={search}", *app], workdir=folder) as running:
            return reported(pki, running.base_url)


CONTROLS = tuple(
    StarletteControl(cve="CVE-2026-48710", version=f"starlette=={version}", rules=frozenset(rules))
    for version, rules in (
        ("0.46.2", {"host-sni-confusion"}),
        ("1.0.0", {"host-sni-confusion"}),
        ("1.0.1", ()),
    )
)
