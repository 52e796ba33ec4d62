"""Starts nginx in the foreground with a configuration of its own."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
from msgspec import structs

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.process import SYSTEM_PATH, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
TEMPLATE = "nginx.conf"
PROTOCOLS = {Tls.BOTH: "TLSv1.2 TLSv1.3", Tls.TLS12: "TLSv1.2", Tls.TLS13: "TLSv1.3"}
DEFAULTS = {
    "ca": "@CLIENT_CA@",
    "master": "off",
    "verify": "",
    "secure_guard": "",
    "items_guard": "",
    "extra": "",
    "other_server": "",
}


def available() -> str | None:
    """None when nginx is installed."""
    return None if shutil.which("nginx", path=SYSTEM_PATH) else "nginx is not installed"


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends; `host` in its settings takes the place of the address."""

    def configure(port: int) -> list[str]:
        file = launch.workdir / "nginx.conf"
        file.write_text(_configuration(launch, port), encoding="utf-8")
        binary = shutil.which("nginx", path=SYSTEM_PATH) or "nginx"
        return [binary, "-p", str(launch.workdir), "-c", str(file), "-e", "stderr"]

    with configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca) as running:
        host = launch.settings.get("host", "127.0.0.1")
        yield structs.replace(running, base_url=running.base_url.replace("127.0.0.1", host))


def _configuration(launch: Launch, port: int) -> str:
    settings = {name.upper(): text for name, text in {**DEFAULTS, **launch.settings}.items()}
    return render(
        (FOLDER / launch.settings.get("template", TEMPLATE)).read_text(encoding="utf-8"),
        {
            **settings,  # first: a setting may itself hold the marks below
            "WORKDIR": str(launch.workdir),
            "PORT": str(port),
            "TLS": PROTOCOLS[launch.tls],
            "SERVER_CERT": str(launch.pki.server_cert),
            "SERVER_KEY": str(launch.pki.server_key),
            "CLIENT_CA": str(launch.pki.client_ca),
            "CLIENT_CA_AND_PUBLIC_CAS": str(_with(launch, Path(certifi.where()))),
            "CLIENT_CA_AND_PUBLIC_CA": str(_with(launch, launch.pki.public_ca)),
            "CRL": str(launch.pki.crl),
        },
    )


def _with(launch: Launch, others: Path) -> Path:
    """Write the client CA and others into one file."""
    file = launch.workdir / f"client-ca-and-{others.name}"
    file.write_bytes(launch.pki.client_ca.read_bytes() + others.read_bytes())
    return file
