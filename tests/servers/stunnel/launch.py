"""Starts `backend.py` and stunnel in front of it, in the foreground with a configuration of its own."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.process import SYSTEM_PATH, announced, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).with_name("stunnel.conf")
VERSIONS = {
    Tls.BOTH: "sslVersionMin = TLSv1.2",
    Tls.TLS12: "sslVersion = TLSv1.2",
    Tls.TLS13: "sslVersion = TLSv1.3",
}


def available() -> str | None:
    """None when stunnel is installed."""
    return None if _binary() else "stunnel is not installed"


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends."""
    backend_log = launch.workdir / "backend"
    backend_log.mkdir(exist_ok=True)
    with announced([sys.executable, "-m", "tests.servers.stunnel.backend"], workdir=backend_log) as backend:
        backend_port = str(urlsplit(backend.base_url).port)

        def configure(port: int) -> list[str]:
            file = launch.workdir / "stunnel.conf"
            file.write_text(_configuration(launch, port, backend_port), encoding="utf-8")
            return [_binary() or "stunnel", str(file)]

        with configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca) as running:
            yield running


def _binary() -> str | None:
    return shutil.which("stunnel4", path=SYSTEM_PATH) or shutil.which("stunnel", path=SYSTEM_PATH)


def _configuration(launch: Launch, port: int, backend_port: str) -> str:
    return render(
        TEMPLATE.read_text(encoding="utf-8"),
        {
            "VERIFY": launch.settings.get("verify", ""),  # first: it may itself hold the marks below
            "PORT": str(port),
            "BACKEND": backend_port,
            "TLS": VERSIONS[launch.tls],
            "SERVER_CERT": str(launch.pki.server_cert),
            "SERVER_KEY": str(launch.pki.server_key),
            "CLIENT_CA": str(launch.pki.client_ca),
            "CRL": str(launch.pki.crl),
            "ALICE": str(launch.pki.alice.cert),
        },
    )
