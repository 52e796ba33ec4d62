"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.servers.gnutls.library import NAME, library
from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> str | None:
    """None when the library is installed."""
    try:
        library()
    except OSError:
        return f"GnuTLS ({NAME}) is not installed"
    return None


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    command = [sys.executable, "-m", "tests.servers.gnutls.serve", *launch.arguments()]
    return announced(command, workdir=launch.workdir)
