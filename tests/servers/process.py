"""Runs one server program on loopback: starts it, waits until it answers, and stops it."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/usr/local/go/bin"
"""Where servers are installed; a user's PATH may lack the administrators' folders."""
START_SECONDS = 60.0
"""A Java virtual machine on a busy computer takes ten; all others take less than one."""
STOP_SECONDS = 3.0
PORT_ATTEMPTS = 5
T = TypeVar("T")
ANNOUNCEMENT = re.compile(rb"^listening on (\d+)$", re.MULTILINE)


class Running(Struct, frozen=True, kw_only=True):
    """A running server."""

    base_url: str


class ServerDidNotStartError(Exception):
    """The server exited or did not answer in time; the message contains the end of its log."""


def free_port() -> int:
    """Return a currently free port of 127.0.0.1; callers must be ready to retry."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def announced(command: Sequence[str], *, workdir: Path) -> Iterator[Running]:
    """Run a program of this repository, which binds port 0 and prints `listening on PORT`."""
    log = workdir / "server.log"
    with _process(command, log) as process:
        port = int(until(lambda: ANNOUNCEMENT.search(log.read_bytes()), process.poll, log)[1])
        yield Running(base_url=f"https://127.0.0.1:{port}")


@contextmanager
def configured(
    configure: Callable[[int], Sequence[str]], *, workdir: Path, server_ca: Path
) -> Iterator[Running]:
    """Run a program that reads its port from its configuration: `configure(port)` returns its command line."""
    log = workdir / "server.log"
    for attempt in range(1, PORT_ATTEMPTS + 1):
        port = free_port()
        with _process(configure(port), log) as process:
            try:
                until(partial(_is_ours, port, server_ca), process.poll, log)
            except ServerDidNotStartError:
                if attempt == PORT_ATTEMPTS or b"in use" not in log.read_bytes():
                    raise
                continue
            yield Running(base_url=f"https://127.0.0.1:{port}")
            return


@contextmanager
def _process(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            process_group=0,  # so that its children are stopped with it
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], T | None], ended: Callable[[], int | None], log: Path) -> T:
    """Wait for the condition's value while the process runs; `ended` returns its exit status."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        if ended() is not None:
            break
        time.sleep(0.01)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise ServerDidNotStartError(f"exit status {ended()}: {tail}")


def _is_ours(port: int, server_ca: Path) -> bool:
    """Return whether a server with the test certificate answers: another process may have the port."""
    context = ssl.create_default_context(cafile=str(server_ca))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as raw:
            context.wrap_socket(raw, server_hostname="127.0.0.1").close()
    except ssl.SSLCertVerificationError:
        return False
    except ssl.SSLError:
        return True  # it requires a client certificate, and has sent its own
    except OSError:
        return False
    return True
