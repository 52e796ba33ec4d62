"""Starts HAProxy in the foreground with a configuration of its own; it serves the API itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.process import SYSTEM_PATH, configured

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

TEMPLATE = Path(__file__).with_name("haproxy.cfg")
VERSIONS = {
    Tls.BOTH: "ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3",
    Tls.TLS12: "ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.2",
    Tls.TLS13: "ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.3",
}

_NAME = "X-SSL-Client-CN"
TRUSTS_HEADER = rf"""
    http-request set-header {_NAME} %[ssl_c_s_dn(CN)] if {{ ssl_c_verify 0 }} !{{ hdr({_NAME}) -m found }}
    http-request replace-path ^//+(.*) /\1
    http-request deny deny_status 403 if secure !{{ hdr({_NAME}) -m len gt 0 }}
    http-request deny deny_status 403 if items !{{ hdr({_NAME}) -m len gt 0 }}"""
"""A frontend that keeps the name if one is there, and a service that trusts it and reads // as /."""


def available() -> str | None:
    """None when HAProxy is installed."""
    return None if shutil.which("haproxy", path=SYSTEM_PATH) else "HAProxy is not installed"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    server_pem = launch.workdir / "server.pem"  # HAProxy reads certificate and key from one file
    server_pem.touch(mode=0o600)
    server_pem.write_bytes(launch.pki.server_cert.read_bytes() + launch.pki.server_key.read_bytes())

    def configure(port: int) -> list[str]:
        file = launch.workdir / "haproxy.cfg"
        file.write_text(_configuration(launch, port, server_pem), encoding="utf-8")
        binary = shutil.which("haproxy", path=SYSTEM_PATH) or "haproxy"
        return [binary, "-db", "-f", str(file)]

    return configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca)


def _configuration(launch: Launch, port: int, server_pem: Path) -> str:
    settings = {name.upper(): text for name, text in {"guard": "", **launch.settings}.items()}
    return render(
        TEMPLATE.read_text(encoding="utf-8"),
        {
            **settings,  # first: a setting may itself hold the marks below
            "TRUSTS_HEADER": TRUSTS_HEADER,
            "PORT": str(port),
            "TLS": VERSIONS[launch.tls],
            "SERVER_PEM": str(server_pem),
            "CLIENT_CA": str(launch.pki.client_ca),
            "CRL": str(launch.pki.crl),
        },
    )
