"""Runs many nginx configurations in one nginx, and compares its answers with the predictions.

``python -m tests.source.gateways.nginx_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.nginx.nginx_gateway import Nginx
from tests.servers.pki import TestPki, make_pki
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.nginx_programs import TARGETS, NginxProgram, program

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 50
REQUESTS = 40
FORGED = "forged"
ECHO = "$request_uri [$http_x_client_cert] [$http_x_verify]"
"""What the services behind answer."""
MAIN = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    ssl_certificate {pki.server_cert}; ssl_certificate_key {pki.server_key}; ssl_client_certificate {pki.client_ca};
    server {{ listen unix:{folder}/x.sock; location / {{ return 200 "x {echo}"; }} }}
    server {{ listen unix:{folder}/y.sock; location / {{ return 200 "y {echo}"; }} }}
    include {folder}/conf.d/*.conf;
}}
"""
BROKEN = re.compile(r"in (\S+/conf\.d/(\w+)\.conf):\d+")
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
UNSENDABLE = re.compile(r"%(?![0-9A-Fa-f]{2})|\s")
"""Occurs in a decoded path that a service cannot read."""
TEXT = re.compile(r'return 200 "(L\d+)"')


@dataclass(slots=True)
class Comparison:
    """What was compared."""

    programs: int = 0
    rejected: int = 0
    """Configurations that nginx does not accept."""
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    folder: Path
    pki: TestPki
    programs: dict[str, NginxProgram]
    comparison: Comparison

    def write(self) -> None:
        """Write the files, and drop those that nginx rejects."""
        (self.folder / "conf.d").mkdir(parents=True)
        (self.folder / "nginx.conf").write_text(
            MAIN.format(folder=self.folder, pki=self.pki, echo=ECHO), encoding="utf-8"
        )
        for name, one in self.programs.items():
            text = one.text
            for mark, value in (("@TLS@", f"{name}-t.sock"), ("@PLAIN@", f"{name}-p.sock")):
                text = text.replace(mark, f"{self.folder}/{value}")
            for variable in ("known", "area", "refuse", "named", "pick"):
                text = re.sub(rf"\$({variable})\b", rf"${name}_\1", text)
            text = text.replace("@NAME@", name).replace("@UP@", str(self.folder))
            self._file(name).write_text(text, encoding="utf-8")
        while problem := self._rejected():
            self._file(problem).unlink()
            del self.programs[problem]
            self.comparison.rejected += 1

    def _file(self, name: str) -> Path:
        return self.folder / "conf.d" / f"{name}.conf"

    def _rejected(self) -> str | None:
        tested = subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)
        if tested.returncode == 0:
            return None
        found = BROKEN.search(tested.stderr)
        assert found, tested.stderr
        return found[2]

    def _command(self) -> list[str]:
        binary = shutil.which("nginx", path=SYSTEM_PATH) or "nginx"
        return [binary, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "stderr"]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run nginx until the context ends."""
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(self._command(), stderr=log, stdout=log)
        try:
            for _ in range(500):
                if (self.folder / "y.sock").exists() and self._answers():
                    break
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait(10)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as raw:
            try:
                raw.connect(f"{self.folder}/y.sock")
            except OSError:
                return False
            return True

    def compare(self, random: Random) -> None:
        """Send requests to each configuration."""
        for name, one in self.programs.items():
            self.comparison.programs += 1
            configuration = Nginx().read(self._file(name))
            for _ in range(REQUESTS):
                entry = random.choice(configuration.entries)
                request = self._request(entry, one, random)
                decision = configuration.decide(request)
                if decision.passage is Passage.UNKNOWN:
                    self.comparison.counts[f"unknown: {decision.reason}"] += 1
                    continue
                expected, got = _expected(decision), self._send(request, tls=_tls(entry))
                if not _same(expected, got):
                    self.comparison.wrong.append(
                        f"{self._file(name)}: {request.method} {request.target} {request.caller} {entry}: "
                        f"predicted {expected} at {decision.at}, got {got}"
                    )
                self.comparison.counts[decision.passage.value] += 1

    def _request(self, entry: GatewayEntry, one: NginxProgram, random: Random) -> GatewayRequest:
        callers = list(GatewayCaller) if _tls(entry) else [GatewayCaller.ANONYMOUS]
        return GatewayRequest(
            entry=entry,
            caller=random.choice(callers),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(TARGETS),
            host=random.choice((*one.hosts, "other.example")) if random.random() < 0.3 else "",
            headers={"x-client-cert": FORGED} if random.random() < 0.7 else {},
        )

    def _send(self, request: GatewayRequest, *, tls: bool) -> tuple[int, str]:
        host = request.host or _host_of(request.entry)
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(10)
            raw.connect(request.entry.address.removeprefix("unix:"))
            sock: socket.socket = self._wrapped(raw, request.caller, host) if tls else raw
            headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
            text = f"{request.method} {request.target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n"
            sock.sendall(f"{text}Content-Length: 0\r\n\r\n".encode("latin-1"))
            received = b""
            with sock:
                while part := sock.recv(65536):
                    received += part
        status = STATUS.match(received)
        return (int(status[1]) if status else 0), received.partition(b"\r\n\r\n")[2].decode("latin-1")

    def _wrapped(self, raw: socket.socket, caller: GatewayCaller, host: str) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if caller is not GatewayCaller.ANONYMOUS:
            pair = self.pki.alice if caller is GatewayCaller.VALID else self.pki.untrusted
            context.load_cert_chain(pair.cert, pair.key)
        return context.wrap_socket(raw, server_hostname=host)


def _tls(entry: GatewayEntry) -> bool:
    return entry.address.endswith("-t.sock")


def _host_of(entry: GatewayEntry) -> str:
    name = entry.names[0] if entry.names else "unmatched.invalid"
    return name.replace("*", "www")


def _expected(decision: Decision) -> tuple[int, str]:
    """Return status and text of the predicted answer; an empty text is not compared."""
    if decision.passage is Passage.FORWARDED:
        service = next((one for one in "xy" if any(f"/{one}.sock" in up for up in decision.upstream)), "")
        if not service:
            return 502, ""
        if UNSENDABLE.search(decision.path):
            return 0, ""
        header = decision.sent.get("x-client-cert", "")
        return (
            decision.status or 200,
            f"{service} {decision.path} [{header}] [{decision.sent.get('x-verify', '')}]",
        )
    if decision.passage is Passage.ANSWERED:
        written = TEXT.findall(decision.at.text) if decision.at and decision.status else []
        return decision.status or 0, written[0] if len(written) == 1 else ""
    return decision.status or 0, ""


def _same(expected: tuple[int, str], got: tuple[int, str]) -> bool:
    (status, text), (real_status, real_text) = expected, got
    return (not status or status == real_status) and (not text or text == real_text)


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    random, comparison = Random(seed), Comparison()
    number = 0
    while comparison.programs < count:
        size = min(BATCH, count - comparison.programs)
        programs = {f"p{number + n}": program(random) for n in range(size)}
        number += size
        batch = _Batch(folder / f"b{number}", pki, programs, comparison)
        batch.write()
        with batch.running():
            batch.compare(random)
    return comparison


def main() -> int:
    """Print what was compared, and each difference."""
    count, seed = int(sys.argv[1]), int((sys.argv[2:] or ["1"])[0])
    with tempfile.TemporaryDirectory(prefix="sd-") as name:
        result = compare(count, seed, Path(name), make_pki(Path(name) / "pki"))
        sys.stdout.write("\n".join([*result.wrong[:20], ""]))
        sys.stdout.write(
            f"{result.programs} configurations, {result.rejected} rejected, {dict(result.counts)}\n"
        )
        sys.stdout.write(f"{len(result.wrong)} differences\n")
        if result.wrong:
            kept = Path(tempfile.mkdtemp(prefix="nginx-differences-"))
            shutil.copytree(name, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
            sys.stdout.write(f"{kept}\n")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
