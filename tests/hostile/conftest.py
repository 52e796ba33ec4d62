"""The owner and the attacker of a test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from specdrift.cli.main import run
from specdrift.demo.certificates import write_certificates
from tests.hostile.owner import FILES, Owner, digests
from tests.hostile.recorder import recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.hostile.recorder import Recorder

    Command = Callable[..., str]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of the owner and of the attacker's server."""
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    return folder


@pytest.fixture
def owner(tmp_path: Path, certificates: Path) -> Owner:
    """The owner, with an empty checkout."""
    home, checkout = tmp_path / "home", tmp_path / "checkout"
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (home / "certificates").mkdir()
    for name in ("alice.pem", "alice.key", "server-ca.pem"):
        (home / "certificates" / name).write_bytes((certificates / name).read_bytes())
    (checkout / ".git").mkdir(parents=True)
    (checkout / "ca.pem").write_bytes((certificates / "server-ca.pem").read_bytes())
    return Owner(home=home, checkout=checkout, before=digests(home))


@pytest.fixture
def attacker(certificates: Path) -> Iterator[Recorder]:
    """The attacker's server."""
    with recorder(certificates) as running:
        yield running


@pytest.fixture
def command(owner: Owner, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a command line of the owner in the checkout; returns what it printed."""

    def call(*arguments: str, identity: bool = True) -> str:
        for name in list(os.environ):
            if name.startswith(("SPECDRIFT_", "XDG_", "GITHUB_", "CI")):
                monkeypatch.delenv(name)
        for name, value in owner.environ(identity=identity).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(owner.checkout)
        capfd.readouterr()
        run(arguments)
        return "".join(capfd.readouterr())

    return call
