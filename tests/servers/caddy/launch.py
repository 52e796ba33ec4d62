"""Starts Caddy in the foreground with a configuration of its own; it serves the API itself."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.pki import CLIENT_CA_NAME
from tests.servers.process import SYSTEM_PATH, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).with_name("Caddyfile")
VERSIONS = {Tls.BOTH: "tls1.2 tls1.3", Tls.TLS12: "tls1.2 tls1.2", Tls.TLS13: "tls1.3 tls1.3"}
ANY_HOST = "strict_sni_host insecure_off"
"""With client certificates, Caddy answers 421 where SNI and Host differ. A client that connects to an
address sends no SNI, so this is off, except in the variants about it.
"""
DEFAULTS = {"sni": ANY_HOST, "guard": "", "client_auth": "", "name": "", "other_site": ""}
ISSUER = f"CN={CLIENT_CA_NAME},OU=CA"
"""The client CA's name in Caddy's notation."""


def available() -> str | None:
    """None when Caddy is installed."""
    return None if shutil.which("caddy", path=SYSTEM_PATH) else "Caddy is not installed"


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends; `host` in its settings replaces the address."""

    def configure(port: int) -> list[str]:
        file = launch.workdir / "Caddyfile"
        file.write_text(_configuration(launch, port), encoding="utf-8")
        binary = shutil.which("caddy", path=SYSTEM_PATH) or "caddy"
        # By default it stores its last configuration and its certificates in the user's folders.
        folders = [f"{name}={launch.workdir}" for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")]
        return ["env", *folders, binary, "run", "--adapter", "caddyfile", "--config", str(file)]

    with configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca) as running:
        host = launch.settings.get("host", "127.0.0.1")
        yield structs.replace(running, base_url=running.base_url.replace("127.0.0.1", host))


def _configuration(launch: Launch, port: int) -> str:
    settings = {name.upper(): text for name, text in {**DEFAULTS, **launch.settings}.items()}
    if lines := settings[
        "CLIENT_AUTH"
    ]:  # an empty block is an error; without one no certificate is requested
        settings["CLIENT_AUTH"] = f"client_auth {{\n{lines}\n}}"
    return render(
        TEMPLATE.read_text(encoding="utf-8"),
        {
            **settings,  # first: a setting may itself hold the marks below
            "PORT": str(port),
            "TLS": VERSIONS[launch.tls],
            "SERVER_CERT": str(launch.pki.server_cert),
            "SERVER_KEY": str(launch.pki.server_key),
            "CLIENT_CA": str(launch.pki.client_ca),
            "ALICE": str(launch.pki.alice.cert),
            "ISSUER": ISSUER,
        },
    )
