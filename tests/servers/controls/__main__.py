"""Checks each vulnerable version and its fixed twin, and prints what was found: `python -m tests.servers.controls`."""

# ruff: noqa: T201 (a command line program)
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.scan.running import run, settings_for
from tests.servers.cases import case_named
from tests.servers.go import launch as go
from tests.servers.harness import Launch, Tls
from tests.servers.pki import TestPki, make_pki
from tests.servers.process import announced
from tests.servers.verdict import compare_running


@dataclass(frozen=True, slots=True, kw_only=True)
class PositiveControl:
    """One version of a package, and what a check of it reports."""

    cve: str
    requirement: str
    """As pip takes it."""
    module: str
    """Serves the API with the package."""
    rules: frozenset[str]
    """Ids of the rules that must be reported, and no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoControl:
    """One version of Go, and what a check of a server reports that it builds."""

    cve: str
    toolchain: str
    variant: str
    rules: frozenset[str]
    """Ids of the rules that must be reported, and no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcControl:
    """A variant of the Go server whose gRPC is grpc-go's."""

    requirement: str
    """As `go get` takes it."""
    variant: str
    rules: frozenset[str]
    """Ids of the rules that must be reported, and no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WolfsslControl:
    """One version of wolfSSL, under a server of `wolfssl_app`."""

    cve: str
    requirement: str
    fetch: tuple[str, ...]
    """The command that fetches an archive of it into the current folder."""
    unpack: tuple[str, ...]
    """The command that unpacks the archive, whose path follows it and ``.``."""
    library: str
    """Pattern of the library's file name."""
    rules: frozenset[str]
    """Ids of the rules that must be reported, and no others."""


WOLFSSL_CONTROLS = (
    # Its wheel is for CPython 3.6, and contains a library that other versions load too.
    WolfsslControl(
        cve="CVE-2022-25640",
        requirement="wolfssl==4.1.0.post0",
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
        requirement="libwolfssl35 (Debian)",
        fetch=("apt-get", "--quiet=2", "download", "libwolfssl35"),
        unpack=("dpkg", "-x"),
        library="libwolfssl.so.*",
        rules=frozenset(),
    ),
)

GRPC_CONTROLS = tuple(
    GrpcControl(requirement="google.golang.org/grpc@v1.85.0", variant=variant, rules=frozenset(rules))
    for variant, rules in (("grpc-streams-open", {"undocumented-endpoint"}), ("grpc-guarded", ()))
)

GO_CONTROLS = tuple(
    GoControl(
        cve="CVE-2025-68121", toolchain=toolchain, variant="drops-issuers-and-ends", rules=frozenset(rules)
    )
    for toolchain, rules in (("go1.25.6", {"session-outlives-revocation"}), ("go1.25.7", ()))
)

CONTROLS = tuple(
    PositiveControl(
        cve="CVE-2026-48710",
        requirement=f"starlette=={version}",
        module="tests.servers.controls.starlette_app",
        rules=frozenset(rules),
    )
    for version, rules in (
        ("0.46.2", {"host-sni-confusion"}),
        ("1.0.0", {"host-sni-confusion"}),
        ("1.0.1", ()),
    )
)


def found(control: PositiveControl, pki: TestPki, folder: Path) -> frozenset[str]:
    """Install the version into the folder, serve it, and return the ids of the reported rules."""
    packages = folder / "packages"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(packages),
        control.requirement,
    ]
    subprocess.run(install, check=True)
    launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant="", settings={})
    search = os.pathsep.join(str(path) for path in (packages, Path.cwd()))
    command = ["env", f"PYTHONPATH={search}", sys.executable, "-m", control.module, *launch.arguments()]
    with ExitStack() as stack:
        running = stack.enter_context(announced(command, workdir=folder))
        return frozenset(drift.rule for drift in run(settings_for(pki, running.base_url, battery={})).drifts)


def found_with(control: GoControl, pki: TestPki, folder: Path) -> frozenset[str]:
    """Build the server with the version of Go, and return the ids of the rules that are reported."""
    program = folder / "server"
    go.compile_to(program, control.toolchain)
    return found_at(program, control.variant, pki, folder)


def found_by_grpc(control: GrpcControl, pki: TestPki, folder: Path) -> frozenset[str]:
    """Build the server with grpc-go, and return the ids of the rules that are reported."""
    own = (each for each in go.FOLDER.glob("*.go") if each.name != "grpc.go")
    for source in (*own, Path(__file__).with_name("grpc_go") / "services.go"):
        shutil.copy(source, folder)
    program = folder / "server"
    for arguments in (
        ("mod", "init", "specdrift.test/server"),
        ("get", control.requirement),
        ("build", "-o", str(program), "."),
    ):
        subprocess.run(["go", *arguments], check=True, cwd=folder, capture_output=True)
    return found_at(program, control.variant, pki, folder)


def found_by_wolfssl(control: WolfsslControl, pki: TestPki, folder: Path) -> frozenset[str]:
    """Serve with this version of wolfSSL, and return the ids of the rules that are reported."""
    fetched, unpacked = folder / "fetched", folder / "unpacked"
    fetched.mkdir(parents=True)
    subprocess.run(control.fetch, check=True, cwd=fetched, capture_output=True)
    archive = next(fetched.iterdir())
    subprocess.run([*control.unpack, str(archive), str(unpacked)], check=True)
    own = with_rsa(pki, folder)
    command = [sys.executable, "-m", "tests.servers.controls.wolfssl_app", "now"]
    files = {
        "library": next(unpacked.rglob(control.library)),
        "cert": own.server_cert,
        "key": own.server_key,
        "client-ca": own.client_ca,
    }
    command += [text for name, file in files.items() for text in (f"--{name}", str(file))]
    with announced(command, workdir=folder) as running:
        checks = ("certificate", "omitted-messages")
        settings = settings_for(own, running.base_url, exhaustive=True, checks=checks)
        return frozenset(drift.rule for drift in run(settings).drifts)


def with_rsa(pki: TestPki, folder: Path) -> TestPki:
    """Return the certificates with an RSA key of the server: old versions of wolfSSL sign wrongly with others."""
    key, certificate = folder / "server.key", folder / "server.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    command += ["-addext", names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return replace(pki, server_ca=certificate, server_cert=certificate, server_key=key)


def found_at(program: Path, name: str, pki: TestPki, folder: Path) -> frozenset[str]:
    """Run a variant of the Go server, and return the ids of the rules that are reported."""
    case = case_named(f"go-{name}")
    launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant=name, settings={})
    variant, *options = launch.arguments()
    with announced([str(program), "--variant", variant, *options], workdir=folder) as running:
        result = compare_running(case, running.base_url, pki).result
    return frozenset(drift["rule"] for drift in result["drifts"])


def report(cve: str, version: str, rules: frozenset[str], expected: frozenset[str]) -> bool:
    """Print one line; return whether the rules are those expected."""
    verdict = "as expected" if rules == expected else f"expected {sorted(expected)}"
    print(f"{cve:16} {version:20} {', '.join(sorted(rules)) or 'none':28} {verdict}", flush=True)
    return rules == expected


def main() -> int:
    """Return 1 if a version is not reported as expected."""
    exact = True
    with tempfile.TemporaryDirectory(prefix="specdrift-controls-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        for control in CONTROLS:
            folder = Path(scratch) / control.requirement
            folder.mkdir()
            rules = found(control, pki, folder)
            exact &= report(control.cve, control.requirement, rules, control.rules)
        for one in GO_CONTROLS:
            folder = Path(scratch) / one.toolchain
            folder.mkdir()
            exact &= report(one.cve, one.toolchain, found_with(one, pki, folder), one.rules)
        for each in GRPC_CONTROLS:
            folder = Path(scratch) / each.variant
            folder.mkdir()
            exact &= report(each.variant, each.requirement, found_by_grpc(each, pki, folder), each.rules)
        for wolfssl in WOLFSSL_CONTROLS:
            folder = Path(scratch) / wolfssl.library.strip("*.")
            folder.mkdir()
            rules = found_by_wolfssl(wolfssl, pki, folder)
            exact &= report(wolfssl.cve, wolfssl.requirement, rules, wolfssl.rules)
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
