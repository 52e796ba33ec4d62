"""Starts a cluster of one member, with its data in the working folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.servers.harness import Launch, Running, render
from tests.servers.process import SYSTEM_PATH, configured, free_port

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def available() -> str | None:
    """None when etcd is installed."""
    return None if shutil.which("etcd", path=SYSTEM_PATH) else "etcd is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends; etcd has no setting for TLS versions that all its releases know."""
    binary = shutil.which("etcd", path=SYSTEM_PATH) or "etcd"
    marks = {"CLIENT_CA": str(launch.pki.client_ca), "CRL": str(launch.pki.crl)}
    options = render(launch.settings.get("options", ""), marks).split()

    def configure(port: int) -> list[str]:
        clients, peers = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        return [
            binary,
            *("--name", "member", "--data-dir", str(launch.workdir / f"data-{port}")),
            *("--listen-client-urls", clients, "--advertise-client-urls", clients),
            *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
            *("--initial-cluster", f"member={peers}"),
            *("--cert-file", str(launch.pki.server_cert), "--key-file", str(launch.pki.server_key)),
            *options,
        ]

    return configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca)
