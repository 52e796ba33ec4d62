"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.servers.harness import Launch, Running
from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def available() -> None:
    """Python is always here."""


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    return announced(command("tests.servers.python.serve", launch), workdir=launch.workdir)


def command(module: str, launch: Launch) -> list[str]:
    """The command line of a server module that takes the options of `tls.py`."""
    return [
        *(sys.executable, "-m", module, launch.variant),
        *("--tls", launch.tls.value),
        *("--cert", str(launch.pki.server_cert)),
        *("--key", str(launch.pki.server_key)),
        *("--client-ca", str(launch.pki.client_ca)),
        *("--crl", str(launch.pki.crl)),
    ]
