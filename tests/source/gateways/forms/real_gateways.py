"""Runs a form in the real program, before a service that names the path."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from msgspec import Struct

from tests.loopback import answering
from tests.servers.apache.launch import binary as apache
from tests.servers.apache.launch import modules, run_as
from tests.servers.envoy.launch import BINARY as ENVOY
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.apache.apache_runner import MODULES
from tests.source.gateways.comparing import free_ports
from tests.source.gateways.forms.form import NAME, Attack, Form, filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.pki import Pair, TestPki

STARTS_S = 60.0
NGINX_GLOBAL = "access_log off; " + " ".join(
    f"{one}_temp_path @DIR@/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"service {self.path.partition('?')[0]}".encode("latin-1")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def command(program: str, folder: Path, file: Path) -> list[str] | None:
    """Return how to start a program in the foreground; ``None`` if it is not installed."""
    match program:
        case "apache":
            found = apache()
            return [found, "-f", str(file), "-D", "FOREGROUND"] if found and modules() else None
        case "envoy":
            flags = ("--disable-hot-restart", "--concurrency", "1", "-l", "error")
            return [str(ENVOY), "-c", str(file), *flags] if ENVOY.exists() else None
    found = shutil.which(program, path=SYSTEM_PATH)
    alone = f"daemon off; pid {folder}/pid;"
    options: tuple[str, ...] = {
        "nginx": ("-p", str(folder), "-c", str(file), "-e", f"{folder}/error.log", "-g", alone),
        "haproxy": ("-db", "-f", str(file)),
        "caddy": ("run", "--config", str(file)),
    }[program]
    return [found, *options] if found else None


class RealGateway(Struct, frozen=True):
    """A program that serves a form."""

    port: int
    name: str
    """Stands for the usual name of the forms: Caddy shows no certificate for others."""

    def reaches(self, attack: Attack, certificate: Pair | None = None) -> bool:
        """Return whether a request gets the operation."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.post_handshake_auth = True
        if certificate is not None:
            context.load_cert_chain(certificate.cert, certificate.key)
        broken = (OSError, http.client.HTTPException)
        with (
            suppress(*broken),
            socket.create_connection(("127.0.0.1", self.port), timeout=10) as raw,
            context.wrap_socket(raw, server_hostname=self._named(attack.server_name)) as tls,
        ):
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            connection.sock = tls
            connection.putrequest(attack.method, attack.target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self._named(attack.host), **attack.headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status == 200 and answer.read() == b"service /secure"
        return False

    def _named(self, name: str) -> str:
        return self.name if name == NAME else name


@contextmanager
def running(
    program: str, file: str, form: Form, folder: Path, pki: TestPki, *, faulty: bool
) -> Iterator[RealGateway]:
    """Run a form in its program until the context ends."""
    with ExitStack() as stack:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
        stack.enter_context(answering(server))
        (port,) = free_ports(1)
        pem = folder / "server.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(pki.server_cert.read_bytes() + pki.server_key.read_bytes())
        loaded = "\n".join(f"LoadModule {one}_module {modules()}/mod_{one}.so" for one in MODULES)
        extra = {
            "apache": f"{loaded}\nPidFile @DIR@/pid\nDefaultRuntimeDir @DIR@\nErrorLog @DIR@/log\n"
            f"ServerName localhost\nTypesConfig /dev/null\n{run_as()}",
            "nginx": NGINX_GLOBAL,
        }
        marks = {
            "@LISTEN@": f"127.0.0.1:{port}",
            "@PORT@": str(port),
            "@HOST@": "127.0.0.1",
            "@UP@": f"127.0.0.1:{server.server_port}",
            "@UP_HOST@": "127.0.0.1",
            "@UP_PORT@": str(server.server_port),
            "@CA@": str(pki.client_ca),
            "@CERT@": str(pki.server_cert),
            "@KEY@": str(pki.server_key),
            "@PEM@": str(pem),
            "@DIR@": str(folder),
            "@NAME@": "localhost" if program == "caddy" else NAME,
        }
        form.write(folder, faulty=faulty)
        text = form.text(faulty=faulty).replace("@GLOBAL@", extra.get(program, ""))
        (folder / file).write_text(filled(text, marks), encoding="utf-8")
        started = command(program, folder, folder / file)
        assert started is not None
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                started, stdout=output, stderr=output, env={"HOME": str(folder), "PATH": SYSTEM_PATH}
            )
        try:
            until = time.monotonic() + STARTS_S
            while not _listens(port):
                alive = process.poll() is None and time.monotonic() < until
                assert alive, (folder / "output").read_text(encoding="utf-8", errors="replace")[-1500:]
                time.sleep(0.02)
            yield RealGateway(port, marks["@NAME@"])
        finally:
            process.terminate()
            process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
