"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> None:
    """Return None: Python is always installed."""


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    command = [sys.executable, "-m", "tests.servers.elsewhere.serve", *launch.arguments()]
    return announced(command, workdir=launch.workdir)
