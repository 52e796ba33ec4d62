"""Runs many nginx configurations in one nginx, and compares its answers with the predictions.

``python -m tests.source.gateways.nginx_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.nginx.nginx_gateway import Nginx, NginxConfiguration
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.comparing import (
    Answer,
    Comparison,
    Expected,
    GatewayBatch,
    answers,
    any_caller,
    compare_batches,
    exchanged,
    run,
)
from tests.source.gateways.nginx_programs import TARGETS, NginxProgram, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.gateway import GatewayEntry
    from tests.servers.pki import TestPki

BATCH = 50
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
UNSENDABLE = re.compile(r"%(?![0-9A-Fa-f]{2})|\s")
"""Occurs in a decoded path that a service cannot read."""
TEXT = re.compile(r'return 200 "(L\d+)"')


@dataclass(slots=True)
class NginxBatch(GatewayBatch[NginxProgram, NginxConfiguration]):
    """Configurations of nginx, on sockets."""

    def write(self) -> None:
        (self.folder / "conf.d").mkdir(parents=True)
        (self.folder / "nginx.conf").write_text(
            MAIN.format(folder=self.folder, pki=self.pki, echo=ECHO), encoding="utf-8"
        )
        for name, one in self.programs.items():
            text = one.text
            for mark, value in (("@TLS@", f"{name}-t.sock"), ("@PLAIN@", f"{name}-p.sock")):
                text = text.replace(mark, f"{self.folder}/{value}")
            for variable in ("known", "area", "refuse", "named", "pick", "inner"):
                text = re.sub(rf"\$({variable})\b", rf"${name}_\1", text)
            text = text.replace("@NAME@", name).replace("@UP@", str(self.folder))
            self.file(name).write_text(text, encoding="utf-8")
        while problem := self._rejected():
            self.file(problem).unlink()
            del self.programs[problem]
            self.comparison.rejected += 1

    def file(self, name: str) -> Path:
        return self.folder / "conf.d" / f"{name}.conf"

    def _rejected(self) -> str | None:
        tested = subprocess.run([*self.command(), "-t"], capture_output=True, text=True, check=False)
        if tested.returncode == 0:
            return None
        found = BROKEN.search(tested.stderr)
        assert found, tested.stderr
        return found[2]

    def command(self) -> list[str]:
        binary = shutil.which("nginx", path=SYSTEM_PATH) or "nginx"
        return [binary, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "stderr"]

    def is_ready(self) -> bool:
        return all(answers(self.folder / one) for one in self._sockets())

    def _sockets(self) -> Iterator[str]:
        """Yield the names of all sockets: nginx opens one after the other."""
        yield from ("x.sock", "y.sock")
        for name, one in self.programs.items():
            yield from (
                f"{name}-{end}.sock" for mark, end in (("@TLS@", "t"), ("@PLAIN@", "p")) if mark in one.text
            )

    def read(self, name: str) -> NginxConfiguration:
        return Nginx().read(self.file(name))

    def request(self, entry: GatewayEntry, program: NginxProgram) -> GatewayRequest:
        random = self.random
        return GatewayRequest(
            entry=entry,
            caller=any_caller(entry, random),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(TARGETS),
            host=random.choice((*program.hosts, "other.example")) if random.random() < 0.3 else "",
            headers={"x-client-cert": FORGED} if random.random() < 0.7 else {},
            protocol=random.choice(("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0")),
            absolute=random.random() < 0.1,
        )

    def send(self, request: GatewayRequest, configuration: NginxConfiguration) -> Answer:
        del configuration
        host = request.host or _host_of(request.entry)
        return exchanged(request, self.pki, host, host)

    def expected(self, decision: Decision) -> Expected:
        status = (decision.status,) if decision.status else ()
        if decision.passage is Passage.FORWARDED:
            service = next((one for one in "xy" if any(f"/{one}.sock" in up for up in decision.upstream)), "")
            if not service:
                return Expected((502,))
            if UNSENDABLE.search(decision.path):
                return Expected()
            sent = [decision.sent.get(name, "") for name in ("x-client-cert", "x-verify")]
            return Expected.echo(service, decision.path, sent, status=decision.status or 200)
        if decision.passage is Passage.ANSWERED:
            written = TEXT.findall(decision.at.text) if decision.at and decision.status else []
            return Expected(status, written[0] if len(written) == 1 else "")
        return Expected(status)


def _host_of(entry: GatewayEntry) -> str:
    name = entry.names[0] if entry.names else "unmatched.invalid"
    return name.replace("*", "www")


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    return compare_batches(count, seed, folder, BATCH, program, partial(NginxBatch, pki))


if __name__ == "__main__":
    raise SystemExit(run(compare, "nginx"))
