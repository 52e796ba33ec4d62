"""Starts Icinga 2 in the foreground as the user who runs the tests, with its state in the working folder."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.harness import Launch, Running, render
from tests.servers.process import SYSTEM_PATH, configured

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

TEMPLATE = Path(__file__).with_name("icinga2.conf")
FOLDERS = ("Data", "Cache", "Log", "Spool", "InitRun")
CONCURRENCY = 16
"""Its default is the number of processors; with two, clients that go away leave no worker for the others."""
DEFAULTS = {"alice": '"status/query", "objects/query/Host"', "listener": ""}


def available() -> str | None:
    """None when Icinga 2 is installed."""
    return None if shutil.which("icinga2", path=SYSTEM_PATH) else "Icinga 2 is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends; the configuration can set the oldest TLS version only."""
    certificates = launch.workdir / "Data" / "certs"
    for folder in (certificates, *(launch.workdir / name for name in FOLDERS)):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(launch.pki.server_cert, certificates / "server.crt")
    shutil.copy(launch.pki.server_key, certificates / "server.key")
    shutil.copy(launch.pki.client_ca, certificates / "ca.crt")

    def configure(port: int) -> list[str]:
        file = launch.workdir / "icinga2.conf"
        file.write_text(_configuration(launch, port), encoding="utf-8")
        return [shutil.which("icinga2", path=SYSTEM_PATH) or "icinga2", "daemon", "-c", str(file), *constants]

    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    constants = [f"-DRunAsUser={user}", f"-DRunAsGroup={group}", f"-DConcurrency={CONCURRENCY}"]
    constants += [f"-D{name}Dir={launch.workdir / name}" for name in FOLDERS]
    return configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca)


def _configuration(launch: Launch, port: int) -> str:
    settings = {name.upper(): text for name, text in {**DEFAULTS, **launch.settings}.items()}
    return render(
        TEMPLATE.read_text(encoding="utf-8"),
        {
            **settings,  # first: a setting may itself hold the marks below
            "PORT": str(port),
            "CRL": str(launch.pki.crl),
        },
    )
