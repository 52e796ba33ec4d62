"""The recipe for step-ca: the real authority on loopback, and the command of the page.

Both programs are built with ``CGO_ENABLED=0 go install`` from ``github.com/smallstep/certificates/cmd/step-ca`` and
``github.com/smallstep/cli/cmd/step``. That takes minutes, so that the test uses what the machine has.
"""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import DNSName, SubjectAlternativeName

from specdrift.pki.load import load_credential
from specdrift.scan.preparation.credentials.identity_command import with_printed
from specdrift.settings import Identity
from tests.scan.test_identity_command import RECIPES
from tests.servers.process import configured

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = {name: shutil.which(name) for name in ("step", "step-ca")}
MISSING = [name for name, path in PROGRAMS.items() if path is None]


def initialised(home: Path, port: int) -> list[str]:
    """Make a new authority with one provisioner, and return the command that runs it."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    password = home / "password"
    password.write_text("a password of the test", encoding="utf-8")
    init = [str(PROGRAMS["step"]), "ca", "init", "--name=Test", "--dns=localhost,127.0.0.1"]
    init += [f"--address=127.0.0.1:{port}", "--deployment-type=standalone", "--provisioner=test"]
    init += [f"--password-file={password}", f"--provisioner-password-file={password}"]
    subprocess.run(init, check=True, capture_output=True, timeout=60)
    return [str(PROGRAMS["step-ca"]), str(home / "config" / "ca.json"), f"--password-file={password}"]


@pytest.mark.slow
@pytest.mark.skipif(
    bool(MISSING), reason=f"{' and '.join(MISSING)} cannot be found; see the module's docstring"
)
def test_the_recipe_prints_a_certificate_of_the_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its chain, for an hour; nothing stays in the folder for temporary files."""
    (recipe,) = (text for first, text in RECIPES.items() if "step-ca" in first)
    (entry,) = tomllib.loads(recipe)["identities"]
    monkeypatch.setenv("STEPPATH", str(tmp_path / "step"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    home = tmp_path / "step"
    monkeypatch.setenv("STEP_PASSWORD_FILE", str(home / "password"))
    root = home / "certs" / "root_ca.crt"
    with configured(partial(initialised, home), workdir=tmp_path, server_ca=root):
        (printed,) = with_printed([Identity.from_command("alice", entry["identity-command"])])
    loaded = load_credential(printed)
    names = loaded.leaf.extensions.get_extension_for_class(SubjectAlternativeName).value
    assert names.get_values_for_type(DNSName) == ["alice.example.test"]
    assert len(loaded.certificates) == 2
    assert loaded.leaf.not_valid_after_utc - datetime.now(UTC) < timedelta(hours=1, minutes=1)
    assert list((tmp_path / "temporary").iterdir()) == []
