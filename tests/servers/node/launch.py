"""Starts `server.mjs` with Node.js; no packages are needed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import SYSTEM_PATH, announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running

PROGRAM = Path(__file__).with_name("server.mjs")


def available() -> str | None:
    """None when Node.js is installed."""
    return None if _binary() else "Node.js is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    return announced([_binary() or "node", str(PROGRAM), *launch.arguments()], workdir=launch.workdir)


def _binary() -> str | None:
    return shutil.which("node") or shutil.which("node", path=SYSTEM_PATH)
