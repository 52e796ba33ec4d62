"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.forked import forked

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> None:
    """Python is always here."""


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    faults = [f"--{name}={paths}" for name, paths in launch.settings.items() if name != "refusal"]
    own = ["--", launch.settings.get("refusal", launch.variant), *faults]
    arguments = [*launch.arguments(), *own]
    return forked("tests.servers.denials.serve", arguments, workdir=launch.workdir)
