"""Starts `openssl s_server` in a folder of documents, each a whole HTTP response."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.process import SYSTEM_PATH, configured
from tests.servers.python.api import find

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

VERSIONS = {Tls.BOTH: "-min_protocol TLSv1.2", Tls.TLS12: "-tls1_2", Tls.TLS13: "-tls1_3"}
DOCUMENTS = ("/public", "/secure", "/items/7", "/optional")
RESPONSE = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"


def available() -> str | None:
    """None when OpenSSL's program is installed."""
    return None if _binary() else "openssl is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    folder = launch.workdir / "documents"
    _write_documents(folder)

    def command(port: int) -> list[str]:
        options = (
            f"s_server -accept 127.0.0.1:{port} -cert @SERVER_CERT@ -key @SERVER_KEY@ -CAfile @CLIENT_CA@"
        )
        words = [options, VERSIONS[launch.tls], "-verify_quiet", launch.settings["serve"]]
        return ["env", f"--chdir={folder}", _binary() or "openssl", *_filled(" ".join(words), launch)]

    return configured(command, workdir=launch.workdir, server_ca=launch.pki.server_ca)


def _write_documents(folder: Path) -> None:
    (folder / "items").mkdir(parents=True)
    for path in DOCUMENTS:
        resource = find(path, caller=None)
        assert resource is not None
        (folder / path.lstrip("/")).write_text(RESPONSE + resource.json, encoding="utf-8", newline="")


def _filled(options: str, launch: Launch) -> list[str]:
    files = {
        "SERVER_CERT": launch.pki.server_cert,
        "SERVER_KEY": launch.pki.server_key,
        "CLIENT_CA": launch.pki.client_ca,
        "CRL": launch.pki.crl,
    }
    values = {name: str(file) for name, file in files.items()}
    return [render(word, values) for word in options.split()]  # paths may hold spaces


def _binary() -> str | None:
    return shutil.which("openssl") or shutil.which("openssl", path=SYSTEM_PATH)
