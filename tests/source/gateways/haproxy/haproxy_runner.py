"""Runs many HAProxy configurations in one HAProxy, and compares its answers with the predictions.

``python -m tests.source.gateways.haproxy.haproxy_runner 500 [SEED]`` compares 500 configurations.
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
from specdrift.source.haproxy.haproxy_gateway import Haproxy, HaproxyConfiguration
from specdrift.source.keys.same_object import SameObject
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
from tests.source.gateways.haproxy.haproxy_programs import HaproxyProgram, program
from tests.source.gateways.nginx_programs import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from specdrift.model.result.gateway import GatewayEntry
    from tests.servers.pki import TestPki

BATCH = 50
ECHO = "%[pathq] [%[req.fhdr(x-client-cert)]] [%[req.fhdr(x-verify)]]"
MAIN = """
global
    maxconn 500
    expose-experimental-directives
    nbthread 1
defaults
    mode http
    timeout client 5s
frontend echo_x
    bind unix@{folder}/x.sock
    http-request set-path / unless {{ path -m found }}
    http-request return status 200 content-type text/plain lf-string "x {echo}"
frontend echo_y
    bind unix@{folder}/y.sock
    http-request set-path / unless {{ path -m found }}
    http-request return status 200 content-type text/plain lf-string "y {echo}"
"""
BROKEN = re.compile(r"\[(\S+/(p\d+)\.cfg):\d+\]|'(p\d+)_\w+'|(p\d+)-t\.sock")
TEXT = re.compile(r'string "(L\d+)"')
SENDABLE = tuple(one for one in TARGETS if "#" not in one)
HEADERS: tuple[dict[str, str], ...] = (
    *({"x-client-cert": "forged"}, {"x-list": "a, b"}, {"x-client-cert": "forged", "cookie": "area=a"}),
    *({}, {}, {"cookie": "b=1; area=b"}),
)
HTTP_2 = "HTTP/2.0"
PROTOCOLS = ("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", HTTP_2)
SPELLINGS: tuple[Callable[[str], str], ...] = (
    *(str, str, str, str.upper, "{}.".format, "{}:443".format, "{}:8443".format),
)
"""Host names as clients write them."""
UNSENDABLE = re.compile(r"[^!-~]|#")
"""Occurs in a path that a service cannot read."""
PATHS = "# of an API\n/a\n/a/b\n\n/B\n"
MAP = "/ root\n/a area\n/a/b deep\n"


@dataclass(slots=True)
class HaproxyBatch(GatewayBatch[HaproxyProgram, HaproxyConfiguration]):
    """Configurations of HAProxy, on sockets."""

    def write(self) -> None:
        self.folder.mkdir(parents=True)
        pem = self.folder / "server.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(self.pki.server_cert.read_bytes() + self.pki.server_key.read_bytes())
        for name, text in (
            ("main.cfg", MAIN.format(folder=self.folder, echo=ECHO)),
            ("paths.lst", PATHS),
            ("area.map", MAP),
            (
                "list.txt",
                f"{pem} [verify required ca-file {self.pki.client_ca}] one.example\n{pem} *.three.example\n",
            ),
        ):
            (self.folder / name).write_text(text, encoding="utf-8")
        for name, one in self.programs.items():
            text = one.text
            for mark, value in (
                *(("@TLS@", f"{self.folder}/{name}-t.sock"), ("@PLAIN@", f"{self.folder}/{name}-p.sock")),
                *(("@NAME@", name), ("@UP@", str(self.folder)), ("@CA@", str(self.pki.client_ca))),
                *(
                    ("@PEM@", str(pem)),
                    ("@PATHS@", f"{self.folder}/paths.lst"),
                    ("@MAP@", f"{self.folder}/area.map"),
                ),
                ("@LIST@", f"{self.folder}/list.txt"),
            ):
                text = text.replace(mark, value)
            self.file(name).write_text(text, encoding="utf-8")
        while problem := self._rejected():
            self.file(problem).unlink()
            del self.programs[problem]
            self.comparison.rejected += 1

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.cfg"

    def _rejected(self) -> str | None:
        tested = subprocess.run([*self.command(), "-c"], capture_output=True, text=True, check=False)
        if tested.returncode == 0:
            return None
        alerts = [line for line in tested.stderr.splitlines() if "ALERT" in line]
        found = next(filter(None, map(BROKEN.search, alerts)), None)
        assert found, tested.stderr
        names: tuple[str | None, ...] = found.groups()
        return next(one for one in names[1:] if one)

    def command(self) -> list[str]:
        binary = shutil.which("haproxy", path=SYSTEM_PATH) or "haproxy"
        files = [self.folder / "main.cfg", *map(self.file, self.programs)]
        return [binary, "-db", *(word for one in files for word in ("-f", str(one)))]

    def is_ready(self) -> bool:
        last = next(reversed(self.programs))
        return all(answers(self.folder / one) for one in ("x.sock", f"{last}-p.sock"))

    def read(self, name: str) -> HaproxyConfiguration:
        return Haproxy().read(self.file(name))

    def request(self, entry: GatewayEntry, program: HaproxyProgram) -> GatewayRequest:
        random = self.random
        protocol = random.choice(PROTOCOLS)
        host = random.choice(SPELLINGS)(random.choice((*program.hosts, "other.example")))
        absolute = protocol == HTTP_2 or random.random() < 0.1
        # Where the target has no host, that of the header may have a slash.
        end = random.choice(("", "/v1")) if not absolute else ""
        return GatewayRequest(
            entry=entry,
            caller=any_caller(entry, random),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(SENDABLE),
            host=host + end,
            server_name=_name_of(host) if end else None,
            headers=random.choice(HEADERS),
            protocol=protocol,
            absolute=absolute,
        )

    def send(self, request: GatewayRequest, configuration: HaproxyConfiguration) -> Answer:
        name = configuration.by_entry[SameObject(request.entry)].server_name
        return exchanged(request, self.pki, name or request.server_name or _name_of(request.host))

    def expected(self, decision: Decision) -> Expected:
        status = (decision.status,) if decision.status else ()
        if decision.passage is Passage.FORWARDED:
            service = next(one for one in "xy" if any(f"/{one}.sock" in up for up in decision.upstream))
            if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
                return Expected()
            lines = (decision.sent.get(name, "") for name in ("x-client-cert", "x-verify"))
            return Expected.echo(service, decision.path, [line.rpartition(", ")[2] for line in lines])
        if decision.passage is Passage.ANSWERED and decision.at:
            written = TEXT.findall(decision.at.text)
            return Expected(status, written[0] if len(written) == 1 else "")
        return Expected(status)


def _name_of(host: str) -> str:
    return host.partition(":")[0].lower().rstrip(".")


def compare(count: int, seed: int, folder: Path, pki: TestPki) -> Comparison:
    """Compare that many configurations."""
    return compare_batches(count, seed, folder, BATCH, program, partial(HaproxyBatch, pki))


if __name__ == "__main__":
    raise SystemExit(run(compare, "haproxy"))
