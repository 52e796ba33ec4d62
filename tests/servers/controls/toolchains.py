"""Servers in Go: by older toolchains, and with grpc-go."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.model.policy import UnsafeMethods
from tests.servers.cases import case_named
from tests.servers.controls.control import reported
from tests.servers.go import launch as go
from tests.servers.harness import Launch, Tls
from tests.servers.process import announced
from tests.servers.verdict import compare_running

if TYPE_CHECKING:
    from tests.servers.pki import TestPki


class GoControl(Struct, frozen=True, kw_only=True):
    """A variant of the Go server, built with one version of Go."""

    cve: str
    version: str
    rules: frozenset[str]
    variant: str

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Build the server with the version, and return the ids of the rules that are reported."""
        program = folder / "server"
        go.compile_to(program, self.version)
        return _found_at(program, self.variant, pki, folder)


class GrpcControl(Struct, frozen=True, kw_only=True):
    """A variant of the Go server whose gRPC is grpc-go's."""

    cve: str
    version: str
    """As `go get` takes it."""
    rules: frozenset[str]
    variant: str

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Build the server with grpc-go, and return the ids of the rules that are reported."""
        own = (each for each in go.FOLDER.glob("*.go") if each.name != "grpc.go")
        for source in (*own, Path(__file__).with_name("grpc_go") / "services.go"):
            shutil.copy(source, folder)
        return _found_at(_built(folder, self.version), self.variant, pki, folder)


class GrpcPathControl(Struct, frozen=True, kw_only=True):
    """A gRPC service of grpc-go's own transport, with a policy that compares paths. The document has its method."""

    cve: str
    version: str
    """As `go get` takes it."""
    rules: frozenset[str]

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Build the service with the version, and return the ids of the rules that are reported."""
        here = Path(__file__).parent
        shutil.copy(here / "grpc_paths" / "main.go", folder)
        files = {"cert": pki.server_cert, "key": pki.server_key, "client-ca": pki.client_ca}
        options = [text for name, file in files.items() for text in (f"--{name}", str(file))]
        with announced([str(_built(folder, self.version)), *options], workdir=folder) as running:
            return reported(
                pki,
                running.base_url,
                spec=str(here / "one-grpc.yaml"),
                unsafe_methods=UnsafeMethods.SEND,
            )


def _built(folder: Path, module: str) -> Path:
    """Build the program in a folder with a version of a module, and return its file."""
    program = folder / "server"
    for arguments in (
        ("mod", "init", "specdrift.test/server"),
        ("get", module),
        ("mod", "tidy"),
        ("build", "-o", str(program), "."),
    ):
        subprocess.run(["go", *arguments], check=True, cwd=folder, capture_output=True)
    return program


def _found_at(program: Path, name: str, pki: TestPki, folder: Path) -> frozenset[str]:
    """Run a variant of the Go server, and return the ids of the rules that are reported."""
    case = case_named(f"go-{name}")
    launch = Launch(pki=pki, workdir=folder, tls=Tls.BOTH, variant=name, settings={})
    variant, *options = launch.arguments()
    with announced([str(program), "--variant", variant, *options], workdir=folder) as running:
        result = compare_running(case, running.base_url, pki).result
    return frozenset(drift["rule"] for drift in result["drifts"])


CONTROLS: tuple[GoControl | GrpcPathControl, ...] = (
    *(
        GoControl(
            cve="CVE-2025-68121", version=version, variant="drops-issuers-and-ends", rules=frozenset(rules)
        )
        for version, rules in (("go1.25.6", {"session-outlives-revocation"}), ("go1.25.7", ()))
    ),
    *(
        GrpcPathControl(
            cve="CVE-2026-33186", version=f"google.golang.org/grpc@v{version}", rules=frozenset(rules)
        )
        for version, rules in (("1.79.2", {"path-variant-bypass"}), ("1.79.3", ()))
    ),
)

SERVICES = tuple(
    GrpcControl(
        cve=variant, version="google.golang.org/grpc@v1.85.0", variant=variant, rules=frozenset(rules)
    )
    for variant, rules in (("grpc-streams-open", {"undocumented-endpoint"}), ("grpc-guarded", ()))
)
"""No vulnerability: whether grpc-go itself answers as the server of this repository."""
