"""Runs many configurations in one Apache httpd, and compares its answers with the predictions.

``python -m tests.source.gateways.apache.apache_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest import mock

from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind
from specdrift.source.apache.apache_gateway import Apache
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway import open_facts
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from tests.servers.apache.launch import binary, modules, run_as
from tests.servers.process import free_port
from tests.source.gateways.apache.apache_programs import ApacheProgram, program
from tests.source.gateways.comparing import Comparison, exchanged, run
from tests.source.gateways.haproxy.haproxy_runner import HEADERS, SENDABLE

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

BATCH = 25
REQUESTS = 40
MODULES = (
    *(
        "mpm_event",
        "authn_core",
        "authz_core",
        "authz_host",
        "alias",
        "headers",
        "rewrite",
        "setenvif",
        "env",
    ),
    *(
        "allowmethods",
        "ssl",
        "proxy",
        "proxy_http",
        "proxy_balancer",
        "slotmem_shm",
        "lbmethod_byrequests",
        "mime",
    ),
)
MAIN = """
ServerRoot @FOLDER@
DefaultRuntimeDir @FOLDER@
PidFile @FOLDER@/httpd.pid
ErrorLog @FOLDER@/error.log
ServerName localhost
@MODULES@
TypesConfig /dev/null
StartServers 1
ServerLimit 1
ThreadLimit 32
ThreadsPerChild 32
MaxRequestWorkers 32
@RUN_AS@
DocumentRoot @DOCS@
ProxyPass /main http://127.0.0.1:@X@/of-main
RequestHeader set X-Verify main
<Location /main/b>
    Require all denied
</Location>
"""
UNSENDABLE = re.compile(r"[^!-~]")
SERVED_FILE = (200, 301, 404)
"""Statuses of a path without a service: whether there is a file is not known."""


class _Echo(BaseHTTPRequestHandler):
    """Answers with the path and the headers that arrive."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        values = (", ".join(self.headers.get_all(name) or ()) for name in ("x-client-cert", "x-verify"))
        text = " ".join((self.server.name, self.path, *(f"[{value}]" for value in values)))  # type: ignore[attr-defined]
        body = text.encode("latin-1", "replace")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = _answer  # noqa: N815 - the names in the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Write nothing."""


class _Service(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.name = name


@contextmanager
def services() -> Iterator[dict[str, int]]:
    """Run two services; yield their ports by name."""
    running = [_Service(name) for name in "xy"]
    for one in running:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    try:
        yield {one.name: one.server_address[1] for one in running}
    finally:
        for one in running:
            one.shutdown()
            one.server_close()


@contextmanager
def _documents() -> Iterator[Path]:
    """Yield a folder with a few files. Apache gives up root's privileges, so that it is in no private folder."""
    with tempfile.TemporaryDirectory(prefix="specdrift-httpd-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "a").mkdir(mode=0o755)
        for path in ("a/b", "b", "a.json"):
            (folder / path).write_text("a file", encoding="utf-8")
        yield folder


@dataclass(slots=True)
class _Batch:
    folder: Path
    pki: TestPki
    programs: dict[str, ApacheProgram]
    comparison: Comparison
    ports: dict[str, int]
    """Of the services, by name."""
    documents: Path
    listening: dict[str, tuple[int, int]] = field(default_factory=dict)

    def write(self) -> None:
        """Write the files, and drop those that Apache rejects."""
        self.folder.mkdir(parents=True)
        loaded = "\n".join(f"LoadModule {one}_module {modules()}/mod_{one}.so" for one in MODULES)
        main = self._filled(MAIN).replace("@MODULES@", loaded).replace("@RUN_AS@", run_as())
        used: set[int] = set()
        for name, one in self.programs.items():
            while len(used) % 2 or name not in self.listening:
                pair = (free_port(), free_port())
                if pair[0] != pair[1] and not used & set(pair):
                    self.listening[name] = pair
                    used |= set(pair)
            text = self._filled(one.text).replace("@NAME@", name)
            for mark, port in zip(("@TLS@", "@PLAIN@"), self.listening[name], strict=True):
                text = text.replace(mark, str(port))
            (self.folder / f"{name}.part").write_text(text, encoding="utf-8")
            self.file(name).write_text(main + text, encoding="utf-8")
        for name in [name for name in self.programs if not self._accepted(self.file(name))]:
            del self.programs[name]
            self.comparison.rejected += 1
        included = "".join(f"Include {self.folder}/{name}.part\n" for name in self.programs)
        (self.folder / "httpd.conf").write_text(main + included, encoding="utf-8")

    def _filled(self, text: str) -> str:
        for mark, value in (
            *(
                ("@FOLDER@", str(self.folder)),
                ("@DOCS@", str(self.documents)),
                ("@CA@", str(self.pki.client_ca)),
            ),
            *(("@CERT@", str(self.pki.server_cert)), ("@KEY@", str(self.pki.server_key))),
            *(("@X@", str(self.ports["x"])), ("@Y@", str(self.ports["y"]))),
        ):
            text = text.replace(mark, value)
        return text

    def file(self, name: str) -> Path:
        """Return the file of one configuration."""
        return self.folder / f"{name}.conf"

    def _accepted(self, file: Path) -> bool:
        tested = subprocess.run(
            [binary() or "", "-t", "-f", str(file)], capture_output=True, text=True, check=False
        )
        if tested.returncode:
            self.comparison.counts[f"rejected: {tested.stderr.strip().splitlines()[-1][-90:]}"] += 1
        return tested.returncode == 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run Apache until the context ends."""
        with (self.folder / "log").open("wb") as log:
            command = [binary() or "", "-f", str(self.folder / "httpd.conf"), "-D", "FOREGROUND"]
            process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            for _ in range(500):
                if process.poll() is not None or all(
                    map(_listens, self.listening[next(reversed(self.programs))])
                ):
                    break
                time.sleep(0.02)
            assert process.poll() is None, (self.folder / "log").read_text() + (
                self.folder / "error.log"
            ).read_text()
            yield
        finally:
            process.terminate()
            process.wait(20)

    def compare(self, random: Random) -> None:
        """Send requests to each configuration."""
        for name, one in self.programs.items():
            self.comparison.programs += 1
            configuration = Apache().read(self.file(name))
            assert configuration.unresolved == (), configuration.unresolved
            for _ in range(REQUESTS):
                entry = random.choice(configuration.entries)
                request = self._request(entry, one, random)
                with mock.patch.object(open_facts, "wished", wraps=open_facts.wished) as wished:
                    decision = configuration.decide(request)
                if wished.called:  # another certificate than the one that is sent may get something else
                    self.comparison.counts["as the client likes"] += 1
                    continue
                if decision.passage is Passage.UNKNOWN:
                    self.comparison.counts[f"unknown: {decision.reason}"] += 1
                    continue
                sends_name = configuration.by_entry[id(entry)].sends_name
                try:
                    expected, got = self._expected(decision), self._send(request, sends_name=sends_name)
                except TimeoutError:
                    self.comparison.counts["no answer in time"] += 1
                    continue
                if not _same(expected, got):
                    self.comparison.wrong.append(
                        f"{self.file(name)}: {request.method} {request.target} {request.caller} {request.host} "
                        f"{dict(request.headers)} {entry} {sends_name=}: "
                        f"predicted {expected} at {decision.at}, got {got}"
                    )
                self.comparison.counts[decision.passage.value] += 1

    def _request(self, entry: GatewayEntry, one: ApacheProgram, random: Random) -> GatewayRequest:
        callers = list(GatewayCaller) if entry.kind is ListenerKind.TLS else [GatewayCaller.ANONYMOUS]
        return GatewayRequest(
            entry=entry,
            caller=random.choice(callers),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice((*SENDABLE, "/main/a", "/main/b")),
            host=random.choice((*one.hosts, "other.example")),
            headers=random.choice(HEADERS),
        )

    def _send(self, request: GatewayRequest, *, sends_name: bool) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", request.entry.port), timeout=10) as raw:
            tls = request.entry.kind is ListenerKind.TLS
            return exchanged(raw, request, self.pki if tls else None, request.host if sends_name else None)

    def _expected(self, decision: Decision) -> tuple[tuple[int, ...], str]:
        """Return statuses and expression of the predicted answer; an empty one is not compared."""
        if decision.passage is Passage.FORWARDED:
            service = next(
                one for one, port in self.ports.items() if f"127.0.0.1:{port}" in decision.upstream
            )
            if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
                return (), ""
            sent = (decision.sent.get(name, "") for name in ("x-client-cert", "x-verify"))
            text = " ".join((service, decision.path, *(f"[{value}]" for value in sent)))
            return (200,), re.escape(text).replace(re.escape(UNKNOWN_PART), ".+")
        if decision.passage is Passage.ANSWERED:
            return SERVED_FILE, r"(?![xy] /)(?s:.*)"
        # A client whose certificate is refused after the handshake may lose the connection first.
        asked = decision.at is not None and "SSLVerifyClient" in decision.at.text
        return (decision.status or 0, *((0,) if asked else ())), ""


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _same(expected: tuple[tuple[int, ...], str], got: tuple[int, str]) -> bool:
    (statuses, text), (status, real) = expected, got
    return (not statuses or status in statuses) and (not text or re.fullmatch(text, real) is not None)


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    random, comparison = Random(seed), Comparison()
    number = 0
    with services() as ports, _documents() as documents:
        while comparison.programs < count:
            size = min(BATCH, count - comparison.programs)
            programs = {f"p{number + n}": program(random) for n in range(size)}
            number += size
            batch = _Batch(folder / f"b{number}", pki, programs, comparison, ports, documents)
            batch.write()
            if batch.programs:
                with batch.running():
                    batch.compare(random)
    return comparison


if __name__ == "__main__":
    raise SystemExit(run(compare, "apache"))
