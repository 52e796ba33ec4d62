"""Runs many configurations in one Apache httpd, and compares its answers with the predictions.

``python -m tests.source.gateways.apache.apache_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from specdrift.model.result.gateway import Passage
from specdrift.source.apache.apache_gateway import Apache, ApacheConfiguration
from specdrift.source.apache.configuration.host_names import bare_host
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.keys.same_object import SameObject
from tests.servers.apache.launch import binary, modules, run_as
from tests.servers.process import free_port
from tests.source.gateways.apache.apache_programs import ApacheProgram, program
from tests.source.gateways.comparing import (
    Answer,
    Comparison,
    Expected,
    GatewayBatch,
    any_caller,
    compare_batches,
    exchanged,
    run,
)
from tests.source.gateways.echo import services
from tests.source.gateways.haproxy.haproxy_runner import HEADERS, SENDABLE, SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specdrift.model.result.gateway import GatewayEntry
    from tests.servers.pki import TestPki

BATCH = 25
SHOWN = ("x-client-cert", "x-verify")
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
class ApacheBatch(GatewayBatch[ApacheProgram, ApacheConfiguration]):
    """Configurations of Apache httpd, on ports."""

    ports: dict[str, int]
    """Of the services, by name."""
    documents: Path
    listening: dict[str, tuple[int, int]] = field(default_factory=dict)

    def write(self) -> None:
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
        return self.folder / f"{name}.conf"

    def _accepted(self, file: Path) -> bool:
        tested = subprocess.run(
            [binary() or "", "-t", "-f", str(file)], capture_output=True, text=True, check=False
        )
        if tested.returncode:
            self.comparison.counts[f"rejected: {tested.stderr.strip().splitlines()[-1][-90:]}"] += 1
        return tested.returncode == 0

    def command(self) -> list[str]:
        return [binary() or "", "-f", str(self.folder / "httpd.conf"), "-D", "FOREGROUND"]

    def is_ready(self) -> bool:
        return all(map(_listens, self.listening[next(reversed(self.programs))]))

    def read(self, name: str) -> ApacheConfiguration:
        configuration = Apache().read(self.file(name))
        assert configuration.unresolved == (), configuration.unresolved
        return configuration

    def request(self, entry: GatewayEntry, program: ApacheProgram) -> GatewayRequest:
        random = self.random
        return GatewayRequest(
            entry=entry,
            caller=any_caller(entry, random),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice((*SENDABLE, "/main/a", "/main/b")),
            host=random.choice(SPELLINGS)(random.choice((*program.hosts, "other.example"))),
            headers=random.choice(HEADERS),
            protocol=random.choice(("HTTP/1.1", "HTTP/1.1", "HTTP/1.0")),
            absolute=random.random() < 0.2,
        )

    def send(self, request: GatewayRequest, configuration: ApacheConfiguration) -> Answer:
        sends_name = configuration.by_entry[SameObject(request.entry)].sends_name
        return exchanged(request, self.pki, bare_host(request.host) if sends_name else None)

    def expected(self, decision: Decision) -> Expected:
        if decision.passage is Passage.FORWARDED:
            service = next(
                one for one, port in self.ports.items() if f"127.0.0.1:{port}" in decision.upstream
            )
            if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
                return Expected()
            sent = [decision.sent.get(name, "") for name in SHOWN]
            return Expected.echo(service, decision.path, sent)
        if decision.passage is Passage.ANSWERED:
            return Expected(SERVED_FILE, r"(?![xy] /)(?s:.*)")
        # A client whose certificate is refused after the handshake may lose the connection first.
        asked = decision.at is not None and "SSLVerifyClient" in decision.at.text
        return Expected((decision.status or 0, *((0,) if asked else ())))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    with services(SHOWN) as ports, _documents() as documents:
        batch = partial(ApacheBatch, pki, ports=ports, documents=documents)
        return compare_batches(count, seed, folder, BATCH, program, batch)


if __name__ == "__main__":
    raise SystemExit(run(compare, "apache"))
