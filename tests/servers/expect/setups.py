"""The servers that are measured: how each is started, and which of its operations are decided where."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

from tests.lab.axum_lab import LAB, cargo_available
from tests.servers.apache import launch as apache
from tests.servers.envoy import launch as envoy
from tests.servers.harness import Launch, Tls, render
from tests.servers.jvm import launch as jvm
from tests.servers.process import ROOT, SYSTEM_PATH, announced, configured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from tests.servers.pki import TestPki

HERE = Path(__file__).parent
PROGRAMS, CONFIGS = HERE / "programs", HERE / "configs"
ALONE = ("/guarded", "/late", "/open", "/eager")
"""Guarded before the body is read, after it, not at all, and not at all without reading the body."""
PROXIED = ("/guarded", "/behind", "/late", "/open", "/eager")
"""Guarded by the proxy, by the backend before it reads the body, after that, and so on."""


class Started(Struct, frozen=True, kw_only=True):
    """A running server."""

    base_url: str
    log: Path
    """Where handlers write."""


class Setup(Struct, frozen=True, kw_only=True):
    """One server."""

    name: str
    start: Callable[[TestPki, Path], AbstractContextManager[Started]]
    available: Callable[[], bool] = lambda: True
    paths: tuple[str, ...] = ALONE


def files(pki: TestPki) -> list[str]:
    """Return the arguments of each program: certificate, key, client CA."""
    return [str(pki.server_cert), str(pki.server_key), str(pki.client_ca)]


def program(
    command: Callable[[], list[str]], *, before: tuple[str, ...] = (), after: tuple[str, ...] = ()
) -> Callable[[TestPki, Path], AbstractContextManager[Started]]:
    """Start a program of this folder."""

    @contextmanager
    def start(pki: TestPki, workdir: Path) -> Iterator[Started]:
        with announced([*command(), *before, *files(pki), *after], workdir=workdir) as running:
            yield Started(base_url=running.base_url, log=workdir / "server.log")

    return start


class Proxy(Struct, frozen=True, kw_only=True):
    """A proxy in front of a plain backend, which logs."""

    config: str
    command: Callable[[Path], list[str]]
    marks: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def start(self, pki: TestPki, workdir: Path) -> Iterator[Started]:
        """Run backend and proxy until the context ends."""
        behind = workdir / "backend"
        behind.mkdir()
        plain = [sys.executable, "-m", "tests.servers.expect.programs.threads", "plain"]
        with announced(plain, workdir=behind) as backend:
            pem = workdir / "server.both.pem"
            pem.touch(mode=0o600)
            pem.write_bytes(pki.server_cert.read_bytes() + pki.server_key.read_bytes())
            marks = {
                **self.marks,
                "WORKDIR": str(workdir),
                "BACKEND": str(urlsplit(backend.base_url).port),
                "SERVER_CERT": str(pki.server_cert),
                "SERVER_KEY": str(pki.server_key),
                "SERVER_PEM": str(pem),
                "CLIENT_CA": str(pki.client_ca),
                "MODULES": apache.modules() or "",
                "RUN_AS": apache.run_as(),
            }

            def configure(port: int) -> list[str]:
                file = workdir / self.config
                template = (CONFIGS / self.config).read_text(encoding="utf-8")
                file.write_text(render(template, {**marks, "PORT": str(port)}), encoding="utf-8")
                return self.command(file)

            with configured(configure, workdir=workdir, server_ca=pki.server_ca) as running:
                yield Started(base_url=running.base_url, log=behind / "server.log")


def installed(name: str) -> Callable[[], bool]:
    """Whether a program is on the path."""
    return lambda: shutil.which(name, path=f"{SYSTEM_PATH}:{os.environ.get('PATH', '')}") is not None


def python(module: str) -> Callable[[], list[str]]:
    """Return the command of a Python program of this folder."""
    return lambda: [sys.executable, "-m", f"tests.servers.expect.programs.{module}"]


@cache
def go_program() -> list[str]:
    """Compile the Go program once."""
    binary = ROOT / "build" / "test-servers" / "expect-go"
    binary.parent.mkdir(parents=True, exist_ok=True)
    go = shutil.which("go", path=SYSTEM_PATH) or "go"
    subprocess.run([go, "build", "-o", str(binary), str(PROGRAMS / "server.go")], check=True)
    return [str(binary)]


def nginx(buffering: str) -> Setup:
    """Nginx as a proxy that reads the body first, or passes it on."""
    command = lambda file: [  # noqa: E731
        shutil.which("nginx", path=SYSTEM_PATH) or "nginx",
        *("-p", str(file.parent), "-c", str(file), "-e", "stderr"),
    ]
    proxy = Proxy(config="nginx.conf", command=command, marks={"BUFFERING": buffering})
    name = f"nginx, proxy_request_buffering {buffering}"
    return Setup(name=name, start=proxy.start, available=installed("nginx"), paths=PROXIED)


def httpd(name: str, *, verify: str, guard: str, ping: str = "") -> Setup:
    """Apache as a proxy."""
    proxy = Proxy(
        config="httpd.conf",
        command=lambda file: [apache.binary() or "apache2", "-f", str(file), "-D", "FOREGROUND"],
        marks={"VERIFY": verify, "GUARD": guard, "PING": ping},
    )
    return Setup(
        name=f"Apache mod_proxy, {name}",
        start=proxy.start,
        available=lambda: apache.available() is None,
        paths=PROXIED,
    )


def haproxy(name: str, buffer: str) -> Setup:
    """HAProxy, which passes the body on or waits for it."""
    proxy = Proxy(
        config="haproxy.cfg",
        command=lambda file: [shutil.which("haproxy", path=SYSTEM_PATH) or "haproxy", "-db", "-f", str(file)],
        marks={"BUFFER": buffer},
    )
    return Setup(name=f"HAProxy{name}", start=proxy.start, available=installed("haproxy"), paths=PROXIED)


def envoy_proxy(name: str, passes_on: str) -> Setup:
    """Envoy, which sends 100 Continue itself or passes on that of the backend."""
    proxy = Proxy(
        config="envoy.yaml",
        command=lambda file: [str(envoy.BINARY), *envoy.QUIET, "-c", str(file)],
        marks={"PROXY_100": passes_on},
    )
    return Setup(
        name=f"Envoy{name}", start=proxy.start, available=lambda: envoy.available() is None, paths=PROXIED
    )


def node(name: str, mode: str, paths: tuple[str, ...] = ALONE) -> Setup:
    """A mode of the Node program."""
    command = lambda: ["node", str(PROGRAMS / "server.mjs")]  # noqa: E731
    start = program(command, after=(mode,))
    return Setup(name=name, start=start, available=installed("node"), paths=paths)


@cache
def axum_program() -> list[str]:
    """Build the Axum program once, in the lab's folder of compiled crates."""
    crate, target = HERE / "axum", LAB / "target"
    command = ["cargo", "build", "--quiet", "--target-dir", str(target)]
    subprocess.run(command, cwd=crate, check=True)
    return [str(target / "debug" / "expect-axum")]


def on_jvm(variant: str) -> Callable[[TestPki, Path], AbstractContextManager[Started]]:
    """Start a variant of the Java servers."""

    @contextmanager
    def start(pki: TestPki, workdir: Path) -> Iterator[Started]:
        launch = Launch(pki=pki, workdir=workdir, tls=Tls.BOTH, variant=variant, settings={})
        with jvm.start(launch) as running:
            yield Started(base_url=running.base_url, log=workdir / "server.log")

    return start


REQUIRE = "Require expr %{SSL_CLIENT_VERIFY} == 'SUCCESS'"
SETUPS: tuple[Setup, ...] = (
    nginx("on"),
    nginx("off"),
    httpd("optional and Require", verify="optional", guard=REQUIRE),
    httpd("per path", verify="none", guard="SSLVerifyClient require"),
    httpd("ping=2", verify="optional", guard=REQUIRE, ping="ping=2"),
    haproxy("", ""),
    haproxy(", http-buffer-request", "option http-buffer-request"),
    envoy_proxy("", "false"),
    envoy_proxy(", proxy_100_continue", "true"),
    Setup(name="Go net/http", start=program(go_program), available=installed("go")),
    node("Node, default", "default"),
    node("Node, checkContinue", "checkContinue"),
    node("Node, guarded in checkContinue alone", "only-checkContinue", paths=("/guarded",)),
    node("Node, not guarded in checkContinue", "only-request", paths=("/guarded",)),
    node("Node, not guarded over HTTP/2", "only-http1", paths=("/guarded",)),
    Setup(name="Axum", start=program(axum_program), available=cargo_available),
    Setup(name="Tomcat", start=on_jvm("tomcat-expect"), available=lambda: jvm.available() is None),
    Setup(name="Spring Boot", start=on_jvm("spring-expect"), available=lambda: jvm.available() is None),
    Setup(name="Python http.server", start=program(python("threads"), before=("http.server",))),
    Setup(name="wsgiref (WSGI)", start=program(python("wsgi"), before=("wsgiref",))),
    Setup(
        name="gunicorn (WSGI)",
        start=program(python("wsgi"), before=("gunicorn",)),
        available=lambda: find_spec("gunicorn") is not None,
    ),
    Setup(name="uvicorn, h11", start=program(python("asgi"), before=("h11",))),
    Setup(
        name="uvicorn, httptools",
        start=program(python("asgi"), before=("httptools",)),
        available=lambda: find_spec("httptools") is not None,
    ),
    Setup(name="hypercorn", start=program(python("asgi"), before=("hypercorn",))),
)
