"""The Axum lab as a test server: built once, started on a free port, ended by its own pid."""

from __future__ import annotations

import json
import re
import selectors
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

LAB = Path(__file__).parents[2] / "examples" / "axum-lab"
"""The crate; its `openapi.yaml` is the document of every service started here."""

CARGO_NEEDED = (1, 85)
"""The first release that supports the lab's edition."""

BUILD_LIMIT = 600.0
"""Seconds for `cargo build`; the first one compiles some ninety crates."""

START_LIMIT = 10.0
"""Seconds from the start of the process to its `listening on` line."""

STOP_LIMIT = 5.0
"""Seconds to end after SIGTERM, before SIGKILL."""

READY = "listening on "

ClientAuth = Literal["optional", "required"]
TlsVersions = Literal["1.2-1.3", "1.2", "1.3"]


class LabError(RuntimeError):
    """The lab does not build or does not start; the message holds its output."""


def cargo_available() -> bool:
    """Return whether the lab can be built here, with cargo 1.85 or later; tests that need it skip otherwise."""
    if shutil.which("cargo") is None:
        return False
    said = subprocess.run(["cargo", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"cargo (\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= CARGO_NEEDED


@cache
def build() -> Path:
    """Build the lab (dev profile) and return the executable.

    Cargo prints its path, so that `CARGO_TARGET_DIR` and other settings of the user are respected.
    """
    command = ["cargo", "build", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=LAB, capture_output=True, text=True, timeout=BUILD_LIMIT, check=False)
    if built.returncode != 0:
        raise LabError(f"cargo build in {LAB} failed:\n{built.stderr}")
    messages = (json.loads(line) for line in built.stdout.splitlines() if line.startswith("{"))
    for message in messages:
        if message.get("executable"):
            return Path(message["executable"])
    raise LabError(f"cargo build in {LAB} made no executable:\n{built.stderr}")


@contextmanager
def axum_lab(
    *,
    ca: Path,
    cert: Path,
    key: Path,
    faults: Sequence[str] = (),
    client_auth: ClientAuth = "optional",
    crl: Path | None = None,
    tls: TlsVersions = "1.2-1.3",
    listeners: list[str] | None = None,
) -> Iterator[str]:
    """Run the lab on 127.0.0.1 and yield its base URL, `https://127.0.0.1:PORT`.

    `ca` is what client certificates must chain to; `cert` and `key` are the server's own; `crl`
    is the revocation list that it honours. All are PEM files. `faults` are names of
    `axum-lab --list-faults`; `tls` are the versions that it offers. `listeners`
    takes the URL of the further listener that the fault `plain-listener` opens.
    """
    command = [str(build()), "--listen", "127.0.0.1:0", "--client-auth", client_auth, "--tls", tls]
    command += ["--ca", str(ca), "--cert", str(cert), "--key", str(key)]
    command += ["--faults", ",".join(faults) or "none"]
    command += ["--crl", str(crl)] if crl else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            base_url = _base_url(process)
            if listeners is not None:
                assert process.stdout is not None
                listeners.append(process.stdout.readline().removeprefix(READY).strip())
            yield base_url
        finally:
            _stop(process)


def _base_url(process: subprocess.Popen[str]) -> str:
    """Wait for the first line on stdout, which says where the service listens."""
    stdout, stderr = process.stdout, process.stderr
    assert stdout is not None
    assert stderr is not None
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        if not selector.select(START_LIMIT):
            raise LabError(f"the lab printed nothing within {START_LIMIT:.0f} s")
    line = stdout.readline()
    if not line.startswith(READY):
        raise LabError(f"the lab did not start: {line}{stderr.read()}")
    return line.removeprefix(READY).strip()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
