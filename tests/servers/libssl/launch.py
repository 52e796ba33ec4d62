"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.servers.libssl.library import NAME, library
from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> str | None:
    """Return None when the library can be loaded and is recent enough."""
    return None if NAME and hasattr(library(), "SSL_get1_peer_certificate") else "OpenSSL 3 is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    command = [sys.executable, "-m", "tests.servers.libssl.serve", *launch.arguments()]
    return announced(command, workdir=launch.workdir)
