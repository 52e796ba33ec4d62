"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> None:
    """Python is always here."""


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    faults = [f"--{name}={paths}" for name, paths in launch.settings.items() if name != "refusal"]
    own = ["--", launch.settings.get("refusal", launch.variant), *faults]
    command = [sys.executable, "-m", "tests.servers.denials.serve", *launch.arguments(), *own]
    return announced(command, workdir=launch.workdir)
