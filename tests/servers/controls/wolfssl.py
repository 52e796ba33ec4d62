"""wolfSSL of PyPI and of Debian, under the server of `wolfssl_app`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tests.scan.running import FEW_CERTIFICATES
from tests.servers.controls.control import reported
from tests.servers.process import announced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki


class WolfsslControl(Struct, frozen=True, kw_only=True):
    """One version of wolfSSL, under a server of `wolfssl_app`."""

    cve: str
    version: str
    fetch: tuple[str, ...]
    """The command that fetches an archive of it into the current folder."""
    unpack: tuple[str, ...]
    """The command that unpacks the archive, whose path follows it and ``.``."""
    library: str
    """Pattern of the library's file name."""
    rules: frozenset[str]
    """Ids of the rules that must be reported, and no others."""

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version of wolfSSL, and return the ids of the rules that are reported."""
        fetched, unpacked = folder / "fetched", folder / "unpacked"
        fetched.mkdir(parents=True)
        subprocess.run(self.fetch, check=True, cwd=fetched, capture_output=True)
        archive = next(fetched.iterdir())
        subprocess.run([*self.unpack, str(archive), str(unpacked)], check=True)
        own = with_rsa(pki, folder)
        command = [sys.executable, "-m", "tests.servers.controls.wolfssl_app", "now"]
        files = {
            "library": next(unpacked.rglob(self.library)),
            "cert": own.server_cert,
            "key": own.server_key,
            "client-ca": own.client_ca,
        }
        command += [text for name, file in files.items() for text in (f"--{name}", str(file))]
        with announced(command, workdir=folder) as running:
            checks = ("certificate", "omitted-messages")
            return reported(own, running.base_url, exhaustive=True, checks=checks, battery=FEW_CERTIFICATES)


def with_rsa(pki: TestPki, folder: Path) -> TestPki:
    """Return the certificates with an RSA key of the server: old versions of wolfSSL sign wrongly with others."""
    key, certificate = folder / "server.key", folder / "server.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    command += ["-addext", names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return replace(pki, server_ca=certificate, server_cert=certificate, server_key=key)


CONTROLS = (
    # Its wheel is for CPython 3.6, and contains a library that other versions load too.
    WolfsslControl(
        cve="CVE-2022-25640",
        version="wolfssl==4.1.0.post0",
        fetch=(
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
            *("--platform", "manylinux1_x86_64", "--python-version", "36", "--implementation", "cp"),
            *("--abi", "cp36m", "wolfssl==4.1.0.post0"),
        ),
        unpack=(sys.executable, "-m", "zipfile", "-e"),
        library="_ffi*.so",
        rules=frozenset({"key-proof-not-required"}),
    ),
    WolfsslControl(
        cve="CVE-2022-25640",
        version="libwolfssl35 (Debian)",
        fetch=("apt-get", "--quiet=2", "download", "libwolfssl35"),
        unpack=("dpkg", "-x"),
        library="libwolfssl.so.*",
        rules=frozenset(),
    ),
)
