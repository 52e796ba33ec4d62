"""Undertow behind a proxy that deletes a header by its name, and forwards names that it does not know."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from tests.servers.controls.control import of_maven, reported, wait_until_it_serves
from tests.servers.controls.java import HERE, POM
from tests.servers.harness import Launch, Tls
from tests.servers.jvm.launch import QUICK
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

MAIN = "UndertowControl"


class UndertowControl(Struct, frozen=True, kw_only=True):
    """One version of Undertow."""

    cve: str
    number: str
    rules: frozenset[str]
    proxy: str
    """Variant of the proxy: it deletes what shows another vulnerability."""

    @property
    def version(self) -> str:
        """Artifact and version."""
        return f"undertow-core:{self.number}"

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""
        pom = POM.format(group="io.undertow", artifact="undertow-core", version=self.number)
        jars = of_maven(pom, f"undertow-core-{self.number}") / "*"
        source = HERE / "java_programs" / f"{MAIN}.java"
        subprocess.run(["javac", "-cp", str(jars), "-d", str(folder), str(source)], check=True)
        java = ["java", *QUICK, f"-Djava.io.tmpdir={folder}", "-cp", f"{folder}{os.pathsep}{jars}", MAIN]
        logs = folder / "proxy"
        logs.mkdir()
        options = Launch(pki=pki, workdir=logs, tls=Tls.BOTH, variant=self.proxy, settings={}).arguments()
        with announced(java, workdir=folder) as behind:
            port = str(urlsplit(behind.base_url).port)
            proxy = [sys.executable, "-m", "tests.servers.controls.header_proxy", port, *options]
            with announced(proxy, workdir=logs) as running:
                wait_until_it_serves(pki, running.base_url)
                return reported(pki, running.base_url, spec=str(HERE / "one.yaml"), exhaustive=True)


CONTROLS = tuple(
    UndertowControl(cve=cve, number=number, rules=frozenset(rules), proxy=proxy)
    for cve, proxy in (
        ("CVE-2026-28368", "deletes-lines-after-a-space"),
        ("CVE-2026-28369", "deletes-lines-without-colon"),
    )
    for number, rules in (("2.3.24.Final", {"forwarded-certificate-trusted"}), ("2.3.25.Final", ()))
)
