"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.forked import forked

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> None:
    """Return None: Python is always installed."""


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    return forked("tests.servers.elsewhere.serve", launch.arguments(), workdir=launch.workdir)
