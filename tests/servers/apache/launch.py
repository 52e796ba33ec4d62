"""Starts Apache httpd in the foreground with a configuration and documents of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.process import SYSTEM_PATH, configured
from tests.servers.python.api import find

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).with_name("httpd.conf")
PROTOCOLS = {Tls.BOTH: "-all +TLSv1.2 +TLSv1.3", Tls.TLS12: "-all +TLSv1.2", Tls.TLS13: "-all +TLSv1.3"}
DEFAULTS = {"secure_guard": "", "items_guard": "", "extra": "", "protocols": "http/1.1"}
DOCUMENTS = ("/public", "/secure", "/items/7", "/optional")
MODULES = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules")


def available() -> str | None:
    """None when Apache httpd and its modules are installed."""
    return None if binary() and modules() else "Apache httpd is not installed"


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends."""
    # Apache started by root drops root's privileges, so its documents cannot be in a private directory.
    with tempfile.TemporaryDirectory(prefix="specdrift-httpd-") as documents:
        _write_documents(Path(documents))

        def configure(port: int) -> list[str]:
            file = launch.workdir / "httpd.conf"
            file.write_text(_configuration(launch, port, documents), encoding="utf-8")
            return [binary() or "apache2", "-f", str(file), "-D", "FOREGROUND"]

        with configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca) as running:
            yield running


def _write_documents(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "items").mkdir(mode=0o755)
    for path in DOCUMENTS:
        resource = find(path, caller=None)
        assert resource is not None
        (folder / path.lstrip("/")).write_text(resource.json, encoding="utf-8")


def binary() -> str | None:
    """Return the path of the program; None if it is not installed."""
    return shutil.which("apache2", path=SYSTEM_PATH) or shutil.which("httpd", path=SYSTEM_PATH)


def modules() -> str | None:
    """Return the folder of the modules; None if mod_ssl is not installed."""
    return next((folder for folder in MODULES if Path(folder, "mod_ssl.so").is_file()), None)


def _configuration(launch: Launch, port: int, documents: str) -> str:
    settings = {name.upper(): text for name, text in {**DEFAULTS, **launch.settings}.items()}
    return render(
        TEMPLATE.read_text(encoding="utf-8"),
        {
            **settings,  # first: a setting may itself hold the marks below
            "WORKDIR": str(launch.workdir),
            "DOCUMENTS": documents,
            "MODULES": modules() or "",
            "RUN_AS": run_as(),
            "PORT": str(port),
            "TLS": PROTOCOLS[launch.tls],
            "SERVER_CERT": str(launch.pki.server_cert),
            "SERVER_KEY": str(launch.pki.server_key),
            "CLIENT_CA": str(launch.pki.client_ca),
            "CRL": str(launch.pki.crl),
        },
    )


def run_as() -> str:
    """Return the directives that make Apache give root up; empty for other users."""
    return "User nobody\nGroup #65534" if os.geteuid() == 0 else ""
