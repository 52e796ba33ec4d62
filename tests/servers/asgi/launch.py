"""Starts `serve.py` in a process of its own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running


def available() -> str | None:
    """Return None when both servers are installed."""
    missing = [name for name in ("hypercorn", "uvicorn") if find_spec(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    command = [sys.executable, "-m", "tests.servers.asgi.serve", *launch.arguments()]
    return announced(command, workdir=launch.workdir)
