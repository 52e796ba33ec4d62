"""Schemathesis against a server that requests no certificate at all: the claim of the README."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import case_named
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

SCHEMATHESIS = shutil.which("schemathesis", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(
    SCHEMATHESIS is None, reason="the extra `bodies`, which brings Schemathesis, is not installed"
)
def test_schemathesis_calls_an_unenforced_mutual_tls_scheme_satisfied(pki: TestPki, tmp_path: Path) -> None:
    """Its authentication check passes where specdrift finds that no certificate is required.

    It generates data and validates responses, which specdrift does not: the tools complement each other.
    """
    case = case_named("python-cert-none")
    with case.start(pki, tmp_path / "server") as server:
        done = subprocess.run(
            [
                str(SCHEMATHESIS),
                "run",
                str(case.document),
                f"--url={server.base_url}",
                f"--tls-verify={pki.server_ca}",
                "--checks=ignored_auth",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert (done.returncode, "No issues found" in done.stdout) == (0, True), done.stdout
    found = {(drift.rule, drift.path) for drift in compare(case, pki).found}
    assert found == {
        ("certificate-never-requested", ""),
        ("mtls-not-enforced", "/secure"),
        ("mtls-not-enforced", "/items/{id}"),
    }
