"""Runs many HAProxy configurations in one HAProxy, and compares its answers with the predictions.

``python -m tests.source.gateways.haproxy.haproxy_runner 500 [SEED]`` compares 500 configurations.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING
from unittest import mock

from specdrift.model.result.gateway import GatewayCaller, GatewayEntry, Passage
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway import open_facts
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.haproxy.haproxy_gateway import Haproxy
from tests.servers.process import SYSTEM_PATH
from tests.source.gateways.comparing import Comparison, exchanged, run
from tests.source.gateways.haproxy.haproxy_programs import HaproxyProgram, program
from tests.source.gateways.nginx_programs import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.pki import TestPki

BATCH = 50
REQUESTS = 40
ECHO = "%[pathq] [%[req.fhdr(x-client-cert)]] [%[req.fhdr(x-verify)]]"
MAIN = """
global
    maxconn 500
    nbthread 1
defaults
    mode http
    timeout client 5s
frontend echo_x
    bind unix@{folder}/x.sock
    http-request return status 200 content-type text/plain lf-string "x {echo}"
frontend echo_y
    bind unix@{folder}/y.sock
    http-request return status 200 content-type text/plain lf-string "y {echo}"
"""
BROKEN = re.compile(r"\[(\S+/(p\d+)\.cfg):\d+\]|'(p\d+)_\w+'|(p\d+)-t\.sock")
TEXT = re.compile(r'string "(L\d+)"')
SENDABLE = tuple(one for one in TARGETS if "#" not in one)
HEADERS: tuple[dict[str, str], ...] = (
    *({"x-client-cert": "forged"}, {"x-list": "a, b"}, {"x-client-cert": "forged", "cookie": "area=a"}),
    *({}, {}, {"cookie": "b=1; area=b"}),
)
UNSENDABLE = re.compile(r"[^!-~]|#")
"""Occurs in a path that a service cannot read."""
PATHS = "# of an API\n/a\n/a/b\n\n/B\n"
MAP = "/ root\n/a area\n/a/b deep\n"


@dataclass(slots=True)
class _Batch:
    folder: Path
    pki: TestPki
    programs: dict[str, HaproxyProgram]
    comparison: Comparison

    def write(self) -> None:
        """Write the files, and drop those that HAProxy rejects."""
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
            self._file(name).write_text(text, encoding="utf-8")
        while problem := self._rejected():
            self._file(problem).unlink()
            del self.programs[problem]
            self.comparison.rejected += 1

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.cfg"

    def _rejected(self) -> str | None:
        tested = subprocess.run([*self._command(), "-c"], capture_output=True, text=True, check=False)
        if tested.returncode == 0:
            return None
        alerts = [line for line in tested.stderr.splitlines() if "ALERT" in line]
        found = next(filter(None, map(BROKEN.search, alerts)), None)
        assert found, tested.stderr
        names: tuple[str | None, ...] = found.groups()
        return next(one for one in names[1:] if one)

    def _command(self) -> list[str]:
        binary = shutil.which("haproxy", path=SYSTEM_PATH) or "haproxy"
        files = [self.folder / "main.cfg", *map(self._file, self.programs)]
        return [binary, "-db", *(word for one in files for word in ("-f", str(one)))]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run HAProxy until the context ends."""
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(self._command(), stderr=log, stdout=log)
        try:
            for _ in range(500):
                if all(self._answers(one) for one in ("x.sock", f"{next(reversed(self.programs))}-p.sock")):
                    break
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait(10)

    def _answers(self, name: str) -> bool:
        with socket.socket(socket.AF_UNIX) as raw:
            try:
                raw.connect(f"{self.folder}/{name}")
            except OSError:
                return False
            return True

    def compare(self, random: Random) -> None:
        """Send requests to each configuration."""
        for name, one in self.programs.items():
            self.comparison.programs += 1
            configuration = Haproxy().read(self._file(name))
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
                expected, got = (
                    _expected(decision),
                    self._send(request, tls=_tls(entry), name=configuration.by_entry[id(entry)].server_name),
                )
                if not _same(expected, got):
                    self.comparison.wrong.append(
                        f"{self._file(name)}: {request.method} {request.target} {request.caller} {request.host} "
                        f"{dict(request.headers)} {entry}: predicted {expected} at {decision.at}, got {got}"
                    )
                self.comparison.counts[decision.passage.value] += 1

    def _request(self, entry: GatewayEntry, one: HaproxyProgram, random: Random) -> GatewayRequest:
        callers = list(GatewayCaller) if _tls(entry) else [GatewayCaller.ANONYMOUS]
        return GatewayRequest(
            entry=entry,
            caller=random.choice(callers),
            method=random.choice(("GET", "GET", "POST")),
            target=random.choice(SENDABLE),
            host=random.choice((*one.hosts, "other.example")),
            headers=random.choice(HEADERS),
        )

    def _send(self, request: GatewayRequest, *, tls: bool, name: str | None) -> tuple[int, str]:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(10)
            raw.connect(request.entry.address.removeprefix("unix:"))
            return exchanged(raw, request, self.pki if tls else None, name or request.host)


def _tls(entry: GatewayEntry) -> bool:
    return entry.address.endswith("-t.sock")


def _expected(decision: Decision) -> tuple[int, str]:
    """Return status and expression of the predicted answer; an empty one is not compared."""
    if decision.passage is Passage.FORWARDED:
        service = next(one for one in "xy" if any(f"/{one}.sock" in up for up in decision.upstream))
        if not decision.path.startswith("/") or UNSENDABLE.search(decision.path):
            return 0, ""
        lines = (decision.sent.get(name, "") for name in ("x-client-cert", "x-verify"))
        sent = (line.rpartition(", ")[2] for line in lines)
        text = " ".join((service, decision.path, *(f"[{value}]" for value in sent)))
        return 200, re.escape(text).replace(re.escape(UNKNOWN_PART), ".+")
    if decision.passage is Passage.ANSWERED and decision.at:
        written = TEXT.findall(decision.at.text)
        return decision.status or 0, written[0] if len(written) == 1 else ""
    return decision.status or 0, ""


def _same(expected: tuple[int, str], got: tuple[int, str]) -> bool:
    (status, text), (real_status, real_text) = expected, got
    return (not status or status == real_status) and (not text or re.fullmatch(text, real_text) is not None)


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
        if batch.programs:
            with batch.running():
                batch.compare(random)
    return comparison


if __name__ == "__main__":
    raise SystemExit(run(compare, "haproxy"))
