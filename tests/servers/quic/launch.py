"""Builds the program once, with the modules of `go.sum` from the Go module proxy, and starts it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from tests.servers.go_modules import built, go_compiler
from tests.servers.process import announced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.harness import Launch, Running

FOLDER = Path(__file__).parent


def available() -> str | None:
    """None when a Go compiler is installed, and the program could be built."""
    if go_compiler() is None:
        return "Go is not installed"
    return None if build() else "quic-go could not be downloaded and built"


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends; `host` in its settings replaces the address."""
    variant, *options = launch.arguments()
    with announced([str(build()), "--variant", variant, *options], workdir=launch.workdir) as running:
        host = launch.settings.get("host", "127.0.0.1")
        yield structs.replace(running, base_url=running.base_url.replace("127.0.0.1", host))


def build() -> Path | None:
    """Return the compiled program; None if its modules cannot be downloaded."""
    return built(FOLDER)
