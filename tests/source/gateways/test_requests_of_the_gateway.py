"""Requests that nginx makes itself: it asks whether a client is admitted, and goes where a service sends it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.model.result.gateway import GatewayCaller
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from specdrift.source.gateway.exchange import GatewayRequest
from specdrift.source.nginx.nginx_gateway import Nginx
from tests.loopback import answering
from tests.servers.pki import make_pki
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.comparing import STARTS_S, exchanged, free_ports
from tests.source.gateways.joined import DOCUMENT, VERIFIED, found

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

SECURE = ("gateway-location-bypass", "GET /secure", "error")
OPEN_ROUTE = ("open-route-guarded", "GET /public", "warning")
GUARDED = f"location / {{ {VERIFIED} proxy_pass {{api}}; }}"
QUESTIONS = {
    "the operation": ("location = /asked { internal; proxy_pass {api}/secure; }", True),
    "another path": ("location = /asked { internal; proxy_pass {api}/asked; }", False),
    "another service": ("location = /asked { internal; proxy_pass {other}/secure; }", False),
    "a guard": (f"location = /asked {{ internal; {VERIFIED} proxy_pass {{api}}/secure; }}", False),
}
REDIRECTED = {
    "the service": ("location /inner/ { internal; proxy_pass {api}/; }", True),
    "the service, by an expression": ("location ~ ^/inner/(.*)$ { internal; proxy_pass {api}/$1; }", True),
    "a guard": (f"location /inner/ {{ internal; {VERIFIED} proxy_pass {{api}}/; }}", False),
    "another service": ("location /inner/ { internal; proxy_pass {other}/; }", False),
    "one path": ("location = /inner/secure { internal; proxy_pass {api}/inner; }", False),
    "files": ("location /inner/ { internal; root /srv; }", False),
}
ASKING = "location /further/ { auth_request /asked; proxy_pass {other}; }"
SENDING = "location /further/ { proxy_pass {other}; }"
IGNORING = "location /further/ { proxy_ignore_headers X-Accel-Redirect; proxy_pass {other}; }"
MAIN = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    ssl_certificate {pki.server_cert}; ssl_certificate_key {pki.server_key};
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name api.example;
        ssl_verify_client optional; ssl_client_certificate {pki.client_ca};
        {locations}
    }}
}}
"""


class _Service(BaseHTTPRequestHandler):
    """Keeps the paths that arrive; sends those below ``/further`` to the same path below ``/inner``."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with nothing."""
        assert isinstance(self.server, _Services)
        self.server.paths.append(self.path)
        self.send_response(200)
        if self.path.startswith("/further/"):
            self.send_header("X-Accel-Redirect", self.path.replace("/further/", "/inner/"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Services(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Service)
        self.paths: list[str] = []


def _read(folder: Path, locations: str) -> Result:
    """Read a server with these locations, beside the document."""
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    text = f"server {{ listen 443 ssl; server_name api.example; ssl_verify_client optional; {locations} }}"
    for mark, address in (("{api}", "http://10.0.0.5:8080"), ("{other}", "http://10.0.0.9:8080")):
        text = text.replace(mark, address)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    return routes(Settings(spec=str(folder / "openapi.yaml")), (folder / "nginx.conf",))


def _listens(port: int) -> bool:
    """Wait until something listens on a port."""
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        time.sleep(0.02)
    return False


def _arrived(folder: Path, locations: str, target: str) -> list[str]:
    """Return the paths that the service of the API gets when nginx is sent a request without a certificate."""
    pki, (port,) = make_pki(folder / "pki"), free_ports(1)
    api, other = _Services(), _Services()
    with answering(api), answering(other):
        for mark, server in (("{api}", api), ("{other}", other)):
            locations = locations.replace(mark, f"http://127.0.0.1:{server.server_port}")
        file = folder / "main.conf"
        file.write_text(MAIN.format(folder=folder, pki=pki, port=port, locations=locations), encoding="utf-8")
        (entry,) = Nginx().read(file).entries
        request = GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target=target)
        nginx = shutil.which("nginx", path=SYSTEM_PATH) or "nginx"
        process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(file), "-e", "stderr"])
        try:
            assert _listens(port)
            exchanged(request, pki, "api.example", "api.example")
        finally:
            process.terminate()
            process.wait(20)
    return api.paths


@pytest.mark.parametrize(("location", "reached"), QUESTIONS.values(), ids=QUESTIONS)
def test_the_request_that_asks_for_a_client_may_be_the_operation(
    location: str, *, reached: bool, tmp_path: Path
) -> None:
    """Clients do not get its answer; the service does what it asks for."""
    result = _read(tmp_path, f"{GUARDED} {ASKING} {location}")
    assert found(result) - {OPEN_ROUTE} == ({SECURE} if reached else set())
    assert result.undecided == ()


@pytest.mark.parametrize(("location", "reached"), REDIRECTED.values(), ids=REDIRECTED)
def test_a_service_may_send_a_client_to_an_internal_location(
    location: str, *, reached: bool, tmp_path: Path
) -> None:
    """Whether it does is not known; with ``proxy_ignore_headers``, nginx does not follow."""
    for number, sending in enumerate((SENDING, IGNORING)):
        result = _read(tmp_path, f"{GUARDED} {sending} {location}")
        assert found(result) - {OPEN_ROUTE} == set()
        decided = not reached or bool(number)
        assert (result.exit_status is not ExitStatus.INCOMPLETE) == decided
        assert ("X-Accel-Redirect" in str(result.undecided)) == (not decided)


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("nginx", path=SYSTEM_PATH), reason="nginx is not installed")
@pytest.mark.parametrize(
    ("locations", "reached"),
    [
        *((f"{ASKING} {location}", reached) for location, reached in QUESTIONS.values()),
        *((f"{SENDING} {location}", reached) for location, reached in REDIRECTED.values()),
        (f"{IGNORING} {REDIRECTED['the service'][0]}", False),
    ],
)
def test_nginx_sends_what_is_predicted(locations: str, *, reached: bool, tmp_path: Path) -> None:
    """The service of the API gets the operation from a client without a certificate, or does not."""
    paths = _arrived(tmp_path, f"{GUARDED} {locations}", "/further/secure")
    assert ("/secure" in paths) == reached


@pytest.mark.servers
@pytest.mark.skipif(not shutil.which("nginx", path=SYSTEM_PATH), reason="nginx is not installed")
@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("location = /health { proxy_pass {api}; }", "/secure/..%2Fhealth"),
        ("location = /health { proxy_pass {api}/health; }", "/health"),
    ],
)
def test_nginx_compares_decoded_paths_and_hands_them_on_as_sent(
    location: str, path: str, tmp_path: Path
) -> None:
    """Unless the location has a path of its own for the service."""
    assert _arrived(tmp_path, f"{GUARDED} {location}", "/secure/..%2Fhealth") == [path]
