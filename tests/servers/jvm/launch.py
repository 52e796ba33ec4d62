"""Builds the Maven project once, and starts it with the server's key in a PKCS#12 archive."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from tests.servers.process import ROOT, announced

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.servers.harness import Launch, Running
    from tests.servers.pki import TestPki

PROJECT = Path(__file__).parent
JAVA_NEEDED = 17
BUILD_SECONDS = 600
PASSWORD = "throw-away"  # the keys live as long as a test
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m")
"""A server that lives for seconds does not need the optimizing compiler."""


@cache
def available() -> str | None:
    """Return None when a Java compiler and Maven are installed and can build the project."""
    if not (shutil.which("javac") and shutil.which("java") and shutil.which("mvn")):
        return "Java and Maven are not installed"
    said = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False)
    version = re.search(r"\d+", said.stdout + said.stderr)
    return None if version and int(version[0]) >= JAVA_NEEDED else f"Java is older than {JAVA_NEEDED}"


def start(launch: Launch) -> AbstractContextManager[Running]:
    """Run the variant until the context ends."""
    keystore = launch.workdir / "server.p12"
    keystore.touch(mode=0o600)
    keystore.write_bytes(archive_of(launch.pki))
    flags = launch.settings.get("flags", "").split()
    java = [
        launch.settings.get("java", "java"),
        *QUICK,
        *flags,
        f"-Djava.io.tmpdir={launch.workdir}",
        "-cp",
        _class_path(build()),
    ]
    archive = ["--keystore", str(keystore), "--password", PASSWORD]
    command = [*java, "specdrift.servers.Main", *launch.arguments(), *archive]
    return announced(command, workdir=launch.workdir)


def archive_of(pki: TestPki) -> bytes:
    """Return the server's key and certificate as PKCS#12."""
    key = load_pem_private_key(pki.server_key.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate(pki.server_cert.read_bytes())
    encryption = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(b"server", key, certificate, None, encryption)


def _class_path(built: Path) -> str:
    return f"{built / 'classes'}{os.pathsep}{built / 'libraries' / '*'}"


@cache
def build() -> Path:
    """Return the folder with the classes and the libraries; its name changes with the sources."""
    sources = [PROJECT / "pom.xml", *sorted(PROJECT.glob("src/**/*.java"))]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    built = ROOT / "build" / "test-servers" / f"jvm-{digest}"
    built.parent.mkdir(parents=True, exist_ok=True)
    with built.with_name("jvm.lock").open("w") as lock:
        # Another worker may build at the same time, and Maven's repository does not support that.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            half = built.with_name(f"{built.name}.half")
            _compile(half)
            half.rename(built)
    return built


def _compile(into: Path) -> None:
    goals = ["compile", "dependency:copy-dependencies", f"-DoutputDirectory={into / 'libraries'}"]
    command = ["mvn", "-q", "-B", "-f", str(PROJECT / "pom.xml"), f"-Dout={into}", *goals]
    # Maven writes escape sequences even without a terminal.
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"the Maven project does not build:\n{done.stdout}{done.stderr}")
