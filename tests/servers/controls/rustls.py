"""A server in Rust, built with one version of rustls-webpki of crates.io."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.model.policy import ProfilePolicy
from specdrift.settings import ClientCaSettings
from tests.servers.controls.control import BUILDS, reported
from tests.servers.process import announced

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

HERE = Path(__file__).parent
SOURCE = HERE / "rustls_program"
CONSTRAINTS = "name-constraint-violation"


class RustlsControl(Struct, frozen=True, kw_only=True):
    """One version of rustls-webpki, and the profile whose certificate it accepts."""

    cve: str
    number: str
    rules: frozenset[str]
    profile: str

    @property
    def version(self) -> str:
        """Crate and version."""
        return f"rustls-webpki@{self.number}"

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""
        files = (pki.server_cert, pki.server_key, pki.client_ca)
        with announced([str(self._built()), *map(str, files)], workdir=folder) as running:
            others = {f"{CONSTRAINTS}-uri", f"{CONSTRAINTS}-wildcard"} - {self.profile}
            return reported(
                pki,
                running.base_url,
                spec=str(HERE / "one.yaml"),
                client_ca=ClientCaSettings(cert_file=pki.client_ca, key_file=pki.client_ca_key),
                battery=dict.fromkeys(others, ProfilePolicy.SKIP),
                checks=("certificate",),
            )

    def _built(self) -> Path:
        project = BUILDS / f"rustls-webpki-{self.number}"
        shutil.copytree(SOURCE, project, dirs_exist_ok=True)
        manifest = project / "Cargo.toml"
        text = manifest.read_text(encoding="utf-8").replace("@VERSION@", self.number)
        manifest.write_text(text, encoding="utf-8")
        subprocess.run(
            ["cargo", "build", "--quiet", "--release"], check=True, cwd=project, capture_output=True
        )
        return project / "target" / "release" / "control"


CONTROLS = tuple(
    RustlsControl(cve=advisory, number=number, rules=frozenset(rules), profile=f"{CONSTRAINTS}-{form}")
    for advisory, form in (("RUSTSEC-2026-0098", "uri"), ("RUSTSEC-2026-0099", "wildcard"))
    for number, rules in (("0.103.11", {"invalid-certificate-accepted"}), ("0.103.12", set[str]()))
)
