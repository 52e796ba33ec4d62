"""Builds the program once, with the modules of `go.sum` from the Go module proxy, and starts it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.go_modules import built, go_compiler
from tests.servers.process import announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running

FOLDER = Path(__file__).parent


def available() -> str | None:
    """None when a Go compiler is installed, and the program could be built."""
    if go_compiler() is None:
        return "Go is not installed"
    return None if build() else "go-proxyproto could not be downloaded and built"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    variant, *options = launch.arguments()
    return announced([str(build()), "--variant", variant, *options], workdir=launch.workdir)


def build() -> Path | None:
    """Return the compiled program; None if its modules cannot be downloaded."""
    return built(FOLDER)
